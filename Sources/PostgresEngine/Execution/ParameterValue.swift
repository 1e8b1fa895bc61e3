package import JSONText
package import SQLite

/// The value of one `$n` of a prepared statement, in the form its caller has it.
package enum ParameterValue: Hashable, Sendable {
    /// Text as a user wrote it: goes through the input function of the type the binder inferred; nil is NULL.
    case text(String?)
    /// Converted as `json_to_recordset` converts a member of its input.
    case json(JSON)
    /// Already in stored form.
    case value(SQLValue)
}
