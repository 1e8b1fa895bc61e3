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

    init(
        _ insert: TypedInsert, parameters: [TypeReference], catalog: CatalogSnapshot
    ) throws(PostgresError) {
        guard let relation = catalog[insert.table], let target = relation.table else {
            throw .notSupported("INSERT into a \(catalog[insert.table]?.kindName ?? "relation") that is not a table")
        }
        // A partition's columns are its parent's in their order.
        table = target.partitionOf ?? insert.table
        partition = target.partitionOf == nil ? nil : insert.table
        columns = insert.columns
        let generator = SQLGenerator(catalog: catalog)
        let image = RangeEntry(source: .table(table), name: relation.name, columns: relation.columns)
        checks = try generator.rowChecks(insert.checks, over: image)
        source = try Self.source(insert, parameters: parameters, generator)
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
        existingChecks = try generator.rowChecks(clause.existingChecks, over: ranges[0])
        updatedChecks = try generator.rowChecks(clause.updatedChecks, over: ranges[0])
    }
}

extension Modification {
    /// - Returns: the number of rows inserted or, by DO UPDATE, updated.
    func run(
        _ plan: InsertPlan, parameters: [SQLValue], returning: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        let rules = try rules(of: plan.table)
        givenColumns = Set(plan.columns)
        partition = plan.partition
        let omitted = rules.table.columns.indices.filter { !plan.columns.contains($0) }
        var count = 0
        var insertedRows = 0
        // Rows this statement has written: a second conflict with one of them is an error.
        var written: Set<Int64> = []

        func insert(_ row: [SQLValue]) throws -> Int64 {
            let number = try self.insert(row, rules)
            try check(row, plan.checks, rules, parameters, isWritten: true)
            insertedRows += 1
            return number
        }

        func write(_ given: [SQLValue?]) throws {
            var row = [SQLValue](repeating: .null, count: rules.table.columns.count)
            for (place, column) in plan.columns.enumerated() {
                if let value = given[place], !plan.overridden.contains(place) {
                    row[column] = value
                } else {
                    row[column] = try defaultValue(of: column, rules)
                }
            }
            for column in omitted { row[column] = try defaultValue(of: column, rules) }
            guard let changed = try fireBefore(.insert, old: nil, new: row, rules) else { return }
            row = changed
            try complete(&row, rules, plan.checks, parameters)
            let number: Int64
            // Who locked the row to update it: what tells it from a row that is new.
            var updater: Int64 = 0
            if let conflict = plan.conflict {
                if let existing = try conflicting(row, conflict, rules) {
                    guard let result = try resolve(conflict, existing, row, written, rules, parameters) else { return }
                    number = result.number
                    row = result.row
                    updater = 1
                } else {
                    number = try insert(row)
                }
                written.insert(number)
            } else {
                number = try insert(row)
            }
            count += 1
            if let columns = plan.returning {
                if plan.returnsSystemColumns { row += [.integer(updater), .integer(number)] }
                try transaction.forEachRow(columns, parameters: parameters, rows: [row], returning)
            }
        }

        try fireStatement(.before, .insert, rules)
        let updated = plan.conflict?.columns.map { Set($0) }
        if let updated { try fireStatement(.before, .update, changing: updated, rules) }
        switch plan.source {
        case .rows(let rows) where !plan.computesFirst:
            for cells in rows { try write(values(of: cells, width: plan.columns.count, parameters)) }
        // All rows first: the query must not see what is being inserted.
        default: for row in try self.rows(of: plan.source, width: plan.columns.count, parameters) { try write(row) }
        }
        if let updated { try fireStatement(.after, .update, changing: updated, rules) }
        try fireStatement(.after, .insert, rules)
        try finish()
        transaction.insertedRows = insertedRows
        return count
    }

    /// All rows that a source gives; nil stands for DEFAULT.
    func rows(of source: InsertPlan.Source, width: Int, _ parameters: [SQLValue]) throws -> [[SQLValue?]] {
        switch source {
        case .rows(let rows): return try rows.map { try values(of: $0, width: width, parameters) }
        case .query(let query):
            var rows: [[SQLValue?]] = []
            try transaction.forEachRow(query, parameters: parameters) { rows.append($0.row) }
            return rows
        }
    }

    private func values(of cells: [InsertPlan.Cell], width: Int, _ parameters: [SQLValue]) throws -> [SQLValue?] {
        if cells.isEmpty { return Array(repeating: nil, count: width) }
        var given: [SQLValue?] = []
        given.reserveCapacity(cells.count)
        for cell in cells {
            switch cell {
            case .constant(let value): given.append(value)
            case .parameter(let number): given.append(parameters[number - 1])
            case .computed(let value): given.append(try transaction.evaluate(value, parameters: parameters)[0])
            case .converted(let conversion, let constant):
                given.append(try transaction.evaluate(conversion, parameters: [constant])[0])
            case .useDefault: given.append(nil)
            }
        }
        return given
    }

    // MARK: ON CONFLICT

    /// The existing row that conflicts with a proposed one by one of the arbiters.
    private func conflicting(_ row: [SQLValue], _ plan: InsertPlan.Conflict, _ rules: TableRules) throws -> Int64? {
        for unique in rules.uniques
        where plan.arbiters.isEmpty || plan.arbiters.contains(unique.index.name) {
            if unique.constraint?.isDeferrable == true {
                if plan.arbiters.isEmpty { continue }
                throw PostgresError(
                    "55000",
                    "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters",
                    constraint: unique.index.name)
            }
            if let number = try conflict(row, unique, except: nil) { return number }
        }
        for exclusion in rules.exclusions
        where plan.arbiters.isEmpty || plan.arbiters.contains(exclusion.constraint.name) {
            if let (number, _) = try self.exclusion(of: row, by: exclusion, except: nil) { return number }
        }
        return nil
    }

    /// DO NOTHING or DO UPDATE; nil when the existing row stays as it is.
    private func resolve(
        _ plan: InsertPlan.Conflict, _ number: Int64, _ proposed: [SQLValue], _ written: Set<Int64>,
        _ rules: TableRules, _ parameters: [SQLValue]
    ) throws -> (number: Int64, row: [SQLValue])? {
        guard let columns = plan.columns else { return nil }
        if written.contains(number) {
            throw PostgresError(
                "21000", "ON CONFLICT DO UPDATE command cannot affect row a second time",
                hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained "
                    + "values.")
        }
        let existing = try row(number, rules)
        let images = [existing, proposed]
        if let filter = plan.filter {
            guard case .integer(1) = try transaction.evaluate(filter, parameters: parameters, rows: images)[0] else {
                return nil
            }
        }
        try check(existing, plan.existingChecks, rules, parameters)
        var values = try plan.values.map { try transaction.evaluate($0, parameters: parameters, rows: images) } ?? []
        values.reverse()
        var new = existing
        for (column, isDefault) in zip(columns, plan.isDefault) {
            new[column] = isDefault ? try defaultValue(of: column, rules) : values.removeLast()
        }
        let targets = Set(columns)
        guard var new = try fireBefore(.update, old: existing, new: new, changing: targets, rules) else { return nil }
        try complete(&new, rules, plan.updatedChecks, parameters)
        let moved = try update(number, from: existing, to: new, changing: targets, rules)
        try check(new, plan.updatedChecks, rules, parameters, isWritten: true)
        return (moved, new)
    }

    private func row(_ number: Int64, _ rules: TableRules) throws -> [SQLValue] {
        let names = rules.table.columns.map(\.name.quotedName).joined(separator: ", ")
        var found: [SQLValue] = []
        try connection.query(
            "SELECT \(names.isEmpty ? "NULL" : names) FROM \(rules.storage.quotedName) WHERE \"#row\" = ?1",
            [.integer(number)]
        ) { found = $0.row }
        return found
    }
}
