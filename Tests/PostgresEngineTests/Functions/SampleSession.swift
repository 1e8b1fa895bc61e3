import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// A connection that runs queries through binder and generator, without tables: for functions and expressions.
final class SampleSession {
    let connection: Connection
    let catalog: CatalogSnapshot
    let context: ExecutionContext

    init(catalog: CatalogSnapshot = CatalogSnapshot()) throws {
        connection = try Connection(path: ":memory:")
        var catalog = catalog
        for name in ["citext", "uuid-ossp", "pgcrypto", "pg_trgm", "hstore", "unaccent", "fuzzystrmatch", "ltree"] {
            catalog.extensions[name] = "public"
        }
        self.catalog = catalog
        let now = Timestamp(microseconds: 1_704_164_645_678_900)
        context = ExecutionContext(
            session: Session(), catalog: catalog, world: World.deterministic(seed: 7, now: now))
        TypeFunctions.register(on: connection)
        try FunctionLibrary.register(on: connection)
        connection.context = context
    }

    func generate(_ sql: String) throws -> GeneratedSQL {
        let statement = try Script.parseSingle(sql)
        let binder = Binder(
            catalog: catalog, searchPath: context.session.searchPath, context: context.valueContext)
        guard case .query(let query) = try binder.bind(statement).body else {
            throw PostgresError("XX000", "not a query")
        }
        return try SQLGenerator(catalog: catalog).query(query)
    }

    /// Rows as `psql` shows them: each value's text, nil for NULL.
    func rows(_ sql: String) throws -> [[String?]] {
        let generated = try generate(sql)
        let values = generated.bindings.map { binding -> SQLValue in
            switch binding {
            case .constant(let value): value
            case .session(.now), .session(.currentTimestamp): .integer(context.transactionStart.microseconds)
            case .session(.currentUser): .text(context.session.role)
            case .session(.sessionUser): .text(context.session.sessionUser)
            case .session(.currentDatabase): .text("postgres")
            case .session(.currentSchema): .text("public")
            case .parameter, .row, .step: .null
            }
        }
        var rows: [[String?]] = []
        try connection.query(generated.sql, values) { row in
            rows.append(
                generated.columns.indices.map { index in
                    let value = row.value(index)
                    if value.isNull { return nil }
                    return catalog.postgresType(of: generated.columns[index].type.type).encode(
                        value, context: context.valueContext)
                })
        }
        return rows
    }
}
