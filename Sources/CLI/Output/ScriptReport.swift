import JSONText

/// What became of a script, as psql would say it: results on standard output, messages on standard error.
struct ScriptReport {
    let statements: [JSON]
    private let isCommitted: Bool
    /// What the script's session has set.
    let session: JSON?

    /// - Parameter result: the answer of `/_emulator/sql`.
    init(_ result: JSON) {
        statements = result["statements"]?.arrayValue ?? []
        isCommitted = result["committed"]?.boolValue ?? false
        session = result["session"]
    }

    var failures: [JSON] { statements.filter { $0["error"] != nil } }

    var hasFailures: Bool { !failures.isEmpty || !isCommitted }

    var statementCount: Int { statements.count }

    /// The rows that COPY stored.
    var copiedRows: Int {
        statements.reduce(0) { sum, statement in
            let words = statement["tag"]?.stringValue?.split(separator: " ") ?? []
            return words.first == "COPY" ? sum + (words.last.flatMap { Int($0) } ?? 0) : sum
        }
    }

    /// Only what was refused, and what was warned of.
    func printFailures() {
        for statement in statements {
            let place = Self.place(of: statement)
            for notice in statement["notices"]?.arrayValue ?? [] where notice.stringValue?.hasPrefix("WARNING") == true
            {
                Output.error(place + (notice.stringValue ?? ""))
            }
            if let error = statement["error"] { Self.print(error, of: statement) }
        }
        printEnd(undone: "Nothing was loaded: a dump is one transaction.")
    }

    /// - Parameter expanded: rows as psql's `\x` has them.
    /// - Parameter isTerminated: a semicolon stood behind each statement.
    func print(expanded: Bool = false, isTerminated: Bool = false) {
        for statement in statements {
            let place = Self.place(of: statement)
            for notice in statement["notices"]?.arrayValue ?? [] { Output.error(place + (notice.stringValue ?? "")) }
            if let error = statement["error"] {
                Self.print(error, of: statement, isTerminated: isTerminated)
            } else if let table = Table(statement) {
                Output.line(expanded ? String(table.expandedText.dropLast()) : table.text)
            } else if let copied = statement["copied"]?.stringValue {
                if !copied.isEmpty { Output.line(String(copied.dropLast())) }
            } else if let tag = statement["tag"]?.stringValue {
                Output.line(tag)
            }
        }
    }

    /// What is to be said of the script as a whole.
    func printEnd(undone: String = "The script was undone: it is one transaction.") {
        if !isCommitted { Output.error(undone) }
        if failures.count > 1 { Output.error("\(failures.count) of \(statements.count) statements were refused.") }
    }

    /// `file:line: `, or the line alone where statements came as an argument of several lines.
    private static func place(of statement: JSON) -> String {
        let line = statement["line"]?.intValue ?? 1
        guard let file = statement["file"]?.stringValue else { return line > 1 ? "line \(line): " : "" }
        return "\(file):\(line): "
    }

    private static func print(_ error: JSON, of statement: JSON, isTerminated: Bool = false) {
        let text = ErrorText(error, of: statement, isTerminated: isTerminated)
        Output.error(place(of: statement) + text.lines.joined(separator: "\n"))
    }
}

extension Table {
    /// The rows of a statement; nil where it answers none.
    init?(_ statement: JSON) {
        guard let columns = statement["columns"]?.arrayValue, let rows = statement["text"]?.arrayValue else {
            return nil
        }
        let values = (statement["rows"]?.arrayValue ?? []).map { $0.objectValue?.map(\.value) ?? [] }
        let isNumeric = columns.indices.map { column in
            let column = values.compactMap { column < $0.count ? $0[column] : nil }.filter { !$0.isNull }
            return !column.isEmpty && column.allSatisfy { if case .number = $0 { true } else { false } }
        }
        self.init(
            columns: columns.map { $0.stringValue ?? "" },
            rows: rows.map { $0.arrayValue?.map(\.stringValue) ?? [] }, isNumeric: isNumeric)
    }
}
