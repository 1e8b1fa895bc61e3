import PostgresTypes

extension TypeSystem {
    /// The type that alternatives meet in. nil: two of them, named, are of different categories.
    func commonType(_ candidates: [TypeID]) -> Result<TypeID, CommonTypeConflict> {
        guard let first = candidates.first else { return .success(.text) }
        if first != .unknown, candidates.allSatisfy({ $0 == first }) { return .success(first) }
        var current = base(of: first)
        for candidate in candidates.dropFirst() {
            let next = base(of: candidate)
            if next == .unknown || next == current { continue }
            if current == .unknown {
                current = next
            } else if category(of: next) != category(of: current) {
                return .failure(CommonTypeConflict(first: current, second: next))
            } else if !isPreferred(current), canCoerce(current, to: next, .implicit),
                !canCoerce(next, to: current, .implicit)
            {
                current = next
            }
        }
        return .success(current == .unknown ? .text : current)
    }
}

/// Two alternatives that no common type can be found for.
struct CommonTypeConflict: Error {
    let first: TypeID
    let second: TypeID
}

extension Analysis {
    /// The common type of alternatives, named `context` in messages (`CASE`, `UNION`, `ARRAY` …).
    func commonType(_ values: [TypedExpression], _ context: String) throws(PostgresError) -> TypeID {
        switch types.commonType(values.map(\.type.type)) {
        case .success(let type): return type
        case .failure(let conflict):
            throw BindError.cannotMatch(context, typeName(conflict.first), typeName(conflict.second))
        }
    }

    func toCommonType(_ value: TypedExpression, _ target: TypeID, _ context: String) throws(PostgresError)
        -> TypedExpression
    {
        if value.type.type == target { return value }
        guard types.canCoerce(value.type.type, to: target, .implicit) else {
            throw BindError.cannotConvert(context, typeName(value.type.type), typeName(target))
        }
        return try coerce(value, to: target, .implicit)
    }

    /// All alternatives converted to their common type; the modifier survives only if all agree on it.
    func unify(_ values: [TypedExpression], _ context: String) throws(PostgresError) -> (
        values: [TypedExpression], type: TypeReference
    ) {
        let type = try commonType(values, context)
        var converted: [TypedExpression] = []
        for value in values { converted.append(try toCommonType(value, type, context)) }
        return (converted, Self.commonReference(converted, type))
    }

    /// The modifier of alternatives of one type: theirs if all have the same.
    static func commonReference(_ values: [TypedExpression], _ type: TypeID) -> TypeReference {
        guard let first = values.first, values.allSatisfy({ $0.type == first.type }), first.type.type == type else {
            return TypeReference(type)
        }
        return first.type
    }
}
