/// An error as PostgreSQL reports it: what `psql` prints and what PostgREST turns into JSON.
package struct PostgresError: Error, Hashable, Sendable {
    /// The five characters of SQLSTATE.
    package var code: String
    package var message: String
    package var detail: String?
    package var hint: String?
    /// 1-based character of the statement the error points at, where known.
    package var position: Int?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var constraint: String?
    /// The name of the data type it is about.
    package var dataType: String?
    /// The place in the data, then the routines and statements that it happened in, innermost first, a line each.
    package var context: String?
    /// Whether `context` has those.
    package var isLocated = false

    package init(
        _ code: String, _ message: String, detail: String? = nil, hint: String? = nil, position: Int? = nil,
        schema: String? = nil, table: String? = nil, column: String? = nil, constraint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position
        self.schema = schema
        self.table = table
        self.column = column
        self.constraint = constraint
    }

    /// What isn't implemented is refused by name: SQLSTATE 0A000, as Postgres answers for features it lacks.
    package static func notSupported(_ feature: String, hint: String? = nil) -> PostgresError {
        PostgresError("0A000", feature + refusal, hint: hint)
    }

    /// What is not implemented, where that is what the error says.
    package var refusedFeature: String? {
        guard code == "0A000", message.hasSuffix(Self.refusal) else { return nil }
        return String(message.dropLast(Self.refusal.count))
    }

    private static let refusal = " is not supported by the emulator yet"
}
