package import PostgresSyntax
package import PostgresTypes

/// A statement bound against one version of the catalog, ready to run any number of times, on any thread.
///
/// It keeps what it was made from: when the catalog has moved on, `Transaction.run` binds it anew by itself.
package final class PreparedStatement: Sendable {
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

    init(
        statement: PostgresSyntax.Statement, searchPath: [String], catalog: CatalogSnapshot, typed: TypedStatement,
        columnTypes: [PostgresType], parameterTypes: [PostgresType]
    ) {
        self.statement = statement
        self.searchPath = searchPath
        self.catalogVersion = catalog.version
        self.typed = typed
        self.columns = typed.outputColumns
        self.columnTypes = columnTypes
        self.parameterTypes = parameterTypes
    }

    /// Whether running it may write.
    package var isModification: Bool { if case .query = typed.body { false } else { true } }
}
