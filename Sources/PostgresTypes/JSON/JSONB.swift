package import JSONText

/// `jsonb` values: stored as the text that PostgreSQL prints for them, `{"a": 1, "b": [1, 2]}`, so that writing a
/// value is a copy.
package enum JSONB {
    /// The value as `jsonb` keeps it: one member for each key (the last one written), keys by length and then by
    /// bytes, numbers as `numeric` prints them.
    package static func normalize(_ json: JSON) throws(PostgresError) -> JSON {
        switch json {
        case .null, .bool, .string: return json
        case .number(let digits): return .number(try normalize(number: digits))
        case .array(let items):
            var result: [JSON] = []
            result.reserveCapacity(items.count)
            for item in items { result.append(try normalize(item)) }
            return .array(result)
        case .object(let members):
            var result: [JSON.Member] = []
            result.reserveCapacity(members.count)
            for member in members { result.append(JSON.Member(member.key, try normalize(member.value))) }
            return .object(sortedMembers(result))
        }
    }

    /// Members in `jsonb`'s order, the last of equal keys kept.
    package static func sortedMembers(_ members: [JSON.Member]) -> [JSON.Member] {
        // `sorted` is stable, so equal keys stay in the order they were written.
        let sorted = members.sorted { precedes($0.key, $1.key) }
        var result: [JSON.Member] = []
        result.reserveCapacity(sorted.count)
        for member in sorted {
            if let last = result.last, last.key.utf8.elementsEqual(member.key.utf8) { result.removeLast() }
            result.append(member)
        }
        return result
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        let counts = (left.utf8.count, right.utf8.count)
        return counts.0 == counts.1 ? left.utf8.lexicographicallyPrecedes(right.utf8) : counts.0 < counts.1
    }

    /// A JSON number as `numeric` prints it: no exponent, scale kept.
    private static func normalize(number: String) throws(PostgresError) -> String {
        let bytes = number.utf8
        // JSON allows no superfluous zeros, so what has no exponent and is not `-0` is printed as it is written.
        let isPlain = bytes.count < 1000 && bytes.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
        return isPlain ? number : try Decimal(parsing: number).description
    }

    /// `jsonb`'s text of a value that is in `jsonb`'s order: a blank after each comma and colon.
    package static func write(_ json: JSON, to buffer: inout [UInt8]) {
        switch json {
        case .array(let items):
            buffer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.append(ascii: ", ") }
                write(item, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(ascii: ", ") }
                JSON.write(string: member.key, to: &buffer)
                buffer.append(ascii: ": ")
                write(member.value, to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        default: json.write(to: &buffer)
        }
    }

    /// Any JSON value as it is stored in a `jsonb` column.
    package static func store(_ json: JSON) throws(PostgresError) -> String {
        let value = try normalize(json)
        return text { write(value, to: &$0) }
    }

    /// A stored value as a tree.
    package static func load(_ stored: String) -> JSON {
        do { return try JSON(parsing: stored) } catch { return .null }
    }
}

// MARK: Order

extension JSONB {
    /// `jsonb`'s btree order: object > array > boolean > number > string > null; larger containers above smaller
    /// ones, then item by item (keys and values in turn). An empty array at the top is below everything.
    package static func compare(_ left: JSON, _ right: JSON) -> Int {
        if left == .array([]) || right == .array([]) {
            return (left == .array([]) ? 0 : 1) - (right == .array([]) ? 0 : 1)
        }
        return order(left, right)
    }

    private static func order(_ left: JSON, _ right: JSON) -> Int {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        case (.number(let a), .number(let b)):
            return DecimalText.compare(Array(a.utf8), Array(b.utf8))
        case (.string(let a), .string(let b)): return EnglishOrder.compare(a, b)
        case (.array(let a), .array(let b)):
            if a.count != b.count { return a.count - b.count }
            for (x, y) in zip(a, b) {
                let result = order(x, y)
                if result != 0 { return result }
            }
            return 0
        case (.object(let a), .object(let b)):
            if a.count != b.count { return a.count - b.count }
            for (x, y) in zip(a, b) {
                let keys = EnglishOrder.compare(x.key, y.key)
                if keys != 0 { return keys }
                let values = order(x.value, y.value)
                if values != 0 { return values }
            }
            return 0
        default: return rank(left) - rank(right)
        }
    }

    private static func rank(_ json: JSON) -> Int {
        switch json {
        case .null: 0
        case .string: 1
        case .number: 2
        case .bool: 3
        case .array: 4
        case .object: 5
        }
    }
}
