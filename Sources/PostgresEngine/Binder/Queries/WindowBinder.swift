import PostgresSyntax
import PostgresTypes

/// Windows: calls over them, their definitions and what refers to those.
extension Analysis {
    /// A call over a window: an aggregate or a window function, whose arguments are bound.
    func bindWindow(
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
        var bound = WindowNode(call: node, partition: [], order: [], frame: nil)
        do throws(PostgresError) {
            (bound.partition, bound.order, bound.frame) = try bindWindowDefinition(window, in: scope)
        } catch {
            // Postgres gets to window definitions after all other clauses.
            scope.windowErrors.append(error)
        }
        return TypedExpression(.window(bound), type: TypeReference(result))
    }

    private func bindWindowDefinition(_ window: WindowSpecification, in scope: QueryScope) throws(PostgresError) -> (
        partition: [TypedExpression], order: [TypedSort], frame: WindowFrame<TypedExpression>?
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
        return (
            partition, order, try window.frame.map { (f) throws(PostgresError) in try bindFrame(f, order, in: scope) }
        )
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
        if specification.isCopy, inherited.frame != nil {
            let isBare = specification.order.isEmpty && specification.frame == nil && specification.name == nil
            throw BindError.windowing(
                "cannot copy window \"\(name)\" because it has a frame clause",
                hint: isBare ? "Omit the parentheses in this OVER clause." : nil)
        }
        window.partition = inherited.partition
        if window.order.isEmpty { window.order = inherited.order }
        if window.frame == nil { window.frame = inherited.frame }
        return window
    }
}
