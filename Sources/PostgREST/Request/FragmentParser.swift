/// Why a fragment of the query string could not be read: PostgREST's PGRST100, where the message holds the fragment
/// and a column and the details what was met and expected.
struct FragmentError: Error, Hashable {
    var column: Int
    var details: String
}

/// A cursor over one fragment, shared by the parsers of select, filters, logic trees and orders.
struct FragmentParser {
    let characters: [Character]
    var position = 0
    /// The groups and embeds that the position is in.
    private var depth = 0

    init(_ text: some StringProtocol) { characters = Array(text) }

    var isAtEnd: Bool { position >= characters.count }
    var peek: Character? { isAtEnd ? nil : characters[position] }

    mutating func accept(_ text: String) -> Bool {
        let wanted = Array(text)
        guard position + wanted.count <= characters.count,
            characters[position..<position + wanted.count].elementsEqual(wanted)
        else { return false }
        position += wanted.count
        return true
    }

    func sees(_ text: String) -> Bool {
        var copy = self
        return copy.accept(text)
    }

    mutating func skipBlanks() { while peek == " " { position += 1 } }

    /// The error at the cursor: what stands there and what should.
    func failure(expecting: String) -> FragmentError {
        let met = peek.map { "unexpected \"\($0)\"" } ?? "unexpected end of input"
        return FragmentError(column: position + 1, details: "\(met) expecting \(expecting)")
    }

    /// Enters a group or an embed. With many more levels than anybody writes no stack is deep enough.
    mutating func enter() throws(FragmentError) {
        guard depth < Self.greatestDepth else { throw failure(expecting: "at most \(Self.greatestDepth) levels") }
        depth += 1
    }

    mutating func leave() { depth -= 1 }

    mutating func expect(_ text: String, expecting: String? = nil) throws(FragmentError) {
        guard accept(text) else { throw failure(expecting: expecting ?? "\"\(text)\"") }
    }

    func expectEnd(expecting: String = "end of input") throws(FragmentError) {
        guard isAtEnd else { throw failure(expecting: expecting) }
    }

    // MARK: Names

    /// A field name: `"quoted"` with backslash escapes, or letters, digits, `_`, `$`, blanks and inner dashes,
    /// with blanks around it cut off.
    mutating func name() throws(FragmentError) -> String {
        skipBlanks()
        if peek == "\"" {
            let text = try quoted()
            skipBlanks()
            return text
        }
        var text = ""
        while let character = peek {
            if isIdentifier(character) || character == " " {
                text.append(character)
            } else if character == "-", !sees("->"), !text.isEmpty {
                text.append(character)
            } else {
                break
            }
            position += 1
        }
        while text.last == " " { text.removeLast() }
        guard !text.isEmpty else { throw failure(expecting: "field name (* or [a..z0..9_$])") }
        return text
    }

    func isIdentifier(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    /// `"…"` with `\` before a quote or backslash.
    mutating func quoted() throws(FragmentError) -> String {
        try expect("\"")
        var text = ""
        while let character = peek {
            position += 1
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = peek else { break }
                text.append(escaped)
                position += 1
            default: text.append(character)
            }
        }
        throw failure(expecting: "\"\\\"\"")
    }

    /// A column with its JSON path.
    mutating func field() throws(FragmentError) -> Field {
        var field = Field(name: try name())
        field.path = try jsonPath()
        return field
    }

    private static let greatestDepth = 200

    private mutating func jsonPath() throws(FragmentError) -> [Field.Step] {
        var steps: [Field.Step] = []
        while sees("->") {
            // Each is a call around the last: with many more of them no stack is deep enough.
            guard steps.count < Self.greatestDepth else {
                throw failure(expecting: "a path of at most \(Self.greatestDepth) steps")
            }
            position += 2
            let asText = accept(">")
            steps.append(Field.Step(key: try jsonKey(), asText: asText))
        }
        return steps
    }

    /// An index when digits stand before the end of the step, else a key.
    private mutating func jsonKey() throws(FragmentError) -> Field.Step.Key {
        var ahead = self
        var digits = ahead.accept("-") ? "-" : ""
        while let character = ahead.peek, character.isASCII, character.isNumber {
            digits.append(character)
            ahead.position += 1
        }
        let ends = ahead.isAtEnd || ["->", "::", ".", ",", ")"].contains { ahead.sees($0) }
        if !digits.isEmpty, digits != "-", ends {
            self = ahead
            return .index(digits)
        }
        if peek == "\"" { return .name(try quoted()) }
        // A key has no dash at its start: what has one is an index.
        if accept("-") {
            position += max(0, digits.count - 1)
            throw failure(expecting: "digit")
        }
        var key = ""
        while let character = peek, !"():.,".contains(character), !sees("->") {
            key.append(character)
            position += 1
        }
        guard !key.isEmpty else {
            throw failure(expecting: "\"-\", digit or any non reserved character different from: .,>()")
        }
        return .name(key)
    }
}
