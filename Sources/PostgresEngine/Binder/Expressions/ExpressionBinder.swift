import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    /// Binds an expression where `scope` stands; errors point at the innermost node that has a place.
    func bind(_ expression: Expression, in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        do throws(PostgresError) {
            return try bindNode(expression.node, in: scope)
        } catch {
            let location = place(of: error, in: expression)
            guard error.position == nil, location >= 0 else { throw error }
            var located = error
            located.position = Int(location) + 1
            throw located
        }
    }

    /// Where an error of an expression is: of a cast that its literal does not fit, the literal.
    private func place(of error: PostgresError, in expression: Expression) -> Int32 {
        guard case .cast(let value, _) = expression.node, case .constant = value.node, value.location >= 0,
            error.code.hasPrefix("22") || error.code == "42P01" || error.code == "42883"
        else { return expression.location }
        return value.location
    }

    func bindAll(_ expressions: [Expression], in scope: QueryScope) throws(PostgresError) -> [TypedExpression] {
        var bound: [TypedExpression] = []
        for expression in expressions { bound.append(try bind(expression, in: scope)) }
        return bound
    }

    private func bindNode(_ node: Expression.Node, in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        switch node {
        case .constant(let constant): return try bindConstant(constant)
        case .column(let names): return try bindColumnReference(names, in: scope)
        case .parameter(let number):
            if let variables { return try bindArgument(number, variables) }
            return try parameters.mention(number)
        case .operation(let name, let left, let right): return try bindOperation(name, left, right, in: scope)
        case .anyAll(let name, let left, let array, let isAll):
            let left = try bind(left, in: scope)
            return try arrayOperation(name, left: left, array: bind(array, in: scope), isAll: isAll)
        case .inList(let value, let items, let negated):
            return try bindInList(value, items, negated: negated, in: scope)
        case .between(let value, let low, let high, let symmetric, let negated):
            return try bindBetween(value, low, high, symmetric: symmetric, negated: negated, in: scope)
        case .isDistinct(let left, let right, let negated):
            if let variables, let test = variables.fieldwise(left, right, negated: negated) {
                return try bind(test, in: scope)
            }
            return try bindDistinct(left, right, negated: negated, in: scope)
        case .nullIf(let left, let right): return try bindNullIf(left, right, in: scope)
        case .and(let operands):
            return TypedExpression(.and(try bindConditions(operands, "AND", in: scope)), type: TypeReference(.bool))
        case .or(let operands):
            return TypedExpression(.or(try bindConditions(operands, "OR", in: scope)), type: TypeReference(.bool))
        case .not(let operand):
            return TypedExpression(
                .not(try bindConditions([operand], "NOT", in: scope)[0]), type: TypeReference(.bool))
        case .isNull(let operand, let negated):
            return TypedExpression(.isNull(try bind(operand, in: scope), negated: negated), type: TypeReference(.bool))
        case .isTruth(let operand, let test, let negated):
            let word =
                switch test {
                case .isTrue: "TRUE"
                case .isFalse: "FALSE"
                case .isUnknown: "UNKNOWN"
                }
            let value = try toBoolean(bind(operand, in: scope), "IS \(negated ? "NOT " : "")\(word)")
            return TypedExpression(.isTruth(value, test, negated: negated), type: TypeReference(.bool))
        case .call(let call): return try bindCall(call, in: scope)
        case .caseWhen(let operand, let branches, let otherwise):
            return try bindCase(operand, branches, otherwise, in: scope)
        case .coalesce(let operands): return try bindCoalesce(operands, in: scope)
        case .extremum(let operands, let isGreatest):
            let (values, type) = try unify(bindAll(operands, in: scope), isGreatest ? "GREATEST" : "LEAST")
            return TypedExpression(.extremum(values, isGreatest: isGreatest), type: type)
        case .cast(let operand, let type): return try bindCast(operand, type, in: scope)
        case .collate(let operand, let collation): return try bindCollate(operand, collation, in: scope)
        case .array(let elements): return try bindArray(elements, as: nil, in: scope)
        case .row(let fields):
            return TypedExpression(.row(try bindList(fields, in: scope)), type: TypeReference(.record))
        case .subquery(let kind, let query): return try bindSubquery(kind, query, in: scope)
        case .element(let value, let subscripts): return try bindSubscripts(value, subscripts, in: scope)
        case .field(let value, let name): return try bindField(value, name, in: scope)
        case .sqlValue(let function): return sessionValue(function)
        case .withTies(let count): return try bind(count, in: scope)
        // Where one value is wanted, `t.*` is the row.
        case .star(let qualifier) where !qualifier.isEmpty: return try bindColumnReference(qualifier, in: scope)
        case .star, .allFields: throw BindError.syntax("row expansion via \"*\" is not supported here")
        case .defaultValue: throw BindError.syntax("DEFAULT is not allowed in this context")
        case .unsupported(let feature): throw PostgresError.notSupported(feature)
        }
    }

    private func bindColumnReference(_ names: [String], in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        if scope.clause == .columnDefault {
            throw BindError.notImplemented("cannot use column reference in DEFAULT expression")
        }
        if let variables { return try bindNameOrVariable(names, variables, in: scope) }
        return try bindColumn(names, in: scope)
    }

    private func bindConstant(_ constant: Constant) throws(PostgresError) -> TypedExpression {
        switch constant {
        case .null: return TypedExpression(.constant(.null), type: TypeReference(.unknown))
        case .bool(let value): return TypedExpression(.constant(.integer(value ? 1 : 0)), type: TypeReference(.bool))
        case .integer(let value): return TypedExpression(.constant(.integer(Int64(value))), type: TypeReference(.int4))
        case .number(let digits):
            if let value = Int64(digits) {
                return TypedExpression(
                    .constant(.integer(value)), type: TypeReference(Int32(exactly: value) == nil ? .int8 : .int4))
            }
            let value = try PostgresType.numeric.decode(text: digits, context: context)
            return TypedExpression(.constant(value), type: TypeReference(.numeric))
        case .string(let text): return TypedExpression(.constant(.text(text)), type: TypeReference(.unknown))
        case .moment(let text, let moment):
            keptMoments[text] = moment
            return TypedExpression(.constant(.text(text)), type: TypeReference(.unknown))
        case .bitString(let text):
            return TypedExpression(
                .constant(try PostgresType.bit.decode(text: text, context: context)), type: TypeReference(.bit))
        }
    }

    private func sessionValue(_ function: SQLValueFunction) -> TypedExpression {
        let now = TypedExpression(.session(.currentTimestamp), type: TypeReference(.timestamptz))
        func cast(to type: TypeID) -> TypedExpression {
            guard let cast = types.builtin.cast(from: .timestamptz, to: type) else { return now }
            return TypedExpression(
                .coercion(.function(cast.function), now, isExplicit: false), type: TypeReference(type))
        }
        func name(_ value: SessionValue) -> TypedExpression {
            TypedExpression(.session(value), type: TypeReference(.name))
        }
        return switch function {
        case .currentDate: cast(to: .date)
        case .currentTime: cast(to: .timetz)
        case .currentTimestamp: now
        case .localTime: cast(to: .time)
        case .localTimestamp: cast(to: .timestamp)
        case .currentRole, .currentUser, .user: name(.currentUser)
        case .sessionUser: name(.sessionUser)
        case .currentCatalog: name(.currentDatabase)
        case .currentSchema: name(.currentSchema)
        }
    }

    private func bindCast(_ operand: Expression, _ name: TypeName, in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        let target = try catalog.resolveType(name, searchPath: searchPath)
        if name.names.count == 2, name.names[0] != "pg_catalog" { schemas.insert(name.names[0]) }
        let value: TypedExpression
        let base = types.base(of: target)
        if case .array(let elements) = operand.node, let element = types.element(of: base.type) {
            value = try bindArray(
                elements, as: (array: base.type, element: TypeReference(element, modifier: base.modifier)), in: scope)
        } else {
            let bound = try bind(operand, in: scope)
            value = types.isComposite(base.type) ? expanded(bound, in: scope) : bound
        }
        guard let converted = try convert(value, to: target, .explicit) else {
            throw BindError.cannotCast(typeName(value.type.type), typeName(target.type))
        }
        return converted
    }

    /// The whole row of a subquery as its columns, which can be cast to a row type; other values as they are.
    private func expanded(_ value: TypedExpression, in scope: QueryScope) -> TypedExpression {
        guard value.type.type == .record, case .wholeRow(let levelsUp, let range) = value.node else { return value }
        var owner: QueryScope? = scope
        for _ in 0..<levelsUp { owner = owner?.parent }
        guard let columns = owner?.ranges[range].columns else { return value }
        let values = columns.enumerated().map { index, column in
            TypedExpression(
                .column(ColumnReference(levelsUp: levelsUp, range: range, column: index)), type: column.type)
        }
        return TypedExpression(.row(values), type: value.type)
    }

    private func bindCollate(_ operand: Expression, _ names: [String], in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        let value = try bind(operand, in: scope)
        let type = value.type.type
        let base = types.base(of: type)
        let isCollatable =
            types.builtin.type(types.element(of: base) ?? base)?.isCollatable ?? false || type == .unknown
        guard isCollatable else { throw BindError.mismatch("collations are not supported by type \(typeName(type))") }
        return TypedExpression(.collate(value, try Collations.named(names)), type: value.type)
    }

    // MARK: Conditions

    /// A condition converted to boolean at assignment level, as WHERE, AND, CASE WHEN want it.
    func toBoolean(_ value: TypedExpression, _ construct: String) throws(PostgresError) -> TypedExpression {
        try toType(value, .bool, construct)
    }

    /// An operand that must be of a certain type, as LIMIT wants a bigint.
    func toType(_ value: TypedExpression, _ type: TypeID, _ construct: String) throws(PostgresError) -> TypedExpression
    {
        var value = value
        if value.type.type != type {
            guard let converted = try convert(value, to: TypeReference(type), .assignment) else {
                throw BindError.wrongArgument(
                    construct, expected: typeName(type), actual: typeName(value.type.type))
            }
            value = converted
        }
        if returnsSet(value) { throw BindError.mismatch("argument of \(construct) must not return a set") }
        return value
    }

    /// Whether a set-returning function stands at the top or inside, outside of subqueries.
    func returnsSet(_ value: TypedExpression) -> Bool {
        !value.walk { node, depth in
            if depth > 0 { return .pastChildren }
            if case .call(let call) = node.node, self.types.function(call.function)?.isSet == true {
                return .stop
            }
            return .intoChildren
        }
    }

    private func bindConditions(_ operands: [Expression], _ construct: String, in scope: QueryScope)
        throws(PostgresError)
        -> [TypedExpression]
    {
        var bound: [TypedExpression] = []
        for operand in operands { bound.append(try toBoolean(bind(operand, in: scope), construct)) }
        return bound
    }
}
