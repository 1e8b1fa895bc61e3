import PostgresSyntax
import Testing

/// A value of the IR in one line: cases and fields by name, what has its default left out, constants, columns, names
/// and types as in SQL.
func describe(_ value: Any) -> String {
    switch value {
    case let text as String: return "'\(text)'"
    case let name as QualifiedName: return (name.schema.map { "\($0)." } ?? "") + name.name
    case let name as OperatorName: return (name.schema.map { "\($0)." } ?? "") + name.symbol
    case let expression as Expression: return describe(expression)
    case let type as TypeName: return describe(type)
    case let target as Target: return describe(target.value) + (target.alias.map { " as \($0)" } ?? "")
    case let argument as FunctionCall.Argument:
        return (argument.name.map { "\($0) => " } ?? "") + describe(argument.value)
    case let names as [String]: return "[\(names.map { $0.isEmpty ? "''" : $0 }.joined(separator: " "))]"
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
    case .struct?, .class?: return "(\(fields(mirror)))"
    default: return "\(value)"
    }
}

/// What stands between an enum case's parentheses: the fields of a tuple or a struct without parentheses of its own.
private func arguments(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .tuple { return fields(mirror) }
    let text = describe(value)
    let isFieldList = [.struct, .class].contains(mirror.displayStyle) && text.hasPrefix("(")
    return isFieldList ? String(text.dropFirst().dropLast()) : text
}

private func fields(_ mirror: Mirror) -> String {
    mirror.children.compactMap { label, value in
        if label == "location" || isDefault(value) { return nil }
        guard let label, !label.hasPrefix("."), label != "body" else { return describe(value) }
        return "\(label): \(describe(value))"
    }.joined(separator: ", ")
}

private func isDefault(_ value: Any) -> Bool {
    let mirror = Mirror(reflecting: value)
    // An optional false says something, so the cast must not look through the optional.
    if mirror.displayStyle != .optional, let flag = value as? Bool { return !flag }
    let canBeEmpty = [.optional, .collection, .dictionary].contains(mirror.displayStyle)
    return canBeEmpty && mirror.children.isEmpty
}

private func describe(_ expression: Expression) -> String {
    switch expression.node {
    case .constant(.null): "null"
    case .constant(.bool(let value)): "\(value)"
    case .constant(.integer(let value)): "\(value)"
    case .constant(.number(let digits)): "#\(digits)"
    case .constant(.string(let text)): "'\(text)'"
    case .column(let parts): parts.joined(separator: ".")
    case .star(let qualifier): (qualifier + ["*"]).joined(separator: ".")
    default: describe(expression.node)
    }
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
