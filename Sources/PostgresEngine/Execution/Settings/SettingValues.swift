import PostgresTypes
import SQLite

/// What settings can be set to: anything else is an error, whether its effect is emulated or not.
enum SettingValues {
    /// Settings with a list of values, as their errors give it.
    private static let choices: [String: String] = [
        "intervalstyle": "postgres, postgres_verbose, sql_standard, iso_8601",
        "bytea_output": "escape, hex",
        "transaction_isolation": "serializable, repeatable read, read committed, read uncommitted",
        "default_transaction_isolation": "serializable, repeatable read, read committed, read uncommitted",
        "client_min_messages": "debug5, debug4, debug3, debug2, debug1, log, notice, warning, error",
        "xmloption": "content, document",
    ]

    private static let switches: Set<String> = [
        "row_security", "check_function_bodies", "standard_conforming_strings", "escape_string_warning",
        "transaction_read_only", "default_transaction_read_only", "plpgsql.check_asserts", "jit", "enable_seqscan",
        "enable_hashjoin", "enable_mergejoin", "enable_nestloop",
    ]

    private static let fractions: Set<String> = [
        "pg_trgm.similarity_threshold", "pg_trgm.word_similarity_threshold", "pg_trgm.strict_word_similarity_threshold",
    ]

    private static let truths: Set<String> = ["on", "off", "true", "false", "yes", "no", "1", "0", "t", "f", "y", "n"]

    static func check(_ name: String, _ value: String) throws(PostgresError) {
        if let list = choices[name] {
            // `debug` and `info` are taken too, and not told.
            let hidden = name == "client_min_messages" ? ["debug", "info"] : []
            let allowed = list.split(separator: ",").map { String($0.drop { $0 == " " }) } + hidden
            guard allowed.contains(value.lowercased()) else {
                throw PostgresError(
                    "22023", "invalid value for parameter \"\(name)\": \"\(value)\"",
                    hint: "Available values: \(list).")
            }
        }
        if switches.contains(name), !truths.contains(value.lowercased()) {
            throw PostgresError("22023", "parameter \"\(name)\" requires a Boolean value")
        }
        if fractions.contains(name) { try checkFraction(name, value) }
    }

    /// A number from 0 to 1.
    private static func checkFraction(_ name: String, _ value: String) throws(PostgresError) {
        guard let number = Double(value), !number.isNaN else {
            throw PostgresError("22023", "invalid value for parameter \"\(name)\": \"\(value)\"")
        }
        guard 0...1 ~= number else {
            let shown = PostgresType.float4.encode(.real(number), context: .unset)
            throw PostgresError(
                "22023", "\(shown) is outside the valid range for parameter \"\(name)\" (0 .. 1)")
        }
    }

    /// An output style and an order of day, month and year, each once at most.
    /// - Parameter old: the order where none is named.
    /// - Returns: the setting as it is shown.
    /// - Throws: 22023 for what is none, 0A000 for output that is not ISO's.
    static func dateStyle(_ value: String, old: DateOrder) throws(PostgresError) -> String {
        var (styles, orders): (Set<String>, Set<String>) = ([], [])
        for part in value.split(separator: ",") {
            let word = part.filter { $0 != " " }.lowercased()
            switch word {
            case "iso", "sql", "german": styles.insert(word)
            case _ where word.hasPrefix("postgres"): styles.insert("postgres")
            case "ymd": orders.insert("ymd")
            case "dmy",
                _ where word.hasPrefix("euro"):
                orders.insert("dmy")
            case "mdy", "us",
                _ where word.hasPrefix("noneuro"):
                orders.insert("mdy")
            case "default": break
            default:
                throw PostgresError(
                    "22023", "invalid value for parameter \"DateStyle\": \"\(value)\"",
                    detail: "Unrecognized key word: \"\(word)\".")
            }
        }
        guard styles.count <= 1, orders.count <= 1 else {
            throw PostgresError(
                "22023", "invalid value for parameter \"DateStyle\": \"\(value)\"",
                detail: "Conflicting \"datestyle\" specifications.")
        }
        guard styles.isSubset(of: ["iso"]) else { throw .notSupported("datestyle = \(value)") }
        return "ISO, \((orders.first ?? old.rawValue).uppercased())"
    }
}
