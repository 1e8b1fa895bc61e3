package import PostgresSyntax

/// A bound MERGE. Range 0 is the target, the others are the source.
package struct TypedMerge: Hashable, Sendable {
    package struct Clause: Hashable, Sendable {
        package enum Action: Hashable, Sendable {
            case update([TypedAssignment])
            case delete
            /// The positions of the columns given, with their values; nil: DEFAULT.
            case insert(columns: [Int], values: [TypedExpression?], InsertStatement.Overriding?)
            case nothing
        }

        package var isMatched: Bool
        package var condition: TypedExpression?
        package var action: Action
    }

    package var table: RelationID
    package var ranges: [RangeEntry]
    /// The source alone.
    package var source: TypedFrom
    package var condition: TypedExpression
    package var clauses: [Clause]
    /// What row security asks of inserted rows, of rows before they are updated and after, and before they are deleted.
    package var insertChecks: [TypedRowCheck] = []
    package var updateExistingChecks: [TypedRowCheck] = []
    package var updateChecks: [TypedRowCheck] = []
    package var deleteChecks: [TypedRowCheck] = []
}

extension TypedMerge {
    /// With every expression and every source of rows but the target rewritten.
    func rewritten(_ rewriter: TypedRewriter, role: String) -> TypedMerge {
        func own(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: role) }
        var merge = self
        merge.ranges = rewriter.others(ranges, role: role)
        merge.source = rewriter.from(source, role: role)
        merge.condition = own(condition)
        for index in clauses.indices {
            merge.clauses[index].condition = clauses[index].condition.map(own)
            switch clauses[index].action {
            case .update(let assignments):
                merge.clauses[index].action = .update(
                    assignments.map { TypedAssignment(column: $0.column, value: $0.value.map(own)) })
            case .insert(let columns, let values, let overriding):
                merge.clauses[index].action = .insert(columns: columns, values: values.map { $0.map(own) }, overriding)
            case .delete, .nothing: break
            }
        }
        return merge
    }
}
