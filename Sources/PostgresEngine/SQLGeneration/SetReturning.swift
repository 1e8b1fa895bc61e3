import PostgresTypes

/// Set-returning functions: Swift functions that answer all their rows at once, packed in JSON, which `json_each`
/// takes apart.
extension Generation {
    /// The packed rows of a set-returning call; nil when the function returns one value.
    /// - Parameter asValue: in a SELECT list, where a row is one value.
    func setReturningCall(
        _ call: FunctionCallNode, columns: [OutputColumn], asValue: Bool = false
    ) throws(PostgresError) -> String? {
        let signature = try signature(of: call.function)
        if signature.isUser {
            guard signature.isSet || !asValue else { return nil }
            if let routine = catalog[call.function], routine.isPolymorphic {
                guard let result = routine.returnedType(of: call, columns) else {
                    throw .notSupported("the polymorphic function \(signature.text) as a table or set")
                }
                let items = ["\(call.function.oid)", asValue ? "1" : "0"] + (try texts(call.arguments))
                return typed("call polymorphic set function", items, call.arguments.map(\.type), result)
            }
            if !asValue, catalog[call.function]?.returnsAnyRecord == true {
                let items = ["\(call.function.oid)"] + (try texts(call.arguments))
                return typed("call user record function", items, [], signature.result, columns: columns)
            }
            let items = ["\(call.function.oid)", asValue ? "1" : "0"] + (try texts(call.arguments))
            return "\"call user set function\"(\(items.joined(separator: ", ")))"
        }
        guard case .rows(let function) = try implementation(of: call.function).1 else { return nil }
        let arguments = try texts(call.arguments)
        if function.takesTypes {
            return typed(
                signature.text, arguments, call.arguments.map(\.type), signature.result, columns: columns)
        }
        return "\(signature.text.quotedName)(\(arguments.joined(separator: ", ")))"
    }

    /// Set-returning calls among the output columns: they join FROM, and each stands for the value of the row at hand.
    /// Several of them go side by side, the shorter ones filled with NULLs.
    func addSetReturningTargets(_ select: TypedSelect, to from: inout String) throws(PostgresError) {
        var calls: [TypedExpression] = []
        for target in select.targets where target.mayReturnSet {
            for call in try setReturningCalls(in: target) where !calls.contains(call) { calls.append(call) }
        }
        if calls.isEmpty { return }
        guard !select.isGrouped else { throw .notSupported("a set-returning function in a grouped query") }
        var rows: [String] = []
        for value in calls {
            guard case .call(let call) = value.node else { continue }
            var packed = try rowsExpression(
                call, columns: [OutputColumn(name: "value", type: value.type)], asValue: true)
            let outputs = BuiltinCatalog.shared.function(call.function)?.outputs ?? []
            if outputs.count > 1 {
                let columns = outputs.map { OutputColumn(name: $0.name, type: TypeReference($0.type)) }
                packed = typed("rows as records", [packed], [], value.type, columns: columns)
            }
            rows.append(packed)
        }
        let alias = newAlias("r")
        let isAlone = rows.count == 1
        let source = isAlone ? rows[0] : "\"rows beside\"(\(rows.map { "1, \($0)" }.joined(separator: ", ")))"
        from += (from.isEmpty ? "" : ", ") + "json_each(\(source)) AS \(alias)"
        for (index, value) in calls.enumerated() {
            let text = isAlone ? "\(alias).value" : "json_extract(\(alias).value, '$[\(index)]')"
            replacements.append((value, unpacked(text, type: value.type.type)))
        }
    }

    private static func misplacedSet(_ construct: String) -> PostgresError {
        PostgresError(
            "0A000", "set-returning functions are not allowed in \(construct)",
            hint: "You might be able to move the set-returning function into a LATERAL FROM item.")
    }

    /// The calls in an expression that return sets, outside of its subqueries.
    private func setReturningCalls(in value: TypedExpression) throws(PostgresError) -> [TypedExpression] {
        if case .call(let call) = value.node, try signature(of: call.function).isSet {
            guard !call.arguments.contains(where: \.containsSet) else {
                throw .notSupported("a set-returning function in the arguments of another")
            }
            guard !call.arguments.contains(where: \.containsWindow) else {
                throw .notSupported("a window function in the arguments of a set-returning one")
            }
            return [value]
        }
        switch value.node {
        case .caseWhen where value.containsSet: throw Self.misplacedSet("CASE")
        case .coalesce where value.containsSet: throw Self.misplacedSet("COALESCE")
        default: break
        }
        var found: [TypedExpression] = []
        for operand in value.operands { found += try setReturningCalls(in: operand) }
        return found
    }
}

extension TypedExpression {
    fileprivate var containsSet: Bool {
        if case .call(let call) = node, FunctionShape.builtin(call.function)?.isSet == true { return true }
        return operands.contains(where: \.containsSet)
    }

    fileprivate var containsWindow: Bool {
        if case .window = node { return true }
        return operands.contains(where: \.containsWindow)
    }
}
