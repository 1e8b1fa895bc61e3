import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// An aggregate or a window function with its converted arguments.
    func bindAggregate(
        _ function: BuiltinFunction, _ call: FunctionCall, _ values: [TypedExpression], result: TypeID,
        ordered: [TypedSort], filter: TypedExpression?, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        let name = call.name.joined(separator: ".")
        if call.arguments.isEmpty, !call.isStar, !call.isWithinGroup, function.kind == .aggregate {
            throw BindError.wrongObject("\(name)(*) must be used to call a parameterless aggregate function")
        }
        if call.arguments.contains(where: { $0.name != nil }) {
            throw BindError.notImplemented(
                function.kind == .window
                    ? "window functions cannot use named arguments" : "aggregates cannot use named arguments")
        }
        if let window = call.window {
            return try bindWindow(
                window, function, call, values, result: result, filter: filter, in: scope)
        }
        var node = AggregateNode(function: function.id, arguments: values, isStar: call.isStar, filter: filter)
        if call.isWithinGroup {
            node.arguments = Array(values.prefix(call.arguments.count))
            node.order = zip(ordered, values.suffix(ordered.count)).map {
                TypedSort($1, isDescending: $0.isDescending, nullsFirst: $0.nullsFirst)
            }
            for sort in node.order { try requireOrdering(sort.value) }
        } else {
            node.order = try sortItems(call.order, in: scope)
            if call.isDistinct {
                node.isDistinct = true
                try checkDistinctAggregate(node)
            }
        }
        node.levelsUp = try aggregateLevel(node)
        var owner = scope
        for _ in 0..<node.levelsUp { owner = owner.parent ?? owner }
        if let place = owner.clause.aggregateRefusal {
            throw BindError.grouping("aggregate functions are not allowed in \(place)")
        }
        owner.hasAggregates = true
        return TypedExpression(.aggregate(node), type: TypeReference(result))
    }

    private func checkDistinctAggregate(_ node: AggregateNode) throws(PostgresError) {
        for sort in node.order where !node.arguments.contains(sort.value) {
            throw BindError.columnReference(
                "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
        }
        for value in node.arguments { try requireEquality(value) }
    }

    /// How many queries out an aggregate belongs: to the innermost one of those whose columns it uses. Aggregates of
    /// one level do not nest.
    private func aggregateLevel(_ node: AggregateNode) throws(PostgresError) -> Int {
        var columns: Int?
        var aggregates: Int?
        var problem: PostgresError?
        func note(_ level: Int, _ lowest: inout Int?) { if level >= 0 { lowest = min(lowest ?? level, level) } }
        for operand in node.operands {
            operand.walk { value, depth in
                switch value.node {
                case .column(let reference): note(reference.levelsUp - depth, &columns)
                case .wholeRow(let levelsUp, _): note(levelsUp - depth, &columns)
                case .aggregate(let inner) where inner.levelsUp >= depth:
                    note(inner.levelsUp - depth, &aggregates)
                    return .pastChildren
                case .window where depth == 0:
                    problem =
                        problem ?? BindError.grouping("aggregate function calls cannot contain window function calls")
                case .call(let call) where depth == 0 && self.types.function(call.function)?.isSet == true:
                    problem =
                        problem
                        ?? BindError.notImplemented(
                            "aggregate function calls cannot contain set-returning function calls",
                            hint: "You might be able to move the set-returning function into a LATERAL FROM item.")
                default: break
                }
                return .intoChildren
            }
        }
        if let problem { throw problem }
        let level = [columns, aggregates].compactMap { $0 }.min() ?? 0
        if aggregates == level { throw BindError.grouping("aggregate function calls cannot be nested") }
        return level
    }

    // MARK: Sorting

    /// ORDER BY inside an aggregate or a window: expressions only, no output names.
    func sortItems(_ items: [SortItem], isChecked: Bool = true, in scope: QueryScope) throws(PostgresError)
        -> [TypedSort]
    {
        var sorts: [TypedSort] = []
        for item in items {
            let bound = try bind(item.value, in: scope)
            let value = isChecked ? try toTextIfUnknown(bound) : bound
            if isChecked { try requireOrdering(value) }
            sorts.append(TypedSort(value, item))
        }
        return sorts
    }

    func toTextIfUnknown(_ value: TypedExpression) throws(PostgresError) -> TypedExpression {
        value.type.type == .unknown ? try coerce(value, to: .text, .implicit) : value
    }

    func requireOrdering(_ value: TypedExpression) throws(PostgresError) {
        if !types.isOrderable(value.type.type) {
            throw BindError.undefinedSorting("an ordering", type: typeName(value.type.type))
        }
    }

    func requireEquality(_ value: TypedExpression) throws(PostgresError) {
        if !types.hasEquality(value.type.type) {
            throw BindError.undefinedSorting("an equality", type: typeName(value.type.type))
        }
    }
}

extension TypedSort {
    init(_ value: TypedExpression, _ item: SortItem) {
        self.init(
            value, isDescending: item.isDescending, nullsFirst: item.nullsFirst ?? item.isDescending)
    }
}
