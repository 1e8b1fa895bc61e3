import PostgresSyntax
import Testing

/// A value of the IR in one line: cases and fields by name, what has its default left out, names and types as in SQL.
func describe(_ value: Any) -> String {
    switch value {
    case let text as String: return "'\(text)'"
    case let name as QualifiedName: return (name.schema.map { "\($0)." } ?? "") + name.name
    case let name as OperatorName: return (name.schema.map { "\($0)." } ?? "") + name.symbol
    case let expression as Expression: return describe(expression.node)
    case let type as TypeName: return describe(type)
    case let names as [String]: return "[\(names.joined(separator: " "))]"
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional?: return mirror.children.first.map { describe($0.value) } ?? "nil"
    case .collection?: return "[\(mirror.children.map { describe($0.value) }.joined(separator: ", "))]"
    case .dictionary?:
        let pairs = (value as? [String: String] ?? [:]).sorted { $0.key < $1.key }
        return "[\(pairs.map { "\($0.key): '\($0.value)'" }.joined(separator: ", "))]"
    case .enum?:
        guard let payload = mirror.children.first else { return ".\(value)" }
        return "\(payload.label ?? "")(\(arguments(payload.value)))"
    case .struct?, .class?: return "\(mirror.subjectType)(\(fields(mirror)))"
    case .tuple?: return "(\(fields(mirror)))"
    default: return "\(value)"
    }
}

/// What stands between an enum case's parentheses: several values come as a tuple.
private func arguments(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    return mirror.displayStyle == .tuple ? fields(mirror) : describe(value)
}

private func fields(_ mirror: Mirror) -> String {
    mirror.children.compactMap { label, value in
        if label == "location" || isDefault(value) { return nil }
        guard let label, !label.hasPrefix(".") else { return describe(value) }
        return "\(label): \(describe(value))"
    }.joined(separator: ", ")
}

private func isDefault(_ value: Any) -> Bool {
    if let flag = value as? Bool { return !flag }
    let mirror = Mirror(reflecting: value)
    let canBeEmpty = [.optional, .collection, .dictionary].contains(mirror.displayStyle)
    return canBeEmpty && mirror.children.isEmpty
}

private func describe(_ type: TypeName) -> String {
    var text = (type.isSetOf ? "setof " : "") + type.names.joined(separator: ".")
    if !type.modifiers.isEmpty { text += "(\(type.modifiers.map(String.init).joined(separator: ",")))" }
    if let words = type.unsupportedModifier { text += "(!\(words))" }
    return text + String(repeating: "[]", count: type.arrayDimensions) + (type.isPercentType ? "%type" : "")
}

/// SQL and the description of what it is lowered to.
struct LoweringCase: CustomTestStringConvertible, Sendable {
    var sql: String
    var expected: String

    init(_ sql: String, _ expected: String) {
        self.sql = sql
        self.expected = expected
    }

    var testDescription: String { sql }
}
