package import PostgresSyntax
package import PostgresTypes

/// A view, with what its query uses of other relations; one that is materialized keeps its rows.
package struct View: Sendable {
    package var columns: [OutputColumn]
    package var query: SelectStatement
    /// The search path its query was written under.
    package var searchPath: [String]
    /// Rows live in a table of its own; refreshed on demand.
    package var isMaterialized: Bool
    package var options: [String: String]
    package var rowType: TypeID
    /// What its query names: relations with the columns it uses of each.
    package var uses: [RelationID: Set<String>] = [:]
    /// Defaults of its columns (ALTER VIEW … SET DEFAULT), for rows inserted through it.
    package var defaults: [String: Expression] = [:]
    /// Privileges granted on columns alone.
    package var columnPrivileges: [String: [PrivilegeEntry]] = [:]
    /// A materialized view's; plain views have none.
    package var indexes: [Index] = []
    /// false for a materialized view made WITH NO DATA and not yet refreshed.
    package var isPopulated = true
    /// INSTEAD OF triggers, by name.
    package var triggers: [Trigger] = []
    package var rules: [Rule] = []

    package init(
        columns: [OutputColumn], query: SelectStatement, searchPath: [String], isMaterialized: Bool = false,
        options: [String: String] = [:], rowType: TypeID
    ) {
        self.columns = columns
        self.query = query
        self.searchPath = searchPath
        self.isMaterialized = isMaterialized
        self.options = options
        self.rowType = rowType
    }
}

/// What a sequence gives out, and whose column it belongs to. How far it is, `SequenceStore` knows.
package struct Sequence: Hashable, Sendable {
    package var type: TypeID
    package var start: Int64
    package var increment: Int64
    package var minimum: Int64
    package var maximum: Int64
    package var cycle: Bool
    /// The column that owns it, dropped with it.
    package var ownedBy: RelationID?
    package var ownedByColumn: String?

    package init(
        type: TypeID = .int8, start: Int64 = 1, increment: Int64 = 1, minimum: Int64 = 1, maximum: Int64 = .max,
        cycle: Bool = false, ownedBy: RelationID? = nil, ownedByColumn: String? = nil
    ) {
        self.type = type
        self.start = start
        self.increment = increment
        self.minimum = minimum
        self.maximum = maximum
        self.cycle = cycle
        self.ownedBy = ownedBy
        self.ownedByColumn = ownedByColumn
    }
}
