package import PostgresSyntax
package import PostgresTypes

/// A statement bound against one version of the catalog, ready to run any number of times, on any thread.
///
/// It keeps what it was made from: when the catalog has moved on, `Transaction.run` binds it anew by itself.
package final class PreparedStatement: Sendable {
    enum Plan: Sendable {
        case query(GeneratedSQL)
        case insert(InsertPlan)
        case update(UpdatePlan)
    }

    package let statement: PostgresSyntax.Statement
    /// The schemas unqualified names were looked up in.
    package let searchPath: [String]
    package let catalogVersion: Int
    package let typed: TypedStatement
    /// What the statement returns: of a query its output, of a modification its RETURNING list.
    package let columns: [OutputColumn]
    /// Codecs of `columns`.
    package let columnTypes: [PostgresType]
    /// Codecs of `$1`, `$2` …
    package let parameterTypes: [PostgresType]
    let plan: Plan

    init(
        _ statement: PostgresSyntax.Statement, searchPath: [String], catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) {
        self.statement = statement
        self.searchPath = searchPath
        catalogVersion = catalog.version
        typed = try Binder(catalog: catalog, searchPath: searchPath, context: context).bind(statement)
        columns = typed.outputColumns
        columnTypes = columns.map { catalog.postgresType(of: $0.type.type) }
        parameterTypes = typed.parameters.map { catalog.postgresType(of: $0.type) }
        switch typed.body {
        case .query(let query):
            plan = .query(try SQLGenerator(catalog: catalog).query(query, parameters: typed.parameters))
        case .insert(let insert):
            plan = .insert(try InsertPlan(insert, parameters: typed.parameters, catalog: catalog))
        case .update(let update): plan = .update(try UpdatePlan(update, catalog: catalog))
        case .delete(let delete): plan = .update(try UpdatePlan(delete, catalog: catalog))
        }
    }

    /// Whether running it may write.
    package var isModification: Bool { if case .query = typed.body { false } else { true } }

    /// The first word of its command tag.
    var verb: String {
        switch typed.body {
        case .query: "SELECT"
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        }
    }

    func tag(count: Int) -> String {
        if case .insert = typed.body { return "INSERT 0 \(count)" }
        return "\(verb) \(count)"
    }
}
