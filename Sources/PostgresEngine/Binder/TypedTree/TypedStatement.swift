package import PostgresSyntax
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

/// A column of a result: its name and type.
package struct OutputColumn: Hashable, Sendable {
    package var name: String
    package var type: TypeReference

    package init(name: String, type: TypeReference) {
        self.name = name
        self.type = type
    }
}

/// An expression of a SELECT or RETURNING list with the column it makes.
package struct TypedTarget: Hashable, Sendable {
    package var column: OutputColumn
    package var value: TypedExpression

    package init(column: OutputColumn, value: TypedExpression) {
        self.column = column
        self.value = value
    }
}

/// A bound query.
package final class TypedQuery: Hashable, Sendable {
    package indirect enum Body: Hashable, Sendable {
        case select(TypedSelect)
        case values([[TypedExpression]])
        /// Both sides have been coerced to the common column types.
        case setOperation(SetOperator, all: Bool, left: TypedQuery, right: TypedQuery)
    }

    package let commonTables: [TypedCommonTable]
    package let isRecursive: Bool
    package let body: Body
    package let columns: [OutputColumn]
    package let order: [TypedSort]
    package let limit: TypedExpression?
    package let offset: TypedExpression?

    package init(
        commonTables: [TypedCommonTable] = [], isRecursive: Bool = false, body: Body, columns: [OutputColumn],
        order: [TypedSort] = [], limit: TypedExpression? = nil, offset: TypedExpression? = nil
    ) {
        self.commonTables = commonTables
        self.isRecursive = isRecursive
        self.body = body
        self.columns = columns
        self.order = order
        self.limit = limit
        self.offset = offset
    }

    package static func == (left: TypedQuery, right: TypedQuery) -> Bool {
        left === right
            || left.body == right.body && left.columns == right.columns && left.order == right.order
                && left.limit == right.limit && left.offset == right.offset && left.commonTables == right.commonTables
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(body)
        hasher.combine(columns)
    }
}

/// A query of WITH that is kept as one.
package struct TypedCommonTable: Hashable, Sendable {
    package var name: String
    package var columns: [OutputColumn]
    package var query: TypedQuery

    package init(name: String, columns: [OutputColumn], query: TypedQuery) {
        self.name = name
        self.columns = columns
        self.query = query
    }
}

/// One SELECT: ranges, how FROM joins them, and what is made of their rows.
package struct TypedSelect: Hashable, Sendable {
    package enum Distinct: Hashable, Sendable {
        case all
        case on([TypedExpression])
    }

    package var distinct: Distinct?
    /// Values of the output columns; hidden ones for ORDER BY never appear: sorts carry their expressions.
    package var targets: [TypedExpression]
    /// Everything columns can refer to, by position.
    package var ranges: [RangeEntry]
    /// How the ranges are joined; several items are a cross join.
    package var from: [TypedFrom]
    package var filter: TypedExpression?
    package var groupBy: [TypedExpression]
    /// Which keys each grouping takes; nil: one grouping by all of them.
    package var groupingSets: [[Int]]?
    package var having: TypedExpression?
    /// Aggregates occur somewhere, or there is a GROUP BY.
    package var isGrouped: Bool

    package init(
        distinct: Distinct? = nil, targets: [TypedExpression], ranges: [RangeEntry], from: [TypedFrom],
        filter: TypedExpression? = nil, groupBy: [TypedExpression] = [], having: TypedExpression? = nil,
        isGrouped: Bool = false
    ) {
        self.distinct = distinct
        self.targets = targets
        self.ranges = ranges
        self.from = from
        self.filter = filter
        self.groupBy = groupBy
        self.having = having
        self.isGrouped = isGrouped
    }
}

/// Something with columns that a FROM clause (or a modification's target) puts in reach.
package struct RangeEntry: Hashable, Sendable {
    package indirect enum Source: Hashable, Sendable {
        case table(RelationID)
        /// A view, expanded: the query is its definition bound with its owner's rights.
        case view(RelationID, TypedQuery)
        case subquery(TypedQuery, isLateral: Bool)
        case commonTable(name: String, levelsUp: Int)
        /// Set-returning or plain functions in FROM; each with its OID and arguments.
        case functions([FunctionCallNode], withOrdinality: Bool)
        /// Known by its columns; reading it is refused.
        case xmlTable(TypedXMLTable)
        /// `excluded` in ON CONFLICT: the row proposed for insertion.
        case excluded(RelationID)
        /// The rows of one of the statement's steps.
        case step(Int)
    }

    package var source: Source
    /// The name columns are qualified with: alias or relation name.
    package var name: String
    package var columns: [OutputColumn]
    /// FOR UPDATE and kin: only rows that may be changed are seen.
    package var isLocked = false

    package init(source: Source, name: String, columns: [OutputColumn]) {
        self.source = source
        self.name = name
        self.columns = columns
    }

    /// The name of a column by its position, or of the system column that a position stands for.
    func columnName(_ position: Int) -> String {
        switch position {
        case ColumnReference.rowNumber: "ctid"
        case ColumnReference.updater: "xmax"
        default: columns[position].name
        }
    }
}

/// XMLTABLE, so that what is built on one is known by its columns and what it uses.
package struct TypedXMLTable: Hashable, Sendable {
    /// A namespace's name, nil for DEFAULT, and what it stands for.
    package var namespaceNames: [String?]
    package var uris: [TypedExpression]
    package var row: TypedExpression
    package var document: TypedExpression
    package var columns: [Column]

    package struct Column: Hashable, Sendable {
        package var name: String
        package var isOrdinality: Bool
        package var path: TypedExpression?
        package var defaultValue: TypedExpression?
        package var isNotNull: Bool
    }

    /// Everything it computes with.
    package var expressions: [TypedExpression] {
        uris + [row, document] + columns.flatMap { [$0.path, $0.defaultValue].compactMap { $0 } }
    }
}

/// How FROM joins its ranges.
package indirect enum TypedFrom: Hashable, Sendable {
    case range(Int)
    /// nil condition: cross join. USING and NATURAL have become conditions; merged columns are expressions.
    case join(JoinKind, left: TypedFrom, right: TypedFrom, condition: TypedExpression?)
}

/// An INSERT, every value fitted to its column.
package struct TypedInsert: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// nil stands for DEFAULT.
        case rows([[TypedExpression?]])
        case query(TypedQuery)
        case defaults
    }

    package var table: RelationID
    /// Positions of the target columns, in the order of the source's values, which are coerced to them.
    package var columns: [Int]
    package var source: Source
    package var onConflict: TypedOnConflict?
    /// Expressions over range 0, the inserted row.
    package var returning: [TypedTarget]
    package var overriding: InsertStatement.Overriding?
    /// RETURNING or ON CONFLICT reads columns of the table.
    package var readsTarget: Bool
    /// What inserted rows satisfy, also those that meet a conflict.
    package var checks: [TypedRowCheck] = []

    package init(
        table: RelationID, columns: [Int], source: Source, onConflict: TypedOnConflict? = nil,
        returning: [TypedTarget] = [], overriding: InsertStatement.Overriding? = nil, readsTarget: Bool = false
    ) {
        self.table = table
        self.columns = columns
        self.source = source
        self.onConflict = onConflict
        self.returning = returning
        self.overriding = overriding
        self.readsTarget = readsTarget
    }
}

/// ON CONFLICT: by which unique indexes, and what is done then.
package struct TypedOnConflict: Hashable, Sendable {
    /// The names of the unique constraints or indexes that arbitrate; empty: any.
    package var arbiters: [String]
    /// nil: DO NOTHING. Expressions see the existing row as range 0 and the proposed one as range 1.
    package var assignments: [TypedAssignment]?
    package var filter: TypedExpression?
    /// What an existing row satisfies before DO UPDATE changes it, and what it satisfies then.
    package var existingChecks: [TypedRowCheck] = []
    package var updatedChecks: [TypedRowCheck] = []

    package init(arbiters: [String], assignments: [TypedAssignment]?, filter: TypedExpression? = nil) {
        self.arbiters = arbiters
        self.assignments = assignments
        self.filter = filter
    }
}

/// A condition on rows that a statement writes, beside the constraints of their table. Its columns are those of the
/// row as range 0; a row for which it is not true is refused with `message`.
package struct TypedRowCheck: Hashable, Sendable {
    package var condition: TypedExpression
    package var message: String
    package var code: String
    /// WITH CHECK OPTION: looked at when the row is written, and the error shows the row.
    package var isOfView: Bool

    package init(_ condition: TypedExpression, message: String, code: String = "42501", isOfView: Bool = false) {
        self.condition = condition
        self.message = message
        self.code = code
        self.isOfView = isOfView
    }
}

/// A column and its new value.
package struct TypedAssignment: Hashable, Sendable {
    package var column: Int
    /// nil: DEFAULT.
    package var value: TypedExpression?

    package init(column: Int, value: TypedExpression?) {
        self.column = column
        self.value = value
    }
}

/// An UPDATE: its target is range 0.
package struct TypedUpdate: Hashable, Sendable {
    package var table: RelationID
    /// Range 0 is the target; the others come from FROM.
    package var ranges: [RangeEntry]
    package var from: [TypedFrom]
    package var assignments: [TypedAssignment]
    package var filter: TypedExpression?
    /// Range 0 is the row after the update.
    package var returning: [TypedTarget]
    /// WHERE, SET or RETURNING reads columns of the table.
    package var readsTarget: Bool
    /// What updated rows satisfy.
    package var checks: [TypedRowCheck] = []
    /// Of a view with INSTEAD OF triggers: its rows, then the values set, then the columns of the other ranges.
    package var insteadRows: TypedQuery?

    package init(
        table: RelationID, ranges: [RangeEntry], from: [TypedFrom], assignments: [TypedAssignment],
        filter: TypedExpression?, returning: [TypedTarget], readsTarget: Bool = false
    ) {
        self.table = table
        self.ranges = ranges
        self.from = from
        self.assignments = assignments
        self.filter = filter
        self.returning = returning
        self.readsTarget = readsTarget
    }
}

/// A DELETE: its target is range 0.
package struct TypedDelete: Hashable, Sendable {
    package var table: RelationID
    /// Range 0 is the target; the others come from USING.
    package var ranges: [RangeEntry]
    package var from: [TypedFrom]
    package var filter: TypedExpression?
    package var returning: [TypedTarget]
    /// WHERE or RETURNING reads columns of the table.
    package var readsTarget: Bool
    /// As of `TypedUpdate`.
    package var insteadRows: TypedQuery?

    package init(
        table: RelationID, ranges: [RangeEntry], from: [TypedFrom], filter: TypedExpression?,
        returning: [TypedTarget], readsTarget: Bool = false
    ) {
        self.table = table
        self.ranges = ranges
        self.from = from
        self.filter = filter
        self.returning = returning
        self.readsTarget = readsTarget
    }
}

extension TypedQuery {
    /// How many rows FETCH FIRST … WITH TIES asks for; nil for a plain LIMIT.
    var countWithTies: TypedExpression? {
        if case .withTies(let count)? = limit?.node { count } else { nil }
    }
}
