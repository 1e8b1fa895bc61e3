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
        try checkAggregatePlacement(node, in: scope)
        scope.hasAggregates = true
        return TypedExpression(.aggregate(node), type: TypeReference(result))
    }

    private func checkDistinctAggregate(_ node: AggregateNode) throws(PostgresError) {
        for sort in node.order where !node.arguments.contains(sort.value) {
            throw BindError.columnReference(
                "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
        }
        for value in node.arguments { try requireEquality(value) }
    }

    /// Aggregates do not nest, belong to this query level, and stand where one may.
    private func checkAggregatePlacement(_ node: AggregateNode, in scope: QueryScope) throws(PostgresError) {
        var lowest: Int?
        var problem: PostgresError?
        for operand in node.operands {
            operand.walk { value, depth in
                switch value.node {
                case .column(let reference):
                    let level = reference.levelsUp - depth
                    if level >= 0 { lowest = min(lowest ?? level, level) }
                case .wholeRow(let levelsUp, _):
                    if levelsUp - depth >= 0 { lowest = min(lowest ?? levelsUp - depth, levelsUp - depth) }
                case .aggregate where depth == 0:
                    problem = problem ?? BindError.grouping("aggregate function calls cannot be nested")
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
        if let lowest, lowest > 0 {
            throw PostgresError.notSupported("an aggregate over columns of an outer query only")
        }
        if let place = scope.clause.aggregateRefusal {
            throw BindError.grouping("aggregate functions are not allowed in \(place)")
        }
    }

    // MARK: Windows

    private func bindWindow(
        _ specification: WindowSpecification, _ function: BuiltinFunction, _ call: FunctionCall,
        _ values: [TypedExpression], result: TypeID, filter: TypedExpression?, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        if call.isDistinct { throw BindError.notImplemented("DISTINCT is not implemented for window functions") }
        if !call.order.isEmpty {
            throw BindError.notImplemented("aggregate ORDER BY is not implemented for window functions")
        }
        if filter != nil, function.kind == .window {
            throw BindError.notImplemented("FILTER is not implemented for non-aggregate window functions")
        }
        for value in values {
            let isClean = value.walk { node, depth in
                if case .window = node.node, depth == 0 { .stop } else { .intoChildren }
            }
            if !isClean { throw BindError.windowing("window function calls cannot be nested") }
        }
        if let place = scope.clause.windowRefusal {
            throw BindError.windowing("window functions are not allowed in \(place)")
        }
        let window = try effectiveWindow(specification, in: scope)
        scope.hasWindows = true
        let node = AggregateNode(function: function.id, arguments: values, isStar: call.isStar, filter: filter)
        var bound = WindowNode(call: node, partition: [], order: [], frame: window.frame)
        do throws(PostgresError) {
            (bound.partition, bound.order) = try bindWindowDefinition(window, in: scope)
        } catch {
            // Postgres gets to window definitions after all other clauses.
            scope.windowErrors.append(error)
        }
        return TypedExpression(.window(bound), type: TypeReference(result))
    }

    private func bindWindowDefinition(_ window: WindowSpecification, in scope: QueryScope) throws(PostgresError) -> (
        partition: [TypedExpression], order: [TypedSort]
    ) {
        let outer = scope.clause
        defer { scope.clause = outer }
        scope.clause = .windowOrder
        let order = try sortItems(window.order, in: scope)
        scope.clause = .windowPartition
        var partition: [TypedExpression] = []
        for expression in window.partition {
            let value = try toTextIfUnknown(bind(expression, in: scope))
            try requireEquality(value)
            partition.append(value)
        }
        if let frame = window.frame { try checkFrame(frame, order) }
        return (partition, order)
    }

    /// What a frame asks of the window's ORDER BY.
    private func checkFrame(_ frame: String, _ order: [TypedSort]) throws(PostgresError) {
        if frame.hasPrefix("groups"), order.isEmpty {
            throw BindError.windowing("GROUPS mode requires an ORDER BY clause")
        }
        let words = frame.split(separator: " ")
        guard words[0] == "range", let offset = words.first(where: { $0.first?.isNumber == true }) else { return }
        guard order.count == 1 else {
            throw BindError.windowing(
                "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
        }
        let type = order[0].value.type.type
        switch type {
        case .int2, .int4, .int8, .float4, .float8: return
        // Kept as text, which SQLite does not add to.
        case .numeric: throw .notSupported("RANGE with an offset over a numeric")
        case .date, .time, .timetz, .timestamp, .timestamptz, .interval:
            throw BindError.notImplemented(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type \(typeName(type)) "
                    + "and offset type \(offset.contains(".") ? "numeric" : "integer")",
                hint: "Cast the offset value to an appropriate type.")
        default:
            throw BindError.notImplemented(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type \(typeName(type))")
        }
    }

    /// WINDOW's definitions, used or not, and what was wrong with those in OVER.
    func checkWindows(in scope: QueryScope) throws(PostgresError) {
        for window in scope.windows { _ = try bindWindowDefinition(effectiveWindow(window, in: scope), in: scope) }
        if let error = scope.windowErrors.first { throw error }
    }

    /// `OVER w` and `OVER (w …)` with what the named window brings.
    private func effectiveWindow(_ specification: WindowSpecification, in scope: QueryScope) throws(PostgresError)
        -> WindowSpecification
    {
        guard let name = specification.reference else { return specification }
        guard let base = scope.windows.first(where: { $0.name == name }) else {
            throw PostgresError("42704", "window \"\(name)\" does not exist")
        }
        var window = specification
        let inherited = try effectiveWindow(base, in: scope)
        if !specification.partition.isEmpty {
            throw BindError.windowing("cannot override PARTITION BY clause of window \"\(name)\"")
        }
        if !specification.order.isEmpty, !inherited.order.isEmpty {
            throw BindError.windowing("cannot override ORDER BY clause of window \"\(name)\"")
        }
        window.partition = inherited.partition
        if window.order.isEmpty { window.order = inherited.order }
        if window.frame == nil { window.frame = inherited.frame }
        return window
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
