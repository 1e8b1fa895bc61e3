import PostgresSyntax
import PostgresTypes
import SQLite

/// A view with INSTEAD OF triggers for what is done to it: its rows are computed and handed to them, and nothing else
/// happens.
struct InsteadOfView {
    let view: Relation
    /// What its rows are, with the rights of its owner.
    private let query: TypedQuery
    private let queryAccesses: [TableAccess]
    private let catalog: CatalogSnapshot
    private let context: ValueContext

    /// nil where a relation has no such trigger.
    init?(
        _ relation: Relation, _ event: CreateTrigger.Event, catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) {
        guard let definition = relation.view,
            relation.rule(on: event) != nil
                || relation.triggers.contains(where: {
                    $0.definition.timing == .insteadOf && $0.definition.events.contains(event)
                })
        else { return nil }
        view = relation
        self.catalog = catalog
        self.context = context
        let (query, accesses) = try Binder(
            catalog: catalog, searchPath: definition.searchPath, context: context.inDatabaseZone
        )
        .bindQuery(definition.query)
        self.query = query
        let owner: String? = definition.isInvoker ? nil : relation.owner
        queryAccesses = accesses.map { access in
            var access = access
            access.checkedAs = access.checkedAs ?? owner
            return access
        }
    }

    /// The catalog in which the view is a table, to bind its modification against.
    var bindingCatalog: CatalogSnapshot {
        var changed = catalog
        var relation = view
        let columns = view.columns.map { Column(name: $0.name, type: $0.type) }
        relation.kind = .table(Table(columns: columns, rowType: view.rowTypeID ?? .record))
        changed.relations[view.id] = relation
        return changed
    }

    /// A statement bound against `bindingCatalog`, with the view read as the view it is.
    func rewritten(_ statement: TypedStatement) throws(PostgresError) -> TypedStatement {
        var changed = statement
        var rewriter = TypedRewriter()
        rewriter.source = { [view, query] entry, _ in
            if case .table(view.id) = entry.source { return .view(view.id, query) }
            return entry.source
        }
        func own(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: "") }
        switch statement.body {
        case .query, .merge: break
        case .insert(var insert):
            switch insert.source {
            case .query(let source): insert.source = .query(rewriter.query(source, role: ""))
            case .rows(let rows): insert.source = .rows(rows.map { $0.map { $0.map(own) } })
            case .defaults: break
            }
            insert.returning = insert.returning.map { rewriter.target($0, role: "") }
            changed.body = .insert(insert)
        case .update(var update):
            update.ranges = update.ranges.map { rewriter.range($0, role: "") }
            update.from = update.from.map { rewriter.from($0, role: "") }
            update.filter = update.filter.map(own)
            update.assignments = update.assignments.map {
                TypedAssignment(column: $0.column, value: $0.value.map(own))
            }
            update.returning = update.returning.map { rewriter.target($0, role: "") }
            let values = update.assignments.compactMap(\.value)
            update.insteadRows = rows(update.ranges, update.from, update.filter, values)
            changed.body = .update(update)
        case .delete(var delete):
            delete.ranges = delete.ranges.map { rewriter.range($0, role: "") }
            delete.from = delete.from.map { rewriter.from($0, role: "") }
            delete.filter = delete.filter.map(own)
            delete.returning = delete.returning.map { rewriter.target($0, role: "") }
            delete.insteadRows = rows(delete.ranges, delete.from, delete.filter, [])
            changed.body = .delete(delete)
        }
        if case .insert = statement.body { return changed }
        changed.accesses += queryAccesses
        return changed
    }

    /// The view's columns of the rows concerned, then values, then the columns of the other ranges.
    private func rows(
        _ ranges: [RangeEntry], _ from: [TypedFrom], _ filter: TypedExpression?, _ values: [TypedExpression]
    ) -> TypedQuery {
        func columns(_ range: Int) -> [TypedExpression] {
            ranges[range].columns.enumerated().map { column, output in
                TypedExpression(.column(ColumnReference(range: range, column: column)), type: output.type)
            }
        }
        let mentioned = from.reduce(into: Set<Int>()) { $0.formUnion($1.ranges) }
        let targets = columns(0) + values + ranges.indices.dropFirst().flatMap(columns)
        return TypedQuery(
            body: .select(
                TypedSelect(
                    targets: targets, ranges: ranges, from: (mentioned.contains(0) ? [] : [.range(0)]) + from,
                    filter: filter)),
            columns: targets.enumerated().map { OutputColumn(name: "c\($0.offset)", type: $0.element.type) })
    }
}

/// A modification of a view with INSTEAD OF triggers, made ready.
struct InsteadOfPlan: Sendable {
    var view: RelationID
    var event: CreateTrigger.Event
    /// Of an INSERT: where its rows come from, and the columns that they give.
    var source: InsertPlan.Source?
    /// Columns given or set, with whether the value is DEFAULT.
    var columns: [(column: Int, isDefault: Bool)] = []
    /// Of the others: the view's columns, then new values, then the columns of further ranges.
    var rows: GeneratedSQL?
    var others: [Int] = []
    var returning: GeneratedSQL?
    /// What columns have that an INSERT leaves out.
    var defaults: [GeneratedSQL?] = []

    init(_ insert: TypedInsert, parameters: [TypeReference], catalog: CatalogSnapshot) throws(PostgresError) {
        view = insert.table
        event = .insert
        guard insert.onConflict == nil else { throw .notSupported("ON CONFLICT on a view with INSTEAD OF triggers") }
        let generator = SQLGenerator(catalog: catalog)
        source = try InsertPlan.source(insert, parameters: parameters, generator)
        columns = insert.columns.map { ($0, false) }
        let relation = catalog[view]
        returning = try Self.returning(insert.returning, catalog: catalog, ranges: [relation])
        for column in relation?.columns ?? [] {
            guard let definition = relation?.view, let value = definition.defaults[column.name] else {
                defaults.append(nil)
                continue
            }
            let typed = try ColumnExpressions(catalog: catalog, context: .unset).bind(
                value, over: nil, column: Column(name: column.name, type: column.type), path: definition.searchPath)
            defaults.append(try generator.expressions([typed]))
        }
    }

    init(
        _ update: TypedUpdate, _ rows: TypedQuery, parameters: [TypeReference], catalog: CatalogSnapshot
    ) throws(PostgresError) {
        view = update.table
        event = .update
        columns = update.assignments.map { ($0.column, $0.value == nil) }
        others = update.ranges.dropFirst().map(\.columns.count)
        self.rows = try SQLGenerator(catalog: catalog).query(rows, parameters: parameters)
        returning = try Self.returning(update.returning, ranges: update.ranges, catalog: catalog)
    }

    init(
        _ delete: TypedDelete, _ rows: TypedQuery, parameters: [TypeReference], catalog: CatalogSnapshot
    ) throws(PostgresError) {
        view = delete.table
        event = .delete
        others = delete.ranges.dropFirst().map(\.columns.count)
        self.rows = try SQLGenerator(catalog: catalog).query(rows, parameters: parameters)
        returning = try Self.returning(delete.returning, ranges: delete.ranges, catalog: catalog)
    }

    private static func returning(
        _ targets: [TypedTarget], catalog: CatalogSnapshot, ranges: [Relation?]
    ) throws(PostgresError) -> GeneratedSQL? {
        let entries = ranges.compactMap { relation in
            relation.map { RangeEntry(source: .table($0.id), name: $0.name, columns: $0.columns) }
        }
        return try returning(targets, ranges: entries, catalog: catalog)
    }

    private static func returning(
        _ targets: [TypedTarget], ranges: [RangeEntry], catalog: CatalogSnapshot
    ) throws(PostgresError) -> GeneratedSQL? {
        if targets.isEmpty { return nil }
        return try SQLGenerator(catalog: catalog).expressions(
            targets.map(\.value), rowImages: Set(ranges.indices), ranges: ranges)
    }
}

extension Modification {
    /// - Returns: the number of rows that a trigger took.
    func run(
        _ plan: InsteadOfPlan, parameters: [SQLValue], returning: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        if let relation = transaction.catalog[plan.view], let rule = relation.rule(on: plan.event) {
            return try run(rule, plan, on: relation, parameters: parameters, returning: returning)
        }
        guard let relation = transaction.catalog[plan.view],
            let triggers = try TriggerRules(
                relation, catalog: transaction.catalog, context: transaction.valueContext)
        else { throw PostgresError("XX000", "the view has no triggers any more") }
        let changed = Set(plan.columns.map(\.column))
        var count = 0
        try fireStatement(.before, plan.event, changing: changed, triggers, relation)

        func hand(_ old: [SQLValue]?, _ new: [SQLValue]?, others: [[SQLValue]]) throws {
            var row = new ?? old ?? []
            for entry in triggers.insteadOf where entry.fires(on: plan.event, changing: changed, asReplica: isReplica) {
                let current = new == nil ? nil : row
                guard let result = try call(entry, plan.event, old: old, new: current) else { return }
                if new != nil { row = result }
            }
            count += 1
            guard let columns = plan.returning else { return }
            try transaction.forEachRow(columns, parameters: parameters, rows: [row] + others, returning)
        }

        try forEachRow(of: plan, relation, parameters) { try hand($0, $1, others: $2) }
        try fireStatement(.after, plan.event, changing: changed, triggers, relation)
        try finish()
        return count
    }

    /// The rows that a statement would write to a view: what is there, what would be, and the rows beside it.
    func forEachRow(
        of plan: InsteadOfPlan, _ relation: Relation, _ parameters: [SQLValue],
        _ hand: (_ old: [SQLValue]?, _ new: [SQLValue]?, _ others: [[SQLValue]]) throws -> Void
    ) throws {
        if let source = plan.source {
            for given in try rows(of: source, width: plan.columns.count, parameters) {
                var row = [SQLValue](repeating: .null, count: relation.columns.count)
                for (column, value) in plan.defaults.enumerated() {
                    if let value { row[column] = try transaction.evaluate(value)[0] }
                }
                for (place, column) in plan.columns.enumerated() {
                    if let value = given[place] { row[column.column] = value }
                }
                try hand(nil, row, [])
            }
        } else if let query = plan.rows {
            var found: [[SQLValue]] = []
            try transaction.forEachRow(query, parameters: parameters) { found.append($0.row) }
            let width = relation.columns.count
            for entry in found {
                let old = Array(entry[..<width])
                var new = old
                var next = width
                for (column, isDefault) in plan.columns {
                    new[column] = isDefault ? .null : entry[next]
                    if !isDefault { next += 1 }
                }
                var others: [[SQLValue]] = []
                for count in plan.others {
                    others.append(Array(entry[next..<next + count]))
                    next += count
                }
                try hand(old, plan.event == .delete ? nil : new, others)
            }
        }
    }
}
