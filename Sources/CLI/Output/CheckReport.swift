import JSONText

/// What of a project's SQL the emulator takes, file by file.
struct CheckReport {
    private let files: [(name: String, statements: [JSON])]

    /// - Parameter result: the report of a check.
    init(_ result: JSON) {
        let statements = result["statements"]?.arrayValue ?? []
        files = (result["files"]?.arrayValue ?? []).map { file in
            (file.stringValue ?? "", statements.filter { $0["file"] == file })
        }
    }

    private var all: [JSON] { files.flatMap(\.statements) }

    var hasFailures: Bool { all.contains { $0["error"] != nil } }

    /// What the emulator lacks, not what PostgreSQL would refuse as well.
    private static func isUnsupported(_ statement: JSON) -> Bool {
        statement["error"]?["code"]?.stringValue == "0A000"
    }

    /// What is refused, with its place, and how much it is of how much.
    var text: String {
        var lines: [String] = []
        for (name, statements) in files {
            let refused = statements.filter { $0["error"] != nil }
            lines.append("\(name): \(Self.summary(of: statements))")
            for statement in refused { lines += Self.lines(of: statement) }
        }
        if files.count > 1 { lines.append("\(files.count) files: \(Self.summary(of: all))") }
        return lines.joined(separator: "\n")
    }

    private static func summary(of statements: [JSON]) -> String {
        let unsupported = statements.count(where: isUnsupported)
        let others = statements.count { $0["error"] != nil } - unsupported
        var parts = ["\(statements.count) statement\(statements.count == 1 ? "" : "s")"]
        if unsupported > 0 { parts.append("\(unsupported) unsupported") }
        if others > 0 { parts.append("\(others) refused for another reason") }
        return parts.joined(separator: ", ") + (unsupported + others == 0 ? ", all of them run" : "")
    }

    private static func lines(of statement: JSON) -> [String] {
        guard let error = statement["error"] else { return [] }
        let text = (statement["statement"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
        let excerpt = text.count > 72 ? text.prefix(71) + "…" : text
        let kind = isUnsupported(statement) ? "unsupported" : "refused (\(error["code"]?.stringValue ?? ""))"
        var lines = ["  line \(statement["line"]?.intValue ?? 1), \(kind): \(error["message"]?.stringValue ?? "")"]
        if let detail = error["detail"]?.stringValue { lines.append("    \(detail)") }
        if let hint = error["hint"]?.stringValue { lines.append("    \(hint)") }
        return lines + ["    in: \(excerpt)"]
    }
}
