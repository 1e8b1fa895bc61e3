import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Follows a view's columns back to the tables they come from, through views over views.
struct ViewTrace {
    private let catalog: CatalogSnapshot

    init(_ catalog: CatalogSnapshot) { self.catalog = catalog }

    /// For every table that plain columns of `view` come from: table column → view columns. A column that is computed
    /// belongs to none.
    func columns(of view: Relation) -> [RelationID: [String: [String]]] {
        var result: [RelationID: [String: [String]]] = [:]
        guard let definition = view.view else { return result }
        for (position, column) in definition.columns.enumerated() {
            guard
                let (table, name) = origin(
                    of: definition.query, position: position,
                    scope: Scope(searchPath: definition.searchPath, views: [view.id]))
            else { continue }
            result[table, default: [:]][name, default: []].append(column.name)
        }
        return result
    }

    /// Where names in a FROM clause are looked up.
    private struct Scope {
        var searchPath: [String]
        /// WITH queries in reach: they hide relations of the same name.
        var commonTables: [String: CommonTable] = [:]
        /// The views being looked through: a definition that leads back to itself leads nowhere.
        var views: Set<RelationID> = []
    }

    /// The table column behind the output column at `position`.
    private func origin(of query: SelectStatement, position: Int, scope outer: Scope) -> (RelationID, String)? {
        guard case .select(let select) = query.body else { return nil }
        var scope = outer
        for table in query.with?.tables ?? [] { scope.commonTables[table.name] = table }
        let sources = select.from.flatMap { self.sources(of: $0, scope: scope) }
        var index = 0
        for target in select.targets {
            var width = 1
            switch target.value.node {
            case .star(let qualifier):
                let shown = sources.filter { qualifier.isEmpty || qualifier.last == $0.name }
                    .flatMap { source in source.columns.map { (source, $0) } }
                width = shown.count
                if position < index + width {
                    let (source, column) = shown[position - index]
                    return source.origin(column)
                }
            case .column(let names) where index == position: return origin(names, among: sources)
            default: break
            }
            index += width
            if index > position { return nil }
        }
        return nil
    }

    private func origin(_ names: [String], among sources: [Source]) -> (RelationID, String)? {
        let column = names[names.count - 1]
        let qualifier = names.count > 1 ? names[names.count - 2] : nil
        for source in sources where qualifier == nil || qualifier == source.name {
            if source.columns.contains(column) { return source.origin(column) }
        }
        return nil
    }

    private struct Source {
        var name: String
        var columns: [String]
        var origin: (String) -> (RelationID, String)?
    }

    private func sources(of item: FromItem, scope: Scope) -> [Source] {
        switch item {
        case .relation(let name, let alias, _):
            if name.schema == nil, let table = scope.commonTables[name.name] {
                return self.source(table, name: alias?.name ?? name.name, scope: scope)
            }
            guard let relation = find(name, scope.searchPath) else { return [] }
            return [
                Source(
                    name: alias?.name ?? relation.name, columns: relation.columns.map(\.name),
                    origin: { column in
                        guard let view = relation.view else { return (relation.id, column) }
                        guard !scope.views.contains(relation.id) else { return nil }
                        guard let position = view.columns.firstIndex(where: { $0.name == column }) else { return nil }
                        return origin(
                            of: view.query, position: position,
                            scope: Scope(searchPath: view.searchPath, views: scope.views.union([relation.id])))
                    }
                )
            ]
        case .join(_, let left, let right, _, _):
            return sources(of: left, scope: scope) + sources(of: right, scope: scope)
        case .subquery(let query, let alias, _):
            return [source(query, names: Self.names(query), name: alias?.name ?? "", scope: scope)]
        case .functions, .xmlTable, .unsupported: return []
        }
    }

    /// A WITH query as a source; one that modifies or calls itself shows no table's columns.
    private func source(_ table: CommonTable, name: String, scope: Scope) -> [Source] {
        guard case .select(let query) = table.statement else { return [] }
        var inner = scope
        inner.commonTables[table.name] = nil
        let names = table.columns.isEmpty ? Self.names(query) : table.columns
        return [source(query, names: names, name: name, scope: inner)]
    }

    private func source(_ query: SelectStatement, names: [String], name: String, scope: Scope) -> Source {
        Source(
            name: name, columns: names,
            origin: { column in
                names.firstIndex(of: column).flatMap { origin(of: query, position: $0, scope: scope) }
            })
    }

    /// The output columns of a query, as far as they can be told without binding it.
    private static func names(_ query: SelectStatement) -> [String] {
        guard case .select(let select) = query.body else { return [] }
        return select.targets.map { target in
            if let alias = target.alias { return alias }
            if case .column(let names) = target.value.node { return names[names.count - 1] }
            return ""
        }
    }

    private func find(_ name: QualifiedName, _ searchPath: [String]) -> Relation? {
        if let schema = name.schema { return catalog.relation(schema, name.name) }
        return searchPath.lazy.compactMap { catalog.relation($0, name.name) }.first
    }
}
