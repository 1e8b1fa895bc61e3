/// Reading `{a,"b c",NULL}`: the text form of every array type, apart from what its elements mean.
struct ArrayLiteral {
    private enum State {
        case noLevel, levelStarted, elementStarted, quotedCompleted, elementDelimited
        case levelCompleted, levelDelimited

        /// Whether a byte outside of quotes may begin or go on with an element.
        var takesElement: Bool { self == .levelStarted || self == .elementStarted || self == .elementDelimited }
        var isWithinElement: Bool { self == .elementStarted || self == .quotedCompleted }
    }

    private static let mostDimensions = 6

    /// The text that complaints quote: all of it about bounds, the part from the first brace about contents.
    private var text: String
    private let bytes: [UInt8]
    private var position = 0
    private(set) var elements: [String?] = []
    private(set) var dimensions: [Int] = []
    /// nil where the literal names no bounds.
    private(set) var lowerBounds: [Int]?

    init(_ text: String) throws(PostgresError) {
        self.text = text
        bytes = Array(text.utf8)
        let bounds = try readBounds()
        self.text = String(decoding: bytes[position...], as: UTF8.self)
        try readContents()
        if let bounds, bounds != dimensions {
            self.text = text
            throw malformed("Specified array dimensions do not match array contents.")
        }
    }

    private func malformed(_ detail: String) -> PostgresError { .malformedArray(text, detail) }

    private func unexpected(_ byte: UInt8) -> PostgresError {
        malformed("Unexpected \"\(String(UnicodeScalar(byte)))\" character.")
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, byte.isBlank { position += 1 }
    }

    // MARK: Explicit bounds: `[1:2]={…}`

    private mutating func readBounds() throws(PostgresError) -> [Int]? {
        var lengths: [Int] = []
        var lowerBounds: [Int] = []
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "[") else { break }
            position += 1
            guard lengths.count < Self.mostDimensions else { throw tooManyDimensions(lengths.count + 1) }
            guard var first = readInteger() else {
                throw malformed("\"[\" must introduce explicitly-specified array dimensions.")
            }
            var last = first
            if peek == UInt8(ascii: ":") {
                position += 1
                guard let end = readInteger() else { throw malformed("Missing array dimension value.") }
                last = end
            } else {
                first = 1
            }
            guard peek == UInt8(ascii: "]") else { throw malformed("Missing \"]\" after array dimensions.") }
            position += 1
            guard last >= first else {
                throw PostgresError("2202E", "upper bound cannot be less than lower bound")
            }
            lengths.append(last - first + 1)
            lowerBounds.append(first)
        }
        if lengths.isEmpty {
            guard peek == UInt8(ascii: "{") else {
                throw malformed("Array value must start with \"{\" or dimension information.")
            }
            return nil
        }
        guard peek == UInt8(ascii: "=") else { throw malformed("Missing \"=\" after array dimensions.") }
        position += 1
        skipBlanks()
        guard peek == UInt8(ascii: "{") else { throw malformed("Array contents must start with \"{\".") }
        self.lowerBounds = lowerBounds
        return lengths
    }

    private mutating func readInteger() -> Int? {
        var end = position
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") { end += 1 }
        let digits = end
        while end < bytes.count, bytes[end].isDigit { end += 1 }
        guard end > digits, let number = Int32(String(decoding: bytes[position..<end], as: UTF8.self)) else {
            return nil
        }
        position = end
        return Int(number)
    }

    private func tooManyDimensions(_ count: Int) -> PostgresError {
        PostgresError(
            "54000",
            "number of array dimensions (\(count)) exceeds the maximum allowed (\(Self.mostDimensions))")
    }

    // MARK: Contents

    /// The element that is being read.
    private struct Element {
        var bytes: [UInt8] = []
        /// How much of it may not be trimmed, because it was escaped.
        private var kept = 0

        mutating func append(escaped byte: UInt8) {
            bytes.append(byte)
            kept = bytes.count
        }

        /// What it came to, nil for NULL; another one begins.
        mutating func finish(isQuoted: Bool) -> String? {
            defer {
                bytes.removeAll(keepingCapacity: true)
                kept = 0
            }
            if !isQuoted {
                while bytes.count > kept, bytes.last?.isBlank == true { bytes.removeLast() }
                if kept == 0, matches(bytes, "null") { return nil }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The braces that are open.
    private struct Levels {
        /// Items seen so far at each open level.
        private var counts: [Int] = []
        /// For every level there was, how many items its first sibling had.
        private(set) var lengths: [Int?] = []

        var depth: Int { counts.count }
        var isDeepest: Bool { depth == lengths.count }

        mutating func open() {
            counts.append(0)
            if lengths.count < depth { lengths.append(nil) }
        }

        mutating func countItem() { counts[depth - 1] += 1 }

        /// - Returns: false where a sibling had another number of items.
        mutating func close() -> Bool {
            let count = counts.removeLast()
            if let expected = lengths[depth], expected != count { return false }
            lengths[depth] = count
            if depth > 0 { countItem() }
            return true
        }
    }

    private mutating func readContents() throws(PostgresError) {
        var state = State.noLevel
        var levels = Levels()
        var element = Element()
        repeat {
            guard let byte = peek else { throw malformed("Unexpected end of input.") }
            switch byte {
            case UInt8(ascii: "\\"):
                guard state.takesElement else { throw unexpected(byte) }
                state = .elementStarted
                guard position + 1 < bytes.count else { throw malformed("Unexpected end of input.") }
                element.append(escaped: bytes[position + 1])
                position += 2
            case UInt8(ascii: "\""):
                guard state == .levelStarted || state == .elementDelimited else {
                    throw malformed("Unexpected array element.")
                }
                try readQuoted(into: &element.bytes)
                state = .quotedCompleted
            case UInt8(ascii: "{"):
                guard state == .noLevel || state == .levelStarted || state == .levelDelimited else {
                    throw unexpected(byte)
                }
                guard levels.depth < Self.mostDimensions else { throw tooManyDimensions(levels.depth + 1) }
                levels.open()
                state = .levelStarted
                position += 1
            case UInt8(ascii: "}"):
                if state.isWithinElement {
                    elements.append(element.finish(isQuoted: state == .quotedCompleted))
                    levels.countItem()
                    if !levels.isDeepest { throw mismatch }
                } else {
                    guard state == .levelCompleted || state == .levelStarted && levels.depth == 1 else {
                        throw unexpected(byte)
                    }
                }
                guard levels.close() else { throw mismatch }
                state = .levelCompleted
                position += 1
            case UInt8(ascii: ","):
                if state.isWithinElement {
                    elements.append(element.finish(isQuoted: state == .quotedCompleted))
                    levels.countItem()
                    state = .elementDelimited
                } else {
                    guard state == .levelCompleted else { throw unexpected(byte) }
                    state = .levelDelimited
                }
                position += 1
            case _ where byte.isBlank:
                if state == .elementStarted { element.bytes.append(byte) }
                position += 1
            default:
                guard state.takesElement else { throw malformed("Unexpected array element.") }
                state = .elementStarted
                element.bytes.append(byte)
                position += 1
            }
        } while levels.depth > 0
        skipBlanks()
        guard position == bytes.count else { throw malformed("Junk after closing right brace.") }
        dimensions = elements.isEmpty ? [] : levels.lengths.compactMap(\.self)
    }

    private var mismatch: PostgresError {
        malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
    }

    private mutating func readQuoted(into element: inout [UInt8]) throws(PostgresError) {
        position += 1
        while let byte = peek, byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") {
                position += 1
                guard position < bytes.count else { throw malformed("Unexpected end of input.") }
            }
            element.append(bytes[position])
            position += 1
        }
        guard peek != nil else { throw malformed("Unexpected end of input.") }
        position += 1
    }

    // MARK: Writing

    /// Appends an element in its quotes where the text form needs them.
    static func write(element: some Collection<UInt8>, to buffer: inout [UInt8]) {
        let needsQuotes =
            element.isEmpty || matches(element, "null")
            || element.contains {
                $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "{")
                    || $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: ",") || $0.isBlank
            }
        guard needsQuotes else { return buffer.append(contentsOf: element) }
        buffer.append(UInt8(ascii: "\""))
        for byte in element {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { buffer.append(UInt8(ascii: "\\")) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }
}
