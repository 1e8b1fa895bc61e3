import PostgresSyntax
import PostgresTypes
import SQLite

extension TypedCommonTable {
    /// The query with the columns that SEARCH and CYCLE add computed, as PostgreSQL's `rewriteSearchAndCycle` does: the
    /// first row of each way starts a list, every step adds its row to it, and a row that is in it already ends the way.
    func expanded(_ catalog: CatalogSnapshot) throws(PostgresError) -> TypedQuery {
        guard search != nil || cycle != nil, case .setOperation(let kind, let all, let left, let right) = query.body
        else { return query }
        return TypedQuery(
            body: .setOperation(kind, all: all, left: started(left), right: try continued(right, catalog)),
            columns: columns)
    }

    private func started(_ first: TypedQuery) -> TypedQuery {
        let own = first.columns.indices.map { position in
            TypedExpression(.column(ColumnReference(range: 0, column: position)), type: first.columns[position].type)
        }
        var added: [TypedExpression] = []
        if let search {
            let row = Self.row(search.columns.map { own[$0] }, depth: search.isBreadthFirst ? .bigint(0) : nil)
            added.append(search.isBreadthFirst ? row : Self.list(row))
        }
        if let cycle { added += [cycle.otherwise, Self.list(Self.row(cycle.columns.map { own[$0] }))] }
        let inner = TypedRewriter(shift: 1).query(first, depth: 1, role: "")
        let range = RangeEntry(source: .subquery(inner, isLateral: false), name: "", columns: first.columns)
        return TypedQuery(
            body: .select(TypedSelect(targets: own + added, ranges: [range], from: [.range(0)])), columns: columns)
    }

    private func continued(_ next: TypedQuery, _ catalog: CatalogSnapshot) throws(PostgresError) -> TypedQuery {
        guard case .select(var select) = next.body, let range = select.ranges.firstIndex(where: isSelf) else {
            throw BindError.notImplemented(
                "with a SEARCH or CYCLE clause, the recursive reference to WITH query \"\(name)\" must be at the top "
                    + "level of its right-hand SELECT")
        }
        let isPlain = next.order.isEmpty && next.limit == nil && next.offset == nil && next.commonTables.isEmpty
        guard isPlain, select.distinct == nil, !select.isGrouped else {
            throw .notSupported("SEARCH or CYCLE of a query with DISTINCT, groups, an order or a limit")
        }
        // Rows are computed twice, for themselves and for their lists.
        for position in (search?.columns ?? []) + (cycle?.columns ?? []) {
            guard select.targets[position].usesOnly({ Self.isRepeatable($0, catalog) }) else {
                throw .notSupported("SEARCH or CYCLE by a value that is not the same when it is computed again")
            }
        }
        func column(_ position: Int) -> TypedExpression {
            TypedExpression(.column(ColumnReference(range: range, column: position)), type: columns[position].type)
        }
        var position = query.columns.count
        var added: [TypedExpression] = []
        if let search {
            let values = search.columns.map { select.targets[$0] }
            let sequence = column(position)
            added.append(
                search.isBreadthFirst
                    ? Self.row(values, depth: Self.next(sequence)) : Self.appended(Self.row(values), to: sequence))
            position += 1
        }
        if let cycle {
            let row = Self.row(cycle.columns.map { select.targets[$0] })
            let (mark, path) = (column(position), column(position + 1))
            let isSeen = TypedExpression(
                .anyAll(Self.recordEquality, left: row, array: path, isAll: false), type: TypeReference(.bool))
            added.append(
                TypedExpression(
                    .caseWhen([TypedBranch(condition: isSeen, result: cycle.value)], otherwise: cycle.otherwise),
                    type: cycle.value.type))
            added.append(Self.appended(row, to: path))
            let goesOn = TypedExpression(
                .operation(cycle.notEqual, left: mark, right: cycle.value), type: TypeReference(.bool))
            select.filter =
                select.filter.map { TypedExpression(.and([$0, goesOn]), type: TypeReference(.bool)) } ?? goesOn
        }
        select.targets += added
        return TypedQuery(body: .select(select), columns: columns)
    }

    private func isSelf(_ range: RangeEntry) -> Bool {
        if case .commonTable(name, _) = range.source { true } else { false }
    }

    private static func isRepeatable(_ id: FunctionID, _ catalog: CatalogSnapshot) -> Bool {
        guard let function = BuiltinCatalog.shared.function(id) else { return catalog[id]?.volatility != .volatile }
        return function.volatility != UInt8(ascii: "v") && !function.isSet
    }

    // MARK: Nodes

    private static let recordEquality = OperatorNode(
        symbol: "=", left: .record, right: .record, function: FunctionID(2981))

    private static func row(_ values: [TypedExpression], depth: TypedExpression? = nil) -> TypedExpression {
        TypedExpression(.row((depth.map { [$0] } ?? []) + values), type: TypeReference(.record))
    }

    private static func list(_ row: TypedExpression) -> TypedExpression {
        TypedExpression(.array([row]), type: TypeReference(.recordArray))
    }

    private static func appended(_ row: TypedExpression, to list: TypedExpression) -> TypedExpression {
        let append = FunctionCallNode(function: FunctionID(378), arguments: [list, row])
        return TypedExpression(.call(append), type: TypeReference(.recordArray))
    }

    /// The depth after the one that a row begins with.
    private static func next(_ sequence: TypedExpression) -> TypedExpression {
        let plus = OperatorNode(symbol: "+", left: .int8, right: .int8, function: FunctionID(463))
        let depth = TypedExpression(.field(sequence, 0), type: TypeReference(.int8))
        return TypedExpression(.operation(plus, left: depth, right: .bigint(1)), type: TypeReference(.int8))
    }
}

extension TypedExpression {
    fileprivate static func bigint(_ number: Int64) -> TypedExpression {
        TypedExpression(.constant(.integer(number)), type: TypeReference(.int8))
    }
}
