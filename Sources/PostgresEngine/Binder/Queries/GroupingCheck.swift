import PostgresTypes

extension Analysis {
    /// In a grouped query every column outside of aggregates must be grouped, or depend on a grouped primary key.
    /// - Parameter always: the keys that every grouping set has; only they may determine others.
    func checkGrouping(
        _ values: [TypedExpression], groupBy: [TypedExpression], always: [TypedExpression], in scope: QueryScope
    ) throws(PostgresError) {
        var problem: PostgresError?
        for value in values {
            value.walk { node, depth in
                if depth == 0, groupBy.contains(node) { return .pastChildren }
                switch node.node {
                case .grouping(let items) where depth == 0:
                    if items.allSatisfy(groupBy.contains) { return .pastChildren }
                    problem = BindError.grouping(
                        "arguments to GROUPING must be grouping expressions of the associated query level")
                    return .stop
                // What it computes with is there before rows are grouped, at this level or further out.
                case .aggregate(let aggregate): return aggregate.levelsUp >= depth ? .pastChildren : .intoChildren
                case .column(let reference) where reference.levelsUp == depth:
                    if self.isGrouped(reference, groupBy, always, scope) { return .intoChildren }
                    let entry = scope.ranges[reference.range]
                    problem = BindError.ungrouped(
                        "\(entry.name).\(entry.columnName(reference.column))", inSubquery: depth > 0)
                    return .stop
                case .wholeRow(let levelsUp, let range) where levelsUp == depth:
                    if self.dependsOnKey(range, always, scope) { return .intoChildren }
                    problem = BindError.ungrouped("\(scope.ranges[range].name).*", inSubquery: depth > 0)
                    return .stop
                default: return .intoChildren
                }
            }
            if let problem { throw problem }
        }
    }

    private func isGrouped(
        _ reference: ColumnReference, _ groupBy: [TypedExpression], _ always: [TypedExpression], _ scope: QueryScope
    ) -> Bool {
        let isListed = groupBy.contains {
            if case .column(let key) = $0.node {
                key.levelsUp == 0 && key.range == reference.range && key.column == reference.column
            } else {
                false
            }
        }
        return isListed || dependsOnKey(reference.range, always, scope)
    }

    /// Whether the whole primary key of a table is grouped: then all its columns are determined.
    private func dependsOnKey(_ range: Int, _ groupBy: [TypedExpression], _ scope: QueryScope) -> Bool {
        guard case .table(let id) = scope.ranges[range].source, let table = catalog[id]?.table else { return false }
        let key = table.primaryKey
        return !key.isEmpty
            && key.allSatisfy { column in
                groupBy.contains {
                    if case .column(let reference) = $0.node {
                        reference.levelsUp == 0 && reference.range == range && reference.column == column
                    } else {
                        false
                    }
                }
            }
    }
}
