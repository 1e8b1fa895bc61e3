/// A value of the extension `ltree`: the labels from the root of a tree down, `Top.Science.Astronomy`.
package struct LabelPath: Hashable, Sendable {
    package var labels: [String]

    package init(_ labels: [String]) { self.labels = labels }

    /// - Throws: 42601 for what is no path, 42622 for a label of over 255 characters.
    package init(parsing text: String) throws(PostgresError) {
        labels = []
        guard !text.isEmpty else { return }
        var label = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if scalar == ".", !label.isEmpty {
                labels.append(label)
                label = ""
            } else if Self.isLabel(scalar) {
                label.unicodeScalars.append(scalar)
            } else {
                throw PostgresError("42601", "ltree syntax error at character \(index + 1)")
            }
            guard label.unicodeScalars.count <= 255 else {
                let rest = text.unicodeScalars.dropFirst(index + 1).prefix(while: Self.isLabel).count
                throw PostgresError(
                    "42622", "label string is too long",
                    detail: "Label length is \(256 + rest), must be at most 255, at character \(index + rest + 2).")
            }
        }
        guard !label.isEmpty else {
            throw PostgresError("42601", "ltree syntax error", detail: "Unexpected end of input.")
        }
        labels.append(label)
    }

    /// Reads what `text` wrote.
    package init(stored text: String) { labels = text.split(separator: ".").map(String.init) }

    package var text: String { labels.joined(separator: ".") }

    static func isLabel(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
    }

    /// Whether it is a path that starts with this one, or this one itself.
    package func isAncestor(of other: LabelPath) -> Bool { other.labels.starts(with: labels) }

    /// The place of another path within it, from a place on; -1 where there is none.
    package func index(of other: LabelPath, from start: Int) -> Int {
        let first = start < 0 ? max(0, labels.count + start) : start
        guard !labels.isEmpty, !other.labels.isEmpty, labels.count - first >= other.labels.count else { return -1 }
        return (first...(labels.count - other.labels.count)).first { place in
            labels[place...].starts(with: other.labels)
        } ?? -1
    }

    /// The labels of a range, cut at the end.
    /// - Throws: 22023 for a range that starts beyond them.
    package func part(_ start: Int, _ end: Int) throws(PostgresError) -> LabelPath {
        guard start >= 0, end >= 0, start < labels.count, start <= end else {
            throw PostgresError("22023", "invalid positions")
        }
        return LabelPath(Array(labels[start..<min(end, labels.count)]))
    }

    /// The longest path that is above all of them.
    package static func commonAncestor(of paths: [LabelPath]) -> LabelPath? {
        guard let first = paths.first else { return nil }
        var count = first.labels.count - 1
        for path in paths {
            guard !path.labels.isEmpty else { return LabelPath([]) }
            let shared = zip(first.labels, path.labels).prefix { $0 == $1 }.count
            count = min(count, path.labels.count - 1, shared)
        }
        return LabelPath(Array(first.labels.prefix(max(0, count))))
    }
}
