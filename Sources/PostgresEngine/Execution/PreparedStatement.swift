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
    /// Whose view of the tables it is made for.
    package let role: String
    package let catalogVersion: Int
    package let typed: TypedStatement
    /// What the statement returns: of a query its output, of a modification its RETURNING list.
    package let columns: [OutputColumn]
    /// Codecs of `columns`.
    package let columnTypes: [PostgresType]
    /// Codecs of `$1`, `$2` …
    package let parameterTypes: [PostgresType]
    let plan: Plan
    /// Whether another role would see other rows.
    let hasRowSecurity: Bool

    init(
        _ statement: PostgresSyntax.Statement, searchPath: [String], role: String, catalog: CatalogSnapshot,
        context: ValueContext
    ) throws(PostgresError) {
        self.statement = statement
        self.searchPath = searchPath
        self.role = role
        catalogVersion = catalog.version
        var typed: TypedStatement
        if let view = try Self.updatableView(statement, searchPath: searchPath, catalog: catalog, context: context) {
            let bound = try Binder(catalog: view.bindingCatalog, searchPath: searchPath, context: context)
                .bind(statement)
            typed = try view.rewritten(bound, context: context)
        } else {
            typed = try Binder(catalog: catalog, searchPath: searchPath, context: context).bind(statement)
        }
        let security = RowSecurity(catalog: catalog, role: role, context: context)
        hasRowSecurity = security.concerns(typed)
        if hasRowSecurity { typed = security.apply(to: typed) }
        self.typed = typed
        columns = typed.outputColumns
        columnTypes = columns.map { catalog.postgresType(of: $0.type.type) }
        parameterTypes = typed.parameters.map { catalog.postgresType(of: $0.type) }
        switch typed.body {
        case .query(let query):
            plan = .query(try SQLGenerator(catalog: catalog).query(query, parameters: typed.parameters))
        case .insert(let insert):
            plan = .insert(
                try InsertPlan(
                    insert, parameters: typed.parameters, catalog: catalog, accesses: typed.accesses, role: role))
        case .update(let update): plan = .update(try UpdatePlan(update, catalog: catalog))
        case .delete(let delete): plan = .update(try UpdatePlan(delete, catalog: catalog))
        }
    }

    /// The view a modification goes through, when its target is one.
    private static func updatableView(
        _ statement: PostgresSyntax.Statement, searchPath: [String], catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) -> UpdatableView? {
        let name: QualifiedName
        let verb: String
        switch statement {
        case .insert(let insert): (name, verb) = (insert.table, "insert into")
        case .update(let update): (name, verb) = (update.table, "update")
        case .delete(let delete): (name, verb) = (delete.table, "delete from")
        default: return nil
        }
        guard let relation = catalog.relation(name, searchPath: searchPath), let view = relation.view,
            !view.isMaterialized
        else { return nil }
        return try UpdatableView(relation, verb: verb, catalog: catalog, context: context)
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
