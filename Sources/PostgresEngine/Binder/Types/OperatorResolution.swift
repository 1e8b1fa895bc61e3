import PostgresSyntax
import PostgresTypes

extension BuiltinOperator: Candidate {
    var arguments: [TypeID] { left.map { [$0, right] } ?? [right] }
}

extension Analysis {
    /// The operator that a symbol means for operands of these types (`left` nil: a prefix operator).
    func resolveOperator(_ name: OperatorName, left: TypeID?, right: TypeID) throws(PostgresError) -> BuiltinOperator {
        let all = types.builtin.operators(named: name.symbol)
        // Most operators are meant exactly: those are found without copying what else bears the name.
        func exact(_ left: TypeID?, _ right: TypeID) -> BuiltinOperator? {
            for index in all.indices where all[index].right == right && all[index].left == left {
                if isVisible(all[index], schema: name.schema) { return all[index] }
            }
            return nil
        }
        if let left {
            var pair = (left, right)
            if pair.0 == .unknown { pair.0 = pair.1 } else if pair.1 == .unknown { pair.1 = pair.0 }
            if let found = exact(pair.0, pair.1) { return found }
            if left == .unknown || right == .unknown {
                let base = types.base(of: pair.0)
                if base != pair.0, let found = exact(base, base) { return found }
            }
        } else if let found = exact(nil, right) {
            return found
        }
        let candidates = all.filter { ($0.left == nil) == (left == nil) && isVisible($0, schema: name.schema) }
        let actual = left.map { [$0, right] } ?? [right]
        let fitting = types.matching(candidates, actual)
        if fitting.count == 1 { return fitting[0] }
        let signature = (left.map { typeName($0) + " " } ?? "") + written(name) + " " + typeName(right)
        if fitting.isEmpty { throw BindError.undefinedOperator(signature, isPrefix: left == nil) }
        guard let best = types.select(fitting, actual) else { throw BindError.ambiguousOperator(signature) }
        return best
    }

    private func written(_ name: OperatorName) -> String { (name.schema.map { $0 + "." } ?? "") + name.symbol }

    private func isVisible(_ candidate: BuiltinOperator, schema: String?) -> Bool {
        guard let owner = candidate.extensionName else { return schema == nil || schema == "pg_catalog" }
        guard let place = catalog.schema(ofExtension: owner) else { return false }
        return schema.map { $0 == place } ?? searchPath.contains(place)
    }

    /// An operator applied to bound operands.
    func operation(_ name: OperatorName, left: TypedExpression?, right: TypedExpression) throws(PostgresError)
        -> TypedExpression
    {
        let found = try resolveOperator(name, left: left?.type.type, right: right.type.type)
        let operands = left.map { [$0, right] } ?? [right]
        var declared = found.arguments
        let result = try enforce(actual: operands.map(\.type.type), declared: &declared, result: found.result)
        let converted = try convertArguments(operands, declared)
        let node = OperatorNode(
            symbol: found.name, left: left == nil ? nil : found.left, right: found.right, function: found.function)
        return TypedExpression(
            .operation(node, left: left == nil ? nil : converted[0], right: converted[converted.count - 1]),
            type: TypeReference(result))
    }

    /// `x op ANY (array)`.
    func arrayOperation(_ name: OperatorName, left: TypedExpression, array: TypedExpression, isAll: Bool)
        throws(PostgresError) -> TypedExpression
    {
        let arrayType = array.type.type
        let element: TypeID
        if arrayType == .unknown {
            element = .unknown
        } else if let found = types.baseElement(of: arrayType) {
            element = found
        } else {
            throw BindError.wrongObject("op ANY/ALL (array) requires array on right side")
        }
        let found = try resolveOperator(name, left: left.type.type, right: element)
        var declared = found.arguments
        let result = try enforce(actual: [left.type.type, element], declared: &declared, result: found.result)
        guard result == .bool else {
            throw BindError.wrongObject("op ANY/ALL (array) requires operator to yield boolean")
        }
        // A polymorphic slot takes the array as it is; a concrete one wants the array of its own type.
        let wanted: TypeID
        if found.right.polymorphicFamily != nil, declared[1] == found.right {
            wanted = arrayType
        } else if let itsArray = types.array(of: declared[1]) {
            wanted = itsArray
        } else {
            throw BindError.noArrayType(typeName(declared[1]))
        }
        let converted = try convertArguments([left, array], [declared[0], wanted])
        let node = OperatorNode(symbol: found.name, left: found.left, right: found.right, function: found.function)
        return TypedExpression(
            .anyAll(node, left: converted[0], array: converted[1], isAll: isAll), type: TypeReference(.bool))
    }

    /// Arguments converted to what was declared; polymorphic slots that stay so keep the argument.
    func convertArguments(_ values: [TypedExpression], _ declared: [TypeID]) throws(PostgresError) -> [TypedExpression]
    {
        var converted: [TypedExpression] = []
        for (value, type) in zip(values, declared) {
            converted.append(value.type.type == type ? value : try coerce(value, to: type, .implicit))
        }
        return converted
    }
}
