/// `tsquery`: words joined by `!`, `&`, `|` and `<->`.
package struct TextSearchQuery: Hashable, Sendable {
    package struct Operand: Hashable, Sendable {
        package var lexeme: [UInt8]
        /// One bit a weight, `D` the lowest; 0: any.
        package var weights: UInt8 = 0
        package var isPrefix = false

        package init(_ lexeme: [UInt8], weights: UInt8 = 0, isPrefix: Bool = false) {
            self.lexeme = lexeme
            self.weights = weights
            self.isPrefix = isPrefix
        }
    }

    package indirect enum Node: Hashable, Sendable {
        case operand(Operand)
        /// What a stop word left behind; `withoutStops` removes it.
        case stop
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
        /// The right side stands `distance` places behind the left one.
        case phrase(Node, Node, distance: Int)
    }

    /// nil: a query without words, which nothing matches.
    package var root: Node?

    package init(_ root: Node?) { self.root = root }

    package init(parsing text: String) throws(PostgresError) {
        var reader = TextSearchQueryReader(text)
        root = try reader.read { (word) throws(PostgresError) in
            guard word.lexeme.count < 2047 else {
                throw PostgresError(
                    "54000", "word is too long in tsquery: \"\(String(decoding: word.lexeme, as: UTF8.self))\"")
            }
            return .operand(word)
        }
    }

    /// From the stored form, which is always well formed.
    package init(stored text: String) {
        do { self = try TextSearchQuery(parsing: text) } catch { self.init(nil) }
    }

    package var text: String {
        guard let root else { return "" }
        var bytes: [UInt8] = []
        Self.append(root, parent: 0, isRightOfPhrase: false, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ node: Node, parent: Int, isRightOfPhrase: Bool, to bytes: inout [UInt8]) {
        switch node {
        case .stop: break
        case .operand(let operand): append(operand, to: &bytes)
        case .not(let inner):
            let needsParentheses = 4 < parent
            if needsParentheses { bytes.append(ascii: "( ") }
            bytes.append(UInt8(ascii: "!"))
            append(inner, parent: 4, isRightOfPhrase: false, to: &bytes)
            if needsParentheses { bytes.append(ascii: " )") }
        case .and(let left, let right), .or(let left, let right), .phrase(let left, let right, _):
            let priority = node.priority
            let needsParentheses = priority < parent || (isRightOfPhrase && priority == 3)
            if needsParentheses { bytes.append(ascii: "( ") }
            append(left, parent: priority, isRightOfPhrase: false, to: &bytes)
            switch node {
            case .or: bytes.append(ascii: " | ")
            case .phrase(_, _, 1): bytes.append(ascii: " <-> ")
            case .phrase(_, _, let distance): bytes.append(contentsOf: " <\(distance)> ".utf8)
            default: bytes.append(ascii: " & ")
            }
            append(right, parent: priority, isRightOfPhrase: priority == 3, to: &bytes)
            if needsParentheses { bytes.append(ascii: " )") }
        }
    }

    private static func append(_ operand: Operand, to bytes: inout [UInt8]) {
        TextSearchText.appendQuoted(operand.lexeme, to: &bytes)
        guard operand.weights != 0 || operand.isPrefix else { return }
        bytes.append(UInt8(ascii: ":"))
        if operand.isPrefix { bytes.append(UInt8(ascii: "*")) }
        for weight in stride(from: UInt8(3), through: 0, by: -1) where operand.weights & (1 << weight) != 0 {
            bytes.append(UInt8(ascii: "D") - weight)
        }
    }
}

extension TextSearchQuery.Node {
    /// How tightly it binds: `|` least, then `&`, `<->`, `!`.
    var priority: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .phrase: 3
        case .not, .operand, .stop: 4
        }
    }

    /// Words and operators.
    package var count: Int {
        switch self {
        case .operand, .stop: 1
        case .not(let inner): inner.count + 1
        case .and(let left, let right), .or(let left, let right), .phrase(let left, let right, _):
            left.count + right.count + 1
        }
    }

    /// Every word, from left to right.
    package var operands: [TextSearchQuery.Operand] {
        switch self {
        case .operand(let operand): [operand]
        case .stop: []
        case .not(let inner): inner.operands
        case .and(let left, let right), .or(let left, let right), .phrase(let left, let right, _):
            left.operands + right.operands
        }
    }
}
