import PostgresTypes
import SQLite

/// What functions keep between calls of one connection: things that are costly to make from a text that rarely changes.
struct FunctionMemory {
    var callTypes: [String: CallTypes] = [:]
    var regularExpressions: [String: RegularExpression] = [:]
    var jsonPaths: [String: JSONPath] = [:]
    /// The rows of system relations that were asked for, and the moment they are of.
    var systemTables: [String: ComputedRows] = [:]
    var systemMoment: SystemMoment?
}
