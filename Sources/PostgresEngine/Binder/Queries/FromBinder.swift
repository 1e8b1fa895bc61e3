import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// FROM: each item sees the ones before it through LATERAL; afterwards all are in reach.
    func bindFrom(_ items: [FromItem], in scope: QueryScope) throws(PostgresError) -> [TypedFrom] {
        var bound: [TypedFrom] = []
        var isFirst = scope.items.isEmpty
        for item in items {
            var (from, new) = try bindFromItem(item, in: scope)
            if !isFirst { try scope.checkConflicts(scope.items, new) }
            isFirst = false
            for index in new.indices {
                new[index].isLateralOnly = true
                new[index].isLateralAllowed = true
            }
            scope.items += new
            bound.append(from)
        }
        for index in scope.items.indices {
            scope.items[index].isLateralOnly = false
            scope.items[index].isLateralAllowed = true
        }
        return bound
    }

    func bindFromItem(_ item: FromItem, in scope: QueryScope) throws(PostgresError) -> (TypedFrom, [NamespaceItem]) {
        switch item {
        case .relation(let name, let alias, let location):
            do throws(PostgresError) {
                return try bindRelation(name, alias, in: scope)
            } catch {
                var located = error
                if located.position == nil, location >= 0 { located.position = Int(location) + 1 }
                throw located
            }
        case .subquery(let statement, let alias, let isLateral):
            return try bindSubqueryItem(statement, alias, isLateral: isLateral, in: scope)
        case .functions(let calls, let alias, let withOrdinality, _, let columns):
            return try bindFunctions(calls, alias, withOrdinality: withOrdinality, columns: columns, in: scope)
        case .join(let kind, let left, let right, let condition, let alias):
            return try bindJoin(kind, left, right, condition, alias, in: scope)
        case .xmlTable(let table, let alias, _): return try bindXMLTable(table, alias, in: scope)
        case .unsupported(let feature): throw PostgresError.notSupported(feature)
        }
    }

    /// Puts a range in reach under its name.
    func add(_ entry: RangeEntry, schema: String? = nil, access: Int? = nil, in scope: QueryScope) -> (
        TypedFrom, [NamespaceItem]
    ) {
        let range = scope.addRange(entry, access: access)
        return (.range(range), [scope.item(forRange: range, schema: schema)])
    }

    /// Columns under the names that an alias gives the first of them.
    func renamed(_ columns: [OutputColumn], _ alias: Alias?, table: String) throws(PostgresError) -> [OutputColumn] {
        guard let alias, !alias.columns.isEmpty else { return columns }
        if alias.columns.count > columns.count {
            throw BindError.columnReference(
                "table \"\(table)\" has \(columns.count) columns available but \(alias.columns.count) columns specified"
            )
        }
        var columns = columns
        for (index, name) in alias.columns.enumerated() { columns[index].name = name }
        return columns
    }

    private func bindRelation(_ name: QualifiedName, _ alias: Alias?, in scope: QueryScope) throws(PostgresError) -> (
        TypedFrom, [NamespaceItem]
    ) {
        let shown = alias?.name ?? name.name
        if name.schema == nil, let (table, levelsUp) = scope.commonTable(name.name) {
            if let refusal = table.refusal { throw PostgresError(table.refusalCode, refusal) }
            let columns = try renamed(table.columns, alias, table: shown)
            let source: RangeEntry.Source =
                table.inlined.map { .subquery($0, isLateral: false) }
                ?? .commonTable(name: name.name, levelsUp: levelsUp)
            return add(RangeEntry(source: source, name: shown, columns: columns), in: scope)
        }
        if name.schema == nil, let (call, columns) = variables?.transition(name.name) {
            return add(
                RangeEntry(
                    source: .functions([call], withOrdinality: false), name: shown,
                    columns: try renamed(columns, alias, table: shown)), in: scope)
        }
        let relation = try catalog.resolveRelation(name, searchPath: searchPath)
        let access = addAccess(relation.id, .select)
        let columns = try renamed(relation.columns, alias, table: shown)
        let source: RangeEntry.Source
        switch relation.kind {
        case .table: source = .table(relation.id)
        case .view(let view) where view.isMaterialized: source = .table(relation.id)
        case .view(let view): source = .view(relation.id, try expand(view, relation))
        case .sequence: source = .subquery(try state(ofSequence: relation), isLateral: false)
        case .index:
            throw PostgresError(
                "42809", "cannot open relation \"\(relation.name)\"",
                detail: "This operation is not supported for indexes.")
        }
        return add(
            RangeEntry(source: source, name: shown, columns: columns), schema: alias == nil ? relation.schema : nil,
            access: access, in: scope)
    }

    /// A sequence's one row.
    private func state(ofSequence relation: Relation) throws(PostgresError) -> TypedQuery {
        let id = Expression(
            .cast(Expression(.constant(.number(String(relation.id.oid)))), TypeName(["pg_catalog", "regclass"])))
        let call = FunctionCall(name: ["pg_catalog", BuiltinCatalog.sequenceState], arguments: [.init(id)])
        let from = FromItem.functions([call], alias: nil, withOrdinality: false, isLateral: false, columns: [])
        let select = PlainSelect(targets: [Target(Expression(.star(qualifier: [])))], from: [from])
        let inner = Analysis(
            catalog: catalog, searchPath: searchPath, context: context, parameters: ParameterTypes(hints: []),
            views: views, checkedAs: relation.owner)
        return try inner.bindQuery(SelectStatement(.select(select)), parent: nil)
    }

    /// A view's query, bound as its owner wrote it: under its search path, with its owner's rights unless the view
    /// says `security_invoker`.
    private func expand(_ view: View, _ relation: Relation) throws(PostgresError) -> TypedQuery {
        if views.contains(relation.id) {
            throw PostgresError("42P17", "infinite recursion detected in rules for relation \"\(relation.name)\"")
        }
        let isInvoker = ["true", "on", "1", "yes"].contains(view.options["security_invoker"]?.lowercased() ?? "")
        let inner = Analysis(
            catalog: catalog, searchPath: view.searchPath, context: context.inDatabaseZone,
            parameters: ParameterTypes(hints: []),
            views: views + [relation.id], checkedAs: isInvoker ? nil : relation.owner)
        let query = try inner.bindQuery(view.query, parent: nil)
        accesses += inner.accesses
        if query.columns.count == view.columns.count { return query }
        // A star written in the definition has grown with its table; the view keeps the columns it was made with.
        guard case .select(var select) = query.body, select.distinct != .all else {
            throw PostgresError.notSupported("view \"\(relation.name)\", whose definition has other columns by now,")
        }
        var kept: [Int] = []
        for column in view.columns {
            guard let index = query.columns.indices.first(where: { query.columns[$0].name == column.name }) else {
                throw PostgresError.notSupported(
                    "view \"\(relation.name)\", whose definition has other columns by now,")
            }
            kept.append(index)
        }
        select.targets = kept.map { select.targets[$0] }
        return TypedQuery(
            commonTables: query.commonTables, isRecursive: query.isRecursive, body: .select(select),
            columns: kept.map { query.columns[$0] }, order: query.order, limit: query.limit, offset: query.offset)
    }

    private func bindSubqueryItem(_ statement: SelectStatement, _ alias: Alias?, isLateral: Bool, in scope: QueryScope)
        throws(PostgresError) -> (TypedFrom, [NamespaceItem])
    {
        guard let alias else {
            let isValues = if case .values = statement.body { true } else { false }
            throw BindError.syntax(
                isValues ? "VALUES in FROM must have an alias" : "subquery in FROM must have an alias",
                hint: isValues
                    ? "For example, FROM (VALUES ...) [AS] foo." : "For example, FROM (SELECT ...) [AS] foo.")
        }
        let query = try scope.withinItem(.subqueryInFrom, isLateral: isLateral) { () throws(PostgresError) in
            try bindQuery(statement, parent: scope)
        }
        let columns = try renamed(query.columns, alias, table: alias.name)
        return add(
            RangeEntry(source: .subquery(query, isLateral: isLateral), name: alias.name, columns: columns), in: scope)
    }

    // MARK: Functions

    private func bindFunctions(
        _ calls: [FunctionCall], _ alias: Alias?, withOrdinality: Bool, columns definitions: [ColumnDefinition],
        in scope: QueryScope
    ) throws(PostgresError) -> (TypedFrom, [NamespaceItem]) {
        var nodes: [FunctionCallNode] = []
        var columns: [OutputColumn] = []
        let calls = calls.flatMap(\.unnested)
        for call in calls {
            scope.setFunctionCount = 0
            let value = try scope.withinItem(.functionInFrom, isLateral: true) { () throws(PostgresError) in
                try bind(Expression(.call(call)), in: scope)
            }
            guard case .call(let node) = value.node, let function = types.function(node.function) else {
                throw PostgresError.notSupported("\(call.name.joined(separator: ".")) as a table")
            }
            nodes.append(node)
            let name = calls.count == 1 ? alias?.name ?? call.name.last : call.name.last
            columns += try functionColumns(function, value, name: name ?? "", definitions)
        }
        scope.setFunctionCount = 0
        if withOrdinality { columns.append(OutputColumn(name: "ordinality", type: TypeReference(.int8))) }
        let name = alias?.name ?? calls.first?.name.last ?? ""
        columns = try renamed(columns, alias, table: name)
        return add(
            RangeEntry(source: .functions(nodes, withOrdinality: withOrdinality), name: name, columns: columns),
            in: scope)
    }

    private func functionColumns(
        _ function: BuiltinFunction, _ value: TypedExpression, name: String, _ definitions: [ColumnDefinition]
    ) throws(PostgresError) -> [OutputColumn] {
        let type = value.type.type
        if type == .record {
            let outputs = function.outputs
            if !outputs.isEmpty {
                if !definitions.isEmpty {
                    throw BindError.syntax(
                        "a column definition list is redundant for a function with OUT parameters")
                }
                return outputs.map { OutputColumn(name: $0.name, type: TypeReference($0.type)) }
            }
            if definitions.isEmpty {
                throw BindError.syntax("a column definition list is required for functions returning \"record\"")
            }
            var columns: [OutputColumn] = []
            for definition in definitions {
                let type = try catalog.resolveType(definition.type, searchPath: searchPath)
                columns.append(OutputColumn(name: definition.name, type: type))
            }
            return columns
        }
        if !definitions.isEmpty {
            throw BindError.syntax(
                "a column definition list is only allowed for functions returning \"record\"")
        }
        if let fields = types.fields(of: type) { return fields.map { OutputColumn(name: $0.name, type: $0.type) } }
        // A single named output names the column; else the alias or the function does.
        let outputs = function.outputs
        return [OutputColumn(name: outputs.count == 1 ? outputs[0].name : name, type: value.type)]
    }
}

extension FunctionCall {
    /// `unnest(a, b)` in FROM is short for one `unnest` of each, side by side.
    fileprivate var unnested: [FunctionCall] {
        guard name == ["unnest"], arguments.count > 1, !isVariadic, !arguments.contains(where: { $0.name != nil })
        else {
            return [self]
        }
        return arguments.map { FunctionCall(name: ["pg_catalog", "unnest"], arguments: [$0]) }
    }
}
