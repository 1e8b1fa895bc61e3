import PostgresSyntax
import PostgresTypes

/// One query level while it is being bound: its ranges, the names they put in reach, its common tables.
final class QueryScope {
    let parent: QueryScope?
    var clause: Clause = .select
    var ranges: [RangeEntry] = []
    /// For each range, its entry in the analysis' list of accesses, where it has one.
    var accesses: [Int?] = []
    var items: [NamespaceItem] = []
    var commonTables: [VisibleCommonTable] = []
    var windows: [WindowSpecification] = []
    /// Siblings of a FROM item that only LATERAL may see are in reach now.
    var isLateralActive = false
    var hasAggregates = false
    /// GROUPING(…) occurs.
    var hasGrouping = false
    var hasWindows = false
    /// What is wrong with window definitions, reported after the other clauses.
    var windowErrors: [PostgresError] = []
    /// Set-returning functions seen so far: constructs that may not hold one compare before and after.
    var setFunctionCount = 0
    /// There is one in the SELECT list.
    var returnsSet = false

    init(parent: QueryScope?) { self.parent = parent }

    /// Binds what stands within an item of FROM: as part of `clause`, with the items before it in reach if it is
    /// LATERAL.
    func withinItem<Bound>(
        _ clause: Clause, isLateral: Bool, _ bind: () throws(PostgresError) -> Bound
    ) throws(PostgresError) -> Bound {
        let (outer, wasActive) = (self.clause, isLateralActive)
        (self.clause, isLateralActive) = (clause, isLateral)
        defer { (self.clause, isLateralActive) = (outer, wasActive) }
        return try bind()
    }
}

/// A name that columns can be qualified with, and the columns behind it.
struct NamespaceItem {
    var name: String
    /// The relation's schema, for `schema.table.column`; nil for aliases and subqueries.
    var schema: String?
    var columns: [ScopeColumn]
    /// The range it stands for; nil for a join's own name.
    var range: Int?
    /// Whether `name.column` finds it; false for a join without an alias.
    var isQualifierVisible = true
    /// Whether a bare `column` finds it; false when a join covers it.
    var areColumnsVisible = true
    var isLateralOnly = false
    var isLateralAllowed = true
}

/// A column by name and what it stands for at its own query level.
struct ScopeColumn {
    var name: String
    var value: TypedExpression
}

/// A WITH query that FROM may name.
struct VisibleCommonTable {
    var name: String
    var columns: [OutputColumn]
    /// Recursive reference within itself not allowed yet: what to say.
    var refusal: String?
    var refusalCode = "42P19"
    /// A modification's WITH: every use stands for a subquery with the whole clause.
    var inlined: TypedQuery?
}

extension QueryScope {
    /// A new range at the end, reading its columns one by one.
    func addRange(_ entry: RangeEntry, access: Int? = nil) -> Int {
        ranges.append(entry)
        accesses.append(access)
        return ranges.count - 1
    }

    /// The item for a range: each column stands for itself.
    func item(forRange range: Int, schema: String? = nil) -> NamespaceItem {
        let entry = ranges[range]
        return NamespaceItem(
            name: entry.name, schema: schema,
            columns: entry.columns.indices.map { column in
                ScopeColumn(
                    name: entry.columns[column].name,
                    value: TypedExpression(
                        .column(ColumnReference(range: range, column: column)), type: entry.columns[column].type))
            }, range: range)
    }

    /// The common table of a name, with how many levels out it is.
    func commonTable(_ name: String) -> (table: VisibleCommonTable, levelsUp: Int)? {
        var level: QueryScope? = self
        var levelsUp = 0
        while let scope = level {
            if let table = scope.commonTables.last(where: { $0.name == name }) { return (table, levelsUp) }
            level = scope.parent
            levelsUp += 1
        }
        return nil
    }

    /// No two items may be called the same.
    func checkConflicts(_ existing: [NamespaceItem], _ new: [NamespaceItem]) throws(PostgresError) {
        for item in new where item.isQualifierVisible {
            let clash = existing.contains {
                $0.isQualifierVisible && $0.name == item.name
                    && !($0.schema != nil && item.schema != nil && $0.schema != item.schema)
            }
            if clash { throw BindError.duplicateTable(item.name) }
        }
    }
}
