import PostgresTypes

/// The wording of everything the binder can object to, with PostgreSQL's SQLSTATEs, messages and hints.
enum BindError {
    // MARK: Names

    static func undefinedRelation(_ name: String) -> PostgresError {
        PostgresError("42P01", "relation \"\(name)\" does not exist")
    }

    static func undefinedSchema(_ name: String) -> PostgresError {
        PostgresError("3F000", "schema \"\(name)\" does not exist")
    }

    static func undefinedType(_ name: String) -> PostgresError {
        PostgresError("42704", "type \"\(name)\" does not exist")
    }

    static func noArrayType(_ type: String) -> PostgresError {
        PostgresError("42704", "could not find array type for data type \(type)")
    }

    static func undefinedColumn(_ column: String, ofRelation relation: String) -> PostgresError {
        PostgresError("42703", "column \"\(column)\" of relation \"\(relation)\" does not exist")
    }

    static func undefinedColumn(_ column: String, qualifier: String?, hint: String?) -> PostgresError {
        let name = qualifier.map { "\($0).\(column)" } ?? "\"\(column)\""
        return PostgresError("42703", "column \(name) does not exist", hint: hint)
    }

    static func ambiguousColumn(_ name: String) -> PostgresError {
        PostgresError("42702", "column reference \"\(name)\" is ambiguous")
    }

    static func missingFrom(_ table: String) -> PostgresError {
        PostgresError("42P01", "missing FROM-clause entry for table \"\(table)\"")
    }

    static func duplicateTable(_ name: String) -> PostgresError {
        PostgresError("42712", "table name \"\(name)\" specified more than once")
    }

    static func undefinedField(_ field: String, ofType type: String) -> PostgresError {
        PostgresError("42703", "column \"\(field)\" not found in data type \(type)")
    }

    // MARK: Operators and functions

    static func undefinedOperator(_ signature: String, isPrefix: Bool) -> PostgresError {
        PostgresError(
            "42883", "operator does not exist: \(signature)",
            hint: isPrefix
                ? "No operator matches the given name and argument type. You might need to add an explicit type cast."
                : "No operator matches the given name and argument types. You might need to add explicit type casts.")
    }

    static func ambiguousOperator(_ signature: String) -> PostgresError {
        PostgresError(
            "42725", "operator is not unique: \(signature)",
            hint: "Could not choose a best candidate operator. You might need to add explicit type casts.")
    }

    static func undefinedFunction(_ signature: String) -> PostgresError {
        PostgresError(
            "42883", "function \(signature) does not exist",
            hint: "No function matches the given name and argument types. You might need to add explicit type casts.")
    }

    static func undefinedProcedure(_ signature: String) -> PostgresError {
        PostgresError(
            "42883", "procedure \(signature) does not exist",
            hint: "No procedure matches the given name and argument types. You might need to add explicit type casts.")
    }

    static func misplacedAggregateOrder(_ signature: String) -> PostgresError {
        PostgresError(
            "42883", "function \(signature) does not exist",
            hint:
                "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate."
        )
    }

    static func ambiguousFunction(_ signature: String) -> PostgresError {
        PostgresError(
            "42725", "function \(signature) is not unique",
            hint: "Could not choose a best candidate function. You might need to add explicit type casts.")
    }

    /// `DISTINCT specified, but lower is not an aggregate function` and kin.
    static func notAnAggregate(_ clause: String, _ name: String) -> PostgresError {
        PostgresError("42809", "\(clause) specified, but \(name) is not an aggregate function")
    }

    static func wrongObject(_ message: String) -> PostgresError { PostgresError("42809", message) }

    static func undefinedSorting(_ kind: String, type: String) -> PostgresError {
        PostgresError(
            "42883", "could not identify \(kind) operator for type \(type)",
            hint: kind == "an ordering" ? "Use an explicit ordering operator or modify the query." : nil)
    }

    // MARK: Types

    static func cannotCast(_ source: String, _ target: String, detail: String? = nil) -> PostgresError {
        PostgresError("42846", "cannot cast type \(source) to \(target)", detail: detail)
    }

    static func cannotMatch(_ context: String, _ first: String, _ second: String) -> PostgresError {
        PostgresError("42804", "\(context) types \(first) and \(second) cannot be matched")
    }

    static func cannotConvert(_ context: String, _ source: String, _ target: String) -> PostgresError {
        PostgresError("42846", "\(context) could not convert type \(source) to \(target)")
    }

    static func wrongArgument(_ context: String, expected: String, actual: String) -> PostgresError {
        PostgresError("42804", "argument of \(context) must be type \(expected), not type \(actual)")
    }

    static func wrongColumnType(_ column: String, type: String, expression: String) -> PostgresError {
        PostgresError(
            "42804", "column \"\(column)\" is of type \(type) but expression is of type \(expression)",
            hint: "You will need to rewrite or cast the expression.")
    }

    /// A value that does not fit the element or field it is assigned to.
    static func wrongPartType(_ name: String, type: String, expression: String, isElement: Bool) -> PostgresError {
        PostgresError(
            "42804",
            isElement
                ? "subscripted assignment to \"\(name)\" requires type \(type) but expression is of type \(expression)"
                : "subfield \"\(name)\" is of type \(type) but expression is of type \(expression)",
            hint: "You will need to rewrite or cast the expression.")
    }

    static func noFields(_ field: String, of column: String, type: String) -> PostgresError {
        PostgresError(
            "42804",
            "cannot assign to field \"\(field)\" of column \"\(column)\" because its type \(type) is not a composite type"
        )
    }

    static func noSuchField(_ field: String, of column: String, type: String) -> PostgresError {
        PostgresError(
            "42703",
            "cannot assign to field \"\(field)\" of column \"\(column)\" because there is no such column in data type "
                + type)
    }

    static func mismatch(_ message: String, detail: String? = nil) -> PostgresError {
        PostgresError("42804", message, detail: detail)
    }

    static func inconsistentParameter(_ number: Int, _ first: String, _ second: String) -> PostgresError {
        PostgresError(
            "42P08", "inconsistent types deduced for parameter $\(number)", detail: "\(first) versus \(second)")
    }

    static func undeterminedParameter(_ number: Int, code: String = "42P18") -> PostgresError {
        PostgresError(code, "could not determine data type of parameter $\(number)")
    }

    // MARK: Grouping

    static func grouping(_ message: String) -> PostgresError { PostgresError("42803", message) }

    static func ungrouped(_ column: String, inSubquery: Bool) -> PostgresError {
        grouping(
            inSubquery
                ? "subquery uses ungrouped column \"\(column)\" from outer query"
                : "column \"\(column)\" must appear in the GROUP BY clause or be used in an aggregate function")
    }

    static func windowing(_ message: String, hint: String? = nil) -> PostgresError {
        PostgresError("42P20", message, hint: hint)
    }

    // MARK: Shapes of statements

    static func syntax(_ message: String, hint: String? = nil) -> PostgresError {
        PostgresError("42601", message, hint: hint)
    }

    static func columnReference(_ message: String) -> PostgresError { PostgresError("42P10", message) }

    static func notImplemented(_ message: String, detail: String? = nil, hint: String? = nil) -> PostgresError {
        PostgresError("0A000", message, detail: detail, hint: hint)
    }
}
