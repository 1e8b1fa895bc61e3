/// `macaddr`: six bytes in any of the usual notations, kept as `08:00:2b:01:02:03`.
enum HardwareAddress {
    static func normalize(_ text: String) throws(PostgresError) -> String {
        let bytes = trimmingBlanks(text.utf8)
        let digits = bytes.filter { $0.hexDigit != nil }.map(\.lowered)
        // Where the separators stand, and which: six bytes, two halves, three words, or none at all.
        let separators = bytes.filter { $0.hexDigit == nil }
        let groups = bytes.split(maxSplits: 12, omittingEmptySubsequences: false) { $0.hexDigit == nil }.map(\.count)
        let kind = separators.first
        guard separators.allSatisfy({ $0 == kind }) else { throw .invalidSyntax("macaddr", text) }
        if groups.count == 6, kind == UInt8(ascii: ":") || kind == UInt8(ascii: "-") {
            return try sixGroups(bytes.split { $0.hexDigit == nil }.map(Array.init), text)
        }
        let isKnown =
            switch kind {
            case nil: groups == [12]
            case UInt8(ascii: ":"): groups == [6, 6]
            case UInt8(ascii: "-"): groups == [6, 6] || groups == [4, 4, 4]
            case UInt8(ascii: "."): groups == [4, 4, 4]
            default: false
            }
        guard isKnown, digits.count == 12 else { throw .invalidSyntax("macaddr", text) }
        return joined(stride(from: 0, to: 12, by: 2).map { Array(digits[$0..<($0 + 2)]) })
    }

    /// Bytes may be written with one digit here, and with more than two they are too large.
    private static func sixGroups(_ groups: [[UInt8]], _ text: String) throws(PostgresError) -> String {
        guard groups.count == 6 else { throw .invalidSyntax("macaddr", text) }
        var result: [[UInt8]] = []
        for group in groups {
            let value = group.reduce(0) { min($0 << 4 | Int($1.hexDigit ?? 0), 0xFFFF) }
            guard value < 256 else {
                throw PostgresError("22003", "invalid octet value in \"macaddr\" value: \"\(text)\"")
            }
            result.append([lowerHexDigits[value >> 4], lowerHexDigits[value & 15]])
        }
        return joined(result)
    }

    private static func joined(_ groups: [[UInt8]]) -> String {
        String(decoding: Array(groups.joined(separator: [UInt8(ascii: ":")])), as: UTF8.self)
    }
}
