import PostgresTypes

// Postgres' words for what DDL refuses, in one place.
extension PostgresError {
    static func undefinedRelation(_ name: String) -> PostgresError {
        PostgresError("42P01", "relation \"\(name)\" does not exist")
    }

    static func duplicateRelation(_ name: String) -> PostgresError {
        PostgresError("42P07", "relation \"\(name)\" already exists")
    }

    static func undefinedSchema(_ name: String) -> PostgresError {
        PostgresError("3F000", "schema \"\(name)\" does not exist")
    }

    static func undefinedRole(_ name: String) -> PostgresError {
        PostgresError("42704", "role \"\(name)\" does not exist")
    }

    static func undefinedColumn(_ column: String, of table: String) -> PostgresError {
        PostgresError("42703", "column \"\(column)\" of relation \"\(table)\" does not exist")
    }

    static func duplicateColumn(_ column: String, of table: String) -> PostgresError {
        PostgresError("42701", "column \"\(column)\" of relation \"\(table)\" already exists")
    }

    static func undefinedConstraint(_ constraint: String, of table: String) -> PostgresError {
        PostgresError("42704", "constraint \"\(constraint)\" of relation \"\(table)\" does not exist")
    }

    static func duplicateConstraint(_ constraint: String, of table: String) -> PostgresError {
        PostgresError("42710", "constraint \"\(constraint)\" for relation \"\(table)\" already exists")
    }

    static func duplicateType(_ name: String, hint: String? = nil) -> PostgresError {
        PostgresError("42710", "type \"\(name)\" already exists", hint: hint)
    }

    static func wrongKind(_ name: String, _ expected: String, hint: String? = nil) -> PostgresError {
        PostgresError("42809", "\"\(name)\" is not \(expected)", hint: hint)
    }

    static func permissionDenied(_ kind: String, _ name: String) -> PostgresError {
        PostgresError("42501", "permission denied for \(kind) \(name)")
    }

    static func mustBeOwner(_ kind: String, _ name: String) -> PostgresError {
        PostgresError("42501", "must be owner of \(kind) \(name)")
    }

    static func syntax(_ message: String) -> PostgresError { PostgresError("42601", message) }
}
