import JSONText

/// What became of a script, as psql would say it: results on standard output, messages on standard error.
struct ScriptReport {
    private let statements: [JSON]
    private let isCommitted: Bool

    /// - Parameter result: the answer of `/_emulator/sql`.
    init(_ result: JSON) {
        statements = result["statements"]?.arrayValue ?? []
        isCommitted = result["committed"]?.boolValue ?? false
    }

    private var failures: [JSON] { statements.filter { $0["error"] != nil } }

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
            if let error = statement["error"] { Self.print(error, place) }
        }
        if !isCommitted { Output.error("Nothing was loaded: a dump is one transaction.") }
        if failures.count > 1 { Output.error("\(failures.count) of \(statements.count) statements were refused.") }
    }

    func print() {
        for statement in statements {
            let place = Self.place(of: statement)
            for notice in statement["notices"]?.arrayValue ?? [] { Output.error(place + (notice.stringValue ?? "")) }
            if let error = statement["error"] {
                Self.print(error, place)
            } else if let table = Self.table(statement) {
                Output.line(table.text)
            } else if let tag = statement["tag"]?.stringValue {
                Output.line(tag)
            }
        }
        if !isCommitted { Output.error("The script was undone: it is one transaction.") }
        if failures.count > 1 { Output.error("\(failures.count) of \(statements.count) statements were refused.") }
    }

    /// `file:line: `, or the line alone where statements came as an argument of several lines.
    private static func place(of statement: JSON) -> String {
        let line = statement["line"]?.intValue ?? 1
        guard let file = statement["file"]?.stringValue else { return line > 1 ? "line \(line): " : "" }
        return "\(file):\(line): "
    }

    private static func print(_ error: JSON, _ place: String) {
        Output.error("\(place)ERROR:  \(error["message"]?.stringValue ?? "")")
        if let detail = error["detail"]?.stringValue { Output.error("DETAIL:  \(detail)") }
        if let hint = error["hint"]?.stringValue { Output.error("HINT:  \(hint)") }
    }

    private static func table(_ statement: JSON) -> Table? {
        guard let columns = statement["columns"]?.arrayValue, let rows = statement["text"]?.arrayValue else {
            return nil
        }
        let values = (statement["rows"]?.arrayValue ?? []).map { $0.objectValue?.map(\.value) ?? [] }
        let isNumeric = columns.indices.map { column in
            let column = values.compactMap { column < $0.count ? $0[column] : nil }.filter { !$0.isNull }
            return !column.isEmpty && column.allSatisfy { if case .number = $0 { true } else { false } }
        }
        return Table(
            columns: columns.map { $0.stringValue ?? "" },
            rows: rows.map { $0.arrayValue?.map(\.stringValue) ?? [] }, isNumeric: isNumeric)
    }
}
