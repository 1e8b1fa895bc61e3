/// `tsvector`: lexemes in byte order, each with the places where it occurs.
///
/// Stored and printed in one form: `'fat':2A 'rat':3,12`.
package struct TextSearchVector: Hashable, Sendable {
    /// Where a lexeme stands, from 1 to 16383, and how much that place counts: 0 is `D`, 3 is `A`.
    package struct Position: Hashable, Sendable {
        package var place: Int
        package var weight: Int

        package init(_ place: Int, weight: Int = 0) {
            self.place = min(place, Self.last)
            self.weight = weight
        }

        /// Whatever stands further behind counts as standing here.
        package static let last = 16383
    }

    package struct Entry: Hashable, Sendable {
        package var lexeme: [UInt8]
        /// In order, each place once; empty when places were stripped.
        package var positions: [Position]

        package init(_ lexeme: [UInt8], _ positions: [Position] = []) {
            self.lexeme = lexeme
            self.positions = positions
        }
    }

    package private(set) var entries: [Entry]

    /// Sorts and joins what was collected: equal lexemes become one, their places in order.
    package init(joining found: [Entry]) {
        entries = []
        for entry in found.sorted(by: { $0.lexeme.lexicographicallyPrecedes($1.lexeme) }) {
            if entries.last?.lexeme == entry.lexeme {
                entries[entries.count - 1].positions += entry.positions
            } else {
                entries.append(entry)
            }
        }
        for index in entries.indices { entries[index].positions = Self.unique(entries[index].positions) }
    }

    /// - Precondition: sorted and unique already.
    package init(sorted entries: [Entry]) { self.entries = entries }

    /// In order; of equal places the heaviest. At most 255 are kept, and only one at the last possible place.
    private static func unique(_ positions: [Position]) -> [Position] {
        guard positions.count > 1 else { return positions }
        var result: [Position] = []
        for position in positions.sorted(by: { $0.place < $1.place }) {
            guard let last = result.last else {
                result.append(position)
                continue
            }
            if last.place == position.place {
                result[result.count - 1].weight = max(last.weight, position.weight)
            } else if result.count >= 255 {
                break
            } else {
                result.append(position)
            }
        }
        return result
    }

    /// The entries whose lexeme is `lexeme`, or begins with it.
    package func entries(for lexeme: [UInt8], isPrefix: Bool) -> ArraySlice<Entry> {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].lexeme.lexicographicallyPrecedes(lexeme) { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < entries.count, isPrefix ? entries[end].lexeme.starts(with: lexeme) : entries[end].lexeme == lexeme {
            end += 1
            if !isPrefix { break }
        }
        return entries[low..<end]
    }

    /// What `ts_rank` calls its length: occurrences, a lexeme without places being one.
    package var length: Int { entries.reduce(0) { $0 + max(1, $1.positions.count) } }

    package var lastPlace: Int { entries.lazy.compactMap(\.positions.last?.place).max() ?? 0 }

    // MARK: Text

    package init(parsing text: String) throws(PostgresError) {
        var reader = TextSearchWordReader(text, style: .vector)
        var found: [Entry] = []
        var size = 0
        while let word = try reader.next() {
            guard word.bytes.count < 2047 else {
                throw PostgresError("54000", "word is too long (\(word.bytes.count) bytes, max 2046 bytes)")
            }
            size += word.bytes.count
            guard size <= 1_048_575 else {
                throw PostgresError("54000", "string is too long for tsvector (\(size) bytes, max 1048575 bytes)")
            }
            found.append(Entry(word.bytes, word.positions))
        }
        self.init(joining: found)
    }

    /// From the stored form, which is always well formed.
    package init(stored text: String) {
        var reader = TextSearchWordReader(text, style: .vector)
        var found: [Entry] = []
        do { while let word = try reader.next() { found.append(Entry(word.bytes, word.positions)) } } catch {}
        entries = found
    }

    package var text: String {
        var bytes: [UInt8] = []
        for entry in entries {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
            TextSearchText.appendQuoted(entry.lexeme, to: &bytes)
            for (index, position) in entry.positions.enumerated() {
                bytes.append(UInt8(ascii: index == 0 ? ":" : ","))
                bytes.append(integer: Int64(position.place))
                if position.weight > 0 { bytes.append(UInt8(ascii: "D") - UInt8(position.weight)) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Order

    /// The btree order of tsvectors, which goes by size before it looks at any lexeme.
    package func compare(_ other: TextSearchVector) -> Int {
        if storedSize != other.storedSize { return storedSize < other.storedSize ? -1 : 1 }
        if entries.count != other.entries.count { return entries.count < other.entries.count ? -1 : 1 }
        for (left, right) in zip(entries, other.entries) {
            if left.positions.isEmpty != right.positions.isEmpty { return left.positions.isEmpty ? 1 : -1 }
            if left.lexeme != right.lexeme { return left.lexeme.lexicographicallyPrecedes(right.lexeme) ? -1 : 1 }
            if left.positions.count != right.positions.count {
                return left.positions.count > right.positions.count ? -1 : 1
            }
            for (a, b) in zip(left.positions, right.positions) where a != b {
                if a.place != b.place { return a.place > b.place ? -1 : 1 }
                return a.weight > b.weight ? -1 : 1
            }
        }
        return 0
    }

    /// Bytes that PostgreSQL needs: a head, four a lexeme, its text, and its places behind an even address.
    private var storedSize: Int {
        var text = 0
        for entry in entries {
            text += entry.lexeme.count
            if !entry.positions.isEmpty { text += text % 2 + 2 + 2 * entry.positions.count }
        }
        return 8 + 4 * entries.count + text
    }
}

/// Lexemes as the text forms of `tsvector` and `tsquery` write them.
enum TextSearchText {
    /// A lexeme in quotes, quotes and backslashes doubled.
    static func appendQuoted(_ lexeme: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "'"))
        for byte in lexeme {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "'"))
    }
}
