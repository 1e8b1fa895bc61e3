import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    func bindOperation(_ name: OperatorName, _ left: Expression?, _ right: Expression, in scope: QueryScope)
        throws(PostgresError) -> TypedExpression
    {
        if let left, case .row(let leftFields) = left.node {
            switch right.node {
            case .row(let rightFields):
                let leftValues = try bindAll(leftFields, in: scope)
                return try rowComparison(name, leftValues, bindAll(rightFields, in: scope))
            case .subquery(.scalar, _): throw PostgresError.notSupported("comparing a row with a subquery")
            default: break
            }
        }
        let leftValue: TypedExpression? = if let left { try bind(left, in: scope) } else { nil }
        return try operation(name, left: leftValue, right: bind(right, in: scope))
    }

    /// `(a, b) op (c, d)`: `=` and `<>` go pair by pair, the others by the first difference.
    func rowComparison(_ name: OperatorName, _ left: [TypedExpression], _ right: [TypedExpression])
        throws(PostgresError) -> TypedExpression
    {
        guard left.count == right.count else {
            throw BindError.syntax("unequal number of entries in row expressions")
        }
        guard !left.isEmpty else { throw BindError.notImplemented("cannot compare rows of zero length") }
        var pairs: [TypedExpression] = []
        for (left, right) in zip(left, right) {
            let pair = try operation(name, left: left, right: right)
            guard pair.type.type == .bool else {
                throw BindError.mismatch(
                    "row comparison operator must yield type boolean, not type \(typeName(pair.type.type))")
            }
            pairs.append(pair)
        }
        if pairs.count == 1 { return pairs[0] }
        let bool = TypeReference(.bool)
        guard ["=", "<>", "<", "<=", ">", ">="].contains(name.symbol == "!=" ? "<>" : name.symbol) else {
            throw BindError.notImplemented(
                "could not determine interpretation of row comparison operator \(name.symbol)",
                hint: "Row comparison operators must be associated with btree operator families.")
        }
        switch name.symbol {
        case "=": return TypedExpression(.and(pairs), type: bool)
        case "<>", "!=": return TypedExpression(.or(pairs), type: bool)
        default: break
        }
        var operators: [OperatorNode] = []
        var lefts: [TypedExpression] = []
        var rights: [TypedExpression] = []
        for pair in pairs {
            guard case .operation(let node, let left?, let right) = pair.node else { continue }
            operators.append(node)
            lefts.append(left)
            rights.append(right)
        }
        return TypedExpression(.rowComparison(symbol: name.symbol, operators, lefts, rights), type: bool)
    }

    /// `x IN (…)`: column-free items that share a type with x are one list; the others are compared one by one.
    func bindInList(_ value: Expression, _ items: [Expression], negated: Bool, in scope: QueryScope)
        throws(PostgresError)
        -> TypedExpression
    {
        let name = OperatorName(negated ? "<>" : "=")
        let bool = TypeReference(.bool)
        let left = try bind(value, in: scope)
        var plain: [TypedExpression] = []
        var withColumns: [TypedExpression] = []
        var rest: [TypedExpression] = []
        for item in items {
            let bound = try bind(item, in: scope)
            if hasColumns(bound) { withColumns.append(bound) } else { plain.append(bound) }
            rest.append(bound)
        }
        var parts: [TypedExpression] = []
        var isRow = false
        if case .row = left.node { isRow = true }
        if plain.count > 1 {
            // The left side comes first: its type wins where it can.
            if case .success(let common) = types.commonType([left.type.type] + plain.map(\.type.type)),
                common != .record, !isRow, let array = types.array(of: common),
                ([left] + plain).allSatisfy({ types.canCoerce($0.type.type, to: common, .implicit) })
            {
                var converted: [TypedExpression] = []
                for item in plain { converted.append(try toCommonType(item, common, "IN")) }
                let list = TypedExpression(.array(converted), type: TypeReference(array))
                let compared = try arrayOperation(name, left: left, array: list, isAll: negated)
                parts.append(try asList(compared, converted, negated: negated))
                rest = withColumns
            }
        }
        for item in rest {
            if isRow, case .row(let leftFields) = left.node, case .row(let fields) = item.node {
                parts.append(try rowComparison(name, leftFields, fields))
            } else {
                parts.append(try toBoolean(operation(name, left: left, right: item), "IN"))
            }
        }
        if parts.count == 1 { return parts[0] }
        return TypedExpression(negated ? .and(parts) : .or(parts), type: bool)
    }

    /// `= ANY (ARRAY[…])` as a list, its items converted to what the operator takes.
    private func asList(_ compared: TypedExpression, _ items: [TypedExpression], negated: Bool) throws(PostgresError)
        -> TypedExpression
    {
        guard case .anyAll(let node, let left, let array, _) = compared.node,
            let element = types.element(of: array.type.type)
        else { return compared }
        var equality = node
        if negated {
            guard
                let opposite = types.builtin.operators(named: node.symbol).first(where: {
                    $0.function == node.function && $0.left == node.left && $0.right == node.right
                })?.negator,
                let found = types.builtin.operators(named: opposite).first(where: {
                    $0.left == node.left && $0.right == node.right
                })
            else { return compared }
            equality = OperatorNode(
                symbol: found.name, left: found.left, right: found.right, function: found.function)
        }
        let isPolymorphic = node.right.polymorphicFamily != nil
        var converted: [TypedExpression] = []
        for item in items {
            converted.append(isPolymorphic ? item : try coerce(item, to: element, .implicit))
        }
        return TypedExpression(
            .inList(equality, left, converted, negated: negated), type: TypeReference(.bool))
    }

    /// Whether the expression mentions a column of this query level.
    func hasColumns(_ value: TypedExpression) -> Bool {
        !value.walk { node, depth in
            switch node.node {
            case .column(let reference): reference.levelsUp == depth ? .stop : .intoChildren
            case .wholeRow(let levelsUp, _): levelsUp == depth ? .stop : .intoChildren
            default: .intoChildren
            }
        }
    }

    /// BETWEEN is two comparisons, each resolved by itself.
    func bindBetween(
        _ value: Expression, _ low: Expression, _ high: Expression, symmetric: Bool, negated: Bool, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        let bool = TypeReference(.bool)
        func pair(_ low: Expression, _ high: Expression) throws(PostgresError) -> TypedExpression {
            let first = try bindOperation(OperatorName(negated ? "<" : ">="), value, low, in: scope)
            let second = try bindOperation(OperatorName(negated ? ">" : "<="), value, high, in: scope)
            let parts = [try toBoolean(first, negated ? "OR" : "AND"), try toBoolean(second, negated ? "OR" : "AND")]
            return TypedExpression(negated ? .or(parts) : .and(parts), type: bool)
        }
        let first = try pair(low, high)
        if !symmetric { return first }
        let second = try pair(high, low)
        return TypedExpression(negated ? .and([first, second]) : .or([first, second]), type: bool)
    }

    func bindDistinct(_ left: Expression, _ right: Expression, negated: Bool, in scope: QueryScope)
        throws(PostgresError)
        -> TypedExpression
    {
        let bool = TypeReference(.bool)
        // Against a bare NULL only nullness counts, so types without equality will do.
        if case .constant(.null) = right.node {
            return TypedExpression(.isNull(try bind(left, in: scope), negated: !negated), type: bool)
        }
        if case .constant(.null) = left.node {
            return TypedExpression(.isNull(try bind(right, in: scope), negated: !negated), type: bool)
        }
        let (leftValue, rightValue) = (try bind(left, in: scope), try bind(right, in: scope))
        if case .row(let lefts) = leftValue.node, case .row(let rights) = rightValue.node {
            guard lefts.count == rights.count else {
                throw BindError.syntax("unequal number of entries in row expressions")
            }
            var parts: [TypedExpression] = []
            for (left, right) in zip(lefts, rights) {
                parts.append(try distinct(left, right, negated: negated))
            }
            return TypedExpression(negated ? .and(parts) : .or(parts), type: bool)
        }
        return try distinct(leftValue, rightValue, negated: negated)
    }

    private func distinct(_ left: TypedExpression, _ right: TypedExpression, negated: Bool) throws(PostgresError)
        -> TypedExpression
    {
        let compared = try operation(OperatorName("="), left: left, right: right)
        guard compared.type.type == .bool, case .operation(let node, let left?, let right) = compared.node else {
            throw BindError.mismatch("IS DISTINCT FROM requires = operator to yield boolean")
        }
        return TypedExpression(.isDistinct(node, left, right, negated: negated), type: TypeReference(.bool))
    }

    func bindNullIf(_ left: Expression, _ right: Expression, in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        let leftValue = try bind(left, in: scope)
        let compared = try operation(OperatorName("="), left: leftValue, right: bind(right, in: scope))
        guard compared.type.type == .bool, case .operation(let node, let left?, let right) = compared.node else {
            throw BindError.mismatch("NULLIF requires = operator to yield boolean")
        }
        return TypedExpression(.nullIf(node, left, right), type: left.type)
    }

    // MARK: Subqueries

    func bindSubquery(_ kind: SubqueryKind, _ statement: SelectStatement, in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        if let place = scope.clause.subqueryRefusal {
            throw BindError.notImplemented("cannot use subquery in \(place)")
        }
        switch kind {
        case .exists:
            let query = try bindQuery(statement, parent: scope)
            return TypedExpression(
                .subquery(TypedSubquery(kind: .exists, query: query)), type: TypeReference(.bool))
        case .scalar:
            let query = try oneColumn(bindQuery(statement, parent: scope))
            return TypedExpression(.subquery(TypedSubquery(kind: .scalar, query: query)), type: query.columns[0].type)
        case .array:
            let query = try oneColumn(bindQuery(statement, parent: scope))
            let type = query.columns[0].type
            // An array of arrays is an array with one more dimension.
            let array = types.element(of: type.type) == nil ? types.array(of: type.type) : type.type
            guard let array else { throw BindError.noArrayType(typeName(type.type)) }
            return TypedExpression(
                .subquery(TypedSubquery(kind: .array, query: query)),
                type: TypeReference(array, modifier: type.modifier))
        case .any(let name, let left): return try quantified(name, left, statement, isAll: false, in: scope)
        case .all(let name, let left): return try quantified(name, left, statement, isAll: true, in: scope)
        }
    }

    private func oneColumn(_ query: TypedQuery) throws(PostgresError) -> TypedQuery {
        if query.columns.count != 1 { throw BindError.syntax("subquery must return only one column") }
        return query
    }

    private func quantified(
        _ name: OperatorName, _ left: Expression, _ statement: SelectStatement, isAll: Bool, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        let query = try bindQuery(statement, parent: scope)
        let leftValue = try bind(left, in: scope)
        let lefts: [TypedExpression] = if case .row(let fields) = leftValue.node { fields } else { [leftValue] }
        if lefts.count < query.columns.count { throw BindError.syntax("subquery has too many columns") }
        if lefts.count > query.columns.count { throw BindError.syntax("subquery has too few columns") }
        var nodes: [OperatorNode] = []
        var converted: [TypedExpression] = []
        var rights: [TypedExpression] = []
        for (index, left) in lefts.enumerated() {
            let standIn = TypedExpression(.outputColumn(index), type: query.columns[index].type)
            let compared = try operation(name, left: left, right: standIn)
            guard compared.type.type == .bool, case .operation(let node, let left?, let right) = compared.node else {
                throw BindError.mismatch(
                    "row comparison operator must yield type boolean, not type \(typeName(compared.type.type))")
            }
            nodes.append(node)
            converted.append(left)
            rights.append(right)
        }
        let subquery = try query.mapOutputs { (index, value) in rights[index].replacingStandIn(with: value) }
        return TypedExpression(
            .subquery(TypedSubquery(kind: isAll ? .all(nodes, converted) : .any(nodes, converted), query: subquery)),
            type: TypeReference(.bool))
    }
}

extension TypedExpression {
    /// A conversion written over a stand-in (`.outputColumn`), applied to a value.
    fileprivate func replacingStandIn(with value: TypedExpression) -> TypedExpression {
        switch node {
        case .outputColumn: value
        case .coercion(let step, let inner, let isExplicit):
            TypedExpression(
                .coercion(step, inner.replacingStandIn(with: value), isExplicit: isExplicit), type: type)
        case .collate(let inner, let collation):
            TypedExpression(.collate(inner.replacingStandIn(with: value), collation), type: type)
        default: self
        }
    }
}
