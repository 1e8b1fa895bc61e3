/// MERGE INTO table USING source ON condition WHEN …
package struct MergeStatement: Hashable, Sendable {
    /// WHEN [NOT] MATCHED [AND condition] THEN action.
    package struct Clause: Hashable, Sendable {
        package enum Action: Hashable, Sendable {
            case update([Assignment])
            case delete
            /// nil values: DEFAULT VALUES.
            case insert(columns: [String], values: [Expression]?, InsertStatement.Overriding?)
            case nothing
        }

        package var isMatched: Bool
        package var condition: Expression?
        package var action: Action
    }

    package var table: QualifiedName
    package var alias: String?
    package var source: FromItem
    package var condition: Expression
    package var clauses: [Clause]
    package var with: WithClause?
}
