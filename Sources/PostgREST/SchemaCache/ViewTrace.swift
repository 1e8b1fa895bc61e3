import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Follows a view's columns back to the tables they come from, through views over views.
struct ViewTrace {
    private let catalog: CatalogSnapshot

    init(_ catalog: CatalogSnapshot) { self.catalog = catalog }

    /// For every table that plain columns of `view` come from: table column → view column. A column that is computed
    /// belongs to none.
    func columns(of view: Relation) -> [RelationID: [String: String]] {
        var result: [RelationID: [String: String]] = [:]
        guard let definition = view.view else { return result }
        for (position, column) in definition.columns.enumerated() {
            guard
                let (table, name) = origin(of: definition.query, position: position, searchPath: definition.searchPath)
            else { continue }
            // Of several columns showing the same one, the first counts.
            if result[table, default: [:]][name] == nil { result[table, default: [:]][name] = column.name }
        }
        return result
    }

    /// The table column behind the output column at `position`.
    private func origin(
        of query: SelectStatement, position: Int, searchPath: [String]
    ) -> (RelationID, String)? {
        guard case .select(let select) = query.body, select.groupBy.isEmpty else { return nil }
        let sources = select.from.flatMap { self.sources(of: $0, searchPath: searchPath) }
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

    private func sources(of item: FromItem, searchPath: [String]) -> [Source] {
        switch item {
        case .relation(let name, let alias, _):
            guard let relation = find(name, searchPath) else { return [] }
            return [
                Source(
                    name: alias?.name ?? relation.name, columns: relation.columns.map(\.name),
                    origin: { column in
                        guard let view = relation.view else { return (relation.id, column) }
                        guard let position = view.columns.firstIndex(where: { $0.name == column }) else { return nil }
                        return origin(of: view.query, position: position, searchPath: view.searchPath)
                    }
                )
            ]
        case .join(_, let left, let right, _, _):
            return sources(of: left, searchPath: searchPath) + sources(of: right, searchPath: searchPath)
        case .subquery(let query, let alias, _):
            guard case .select(let select) = query.body else { return [] }
            let names = select.targets.map { target -> String in
                if let alias = target.alias { return alias }
                if case .column(let names) = target.value.node { return names[names.count - 1] }
                return ""
            }
            return [
                Source(
                    name: alias?.name ?? "", columns: names,
                    origin: { column in
                        names.firstIndex(of: column).flatMap {
                            origin(of: query, position: $0, searchPath: searchPath)
                        }
                    }
                )
            ]
        case .functions, .unsupported: return []
        }
    }

    private func find(_ name: QualifiedName, _ searchPath: [String]) -> Relation? {
        if let schema = name.schema { return catalog.relation(schema, name.name) }
        return searchPath.lazy.compactMap { catalog.relation($0, name.name) }.first
    }
}
