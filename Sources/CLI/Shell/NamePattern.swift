/// The names that a command such as `\d public.t*` is about, as psql reads them: folded unless quoted, `*` and `?` stand
/// for other characters, a dot parts the schema from the name.
struct NamePattern {
    /// Regular expressions; nil: any.
    private let schema: String?
    private let name: String?

    init(_ text: String) {
        var parts = [""]
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "." where !isQuoted && parts.count == 1: parts.append("")
            case "*" where !isQuoted: parts[parts.count - 1] += ".*"
            case "?" where !isQuoted: parts[parts.count - 1] += "."
            case "\\", "^", "$", "|", "(", ")", "[", "]", "{", "}", "+", "*", "?", ".":
                parts[parts.count - 1] += "\\\(character)"
            default: parts[parts.count - 1] += isQuoted ? String(character) : character.lowercased()
            }
        }
        name = parts.last.flatMap { $0.isEmpty ? nil : $0 }
        schema = parts.count > 1 && !parts[0].isEmpty ? parts[0] : nil
    }

    /// Whether all that is in reach is meant.
    var isEmpty: Bool { name == nil && schema == nil }

    /// A condition on the columns of a schema's and an object's name.
    /// - Parameter visible: what holds of objects in reach without their schema.
    func condition(schema schemaColumn: String, name nameColumn: String, visible: String) -> String {
        var tests: [String] = []
        if let name, name != ".*" { tests.append("\(nameColumn) ~ \(Self.literal(name))") }
        if let schema {
            if schema != ".*" { tests.append("\(schemaColumn) ~ \(Self.literal(schema))") }
        } else {
            tests.append(visible)
        }
        return tests.isEmpty ? "true" : tests.joined(separator: " AND ")
    }

    /// A condition on a name that is in no schema.
    func condition(name column: String) -> String {
        condition(schema: column, name: column, visible: "true")
    }

    private static func literal(_ expression: String) -> String {
        var escaped = ""
        for character in expression {
            if character == "'" || character == "\\" { escaped += "\\" }
            escaped.append(character)
        }
        return "E'^(\(escaped))$'"
    }
}
