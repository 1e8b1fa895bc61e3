import PostgresSyntax
import PostgresTypes
import SQLite

/// An INSERT made ready: where each value comes from.
struct InsertPlan: Sendable {
    enum Cell: Sendable {
        case constant(SQLValue)
        case parameter(Int)
        case computed(GeneratedSQL)
        /// A constant that is converted: the conversion of a first parameter, and what to give it.
        case converted(GeneratedSQL, SQLValue)
        case useDefault
    }

    enum Source: Sendable {
        case rows([[Cell]])
        case query(GeneratedSQL)
    }

    struct Conflict: Sendable {
        var arbiters: [String]
        /// Target columns of DO UPDATE with their values, nil for DEFAULT; nil: DO NOTHING.
        var columns: [Int]?
        var isDefault: [Bool] = []
        /// The values that are not DEFAULT, in order; range 0 the row that is there, range 1 the proposed one.
        var values: GeneratedSQL?
        var filter: GeneratedSQL?
        /// What the existing row satisfies before it is changed, and after.
        var existingChecks: [RowCheck] = []
        var updatedChecks: [RowCheck] = []
    }

    var table: RelationID
    var columns: [Int]
    var source: Source
    /// Of a query: values that are computed when the rows before have been written, over the row as the query gave it.
    var lateValues: LateValues?
    var conflict: Conflict?
    var returning: GeneratedSQL?
    /// RETURNING asks for `xmax` or `ctid`, which come after the columns of the row.
    var returnsSystemColumns = false
    /// Identity columns whose given values are replaced by the sequence's: OVERRIDING USER VALUE.
    var overridden: Set<Int> = []

    /// The partition named, whose rows are its parent's.
    var partition: RelationID?
    /// Rows are computed before any is written: they may read the table.
    var computesFirst = false
    /// What proposed rows satisfy.
    var checks: [RowCheck]
    /// They read the tables as they were before the first row was written.
    var checksAsOfStart: Bool
    /// Whether SQLite may insert all rows at once, as far as the statement goes.
    var isSetwise: Bool

    init(
        _ insert: TypedInsert, parameters: [TypeReference], catalog: CatalogSnapshot
    ) throws(PostgresError) {
        guard let relation = catalog[insert.table], let target = relation.table else {
            throw .notSupported("INSERT into a \(catalog[insert.table]?.kindName ?? "relation") that is not a table")
        }
        // A partition's columns are its parent's in their order.
        table = catalog.partitionRoot(of: insert.table)
        partition = target.partitionOf == nil ? nil : insert.table
        columns = insert.columns
        let generator = SQLGenerator(catalog: catalog)
        let image = RangeEntry(source: .table(table), name: relation.name, columns: relation.columns)
        checks = generator.rowChecks(insert.checks, over: image)
        checksAsOfStart = checks.readAsOfStart(catalog)
        isSetwise = insert.isSetwise(catalog)
        if case .query(let query) = insert.source,
            let (early, late) = query.withoutLateTargets(insert.table, catalog)
        {
            source = .query(try generator.query(early, parameters: parameters))
            let columns = RangeEntry(source: .step(0), name: "", columns: early.columns)
            lateValues = try LateValues(late, over: [columns], generator)
        } else {
            source = try Self.source(insert, parameters: parameters, generator)
        }
        if case .rows(let rows) = insert.source {
            computesFirst = rows.count > 1 && rows.contains { $0.contains { $0?.hasSubquery == true } }
        }
        if let clause = insert.onConflict {
            conflict = try Conflict(
                clause, generator,
                ranges: [
                    image, RangeEntry(source: .excluded(table), name: "excluded", columns: relation.columns),
                ])
        }
        if !insert.returning.isEmpty {
            let values = insert.returning.map(\.value)
            let placed = values.map { $0.placingSystemColumns(after: relation.columns.count) }
            returnsSystemColumns = placed != values
            returning = try generator.expressions(placed, rowImages: [0], ranges: [image])
        }
        for (place, position) in columns.enumerated() {
            let column = target.columns[position]
            guard column.identity != nil || column.generated != nil, givesValue(at: place) else { continue }
            if insert.overriding == .user && column.identity != nil {
                overridden.insert(place)
                continue
            }
            if column.generated != nil {
                throw PostgresError(
                    "428C9", "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                    detail: "Column \"\(column.name)\" is a generated column.")
            }
            if column.identity == .always && insert.overriding != .system {
                throw PostgresError(
                    "428C9", "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                    detail: "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS.",
                    hint: "Use OVERRIDING SYSTEM VALUE to override.")
            }
        }
    }

    /// Where the rows of an INSERT come from.
    static func source(
        _ insert: TypedInsert, parameters: [TypeReference], _ generator: SQLGenerator
    ) throws(PostgresError) -> Source {
        switch insert.source {
        case .defaults: return .rows([[]])
        case .query(let query): return .query(try generator.query(query, parameters: parameters))
        case .rows(let rows):
            var cells: [[Cell]] = []
            // The rows of a long list convert alike, and share the statement that does it.
            var conversions: [TypedExpression: GeneratedSQL] = [:]
            for row in rows {
                var line: [Cell] = []
                for value in row {
                    switch value?.node {
                    case nil: line.append(.useDefault)
                    case .constant(let constant): line.append(.constant(constant))
                    case .parameter(let number): line.append(.parameter(number))
                    default:
                        guard let (conversion, constant) = value!.conversionOfConstant else {
                            line.append(.computed(try generator.expressions([value!])))
                            continue
                        }
                        if conversions[conversion] == nil {
                            conversions[conversion] = try generator.expressions([conversion])
                        }
                        line.append(.converted(conversions[conversion]!, constant))
                    }
                }
                cells.append(line)
            }
            return .rows(cells)
        }
    }

    /// Whether any row gives the target column at `place` a value of its own.
    private func givesValue(at place: Int) -> Bool {
        guard case .rows(let rows) = source else { return true }
        return rows.contains { row in
            guard place < row.count else { return false }
            if case .useDefault = row[place] { return false }
            return true
        }
    }
}

extension TypedExpression {
    /// The expression with `xmax` and `ctid` of the row that is range 0 as two more columns of it.
    fileprivate func placingSystemColumns(after count: Int) -> TypedExpression {
        let rewriter = TypedRewriter(column: { reference in
            guard reference.range == 0 else { return nil }
            switch reference.column {
            case ColumnReference.updater:
                return TypedExpression(.column(ColumnReference(range: 0, column: count)), type: TypeReference(.xid))
            case ColumnReference.rowNumber:
                return TypedExpression(.column(ColumnReference(range: 0, column: count + 1)), type: TypeReference(.tid))
            default: return nil
            }
        })
        return rewriter.expression(self, role: "")
    }

    /// A constant with nothing but conversions around it, taken apart: the conversions of a parameter, and the constant.
    fileprivate var conversionOfConstant: (conversion: TypedExpression, constant: SQLValue)? {
        switch node {
        case .constant(let constant) where type.type != .unknown:
            return (TypedExpression(.parameter(1), type: type), constant)
        case .coercion(let step, let inner, let isExplicit):
            guard let (conversion, constant) = inner.conversionOfConstant else { return nil }
            return (TypedExpression(.coercion(step, conversion, isExplicit: isExplicit), type: type), constant)
        default: return nil
        }
    }
}

extension InsertPlan.Conflict {
    init(_ clause: TypedOnConflict, _ generator: SQLGenerator, ranges: [RangeEntry]) throws(PostgresError) {
        arbiters = clause.arbiters
        if let assignments = clause.assignments {
            columns = assignments.map(\.column)
            isDefault = assignments.map { $0.value == nil }
            let given = assignments.compactMap(\.value)
            if !given.isEmpty {
                values = try generator.expressions(given, rowImages: [0, 1], ranges: ranges)
            }
        }
        if let condition = clause.filter {
            filter = try generator.expressions([condition], rowImages: [0, 1], ranges: ranges)
        }
        existingChecks = generator.rowChecks(clause.existingChecks, over: ranges[0])
        updatedChecks = generator.rowChecks(clause.updatedChecks, over: ranges[0])
    }
}
