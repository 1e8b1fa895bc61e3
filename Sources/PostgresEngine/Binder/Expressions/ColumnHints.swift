import PostgresTypes

extension Analysis {
    /// "Perhaps you meant …": the columns nearest to a misspelled one, by Postgres' edit distance.
    func columnHint(_ name: String, qualifier: String?, _ scope: QueryScope) -> String? {
        var best = 4
        var matches: [String] = []
        var hidden: String?
        var level: QueryScope? = scope
        while let owner = level {
            for range in owner.ranges {
                if case .excluded = range.source, qualifier != "excluded" { continue }
                let penalty =
                    qualifier.map { Self.editDistance(Array($0.utf8), Array(range.name.utf8)) } ?? 0
                for column in range.columns {
                    if column.name == name, penalty == 0, qualifier == nil || range.name == qualifier {
                        hidden = range.name
                    }
                    // Hopeless from the start: Postgres gives up at three edits or half the name's length.
                    let distance = Self.editDistance(Array(name.utf8), Array(column.name.utf8)) + penalty
                    if distance > 3 || distance - penalty > name.utf8.count / 2 { continue }
                    if distance < best {
                        best = distance
                        matches = ["\(range.name).\(column.name)"]
                    } else if distance == best {
                        matches.append("\(range.name).\(column.name)")
                    }
                }
            }
            level = owner.parent
        }
        if let hidden {
            return
                "There is a column named \"\(name)\" in table \"\(hidden)\", but it cannot be referenced from this part of the query."
        }
        switch matches.count {
        case 1: return "Perhaps you meant to reference the column \"\(matches[0])\"."
        case 2:
            return "Perhaps you meant to reference the column \"\(matches[0])\" or the column \"\(matches[1])\"."
        default: return nil
        }
    }

    /// Levenshtein's distance, every edit costing one.
    static func editDistance(_ source: [UInt8], _ target: [UInt8]) -> Int {
        if source.isEmpty || target.isEmpty { return max(source.count, target.count) }
        var previous = Array(0...target.count)
        for (row, byte) in source.enumerated() {
            var current = [row + 1]
            for (column, other) in target.enumerated() {
                current.append(
                    min(previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == other ? 0 : 1)))
            }
            previous = current
        }
        return previous[target.count]
    }
}
