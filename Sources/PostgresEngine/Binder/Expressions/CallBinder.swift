import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    /// A call: a function, an aggregate, a window function, a cast in a call's clothes, or a field of a row.
    func bindCall(_ call: FunctionCall, in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        let isProcedure = callsProcedure
        callsProcedure = false
        var arguments =
            call.name == ["pg_catalog", "emulator_sample"]
            ? try bindSample(call, in: scope) : try bindAll(call.arguments.map(\.value), in: scope)
        // WHERE CURRENT OF names a variable, or else a cursor.
        if call.name == ["pg_catalog", "emulator_current_of"], let variables,
            case .cast(let written, _) = call.arguments[0].value.node, case .constant(.string(let name)) = written.node,
            let value = try variables.find([name], types: types), value.type.type == .refcursor
        {
            arguments[0] = value
        }
        // A keyword: no function can be called by this name.
        if call.name == ["grouping"] { return try bindGrouping(arguments, in: scope) }
        let names = call.arguments.map(\.name)
        try checkNames(names)
        let written = call.name.joined(separator: ".")
        var ordered: [TypedSort] = []
        if call.isWithinGroup {
            // The aggregated arguments of an ordered-set aggregate stand in its ORDER BY.
            ordered = try sortItems(call.order, isChecked: false, in: scope)
            arguments += ordered.map(\.value)
        }
        var filter: TypedExpression?
        if let condition = call.filter {
            let outer = scope.clause
            scope.clause = .aggregateFilter
            defer { scope.clause = outer }
            filter = try toBoolean(bind(condition, in: scope), "FILTER")
        }
        let argumentTypes = arguments.map(\.type.type)
        let allNames = names + Array(repeating: nil, count: arguments.count - names.count)
        let resolved = try resolveFunction(
            call.name, argumentTypes, names: allNames, expandVariadic: !call.isVariadic,
            isLiteral: arguments.first?.isConstant ?? false, only: call.function.map { FunctionID($0) })
        switch resolved {
        case .ambiguous: throw BindError.ambiguousFunction(signature(call.name, argumentTypes, names: allNames))
        case .notFound:
            if arguments.count == 1, call.name.count == 1, call.isPlain,
                let field = try project(call.name[0], of: arguments[0], in: scope)
            {
                return field
            }
            try refuseOmitted(call.name)
            let signature = signature(call.name, argumentTypes, names: allNames)
            if isProcedure { throw BindError.undefinedProcedure(signature) }
            throw call.order.count > 1 && !call.isWithinGroup
                ? BindError.misplacedAggregateOrder(signature) : BindError.undefinedFunction(signature)
        case .cast(let target):
            try refuseAggregateSyntax(call, written)
            return try coerce(arguments[0], to: target, .explicit)
        case .function(let candidate):
            guard isProcedure == (candidate.function.kind == .procedure) else {
                let signature = signature(call.name, argumentTypes)
                throw PostgresError(
                    "42809", "\(signature) is \(isProcedure ? "not a procedure" : "a procedure")",
                    hint: isProcedure ? "To call a function, use SELECT." : "To call a procedure, use CALL.")
            }
            return try bindFunction(candidate, call, arguments, ordered: ordered, filter: filter, in: scope)
        }
    }

    /// What decides on a row of TABLESAMPLE: its number first, NULL where the rows of a relation have none.
    private func bindSample(_ call: FunctionCall, in scope: QueryScope) throws(PostgresError) -> [TypedExpression] {
        switch scope.ranges.first?.source {
        case .table: break
        default:
            throw PostgresError("0A000", "TABLESAMPLE clause can only be applied to tables and materialized views")
        }
        let row = try? bind(call.arguments[0].value, in: scope)
        return [row ?? TypedExpression(.constant(.null), type: TypeReference(.tid))]
            + (try bindAll(call.arguments.dropFirst().map(\.value), in: scope))
    }

    private func bindGrouping(_ arguments: [TypedExpression], in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        switch scope.clause {
        case .select, .having, .orderBy, .distinctOn: break
        default: throw BindError.grouping("grouping operations are not allowed in \(scope.clause.phrase)")
        }
        guard arguments.count < 32 else {
            throw PostgresError("54023", "GROUPING must have fewer than 32 arguments")
        }
        scope.hasGrouping = true
        return TypedExpression(.grouping(arguments), type: TypeReference(.int4))
    }

    private func checkNames(_ names: [String?]) throws(PostgresError) {
        var seen: Set<String> = []
        for name in names {
            if let name {
                if !seen.insert(name).inserted {
                    throw BindError.syntax("argument name \"\(name)\" used more than once")
                }
            } else if !seen.isEmpty {
                throw BindError.syntax("positional argument cannot follow named argument")
            }
        }
    }

    private func refuseOmitted(_ name: [String]) throws(PostgresError) {
        guard let last = name.last, types.builtin.isOmitted(last), name.count == 1 || name[0] == "pg_catalog" else {
            return
        }
        throw PostgresError.notSupported("function \(last)")
    }

    private func refuseAggregateSyntax(_ call: FunctionCall, _ name: String) throws(PostgresError) {
        if call.isStar { throw BindError.notAnAggregate("\(name)(*)", name) }
        if call.isDistinct { throw BindError.notAnAggregate("DISTINCT", name) }
        if call.isWithinGroup { throw BindError.notAnAggregate("WITHIN GROUP", name) }
        if !call.order.isEmpty { throw BindError.notAnAggregate("ORDER BY", name) }
        if call.filter != nil { throw BindError.notAnAggregate("FILTER", name) }
        if call.window != nil {
            throw BindError.wrongObject(
                "OVER specified, but \(name) is not a window function nor an aggregate function")
        }
    }

    private func bindFunction(
        _ candidate: FunctionCandidate, _ call: FunctionCall, _ arguments: [TypedExpression], ordered: [TypedSort],
        filter: TypedExpression?, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        let function = candidate.function
        let written = call.name.joined(separator: ".")
        switch function.kind {
        case .function, .procedure: try refuseAggregateSyntax(call, written)
        case .aggregate: try checkOrderedSet(function, call, written, arguments.map(\.type.type))
        case .window:
            if call.window == nil { throw BindError.wrongObject("window function \(written) requires an OVER clause") }
            if call.isWithinGroup {
                throw BindError.wrongObject("window function \(written) cannot have WITHIN GROUP")
            }
        }
        var values = arguments
        var declared = candidate.arguments
        if candidate.usedDefaults > 0 {
            let given = arguments.count
            for index in given..<declared.count {
                values.append(try defaultArgument(function, at: candidate.argumentOrder?[index] ?? index))
            }
        }
        let result = try enforce(actual: values.map(\.type.type), declared: &declared, result: function.result)
        values = try convertArguments(values, declared)
        if let order = candidate.argumentOrder {
            var inPlace = values
            for (index, position) in order.enumerated() { inPlace[position] = values[index] }
            values = inPlace
        }
        if candidate.expandedVariadic > 0, function.variadic != .any {
            values = try gatherVariadic(values, candidate.expandedVariadic)
        }
        if call.isVariadic, function.variadic == .any, let last = values.last,
            types.baseElement(of: last.type.type) == nil
        {
            throw BindError.mismatch("VARIADIC argument must be an array")
        }
        switch function.kind {
        case .function, .procedure:
            if function.isSet {
                try checkSetPlacement(scope)
                scope.setFunctionCount += 1
            }
            var value = plainCall(function, values, result, isVariadic: call.isVariadic)
            if case .call(var node) = value.node {
                node.isWrittenAsSyntax = call.name.first == "pg_catalog"
                if candidate.argumentOrder == nil { node.defaulted = candidate.usedDefaults }
                value.node = .call(node)
            }
            return value
        case .aggregate, .window:
            return try bindAggregate(
                function, call, values, result: result, ordered: ordered, filter: filter, in: scope)
        }
    }

    /// A routine that takes any `record` learns from the value which one it is.
    private func withRecords(_ values: [TypedExpression], for function: BuiltinFunction) -> [TypedExpression] {
        guard function.arguments.contains(.record), catalog[function.id] != nil else { return values }
        return values.enumerated().map { index, value in
            guard function.arguments.indices.contains(index), function.arguments[index] == .record,
                value.type.type != .record, types.isComposite(value.type.type)
            else { return value }
            return TypedExpression(.coercion(.relabel, value, isExplicit: false), type: TypeReference(.record))
        }
    }

    /// Session constants become nodes of their own; everything else is a call.
    private func plainCall(_ function: BuiltinFunction, _ values: [TypedExpression], _ result: TypeID, isVariadic: Bool)
        -> TypedExpression
    {
        let session: SessionValue? =
            switch function.name {
            case "now", "transaction_timestamp": .now
            case "current_database": .currentDatabase
            case "current_schema": .currentSchema
            default: nil
            }
        if let session, values.isEmpty, function.schema == "pg_catalog" {
            return TypedExpression(.session(session), type: TypeReference(result))
        }
        return TypedExpression(
            .call(
                FunctionCallNode(
                    function: function.id, arguments: withRecords(values, for: function),
                    isVariadic: isVariadic && function.variadic == .any)),
            type: TypeReference(result))
    }

    private func gatherVariadic(_ values: [TypedExpression], _ count: Int) throws(PostgresError) -> [TypedExpression] {
        let tail = Array(values.suffix(count))
        let element = tail[0].type.type
        guard let array = types.array(of: element) else { throw BindError.noArrayType(typeName(element)) }
        return values.dropLast(count) + [TypedExpression(.array(tail), type: TypeReference(array))]
    }

    private func checkSetPlacement(_ scope: QueryScope) throws(PostgresError) {
        if let place = scope.clause.setRefusal {
            throw BindError.notImplemented("set-returning functions are not allowed in \(place)")
        }
        if scope.clause == .functionInFrom, scope.setFunctionCount > 0 {
            throw BindError.notImplemented("set-returning functions must appear at top level of FROM")
        }
    }

    private func checkOrderedSet(_ function: BuiltinFunction, _ call: FunctionCall, _ name: String, _ types: [TypeID])
        throws(PostgresError)
    {
        guard let kind = function.aggregateKind, kind != .normal else {
            if call.isWithinGroup {
                throw BindError.wrongObject(
                    "\(name) is not an ordered-set aggregate, so it cannot have WITHIN GROUP")
            }
            return
        }
        guard call.isWithinGroup else {
            throw BindError.wrongObject("WITHIN GROUP is required for ordered-set aggregate \(name)")
        }
        if call.window != nil {
            throw BindError.notImplemented("OVER is not supported for ordered-set aggregate \(name)")
        }
        if call.isDistinct { throw BindError.syntax("cannot use DISTINCT with WITHIN GROUP") }
        if kind == .hypothetical { throw PostgresError.notSupported("hypothetical-set aggregate \(name)") }
        if call.arguments.count != function.directArguments {
            throw PostgresError(
                "42883", "function \(signature(call.name, types)) does not exist",
                hint:
                    "There is an ordered-set aggregate \(name), but it requires \(function.directArguments) direct argument\(function.directArguments == 1 ? "" : "s"), not \(call.arguments.count)."
            )
        }
    }
}

extension FunctionCall {
    /// Nothing but a name and arguments.
    fileprivate var isPlain: Bool {
        !isStar && !isDistinct && !isVariadic && order.isEmpty && filter == nil && window == nil
            && arguments.allSatisfy { $0.name == nil }
    }
}
