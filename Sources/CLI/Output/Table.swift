/// Rows as psql prints them: a head in the middle, numbers to the right, lines of one cell below each other.
struct Table {
    var columns: [String]
    /// nil is NULL, which is printed as nothing.
    var rows: [[String?]]
    /// Which columns hold numbers.
    var isNumeric: [Bool]
    /// Stands above the middle.
    var title: String?
    /// Stand below, in the place of the number of rows.
    var footers: [String]?

    var text: String {
        let cells = rows.map { row in row.map { Self.lines($0 ?? "") } }
        let heads = columns.map(Self.lines)
        let widths = columns.indices.map { column in
            ([heads[column]] + cells.map { $0[column] }).joined().map(\.count).max() ?? 0
        }
        var lines: [String] = []
        if let title {
            let whole = widths.reduce(-1) { $0 + $1 + 3 }
            lines.append(Self.blanks((whole - title.count) / 2) + title)
        }
        lines += Self.rendered(heads, widths) { text, width, _ in
            let left = (width - text.count) / 2
            return Self.blanks(left) + text + Self.blanks(width - text.count - left)
        }
        lines.append(widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+"))
        for row in cells {
            lines += Self.rendered(row, widths) { text, width, column in
                isNumeric[column]
                    ? Self.blanks(width - text.count) + text : text + Self.blanks(width - text.count)
            }
        }
        return (lines + (footers ?? [count])).joined(separator: "\n") + "\n"
    }

    /// psql's `\x`: each row as a block, a line for each column.
    var expandedText: String {
        guard !rows.isEmpty else { return (title.map { $0 + "\n" } ?? "") + "(0 rows)\n" }
        let nameWidth = columns.map(\.count).max() ?? 0
        let valueWidth = rows.joined().flatMap { Self.lines($0 ?? "") }.map(\.count).max() ?? 0
        var lines = title.map { [$0] } ?? []
        for (number, row) in rows.enumerated() {
            lines.append(Self.recordHead(number + 1, nameWidth, valueWidth))
            for (column, value) in zip(columns, row) {
                let parts = Self.lines(value ?? "")
                for (index, part) in parts.enumerated() {
                    let name = index == 0 ? column : ""
                    let goesOn = index + 1 < parts.count
                    let padding = goesOn ? Self.blanks(valueWidth - part.count) + "+" : ""
                    lines.append(name + Self.blanks(nameWidth - name.count) + " | " + part + padding)
                }
            }
        }
        return (lines + (footers ?? [])).map(Self.trimmed).joined(separator: "\n") + "\n\n"
    }

    /// `-[ RECORD 1 ]-+----`, the cross above the line between names and values where the label leaves room for it.
    private static func recordHead(_ number: Int, _ nameWidth: Int, _ valueWidth: Int) -> String {
        var line = "-[ RECORD \(number) ]"
        if line.count <= nameWidth + 1 {
            line += String(repeating: "-", count: nameWidth + 1 - line.count) + "+"
        }
        return line + String(repeating: "-", count: max(nameWidth + valueWidth + 3 - line.count, 0))
    }

    private var count: String { rows.count == 1 ? "(1 row)" : "(\(rows.count) rows)" }

    /// One row, on as many lines as its highest cell has. A `+` says that a cell goes on.
    private static func rendered(
        _ row: [[String]], _ widths: [Int], _ padded: (String, Int, Int) -> String
    ) -> [String] {
        let height = row.map(\.count).max() ?? 0
        return (0..<height).map { line in
            row.indices.map { column in
                let text = line < row[column].count ? row[column][line] : ""
                let goesOn = line + 1 < row[column].count
                // psql leaves no blank behind the last column's text when it stands to the left.
                return " " + padded(text, widths[column], column) + (goesOn ? "+" : " ")
            }
            .joined(separator: "|")
        }
        .map { line in line.hasSuffix("+") ? line : Self.trimmed(line) }
    }

    private static func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }
}
