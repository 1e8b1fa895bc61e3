/// A value of the type `lquery`: a pattern over the labels of a path, such as `*.Astro*@.!pictures{1,}`.
package struct LabelQuery: Hashable, Sendable {
    /// One way for a label to match.
    private struct Variant: Hashable {
        var name = ""
        var ignoresCase = false
        var isPrefix = false
        var isByWords = false
    }

    private struct Level: Hashable {
        /// Empty: any label.
        var variants: [Variant] = []
        var isNegated = false
        var low = 1
        var high = 1
    }

    private var levels: [Level] = []
    /// As it was written.
    package let text: String

    private static let most = 65535

    /// - Throws: 42601 for what is no pattern.
    package init(parsing text: String) throws(PostgresError) {
        self.text = text
        let scalars = Array(text.unicodeScalars)
        var position = 0
        func wrong() -> PostgresError {
            position < scalars.count
                ? PostgresError("42601", "lquery syntax error at character \(position + 1)")
                : PostgresError("42601", "lquery syntax error", detail: "Unexpected end of input.")
        }
        func take(_ scalar: Unicode.Scalar) -> Bool {
            guard position < scalars.count, scalars[position] == scalar else { return false }
            position += 1
            return true
        }
        func number() -> Int? {
            let start = position
            while position < scalars.count, ("0"..."9").contains(scalars[position]) { position += 1 }
            var digits = ""
            digits.unicodeScalars.append(contentsOf: scalars[start..<position])
            return Int(digits)
        }
        repeat {
            var level = Level()
            if take("*") {
                (level.low, level.high) = (0, Self.most)
            } else {
                level.isNegated = take("!")
                repeat {
                    var variant = Variant()
                    while position < scalars.count, LabelPath.isLabel(scalars[position]) {
                        variant.name.unicodeScalars.append(scalars[position])
                        position += 1
                    }
                    guard !variant.name.isEmpty else { throw wrong() }
                    flags: while true {
                        if take("@") {
                            variant.ignoresCase = true
                        } else if take("*") {
                            variant.isPrefix = true
                        } else if take("%") {
                            variant.isByWords = true
                        } else {
                            break flags
                        }
                    }
                    level.variants.append(variant)
                } while take("|")
            }
            if take("{") {
                let low = number()
                if take(",") {
                    (level.low, level.high) = (low ?? 0, number() ?? Self.most)
                } else {
                    guard let low else { throw wrong() }
                    (level.low, level.high) = (low, low)
                }
                guard take("}") else { throw wrong() }
                guard level.low <= level.high else {
                    throw PostgresError(
                        "42601", "lquery syntax error",
                        detail: "Low limit (\(level.low)) is greater than high limit (\(level.high)).")
                }
            }
            levels.append(level)
        } while take(".")
        guard position == scalars.count else { throw wrong() }
    }

    /// Whether the whole path matches.
    package func matches(_ path: LabelPath) -> Bool {
        // The ends of the labels that the levels so far can have taken.
        var ends: Set<Int> = [0]
        for level in levels {
            var next: Set<Int> = []
            for end in ends {
                var (count, place) = (0, end)
                while true {
                    if count >= level.low { next.insert(place) }
                    guard count < level.high, place < path.labels.count, Self.matches(path.labels[place], level) else {
                        break
                    }
                    count += 1
                    place += 1
                }
            }
            ends = next
        }
        return ends.contains(path.labels.count)
    }

    private static func matches(_ label: String, _ level: Level) -> Bool {
        level.variants.isEmpty || level.variants.contains { matches(label, $0) } != level.isNegated
    }

    private static func matches(_ label: String, _ variant: Variant) -> Bool {
        let label = variant.ignoresCase ? label.lowercased() : label
        let name = variant.ignoresCase ? variant.name.lowercased() : variant.name
        guard variant.isByWords else { return variant.isPrefix ? label.hasPrefix(name) : label == name }
        let words = label.split(separator: "_")
        return name.split(separator: "_").allSatisfy { wanted in
            words.contains { variant.isPrefix ? $0.hasPrefix(wanted) : $0 == wanted }
        }
    }
}
