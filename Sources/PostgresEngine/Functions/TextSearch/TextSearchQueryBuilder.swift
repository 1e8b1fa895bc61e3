import PostgresTypes

/// `to_tsquery` and its kin: queries whose words go through a configuration.
struct TextSearchQueryBuilder {
    let configuration: TextSearchConfiguration

    /// Operators as written; a word of several lexemes becomes a phrase.
    func written(_ text: String) throws(PostgresError) -> TextSearchQuery {
        var reader = TextSearchQueryReader(text)
        let root = try reader.read { (operand) throws(PostgresError) in lexemes(operand, isPhrase: true) }
        return TextSearchQuery(root).withoutStops
    }

    /// Every word of a text, joined by `&`.
    func plain(_ text: String) -> TextSearchQuery { whole(text, isPhrase: false) }

    /// Every word of a text, one behind the other.
    func phrase(_ text: String) -> TextSearchQuery { whole(text, isPhrase: true) }

    private func whole(_ text: String, isPhrase: Bool) -> TextSearchQuery {
        TextSearchQuery(lexemes(.init(Array(text.utf8)), isPhrase: isPhrase)).withoutStops
    }

    /// The lexemes of a word, its stop words kept as placeholders; nil when nothing is left of it.
    private func lexemes(_ operand: TextSearchQuery.Operand, isPhrase: Bool) -> TextSearchQuery.Node? {
        var collector = LexemeCollector(configuration)
        collector.add(String(decoding: operand.lexeme, as: UTF8.self))
        var node: TextSearchQuery.Node?
        var place = 0
        func append(_ next: TextSearchQuery.Node) {
            guard let left = node else {
                node = next
                return
            }
            node = isPhrase ? .phrase(left, next, distance: 1) : .and(left, next)
        }
        for word in collector.words {
            if place > 0 { for _ in (place + 1)..<max(place + 1, word.place) { append(.stop) } }
            place = word.place
            var own = operand
            own.lexeme = word.lexeme
            append(.operand(own))
        }
        return node
    }

    // MARK: Like a search engine

    /// Quoted phrases, `or`, and a minus that excludes; never an error.
    func webSearch(_ text: String) throws(PostgresError) -> TextSearchQuery {
        var scanner = WebSearchScanner(text)
        /// Alternatives, each of words that must all be there.
        var alternatives: [TextSearchQuery.Node] = []
        var current: TextSearchQuery.Node?
        var count = 0
        while let item = try scanner.next() {
            count += 1
            guard count < 1000 else { throw PostgresError("54001", "stack depth limit exceeded") }
            switch item {
            case .or:
                if let current { alternatives.append(current) }
                current = nil
            case .operand(let bytes, let negations):
                var node = lexemes(.init(bytes), isPhrase: true) ?? .stop
                for _ in 0..<min(negations, 500) { node = .not(node) }
                current = current.map { .and($0, node) } ?? node
            }
        }
        if let current { alternatives.append(current) }
        guard let first = alternatives.first else { return TextSearchQuery(nil) }
        let root = alternatives.dropFirst().reduce(first) { .or($0, $1) }
        return TextSearchQuery(root).withoutStops
    }
}

/// Takes a search engine's input apart.
private struct WebSearchScanner {
    enum Item {
        case operand([UInt8], negations: Int)
        case or
    }

    private var reader: TextSearchWordReader
    private var expectsOperand = true
    private var isFirst = true

    init(_ text: String) { reader = TextSearchWordReader(text, style: .web) }

    mutating func next() throws(PostgresError) -> Item? {
        if !expectsOperand {
            while let byte = reader.byte, byte == 32 || (9...13).contains(byte) { reader.position += 1 }
            guard reader.byte != nil else { return nil }
            expectsOperand = true
            if isOrOperator {
                reader.position += 2
                return .or
            }
        }
        var negations = 0
        while let byte = reader.byte {
            if byte == UInt8(ascii: "-") {
                reader.position += 1
                negations += 1
            } else if byte == UInt8(ascii: "\"") {
                reader.position += 1
                let start = reader.position
                while let byte = reader.byte, byte != UInt8(ascii: "\"") { reader.position += 1 }
                let word = Array(reader.bytes[start..<reader.position])
                if reader.byte != nil { reader.position += 1 }
                expectsOperand = false
                isFirst = false
                return .operand(word, negations: negations)
            } else if TextSearchWordReader.isOperator(byte) || byte == 32 || (9...13).contains(byte) {
                reader.position += 1
            } else {
                expectsOperand = false
                isFirst = false
                return .operand(try reader.next()?.bytes ?? [], negations: negations)
            }
        }
        // What waits for an operand that does not come gets a stop word, unless there was nothing at all.
        guard !isFirst || negations > 0 else { return nil }
        expectsOperand = false
        isFirst = false
        return .operand([], negations: negations)
    }

    /// `or` as a word of its own, with something behind it.
    private var isOrOperator: Bool {
        let rest = reader.bytes[reader.position...]
        guard rest.count > 2, rest.first.map({ $0 | 0x20 }) == UInt8(ascii: "o"),
            rest.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "r")
        else { return false }
        let behind = String(decoding: rest.dropFirst(2), as: UTF8.self).unicodeScalars
        guard let next = behind.first, next != "-", next != "_", !RegexSet.belongs(next, to: .alnum) else {
            return false
        }
        return behind.dropFirst().contains { !RegexSet.belongs($0, to: .space) }
    }
}
