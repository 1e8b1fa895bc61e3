/// A parse tree as libpg_query wrote it, indexed in one pass and read lazily: no value is copied before it is asked for.
///
/// It differs from a general JSON value in what a parse tree needs: lookups by name without building strings, and
/// a depth that is known before anything recurses over it.
final class ParseTree: Sendable {
    enum Kind: UInt8, Sendable { case object, array, string, scalar }

    /// One value. Members and items follow their container in the order of the text; `next` skips a value's insides.
    struct Entry: Sendable {
        var kind: Kind
        var hasEscapes = false
        var keyStart: UInt32 = 0
        var keyEnd: UInt32 = 0
        /// The text of a string (without quotes) or scalar.
        var start: UInt32 = 0
        var end: UInt32 = 0
        var next: UInt32 = 0
    }

    fileprivate let bytes: [UInt8]
    fileprivate let entries: [Entry]
    /// How many containers stand in one another at most.
    let depth: Int

    /// nil if the bytes are not what libpg_query writes.
    init?(_ bytes: [UInt8]) {
        let indexed = bytes.withUnsafeBufferPointer { bytes -> (entries: [Entry], depth: Int)? in
            var indexer = ParseTreeIndexer(bytes: bytes)
            return indexer.run() ? (indexer.entries, indexer.depth) : nil
        }
        guard let indexed else { return nil }
        self.bytes = bytes
        entries = indexed.entries
        depth = indexed.depth
    }

    var root: ParseNode { ParseNode(tree: self, index: 0) }
}

/// Fills the index without recursion, so that no depth of nesting can exhaust the stack.
private struct ParseTreeIndexer {
    let bytes: UnsafeBufferPointer<UInt8>
    var entries: [ParseTree.Entry] = []
    var depth = 0

    mutating func run() -> Bool {
        entries.reserveCapacity(bytes.count / 12)
        var open: [Int] = []
        var position = 0
        var key: (start: Int, end: Int) = (0, 0)
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open.append(entries.count)
                depth = max(depth, open.count)
                append(byte == UInt8(ascii: "{") ? .object : .array, &key, position, position)
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let container = open.popLast() else { return false }
                entries[container].next = UInt32(entries.count)
                position += 1
                if open.isEmpty { return true }
            case UInt8(ascii: "\""):
                guard let (end, hasEscapes) = stringEnd(from: position + 1) else { return false }
                if end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: ":"), isInObject(open) {
                    key = (position + 1, end)
                    position = end + 2
                } else {
                    append(.string, &key, position + 1, end)
                    entries[entries.count - 1].hasEscapes = hasEscapes
                    position = end + 1
                }
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\n"):
                position += 1
            default:
                let start = position
                while position < bytes.count, !isDelimiter(bytes[position]) { position += 1 }
                guard position > start else { return false }
                append(.scalar, &key, start, position)
            }
        }
        return false
    }

    private func isInObject(_ open: [Int]) -> Bool { open.last.map { entries[$0].kind == .object } ?? false }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ":")
    }

    private func stringEnd(from start: Int) -> (Int, Bool)? {
        var position = start
        var hasEscapes = false
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\"") { return (position, hasEscapes) }
            if bytes[position] == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        return nil
    }

    private mutating func append(
        _ kind: ParseTree.Kind, _ key: inout (start: Int, end: Int), _ start: Int, _ end: Int
    ) {
        entries.append(
            ParseTree.Entry(
                kind: kind, keyStart: UInt32(key.start), keyEnd: UInt32(key.end), start: UInt32(start),
                end: UInt32(end), next: UInt32(entries.count + 1)
            ))
        key = (0, 0)
    }
}

/// A place in a parse tree.
struct ParseNode {
    fileprivate let tree: ParseTree
    fileprivate let index: Int

    private var entry: ParseTree.Entry { tree.entries[index] }

    /// The member of that name; libpg_query leaves out false, 0, empty and absent ones.
    subscript(_ name: StaticString) -> ParseNode? {
        let own = entry
        guard own.kind == .object else { return nil }
        let length = name.utf8CodeUnitCount
        var child = index + 1
        while child < Int(own.next) {
            let entry = tree.entries[child]
            if Int(entry.keyEnd - entry.keyStart) == length, key(of: entry, equals: name) {
                return ParseNode(tree: tree, index: child)
            }
            child = Int(entry.next)
        }
        return nil
    }

    private func key(of entry: ParseTree.Entry, equals name: StaticString) -> Bool {
        name.withUTF8Buffer { expected in
            var position = Int(entry.keyStart)
            for byte in expected {
                if tree.bytes[position] != byte { return false }
                position += 1
            }
            return true
        }
    }

    /// What kind of node `{"Tag": {…}}` is, and its fields; nil for `{}`, which stands for a null in a list.
    var tagged: (tag: String, fields: ParseNode)? {
        guard entry.kind == .object, index + 1 < Int(entry.next) else { return nil }
        let child = tree.entries[index + 1]
        let tag = String(decoding: tree.bytes[Int(child.keyStart)..<Int(child.keyEnd)], as: UTF8.self)
        return (tag, ParseNode(tree: tree, index: index + 1))
    }

    /// The elements of an array; none for anything else.
    var items: [ParseNode] {
        guard entry.kind == .array else { return [] }
        var nodes: [ParseNode] = []
        var child = index + 1
        while child < Int(entry.next) {
            nodes.append(ParseNode(tree: tree, index: child))
            child = Int(tree.entries[child].next)
        }
        return nodes
    }

    /// The items of a member that is a list; none where it is absent.
    func list(_ name: StaticString) -> [ParseNode] { self[name]?.items ?? [] }

    /// libpg_query writes no `false`.
    func flag(_ name: StaticString) -> Bool {
        guard let entry = self[name]?.entry, entry.kind == .scalar else { return false }
        return entry.end - entry.start == 4 && tree.bytes[Int(entry.start)] == UInt8(ascii: "t")
    }

    func integer(_ name: StaticString) -> Int? { self[name].flatMap { Int($0.scalar) } }

    func text(_ name: StaticString) -> String? { self[name]?.string }

    /// The digits or word of a scalar.
    private var scalar: String { String(decoding: tree.bytes[Int(entry.start)..<Int(entry.end)], as: UTF8.self) }

    /// The value of a string, nil for anything else.
    var string: String? {
        let entry = entry
        guard entry.kind == .string else { return nil }
        let slice = tree.bytes[Int(entry.start)..<Int(entry.end)]
        return entry.hasEscapes ? Self.unescape(slice) : String(decoding: slice, as: UTF8.self)
    }

    private static func unescape(_ slice: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(slice.count)
        var position = slice.startIndex
        while position < slice.endIndex {
            let byte = slice[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < slice.endIndex else {
                result.append(byte)
                continue
            }
            let escape = slice[position]
            position += 1
            switch escape {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                // libpg_query writes only control characters and `<` this way, so a surrogate cannot occur.
                let end = min(position + 4, slice.endIndex)
                let code = UInt32(String(decoding: slice[position..<end], as: UTF8.self), radix: 16) ?? 0xFFFD
                result.append(contentsOf: Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8))
                position = end
            default: result.append(escape)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
