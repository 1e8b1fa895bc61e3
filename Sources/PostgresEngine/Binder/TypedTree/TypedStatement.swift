package import PostgresTypes

/// A bound query or modification with everything the execution needs to know about it.
package struct TypedStatement: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        case query(TypedQuery)
        case insert(TypedInsert)
        case update(TypedUpdate)
        case delete(TypedDelete)
        case merge(TypedMerge)
    }

    package var body: Body
    /// What runs before it: the modifications in its WITH.
    package var steps: [TypedStep] = []
    /// The type of `$1`, `$2` … as inferred.
    package var parameters: [TypeReference]
    /// What the statement reads and writes, for the privilege check.
    package var accesses: [TableAccess]
    /// Schemas that it names in calls.
    package var schemas: Set<String> = []
    /// A literal such as `'today'` was read: the bound form is good for this transaction only.
    package var dependsOnMoment: Bool

    package init(
        body: Body, parameters: [TypeReference], accesses: [TableAccess], dependsOnMoment: Bool = false
    ) {
        self.body = body
        self.parameters = parameters
        self.accesses = accesses
        self.dependsOnMoment = dependsOnMoment
    }

    /// The columns of the rows the statement returns; empty when it returns none.
    package var outputColumns: [OutputColumn] { body.outputColumns }
}

/// One statement that runs for another: its rows are what `RangeEntry.Source.step` of its place reads.
package struct TypedStep: Hashable, Sendable {
    /// A modification of WITH, or the rows of a table as they were before the first of those.
    package var body: TypedStatement.Body

    package init(_ body: TypedStatement.Body) { self.body = body }
}

extension TypedStatement.Body {
    package var outputColumns: [OutputColumn] {
        switch self {
        case .query(let query): query.columns
        case .insert(let insert): insert.returning.map(\.column)
        case .update(let update): update.returning.map(\.column)
        case .delete(let delete): delete.returning.map(\.column)
        case .merge: []
        }
    }
}

/// A use of a relation that needs a privilege.
package struct TableAccess: Hashable, Sendable {
    package enum Privilege: String, Hashable, Sendable { case select, insert, update, delete }

    package var relation: RelationID
    package var privilege: Privilege
    /// Positions of the columns used; empty: the relation as a whole.
    package var columns: Set<Int>
    /// Relations behind a view are checked as the view's owner, nil: as the current role.
    package var checkedAs: String?

    package init(relation: RelationID, privilege: Privilege, columns: Set<Int> = [], checkedAs: String? = nil) {
        self.relation = relation
        self.privilege = privilege
        self.columns = columns
        self.checkedAs = checkedAs
    }
}
