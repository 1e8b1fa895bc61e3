import JSONText

/// Finds its way in the text of a valid JSON document without building a tree: one look-up touches each byte once.
struct JSONScanner {
    enum Kind: String { case object, array, string, number, boolean, null }

    let bytes: UnsafeRawBufferPointer

    /// The document's value, without blanks around it.
    var root: Range<Int> {
        let start = skipBlanks(0)
        return start..<skipValue(start)
    }

    func kind(_ value: Range<Int>) -> Kind {
        switch bytes[value.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    func skipBlanks(_ start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] == 32 || (9...13).contains(bytes[position]) { position += 1 }
        return position
    }

    private func skipString(_ start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.count)
    }

    private func skipValue(_ start: Int) -> Int {
        guard start < bytes.count else { return start }
        switch bytes[start] {
        case UInt8(ascii: "\""): return skipString(start)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            var depth = 0
            var position = start
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    position = skipString(position)
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return position + 1 }
                default: break
                }
                position += 1
            }
            return position
        default:
            var position = start
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 32, 9, 10, 13: return position
                default: position += 1
                }
            }
            return position
        }
    }

    /// Calls `body` with each item of an array until it answers false.
    func forEachItem(_ array: Range<Int>, _ body: (Range<Int>) -> Bool) {
        var position = skipBlanks(array.lowerBound + 1)
        while position < array.upperBound, bytes[position] != UInt8(ascii: "]") {
            let end = skipValue(position)
            if !body(position..<end) { return }
            position = skipBlanks(end)
            if position < array.upperBound, bytes[position] == UInt8(ascii: ",") { position = skipBlanks(position + 1) }
        }
    }

    /// Calls `body` with each member of an object, key (with its quotes) and value, until it answers false.
    func forEachMember(_ object: Range<Int>, _ body: (Range<Int>, Range<Int>) -> Bool) {
        var position = skipBlanks(object.lowerBound + 1)
        while position < object.upperBound, bytes[position] == UInt8(ascii: "\"") {
            let keyEnd = skipString(position)
            let start = skipBlanks(skipBlanks(keyEnd) + 1)
            let end = skipValue(start)
            if !body(position..<keyEnd, start..<end) { return }
            position = skipBlanks(end)
            if position < object.upperBound, bytes[position] == UInt8(ascii: ",") {
                position = skipBlanks(position + 1)
            }
        }
    }

    /// The last member of that name.
    func member(_ key: String, of object: Range<Int>) -> Range<Int>? {
        guard kind(object) == .object else { return nil }
        let wanted = Array(key.utf8)
        var found: Range<Int>?
        forEachMember(object) { name, value in
            let inner = bytes[(name.lowerBound + 1)..<(name.upperBound - 1)]
            if inner.contains(UInt8(ascii: "\\")) ? string(name) == key : inner.elementsEqual(wanted) { found = value }
            return true
        }
        return found
    }

    /// An item from 0, negative from the end.
    func item(_ index: Int, of array: Range<Int>) -> Range<Int>? {
        guard kind(array) == .array else { return nil }
        var position = index
        if index < 0 {
            position += count(array)
            if position < 0 { return nil }
        }
        var found: Range<Int>?
        forEachItem(array) { item in
            if position == 0 { found = item }
            position -= 1
            return found == nil
        }
        return found
    }

    func count(_ array: Range<Int>) -> Int {
        var count = 0
        forEachItem(array) { _ in
            count += 1
            return true
        }
        return count
    }

    /// What a step of a path leads to: a key of an object, an index of an array.
    func step(_ key: String, from value: Range<Int>) -> Range<Int>? {
        switch kind(value) {
        case .object: member(key, of: value)
        case .array: Int(key).flatMap { item($0, of: value) }
        default: nil
        }
    }

    func text(_ value: Range<Int>) -> String { String(decoding: bytes[value], as: UTF8.self) }

    /// A string's content.
    func string(_ value: Range<Int>) -> String {
        let inner = bytes[(value.lowerBound + 1)..<(value.upperBound - 1)]
        if !inner.contains(UInt8(ascii: "\\")) { return String(decoding: inner, as: UTF8.self) }
        do { return try JSON(parsing: bytes[value]).stringValue ?? "" } catch { return "" }
    }

    /// The value as `->>` shows it: a string without quotes, JSON's null as nil.
    func shown(_ value: Range<Int>) -> String? {
        switch kind(value) {
        case .null: nil
        case .string: string(value)
        default: text(value)
        }
    }
}
