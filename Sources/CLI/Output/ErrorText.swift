import JSONText

/// A refused statement as psql prints it: the error, the line with a caret below the place, detail, hint and context.
struct ErrorText {
    let lines: [String]

    /// - Parameter statement: a statement of the answer of `/_emulator/sql` that has an error.
    /// - Parameter isTerminated: a semicolon stood behind it.
    init(_ error: JSON, of statement: JSON, isTerminated: Bool = false) {
        var lines = ["ERROR:  \(error["message"]?.stringValue ?? "")"]
        if let position = error["position"]?.intValue, let text = statement["statement"]?.stringValue {
            lines += Self.place(position, in: text, isTerminated: isTerminated)
        }
        if let detail = error["detail"]?.stringValue { lines.append("DETAIL:  \(detail)") }
        if let hint = error["hint"]?.stringValue { lines.append("HINT:  \(hint)") }
        if let context = error["context"]?.stringValue { lines.append("CONTEXT:  \(context)") }
        self.lines = lines
    }

    /// How much of a long line is shown, and how much of it at least behind the place.
    private static let shown = 60
    private static let behind = 10

    /// `LINE 2: …` and below it the caret, as libpq makes them.
    private static func place(_ position: Int, in text: String, isTerminated: Bool) -> [String] {
        // A place behind the end is the semicolon's.
        let hasSemicolon = isTerminated || position == text.unicodeScalars.count + 1
        let characters = Array(text.unicodeScalars) + (hasSemicolon ? [";"] : [])
        guard position >= 1, position <= characters.count else { return [] }
        let before = characters[..<(position - 1)]
        let start = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let end = characters[(position - 1)...].firstIndex(of: "\n") ?? characters.count
        // A tab stands for one column here, for the caret's sake.
        let line = characters[start..<end].map { $0 == "\t" ? " " : Character($0) }
        var (from, to, column) = (0, line.count, position - 1 - start)
        if line.count > shown {
            if column < shown - behind {
                to = shown
            } else {
                to = min(column + behind, line.count)
                from = max(to - shown, 0)
            }
        }
        let head = "LINE \(before.count { $0 == "\n" } + 1): " + (from > 0 ? "..." : "")
        column += head.count - from
        return [
            head + String(line[from..<to]) + (to < line.count ? "..." : ""),
            String(repeating: " ", count: column) + "^",
        ]
    }
}
