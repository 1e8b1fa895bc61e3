import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// XMLTABLE: a view over one is made and known by its columns, as a dump needs; what reads it is refused when its
    /// rows are asked for.
    func bindXMLTable(_ table: XMLTable, _ alias: Alias?, in scope: QueryScope) throws(PostgresError) -> (
        TypedFrom, [NamespaceItem]
    ) {
        let (typed, columns) = try scope.withinItem(.functionInFrom, isLateral: true) { () throws(PostgresError) in
            try bindParts(of: table, in: scope)
        }
        let name = alias?.name ?? "xmltable"
        return add(
            RangeEntry(source: .xmlTable(typed), name: name, columns: try renamed(columns, alias, table: name)),
            in: scope)
    }

    /// What an XMLTABLE is given, and the columns that it gives.
    private func bindParts(of table: XMLTable, in scope: QueryScope) throws(PostgresError) -> (
        TypedXMLTable, [OutputColumn]
    ) {
        var uris: [TypedExpression] = []
        for namespace in table.namespaces { uris.append(try text(namespace.uri, in: scope)) }
        var typed = TypedXMLTable(
            namespaceNames: table.namespaces.map(\.name), uris: uris, row: try text(table.row, in: scope),
            document: try coerce(bind(table.document, in: scope), to: .xml, .assignment), columns: [])
        var columns: [OutputColumn] = []
        for column in table.columns {
            if columns.contains(where: { $0.name == column.name }) {
                throw BindError.syntax("column name \"\(column.name)\" is not unique")
            }
            let type = try column.type.map { type throws(PostgresError) in
                try catalog.resolveType(type, searchPath: searchPath)
            }
            columns.append(OutputColumn(name: column.name, type: type ?? TypeReference(.int4)))
            var path: TypedExpression?
            if let written = column.path { path = try text(written, in: scope) }
            var defaultValue: TypedExpression?
            if let written = column.defaultValue, let type {
                defaultValue = try coerce(
                    bind(written, in: scope), to: type.type, modifier: type.modifier, .assignment)
            }
            typed.columns.append(
                .init(
                    name: column.name, isOrdinality: type == nil, path: path, defaultValue: defaultValue,
                    isNotNull: column.isNotNull))
        }
        return (typed, columns)
    }

    private func text(_ expression: Expression, in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        try coerce(bind(expression, in: scope), to: .text, .assignment)
    }
}
