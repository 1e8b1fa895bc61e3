/// A value of `hstore`: keys with texts or NULL, in the order in which the extension keeps them.
package struct HStore: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package var key: String
        package var value: String?

        package init(_ key: String, _ value: String?) {
            self.key = key
            self.value = value
        }
    }

    /// Shorter keys first, those of one length by their bytes.
    package private(set) var pairs: [Pair]

    /// - Parameter pairs: in any order; of two with one key the first counts.
    package init(_ pairs: [Pair]) {
        var seen: Set<String> = []
        self.pairs = pairs.filter { seen.insert($0.key).inserted }.sorted { left, right in
            let (a, b) = (left.key.utf8, right.key.utf8)
            return a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
        }
    }

    /// `a=>1, "b c"=>NULL`.
    package init(parsing text: String) throws(PostgresError) {
        var reader = Reader(text)
        self.init(try reader.pairs())
    }

    /// What `text` wrote.
    package init(stored: String) {
        do { try self.init(parsing: stored) } catch { self.init([]) }
    }

    package subscript(key: String) -> Pair? { pairs.first { $0.key == key } }

    /// What its output function prints, and how it is stored.
    package var text: String {
        pairs.map { pair in "\(Self.quoted(pair.key))=>\(pair.value.map(Self.quoted) ?? "NULL")" }
            .joined(separator: ", ")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// Reads the text of an `hstore`: `a => b, "c d" => NULL`.
private struct Reader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private mutating func skipBlanks() {
        while position < bytes.count, [9, 10, 11, 12, 13, 32].contains(bytes[position]) { position += 1 }
    }

    private func unexpected() -> PostgresError {
        guard position < bytes.count else { return PostgresError("XX000", "Unexpected end of string") }
        let character = String(decoding: bytes[position...].prefix(1), as: UTF8.self)
        return PostgresError("XX000", "Syntax error near \"\(character)\" at position \(position)")
    }

    mutating func pairs() throws(PostgresError) -> [HStore.Pair] {
        var pairs: [HStore.Pair] = []
        skipBlanks()
        while position < bytes.count {
            let (key, _) = try token(endsAtArrow: true)
            skipBlanks()
            guard bytes[position...].starts(with: "=>".utf8) else { throw unexpected() }
            position += 2
            skipBlanks()
            let (value, isQuoted) = try token(endsAtArrow: false)
            pairs.append(HStore.Pair(key, !isQuoted && value.lowercased() == "null" ? nil : value))
            skipBlanks()
            guard position < bytes.count else { break }
            guard bytes[position] == UInt8(ascii: ",") else { throw unexpected() }
            position += 1
            skipBlanks()
        }
        return pairs
    }

    /// A key or value, bare or in quotes; a backslash takes the next character as it is.
    private mutating func token(endsAtArrow: Bool) throws(PostgresError) -> (text: String, isQuoted: Bool) {
        var text: [UInt8] = []
        guard position < bytes.count else { throw unexpected() }
        let isQuoted = bytes[position] == UInt8(ascii: "\"")
        if isQuoted { position += 1 }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\"), position + 1 < bytes.count {
                text.append(bytes[position + 1])
                position += 2
                continue
            }
            if isQuoted, byte == UInt8(ascii: "\"") {
                position += 1
                return (String(decoding: text, as: UTF8.self), true)
            }
            let isEnd =
                [9, 10, 11, 12, 13, 32, UInt8(ascii: ",")].contains(byte)
                || endsAtArrow && bytes[position...].starts(with: "=>".utf8)
            // Any other character may begin one.
            if !isQuoted, isEnd, !text.isEmpty { break }
            if !isQuoted, text.isEmpty, endsAtArrow, byte == UInt8(ascii: "=") { throw unexpected() }
            text.append(byte)
            position += 1
        }
        if isQuoted || text.isEmpty { throw unexpected() }
        return (String(decoding: text, as: UTF8.self), false)
    }
}
