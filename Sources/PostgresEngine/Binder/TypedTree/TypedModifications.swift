package import PostgresSyntax

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
