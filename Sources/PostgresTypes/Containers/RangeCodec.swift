package import SQLite
import World

/// Range types: `[1,5)`, `empty`. Stored as they are printed, `tstzrange` with its bounds in UTC.
extension RangeValue {
    /// Reads the text form.
    package init(parsing text: String, kind: RangeKind, context: ValueContext) throws(PostgresError) {
        var reader = RangeReader(text)
        guard let parts = try reader.read() else {
            self = .empty
            return
        }
        var lower: SQLValue?
        var upper: SQLValue?
        if let text = parts.lower { lower = try kind.element.decode(text: text, context: context) }
        if let text = parts.upper { upper = try kind.element.decode(text: text, context: context) }
        try self.init(
            lower: Bound(lower, isInclusive: parts.includesLower),
            upper: Bound(upper, isInclusive: parts.includesUpper),
            kind: kind)
    }

    /// Reads a stored value.
    package init(stored text: String, kind: RangeKind) {
        do { try self.init(parsing: text, kind: kind, context: .storage) } catch { self = .empty }
    }

    package func stored(kind: RangeKind) -> SQLValue { .text(text(kind: kind, context: .storage)) }

    package func text(kind: RangeKind, context: ValueContext) -> String {
        if isEmpty { return "empty" }
        return PostgresTypes.text { buffer in
            buffer.append(UInt8(ascii: lower.isInclusive ? "[" : "("))
            if let value = lower.value { Self.write(kind.element.encode(value, context: context), to: &buffer) }
            buffer.append(UInt8(ascii: ","))
            if let value = upper.value { Self.write(kind.element.encode(value, context: context), to: &buffer) }
            buffer.append(UInt8(ascii: upper.isInclusive ? "]" : ")"))
        }
    }

    private static func write(_ bound: String, to buffer: inout [UInt8]) {
        let needsQuotes =
            bound.isEmpty
            || bound.utf8.contains {
                switch $0 {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "("), UInt8(ascii: ")"),
                    UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","):
                    true
                default: $0.isBlank
                }
            }
        if needsQuotes { buffer.append(UInt8(ascii: "\"")) }
        for byte in bound.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { buffer.append(byte) }
            buffer.append(byte)
        }
        if needsQuotes { buffer.append(UInt8(ascii: "\"")) }
    }
}

extension ValueContext {
    /// For texts inside of stored values, which depend on no session.
    static let storage = ValueContext(now: .init(microseconds: 0))
}

/// Takes a range literal apart.
private struct RangeReader {
    struct Parts {
        var lower: String?
        var upper: String?
        var includesLower: Bool
        var includesUpper: Bool
    }

    private let text: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, byte.isBlank { position += 1 }
    }

    /// nil for the empty range.
    mutating func read() throws(PostgresError) -> Parts? {
        skipBlanks()
        if matches(bytes[position...].prefix(5), "empty") {
            position += 5
            skipBlanks()
            guard position == bytes.count else { throw .malformedRange(text, "Junk after \"empty\" key word.") }
            return nil
        }
        guard let first = peek, first == UInt8(ascii: "[") || first == UInt8(ascii: "(") else {
            throw .malformedRange(text, "Missing left parenthesis or bracket.")
        }
        position += 1
        let lower = try bound()
        guard peek == UInt8(ascii: ",") else { throw .malformedRange(text, "Missing comma after lower bound.") }
        position += 1
        let upper = try bound()
        guard let last = peek, last == UInt8(ascii: "]") || last == UInt8(ascii: ")") else {
            throw .malformedRange(text, "Too many commas.")
        }
        position += 1
        skipBlanks()
        guard position == bytes.count else {
            throw .malformedRange(text, "Junk after right parenthesis or bracket.")
        }
        return Parts(
            lower: lower, upper: upper, includesLower: first == UInt8(ascii: "["),
            includesUpper: last == UInt8(ascii: "]"))
    }

    /// nil where there is none at all.
    private mutating func bound() throws(PostgresError) -> String? {
        if let next = peek, next == UInt8(ascii: ",") || next == UInt8(ascii: ")") || next == UInt8(ascii: "]") {
            return nil
        }
        var result: [UInt8] = []
        var isQuoted = false
        while true {
            guard let byte = peek else { throw .malformedRange(text, "Unexpected end of input.") }
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "]"):
                if !isQuoted { return String(decoding: result, as: UTF8.self) }
                result.append(byte)
            case UInt8(ascii: "\\"):
                position += 1
                guard let next = peek else { throw .malformedRange(text, "Unexpected end of input.") }
                result.append(next)
            case UInt8(ascii: "\""):
                // Two quotes inside quotes are one.
                if isQuoted, position + 1 < bytes.count, bytes[position + 1] == byte {
                    result.append(byte)
                    position += 1
                } else {
                    isQuoted.toggle()
                }
            default: result.append(byte)
            }
            position += 1
        }
    }
}
