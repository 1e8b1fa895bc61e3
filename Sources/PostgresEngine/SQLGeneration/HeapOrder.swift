import PostgresTypes
import SQLite

/// How rows that nobody asked to be sorted come in the order in which they were written.
///
/// PostgreSQL reads a small table from its first page to its last; SQLite gives rows in the order of whatever index it
/// uses. The row number keeps the first.
enum HeapOrder {
    /// SQLite may read the whole table by row number.
    case byScan
    /// It sorts what it finds. Wherever SQLite knows little of how many rows a range of an index holds, it would rather
    /// read the whole table, which may take a thousand times as long.
    case bySort
}

extension Generation {
    /// ` ORDER BY` the row number of the one table that a query reads, or empty where the rows of a query come in
    /// another order anyway.
    func heapOrder(_ select: TypedSelect, _ ranges: [Int: RangeSource], _ order: HeapOrder) -> String {
        guard let row = ranges[0].flatMap({ heapRow(select.ranges[0], $0) }), !looksUpKeys(select) else { return "" }
        // The `+` makes it an expression that no index and no scan is in the order of.
        return " ORDER BY \(order == .bySort || searchesIndexedRange(select) ? "+" : "")\(row)"
    }

    private func heapRow(_ entry: RangeEntry, _ source: RangeSource) -> String? {
        guard case .table(let id) = entry.source, let relation = catalog[id] else { return nil }
        guard relation.table != nil || relation.view?.isMaterialized == true else { return nil }
        if ["pg_catalog", "information_schema"].contains(relation.schema) { return nil }
        return source.table.split(separator: " ").last.map { "\($0).\"#row\"" }
    }

    /// One or two keys of a unique index PostgreSQL looks up one after the other, even in a small table.
    private func looksUpKeys(_ select: TypedSelect) -> Bool {
        guard case .table(let id)? = select.ranges.first?.source, let table = catalog[id]?.table,
            case .inList(_, let left, let items, negated: false)? = select.filter?.node, items.count <= 2,
            case .column(let reference) = left.node.withoutRelabel, reference.levelsUp == 0,
            table.columns.indices.contains(reference.column)
        else { return false }
        return table.indexes.contains { $0.isUnique && $0.columns == [table.columns[reference.column].name] }
    }

    /// Whether a filter asks for a range of an indexed column.
    private func searchesIndexedRange(_ select: TypedSelect) -> Bool {
        guard case .table(let id)? = select.ranges.first?.source, let relation = catalog[id] else { return false }
        let indexes = relation.table?.indexes ?? relation.view?.indexes ?? []
        let indexed = Set(indexes.flatMap { $0.columns ?? [] })
        return select.rangeColumns.contains { column in
            relation.columns.indices.contains(column) && indexed.contains(relation.columns[column].name)
        }
    }
}

extension Generation {
    /// Whether it collects values of its one range in the order in which it reads them, and so shows it.
    func collects(_ select: TypedSelect) -> Bool {
        guard select.isGrouped, select.from == [.range(0)] else { return false }
        return !(select.targets + (select.having.map { [$0] } ?? [])).allSatisfy { target in
            target.walk { node, _ in
                guard case .aggregate(let aggregate) = node.node else { return .intoChildren }
                return showsOrder(aggregate) ? .stop : .intoChildren
            }
        }
    }

    /// Whether the result of an aggregate depends on the order of its values, and nobody gave them one.
    func showsOrder(_ aggregate: AggregateNode) -> Bool {
        guard aggregate.order.isEmpty, !aggregate.isDistinct,
            let name = try? signature(of: aggregate.function).text.prefix(while: { $0 != "(" })
        else { return false }
        return Self.collecting.contains(String(name))
    }

    /// Whether it collects the values of a whole table.
    func readsInOrder(_ select: TypedSelect) -> Bool {
        guard select.groupBy.isEmpty, select.filter == nil, collects(select),
            case .table(let id)? = select.ranges.first?.source
        else { return false }
        return catalog[id]?.table != nil
    }

    /// The row number that collected values are sorted by, where an index might bring them in another order.
    func collectingOrder(_ select: TypedSelect, _ ranges: [Int: RangeSource]) -> String? {
        guard collects(select), !readsInOrder(select), let source = ranges[0] else { return nil }
        return heapRow(select.ranges[0], source)
    }

    private static let collecting: Set<String> = [
        "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg",
    ]
}

extension TypedQuery {
    /// Whether its rows come in the order of those of a table of its WITH.
    func isInOrder(of table: TypedCommonTable) -> Bool {
        guard order.isEmpty, case .select(let select) = body, select.keepsOrderOfSource,
            case .commonTable(table.name, levelsUp: 0)? = select.ranges.first?.source
        else { return false }
        return true
    }
}

extension TypedSelect {
    /// Whether its rows come in the order in which it reads the only range it has.
    var keepsOrderOfSource: Bool {
        guard distinct == nil, !isGrouped, ranges.count == 1, from == [.range(0)] else { return false }
        return !targets.contains { target in
            target.mayReturnSet
                || !target.walk { node, _ in
                    if case .window = node.node { return .stop }
                    return .intoChildren
                }
        }
    }

    /// Columns of the first range that the filter holds between bounds.
    var rangeColumns: [Int] {
        guard let filter else { return [] }
        let conditions: [TypedExpression]
        if case .and(let items) = filter.node { conditions = items } else { conditions = [filter] }
        return conditions.flatMap { condition -> [Int] in
            if case .and(let items) = condition.node { return items.compactMap(\.rangeColumn) }
            return condition.rangeColumn.map { [$0] } ?? []
        }
    }
}

extension TypedExpression {
    /// The column that stands on one side of `<`, `<=`, `>` or `>=`.
    fileprivate var rangeColumn: Int? {
        guard case .operation(let node, let left?, let right) = self.node, ["<", "<=", ">", ">="].contains(node.symbol)
        else { return nil }
        for side in [left, right] {
            if case .column(let reference) = side.node.withoutRelabel, reference.levelsUp == 0 {
                return reference.column
            }
        }
        return nil
    }
}
