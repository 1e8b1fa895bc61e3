import PostgresTypes

/// Set-returning functions: Swift functions that answer all their rows at once, packed in JSON, which `json_each`
/// takes apart.
extension Generation {
    /// The packed rows of a set-returning call; nil when the function returns one value.
    func setReturningCall(_ call: FunctionCallNode, columns: [OutputColumn]) throws(PostgresError) -> String? {
        let signature = try signature(of: call.function)
        if signature.isUser {
            guard signature.isSet || columns.count != 1 else { return nil }
            let items = ["\(call.function.oid)", "\(columns.count)"] + (try texts(call.arguments))
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

    /// Set-returning calls among the output columns: the function joins FROM, the column is its value.
    func setReturningTargets(_ select: TypedSelect, from: inout String) throws(PostgresError) -> [Int: String] {
        var result: [Int: String] = [:]
        for (index, target) in select.targets.enumerated() where target.mayReturnSet {
            guard case .call(let call) = target.node.withoutRelabel else {
                if target.containsBuiltinSet { throw .notSupported("a set-returning function inside an expression") }
                continue
            }
            guard try signature(of: call.function).isSet else {
                if target.containsBuiltinSet { throw .notSupported("a set-returning function inside an expression") }
                continue
            }
            guard result.isEmpty else { throw .notSupported("several set-returning functions in one SELECT list") }
            guard !select.isGrouped else { throw .notSupported("a set-returning function in a grouped query") }
            let column = OutputColumn(name: "value", type: target.type)
            let rows = try rowsExpression(call, columns: [column])
            let alias = newAlias("r")
            from += (from.isEmpty ? "" : ", ") + "json_each(\(rows)) AS \(alias)"
            result[index] = unpacked("\(alias).value", type: target.type.type)
        }
        return result
    }
}

extension TypedExpression {
    fileprivate var containsBuiltinSet: Bool {
        if case .call(let call) = node, FunctionShape.builtin(call.function)?.isSet == true { return true }
        return operands.contains(where: \.containsBuiltinSet)
    }
}
