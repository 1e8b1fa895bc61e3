import AltanCloud
import JSONText

extension Tool {
    static let executeSQL = Tool(
        "execute_sql",
        title: "Execute SQL",
        description: """
            Runs PostgreSQL statements on the cloud's database as its owner and returns the rows of the last one as \
            objects. Use it for the schema (tables, policies, functions) and to check side effects of services; let \
            services and frontends use PostgREST for reading and writing.
            """,
        arguments: [
            .cloudID,
            .required("query", .string, alias: "sql", "One statement, or several with semicolons: a transaction."),
        ],
        output: .array(.anything),
        hints: Hints(readOnly: false, destructive: true, idempotent: false)
    ) { arguments, context in
        try await context.platform.executeSQL(arguments.text("query"), cloud: arguments.cloudID)
    }
}
