import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    /// CASE: ELSE is looked at first for the common type, and without one it is an untyped NULL.
    func bindCase(_ operand: Expression?, _ branches: [CaseBranch], _ otherwise: Expression?, in scope: QueryScope)
        throws(PostgresError) -> TypedExpression
    {
        let before = scope.setFunctionCount
        var tested: TypedExpression?
        if let operand {
            let value = try bind(operand, in: scope)
            tested = value.type.type == .unknown ? try toCommonType(value, .text, "CASE") : value
        }
        var conditions: [TypedExpression] = []
        var results: [TypedExpression] = []
        for branch in branches {
            var condition = try bind(branch.condition, in: scope)
            if let tested { condition = try operation(OperatorName("="), left: tested, right: condition) }
            conditions.append(try toBoolean(condition, "CASE/WHEN"))
            results.append(try bind(branch.result, in: scope))
        }
        let elseValue =
            if let otherwise { try bind(otherwise, in: scope) } else {
                TypedExpression(.constant(.null), type: TypeReference(.unknown))
            }
        let type = try commonType([elseValue] + results, "CASE")
        let last = try toCommonType(elseValue, type, "CASE/ELSE")
        var converted: [TypedBranch] = []
        for (condition, result) in zip(conditions, results) {
            converted.append(
                TypedBranch(condition: condition, result: try toCommonType(result, type, "CASE/WHEN")))
        }
        try refuseSets(in: "CASE", since: before, scope)
        return TypedExpression(
            .caseWhen(converted, otherwise: last),
            type: Self.commonReference([last] + converted.map(\.result), type))
    }

    func bindCoalesce(_ operands: [Expression], in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        let before = scope.setFunctionCount
        let (values, type) = try unify(bindAll(operands, in: scope), "COALESCE")
        try refuseSets(in: "COALESCE", since: before, scope)
        return TypedExpression(.coalesce(values), type: type)
    }

    private func refuseSets(in construct: String, since count: Int, _ scope: QueryScope) throws(PostgresError) {
        if scope.setFunctionCount > count {
            throw BindError.notImplemented(
                "set-returning functions are not allowed in \(construct)",
                hint: "You might be able to move the set-returning function into a LATERAL FROM item.")
        }
    }

    /// `ARRAY[…]`; under a cast the elements take the cast's type one by one.
    func bindArray(
        _ elements: [Expression], as target: (array: TypeID, element: TypeReference)?, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        var values: [TypedExpression] = []
        var isNested = false
        for element in elements {
            if case .array(let inner) = element.node {
                values.append(try bindArray(inner, as: target, in: scope))
                isNested = true
            } else {
                let value = try bind(element, in: scope)
                if types.element(of: value.type.type) != nil { isNested = true }
                values.append(value)
            }
        }
        if let target {
            var converted: [TypedExpression] = []
            let wanted =
                isNested ? TypeReference(target.array, modifier: target.element.modifier) : target.element
            for value in values {
                guard let item = try convert(value, to: wanted, .explicit) else {
                    throw BindError.cannotCast(typeName(value.type.type), typeName(wanted.type))
                }
                converted.append(item)
            }
            let modifier = Self.commonReference(converted, wanted.type).modifier
            return TypedExpression(.array(converted), type: TypeReference(target.array, modifier: modifier))
        }
        guard !values.isEmpty else {
            throw PostgresError(
                "42P18", "cannot determine type of empty array",
                hint: "Explicitly cast to the desired type, for example ARRAY[]::integer[].")
        }
        let (converted, type) = try unify(values, "ARRAY")
        if types.element(of: type.type) != nil {
            return TypedExpression(.array(converted), type: type)
        }
        guard let array = types.array(of: type.type) else { throw BindError.noArrayType(typeName(type.type)) }
        return TypedExpression(.array(converted), type: TypeReference(array, modifier: type.modifier))
    }

    /// `(row).field`; other one-argument functions may be written so too.
    func bindField(_ value: Expression, _ name: String, in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        if let variables, case .column(let parts) = value.node, variables.owns(parts, types: types),
            let field = try variables.find(parts + [name], types: types)
        {
            return field
        }
        let row = try bind(value, in: scope)
        if let field = try project(name, of: row, in: scope) { return field }
        let type = row.type.type
        if case .wholeRow(let levelsUp, let range) = row.node {
            var owner: QueryScope? = scope
            for _ in 0..<levelsUp { owner = owner?.parent }
            throw BindError.undefinedColumn(name, qualifier: owner?.ranges[range].name ?? "", hint: nil)
        }
        if type == .record || types.isComposite(type) {
            if type == .record {
                throw PostgresError("42703", "could not identify column \"\(name)\" in record data type")
            }
            throw BindError.undefinedField(name, ofType: typeName(type))
        }
        throw BindError.wrongObject(
            "column notation .\(name) applied to type \(typeName(type)), which is not a composite type")
    }
}
