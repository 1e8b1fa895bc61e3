import PostgresSyntax
import PostgresTypes

/// A view that Postgres updates by itself: one table or such a view behind it, every row of it a row of that.
///
/// A statement that modifies it is bound as if it were a table of its columns; then those columns are replaced by what
/// they stand for, and the view by its table.
struct UpdatableView {
    let view: Relation
    /// The table behind, through views on views.
    let base: Relation
    /// What each column stands for, over the table's columns as range 0.
    let columns: [TypedExpression]
    /// The table's position of each column that is one of its columns.
    let positions: [Int?]
    /// The view's WHERE, and that of the views behind it.
    let filter: TypedExpression?
    /// What its owners must be allowed.
    let accesses: [TableAccess]
    /// WITH CHECK OPTION, the innermost view's first.
    let checks: [TypedRowCheck]

    private let catalog: CatalogSnapshot

    /// - Parameter verb: how errors call the statement: `insert into`, `update`, `delete from`.
    /// - Parameter isChecked: a view over it has a cascading check option.
    init(
        _ view: Relation, verb: String, catalog: CatalogSnapshot, context: ValueContext, isChecked: Bool = false
    ) throws(PostgresError) {
        guard let definition = view.view else { throw .wrongKind(view.name, "a view") }
        let refuse = { (detail: String) in Self.refusal(of: view, verb, detail) }
        let (query, own) = try Binder(
            catalog: catalog, searchPath: definition.searchPath, context: context.inDatabaseZone
        )
        .bindQuery(definition.query)
        let select = try Self.plainSelect(of: query, catalog, refuse)
        // A star of the definition may have grown with its table.
        let kept = definition.columns.compactMap { column in
            query.columns.firstIndex { $0.name == column.name }
        }
        let targets =
            query.columns.count == definition.columns.count ? select.targets : kept.map { select.targets[$0] }
        let owner: String? = definition.isInvoker ? nil : view.owner
        var accesses = own.map { access in
            var access = access
            if access.checkedAs == nil { access.checkedAs = owner }
            return access
        }
        self.view = view
        self.catalog = catalog
        let option = definition.options["check_option"]
        let cascades = isChecked || option == "cascaded"
        let check: (TypedExpression?) -> [TypedRowCheck] = { condition in
            guard let condition, cascades || option != nil else { return [] }
            return [
                TypedRowCheck(
                    condition, message: "new row violates check option for view \"\(view.name)\"", code: "44000",
                    isOfView: true)
            ]
        }
        switch select.ranges[0].source {
        case .table(let id):
            guard let table = catalog[id], table.table != nil else { throw refuse(Self.severalTables) }
            base = table
            columns = targets
            filter = select.filter
            checks = check(select.filter)
            positions = targets.map { $0.plainColumn }
        case .view(let id, _):
            guard let inner = catalog[id] else { throw refuse(Self.severalTables) }
            let behind = try UpdatableView(
                inner, verb: verb, catalog: catalog, context: context, isChecked: cascades)
            let rewriter = behind.rewriter()
            base = behind.base
            columns = targets.map { rewriter.expression($0, role: "") }
            let condition = select.filter.map { rewriter.expression($0, role: "") }
            filter = TypedExpression.all([behind.filter, condition])
            checks = behind.checks + check(condition)
            positions = targets.map { $0.plainColumn.flatMap { behind.positions[$0] } }
            accesses += behind.accesses
        default: throw refuse(Self.severalTables)
        }
        self.accesses = accesses
    }

    /// That the statement may not modify the view, and why.
    private static func refusal(of view: Relation, _ verb: String, _ reason: String) -> PostgresError {
        let event = verb == "insert into" ? "INSERT" : verb == "update" ? "UPDATE" : "DELETE"
        let doing = verb == "insert into" ? "inserting into" : verb == "update" ? "updating" : "deleting from"
        return PostgresError(
            "55000", "cannot \(verb) view \"\(view.name)\"", detail: reason,
            hint: "To enable \(doing) the view, provide an INSTEAD OF \(event) trigger or an unconditional "
                + "ON \(event) DO INSTEAD rule.")
    }

    private static let severalTables =
        "Views that do not select from a single table or view are not automatically updatable."

    /// The SELECT of a view whose every row is a row of the one table or view in its FROM.
    private static func plainSelect(
        of query: TypedQuery, _ catalog: CatalogSnapshot, _ refuse: (String) -> PostgresError
    ) throws(PostgresError) -> TypedSelect {
        guard case .select(let select) = query.body else {
            throw refuse("Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.")
        }
        if select.distinct != nil { throw refuse("Views containing DISTINCT are not automatically updatable.") }
        if !select.groupBy.isEmpty { throw refuse("Views containing GROUP BY are not automatically updatable.") }
        if select.having != nil { throw refuse("Views containing HAVING are not automatically updatable.") }
        if !query.commonTables.isEmpty { throw refuse("Views containing WITH are not automatically updatable.") }
        if query.limit != nil || query.offset != nil {
            throw refuse("Views containing LIMIT or OFFSET are not automatically updatable.")
        }
        if select.isGrouped {
            throw refuse("Views that return aggregate functions are not automatically updatable.")
        }
        if let kind = refusedCall(in: select.targets, catalog) {
            throw refuse("Views that return \(kind) functions are not automatically updatable.")
        }
        guard select.ranges.count == 1, select.from == [.range(0)] else { throw refuse(severalTables) }
        return select
    }

    /// What makes rows of a view other than its table's, if one of its columns does.
    private static func refusedCall(in targets: [TypedExpression], _ catalog: CatalogSnapshot) -> String? {
        let types = TypeSystem(catalog: catalog)
        var kind: String?
        for target in targets {
            target.walk { part, depth in
                switch part.node {
                case .window where depth == 0: kind = "window"
                case .call(let call) where depth == 0 && types.function(call.function)?.isSet == true:
                    kind = kind ?? "set-returning"
                default: break
                }
                return .intoChildren
            }
        }
        return kind
    }

    /// Replaces the view's columns, of the range `range` of a statement, by what they stand for.
    private func rewriter(range: Int = 0) -> TypedRewriter {
        var rewriter = TypedRewriter()
        rewriter.column = { reference in
            guard reference.range == range, columns.indices.contains(reference.column) else { return nil }
            return range == 0 ? columns[reference.column] : columns[reference.column].inRange(range)
        }
        rewriter.wholeRow = { number in
            guard number == range, let type = view.rowTypeID else { return nil }
            let values = range == 0 ? columns : columns.map { $0.inRange(range) }
            return TypedExpression(.row(values), type: TypeReference(type))
        }
        return rewriter
    }

    // MARK: Binding

    /// The catalog in which the view is a table, to bind its modification against.
    var bindingCatalog: CatalogSnapshot {
        guard let baseTable = base.table, let definition = view.view else { return catalog }
        var shown: [Column] = []
        for (position, column) in definition.columns.enumerated() {
            var copy = Column(name: column.name, type: column.type)
            if let source = positions[position] {
                copy.identity = baseTable.columns[source].identity
                copy.generated = baseTable.columns[source].generated
                copy.sequence = baseTable.columns[source].sequence
            }
            shown.append(copy)
        }
        /// The view's name of a column of the table.
        func renamed(_ names: [String]) -> [String]? {
            var result: [String] = []
            for name in names {
                guard let source = baseTable.position(of: name), let place = positions.firstIndex(of: source) else {
                    return nil
                }
                result.append(shown[place].name)
            }
            return result
        }
        var table = Table(columns: shown, rowType: definition.rowType)
        for index in baseTable.indexes {
            guard index.isUnique, let names = index.columns.flatMap(renamed), index.filter == nil else { continue }
            var copy = index
            copy.keys = names.map { CreateIndex.Key(Expression(.column([$0]))) }
            table.indexes.append(copy)
        }
        for constraint in baseTable.constraints {
            var copy = constraint
            switch constraint.kind {
            case .primaryKey(let names):
                if let names = renamed(names) { copy.kind = .primaryKey(names) } else { continue }
            case .unique(let names, let flag):
                if let names = renamed(names) {
                    copy.kind = .unique(names, nullsNotDistinct: flag)
                } else {
                    continue
                }
            case .check, .foreignKey, .exclusion: continue
            }
            table.constraints.append(copy)
        }
        var changed = catalog
        var relation = view
        relation.kind = .table(table)
        changed.relations[view.id] = relation
        return changed
    }

    // MARK: Rewriting

    /// A statement bound against `bindingCatalog` as one on the table behind.
    func rewritten(_ statement: TypedStatement, context: ValueContext) throws(PostgresError) -> TypedStatement {
        var changed = statement
        let entry = RangeEntry(source: .table(base.id), name: base.name, columns: base.columns)
        var rewriter = rewriter()
        // Elsewhere in the statement the view is read as the view it is.
        let query = try Binder(catalog: catalog, searchPath: view.view?.searchPath ?? [], context: context)
            .bindQuery(view.view!.query).query
        rewriter.source = { entry, _ in
            if case .table(view.id) = entry.source { return .view(view.id, query) }
            return entry.source
        }
        func own(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: "") }
        switch statement.body {
        case .query, .merge: return statement
        case .insert(var insert):
            switch insert.source {
            case .query(let source): insert.source = .query(rewriter.query(source, depth: 1, role: ""))
            case .rows(let rows):
                let defaults = try insert.columns.map { (column) throws(PostgresError) in
                    try self.viewDefault(of: column, context: context)
                }
                insert.source = .rows(rows.map { row in zip(row, defaults).map { $0.map(own) ?? $1 } })
            case .defaults: break
            }
            insert.table = base.id
            insert.columns = try mapped(insert.columns, "insert into")
            try addDefaults(to: &insert, context: context)
            if var clause = insert.onConflict {
                let excluded = self.rewriter(range: 1)
                func both(_ value: TypedExpression) -> TypedExpression { excluded.expression(own(value), role: "") }
                if let assignments = clause.assignments {
                    let targets = try mapped(assignments.map(\.column), "update")
                    clause.assignments = zip(targets, assignments).map {
                        TypedAssignment(column: $0, value: $1.value.map(both))
                    }
                }
                clause.filter = clause.filter.map(both)
                insert.onConflict = clause
            }
            insert.returning = insert.returning.map { TypedTarget(column: $0.column, value: own($0.value)) }
            insert.checks += checks
            insert.onConflict?.updatedChecks += checks
            changed.body = .insert(insert)
        case .update(var update):
            update.table = base.id
            let targets = try mapped(update.assignments.map(\.column), "update")
            var assignments: [TypedAssignment] = []
            for (target, assignment) in zip(targets, update.assignments) {
                var value = assignment.value.map(own)
                if value == nil { value = try viewDefault(of: assignment.column, context: context) }
                assignments.append(TypedAssignment(column: target, value: value))
            }
            update.assignments = assignments
            update.ranges = rewriter.others(update.ranges, role: "")
            update.ranges[0] = entry
            update.from = update.from.map { rewriter.from($0, role: "") }
            update.filter = TypedExpression.all([filter, update.filter.map(own)])
            update.returning = update.returning.map { TypedTarget(column: $0.column, value: own($0.value)) }
            update.checks += checks
            changed.body = .update(update)
        case .delete(var delete):
            delete.table = base.id
            delete.ranges = rewriter.others(delete.ranges, role: "")
            delete.ranges[0] = entry
            delete.from = delete.from.map { rewriter.from($0, role: "") }
            delete.filter = TypedExpression.all([filter, delete.filter.map(own)])
            delete.returning = delete.returning.map { TypedTarget(column: $0.column, value: own($0.value)) }
            changed.body = .delete(delete)
        }
        changed.accesses += baseAccesses(statement)
        return changed
    }

    /// The table's positions of columns that are written to.
    private func mapped(_ targets: [Int], _ verb: String) throws(PostgresError) -> [Int] {
        var result: [Int] = []
        for target in targets {
            guard let position = positions[target] else {
                throw PostgresError(
                    "0A000",
                    "cannot \(verb) column \"\(view.columns[target].name)\" of view \"\(view.name)\"",
                    detail: "View columns that are not columns of their base relation are not updatable.")
            }
            result.append(position)
        }
        return result
    }

    /// What ALTER VIEW made a column's default; nil where the table's counts.
    private func viewDefault(of column: Int, context: ValueContext) throws(PostgresError) -> TypedExpression? {
        guard let definition = view.view, definition.columns.indices.contains(column),
            let value = definition.defaults[definition.columns[column].name], let position = positions[column],
            let table = base.table
        else { return nil }
        return try ColumnExpressions(catalog: catalog, context: context).bind(
            value, over: nil, column: table.columns[position], path: definition.searchPath)
    }

    /// Defaults that ALTER VIEW gave to columns stand before the table's.
    private func addDefaults(to insert: inout TypedInsert, context: ValueContext) throws(PostgresError) {
        guard let definition = view.view else { return }
        for name in definition.defaults.keys.sorted() {
            guard let place = definition.columns.firstIndex(where: { $0.name == name }),
                let position = positions[place], !insert.columns.contains(position),
                let typed = try viewDefault(of: place, context: context)
            else { continue }
            switch insert.source {
            case .rows(let rows): insert.source = .rows(rows.map { $0 + [typed] })
            case .defaults: insert.source = .rows([[typed]])
            case .query(let query):
                let columns = query.columns + [OutputColumn(name: name, type: typed.type)]
                let targets =
                    query.columns.enumerated().map { index, column in
                        TypedExpression(.column(ColumnReference(range: 0, column: index)), type: column.type)
                    } + [typed]
                let entry = RangeEntry(source: .subquery(query, isLateral: false), name: "rows", columns: query.columns)
                insert.source = .query(
                    TypedQuery(
                        body: .select(TypedSelect(targets: targets, ranges: [entry], from: [.range(0)])),
                        columns: columns))
            }
            insert.columns.append(position)
        }
    }

    /// What the statement does to the view, its owner must be allowed to do to the table.
    private func baseAccesses(_ statement: TypedStatement) -> [TableAccess] {
        let owner: String? = view.view?.isInvoker == true ? nil : view.owner
        let own = statement.accesses.filter { $0.relation == view.id && $0.privilege != .select }.map { access in
            TableAccess(
                relation: base.id, privilege: access.privilege,
                columns: Set(access.columns.compactMap { positions[$0] }), checkedAs: owner)
        }
        return own + accesses
    }
}

extension TypedExpression {
    /// The position when it is nothing but a column of range 0.
    fileprivate var plainColumn: Int? {
        if case .column(let reference) = node, reference.levelsUp == 0, reference.range == 0 { return reference.column }
        return nil
    }

    /// With its columns of range 0 read from another range.
    fileprivate func inRange(_ range: Int) -> TypedExpression {
        var rewriter = TypedRewriter()
        rewriter.renumbered = { $0 == 0 ? range : $0 }
        return rewriter.expression(self, role: "")
    }

    /// AND over those conditions that there are.
    fileprivate static func all(_ conditions: [TypedExpression?]) -> TypedExpression? {
        let given = conditions.compactMap { $0 }
        return given.count < 2 ? given.first : TypedExpression(.and(given), type: TypeReference(.bool))
    }
}
