import PostgresSyntax
import PostgresTypes
import SQLite

/// Subscripts that were resolved: what they are applied to, and what they lead to.
struct BoundSubscripts {
    /// The array or document, a domain taken off.
    var container: TypedExpression
    var part: TypedPart
    /// The part's type.
    var type: TypeReference

    /// The part as a value.
    var value: TypedExpression {
        switch part {
        case .element(let subscripts): TypedExpression(.element(container, subscripts), type: type)
        case .slice(let bounds): TypedExpression(.slice(container, bounds), type: type)
        case .field(let index): TypedExpression(.field(container, index), type: type)
        }
    }
}

extension Analysis {
    /// `e[1]`, `e[1:2]`, `document['key']`.
    func bindSubscripts(_ value: Expression, _ subscripts: [Subscript], in scope: QueryScope) throws(PostgresError)
        -> TypedExpression
    {
        try resolveSubscripts(subscripts, of: bind(value, in: scope), in: scope).value
    }

    func resolveSubscripts(_ subscripts: [Subscript], of value: TypedExpression, in scope: QueryScope)
        throws(PostgresError) -> BoundSubscripts
    {
        let base = types.base(of: value.type)
        let container =
            base.type == value.type.type
            ? value : TypedExpression(.coercion(.relabel, value, isExplicit: false), type: TypeReference(base.type))
        if base.type == .jsonb {
            let keys = try documentKeys(subscripts, in: scope)
            return BoundSubscripts(container: container, part: .element(keys), type: TypeReference(.jsonb))
        }
        let rawElement = types.builtin.type(base.type).flatMap { $0.subscripting == .raw ? $0.element : nil }
        guard let element = types.element(of: base.type) ?? rawElement else {
            throw BindError.mismatch(
                "cannot subscript type \(typeName(base.type)) because it does not support subscripting")
        }
        if subscripts.contains(where: \.isSlice) {
            var bounds: [TypedBounds] = []
            for item in subscripts {
                var bound = TypedBounds(
                    lower: try index(item.lower, in: scope), upper: try index(item.upper, in: scope))
                // Beside slices a single subscript is an upper bound.
                if !item.isSlice {
                    bound.lower = TypedExpression(.constant(.integer(1)), type: TypeReference(.int4))
                }
                bounds.append(bound)
            }
            return BoundSubscripts(container: container, part: .slice(bounds), type: base)
        }
        var indexes: [TypedExpression] = []
        for item in subscripts {
            if let value = try index(item.upper ?? item.lower, in: scope) { indexes.append(value) }
        }
        return BoundSubscripts(
            container: container, part: .element(indexes), type: TypeReference(element, modifier: base.modifier))
    }

    private func index(_ expression: Expression?, in scope: QueryScope) throws(PostgresError) -> TypedExpression? {
        guard let expression else { return nil }
        guard let value = try convert(bind(expression, in: scope), to: TypeReference(.int4), .assignment) else {
            throw BindError.mismatch("array subscript must have type integer")
        }
        return value
    }

    private func documentKeys(_ subscripts: [Subscript], in scope: QueryScope) throws(PostgresError)
        -> [TypedExpression]
    {
        var keys: [TypedExpression] = []
        for item in subscripts {
            if item.isSlice { throw BindError.mismatch("jsonb subscript does not support slices") }
            guard let expression = item.upper ?? item.lower else { continue }
            let key = try bind(expression, in: scope)
            let type = key.type.type
            let isInteger = type != .unknown && types.canCoerce(type, to: .int4, .implicit)
            let isText = types.canCoerce(type, to: .text, .implicit)
            guard isInteger != isText || type == .unknown else {
                throw PostgresError(
                    "42804", "subscript type \(typeName(type)) is not supported",
                    hint: "jsonb subscript must be coercible to either integer or text.")
            }
            keys.append(try coerce(key, to: isInteger ? .int4 : .text, .implicit))
        }
        return keys
    }
}
