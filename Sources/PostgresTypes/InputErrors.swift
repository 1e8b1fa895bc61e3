/// The wording of what input functions and length coercions complain about; each is PostgreSQL's own.
extension PostgresError {
    static func invalidSyntax(_ type: String, _ text: String, detail: String? = nil) -> PostgresError {
        PostgresError("22P02", "invalid input syntax for type \(type): \"\(text)\"", detail: detail)
    }

    static func outOfRange(_ type: String, _ text: String) -> PostgresError {
        PostgresError("22003", "value \"\(text)\" is out of range for type \(type)")
    }

    static func tooLong(_ type: String) -> PostgresError {
        PostgresError("22001", "value too long for type \(type)")
    }

    static func malformedArray(_ text: String, _ detail: String) -> PostgresError {
        PostgresError("22P02", "malformed array literal: \"\(text)\"", detail: detail)
    }

    static func malformedRecord(_ text: String, _ detail: String) -> PostgresError {
        PostgresError("22P02", "malformed record literal: \"\(text)\"", detail: detail)
    }

    static func malformedRange(_ text: String, _ detail: String) -> PostgresError {
        PostgresError("22P02", "malformed range literal: \"\(text)\"", detail: detail)
    }

    static func invalidJSON(_ detail: String) -> PostgresError {
        PostgresError("22P02", "invalid input syntax for type json", detail: detail)
    }

    /// Postgres' text cannot hold the character U+0000.
    static let zeroCharacter = PostgresError(
        "22P05", "unsupported Unicode escape sequence", detail: "\\u0000 cannot be converted to text.")
    static let zeroByte = PostgresError("22021", "invalid byte sequence for encoding \"UTF8\": 0x00")

    static func invalidDateTime(_ type: String, _ text: String) -> PostgresError {
        PostgresError("22007", "invalid input syntax for type \(type): \"\(text)\"")
    }

    static func dateTimeFieldOutOfRange(_ text: String, hint: String? = nil) -> PostgresError {
        PostgresError("22008", "date/time field value out of range: \"\(text)\"", hint: hint)
    }

    /// `timestamp out of range`, `date out of range`, `interval out of range` …
    static func dateTimeOutOfRange(_ what: String) -> PostgresError { PostgresError("22008", "\(what) out of range") }

    static func dateTimeOutOfRange(_ what: String, _ text: String) -> PostgresError {
        PostgresError("22008", "\(what) out of range: \"\(text)\"")
    }

    static let divisionByZero = PostgresError("22012", "division by zero")
    static let numericOverflow = PostgresError("22003", "value overflows numeric format")
}
