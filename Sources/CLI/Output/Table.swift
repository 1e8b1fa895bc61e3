/// Rows as psql prints them: a head in the middle, numbers to the right, lines of one cell below each other.
struct Table {
    var columns: [String]
    /// nil is NULL, which is printed as nothing.
    var rows: [[String?]]
    /// Which columns hold numbers.
    var isNumeric: [Bool]

    var text: String {
        let cells = rows.map { row in row.map { Self.lines($0 ?? "") } }
        let heads = columns.map(Self.lines)
        let widths = columns.indices.map { column in
            ([heads[column]] + cells.map { $0[column] }).joined().map(\.count).max() ?? 0
        }
        var lines = Self.rendered(heads, widths) { text, width, _ in
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
        lines.append(rows.count == 1 ? "(1 row)" : "(\(rows.count) rows)")
        return lines.joined(separator: "\n") + "\n"
    }

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
