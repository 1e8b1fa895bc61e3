import PostgresTypes
import SQLite

/// Conversions from one type to another, step by step.
extension Generation {
    func coercion(
        _ step: CoercionStep, _ value: TypedExpression, to target: TypeReference, isExplicit: Bool
    ) throws(PostgresError) -> String {
        try apply(step, to: try expression(value), from: value.type, to: target, isExplicit: isExplicit)
    }

    private func apply(
        _ step: CoercionStep, to text: String, from source: TypeReference, to target: TypeReference, isExplicit: Bool
    ) throws(PostgresError) -> String {
        switch step {
        case .relabel where target.type == .record && source.type != .record:
            return typed("row as record", [text], [source], target)
        case .relabel:
            let text = reinterpreted(text, from: source, to: target)
            // A column's own collation goes with it, though what it is taken for compares by bytes: citext as text.
            let carries = postgresType(source.type).collation != nil && postgresType(target.type).collation == nil
            return carries ? "(\(text) COLLATE BINARY)" : text
        case .function(let id):
            return reinterpreted(
                try cast(id, text, from: source, to: target, isExplicit: isExplicit), from: source, to: target)
        case .throughText:
            if isIntegral(source.type), target.type == .text { return "CAST(\(text) AS TEXT)" }
            return typed("through text", [text], [source], target)
        case .length(let modifier):
            let target = TypeReference(target.type, modifier: modifier)
            return typed("length", [text, isExplicit ? "1" : "0"], [source], target)
        case .domain(let id): return "\"check domain\"(\(text), \(id.oid))"
        case .elements(let inner): return try elements(inner, text, from: source, to: target, isExplicit: isExplicit)
        case .fields: throw .notSupported("converting the fields of a row")
        case .sequence(let steps):
            var text = text
            for (index, step) in steps.enumerated() {
                // What stands between two steps is the target without its modifier, which only the last one sets.
                let type = index == 0 ? source : TypeReference(target.type)
                text = try apply(step, to: text, from: type, to: target, isExplicit: isExplicit)
            }
            return text
        }
    }

    /// The bits of an integer as those of an OID, which has no sign, and the other way round.
    private func reinterpreted(_ text: String, from source: TypeReference, to target: TypeReference) -> String {
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), text.utf8.count < 10 {
            return text
        }
        switch (source.type, target.type) {
        case (.int2, .oid), (.int4, .oid): return "(\(text) & 4294967295)"
        case (.oid, .int4): return "((\(text) + 2147483648 & 4294967295) - 2147483648)"
        default: return text
        }
    }

    /// A cast function; those with more arguments also take the target's modifier and whether the cast was written.
    private func cast(
        _ id: FunctionID, _ text: String, from source: TypeReference, to target: TypeReference, isExplicit: Bool
    ) throws(PostgresError) -> String {
        let (signature, implementation) = try implementation(of: id)
        let count = FunctionShape.builtin(id)?.argumentCount ?? 1
        let arguments = [text, "\(target.modifier)", isExplicit ? "1" : "0"].prefix(count)
        switch implementation {
        case .native(let template): return template(Array(arguments))
        case .scalar(let function):
            if function.takesTypes { return typed(signature.text, Array(arguments), [source], target) }
            return "\(signature.text.quotedName)(\(arguments.joined(separator: ", ")))"
        default: throw PostgresError("XX000", "\(signature.text) is no cast")
        }
    }

    /// An array's elements one by one, the shape kept.
    private func elements(
        _ step: CoercionStep, _ text: String, from source: TypeReference, to target: TypeReference, isExplicit: Bool
    ) throws(PostgresError) -> String {
        if step.keepsValue { return text }
        guard isArray(source.type), isArray(target.type), let from = elementType(source.type),
            let to = elementType(target.type)
        else { throw .notSupported("converting the elements of an array") }
        if case .throughText = step { return typed("elements through text", [text], [source], target) }
        let alias = newAlias("e")
        let items = typed("array items", [text], [source], TypeReference(.text))
        let value = try apply(
            step, to: unpacked("\(alias).value", type: from), from: TypeReference(from),
            to: TypeReference(to, modifier: target.modifier), isExplicit: isExplicit)
        let collected = typed("array like", [text, value], [source, TypeReference(to)], target)
        // No row is collected from an empty array, which stays one.
        return "coalesce((SELECT \(collected) FROM json_each(\(items)) AS \(alias)), "
            + "CASE WHEN \(text) IS NOT NULL THEN '[]' END)"
    }

    /// Whether a type's values are whole numbers whose text is their digits.
    func isIntegral(_ type: TypeID) -> Bool { [.int2, .int4, .int8].contains(type) }

    /// `int2vector` and `oidvector` are kept as arrays are.
    private func isArray(_ type: TypeID) -> Bool {
        switch postgresType(type) {
        case .array, .systemVector: true
        default: false
        }
    }

    func elementType(_ array: TypeID) -> TypeID? {
        if array.oid < TypeID.firstUserOID { return BuiltinCatalog.shared.type(array)?.element }
        if case .array(let element) = catalog.types[array]?.kind { return element }
        return nil
    }
}

extension CoercionStep {
    /// Whether the stored value stays as it is.
    fileprivate var keepsValue: Bool {
        switch self {
        case .relabel: true
        case .sequence(let steps): steps.allSatisfy(\.keepsValue)
        case .elements(let step): step.keepsValue
        default: false
        }
    }
}
