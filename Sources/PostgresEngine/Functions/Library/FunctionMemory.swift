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
    /// How far the statement's samples are, by their places in it.
    var sampling: [Int64: SampleScan] = [:]
    /// Calls of the statement that have told of their empty query, which they do once and not for every row.
    var emptyQueries: Set<String> = []
}
