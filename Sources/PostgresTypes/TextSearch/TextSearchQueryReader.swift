/// Reads a query: `fat & (rat | cat:*A) & !dog <-> house`.
package struct TextSearchQueryReader {
    private var reader: TextSearchWordReader
    private var depth = 0
    package typealias MakeOperand = (TextSearchQuery.Operand) throws(PostgresError) -> TextSearchQuery.Node?

    package init(_ text: String) { reader = TextSearchWordReader(text, style: .query) }

    private enum Operator: Equatable {
        case or, and
        case phrase(Int)
        case not

        var priority: Int {
            switch self {
            case .or: 1
            case .and: 2
            case .phrase: 3
            case .not: 4
            }
        }
    }

    /// - Parameter operand: what a word becomes; nil is left out as a stop word is.
    package mutating func read(operand: MakeOperand) throws(PostgresError) -> TextSearchQuery.Node? {
        skipBlanks()
        if reader.byte == nil { return nil }
        let node = try expression(operand)
        guard reader.byte == nil else { throw reader.syntaxError }
        return node
    }

    /// Operands and operators up to the end or a closing parenthesis, joined by their priorities.
    private mutating func expression(_ make: MakeOperand) throws(PostgresError) -> TextSearchQuery.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < 1000 else { throw PostgresError("54001", "stack depth limit exceeded") }
        var values: [TextSearchQuery.Node] = []
        var operators: [Operator] = []
        func reduce(_ operation: Operator) {
            guard let right = values.popLast() else { return }
            if operation == .not { return values.append(.not(right)) }
            guard let left = values.popLast() else { return }
            switch operation {
            case .or: values.append(.or(left, right))
            case .phrase(let distance): values.append(.phrase(left, right, distance: distance))
            default: values.append(.and(left, right))
            }
        }
        while true {
            skipBlanks()
            while reader.byte == UInt8(ascii: "!") {
                operators.append(.not)
                reader.position += 1
                skipBlanks()
            }
            guard operators.count < 1000 else { throw PostgresError("54001", "stack depth limit exceeded") }
            guard let first = reader.byte else { throw reader.noOperand }
            if first == UInt8(ascii: "(") {
                reader.position += 1
                values.append(try expression(make))
                guard reader.byte == UInt8(ascii: ")") else { throw reader.syntaxError }
                reader.position += 1
            } else {
                values.append(try word(make))
            }
            skipBlanks()
            guard let next = try binaryOperator() else { break }
            while let last = operators.last, last.priority >= next.priority { reduce(operators.removeLast()) }
            operators.append(next)
        }
        while let last = operators.popLast() { reduce(last) }
        guard values.count == 1, values[0].depthIsBearable else {
            throw values.count == 1 ? PostgresError("54001", "stack depth limit exceeded") : reader.syntaxError
        }
        return values[0]
    }

    private mutating func word(_ make: MakeOperand) throws(PostgresError) -> TextSearchQuery.Node {
        if reader.byte == UInt8(ascii: ":") { throw reader.syntaxError }
        guard let word = try reader.next() else { throw reader.syntaxError }
        var operand = TextSearchQuery.Operand(word.bytes)
        if reader.byte == UInt8(ascii: ":") {
            reader.position += 1
            while let byte = reader.byte, readFlag(byte.lowered, &operand) { reader.position += 1 }
        }
        return try make(operand) ?? .stop
    }

    private func readFlag(_ byte: UInt8, _ operand: inout TextSearchQuery.Operand) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "d"): operand.weights |= 1 << (UInt8(ascii: "d") - byte)
        case UInt8(ascii: "*"): operand.isPrefix = true
        default: return false
        }
        return true
    }

    /// nil at the end and before a closing parenthesis.
    private mutating func binaryOperator() throws(PostgresError) -> Operator? {
        switch reader.byte {
        case nil: return nil
        case UInt8(ascii: ")"):
            if depth == 1 { throw reader.syntaxError }
            return nil
        case UInt8(ascii: "&"):
            reader.position += 1
            return .and
        case UInt8(ascii: "|"):
            reader.position += 1
            return .or
        case UInt8(ascii: "<"):
            reader.position += 1
            var distance = 1
            if reader.byte == UInt8(ascii: "-") {
                reader.position += 1
            } else {
                guard let first = reader.byte, first.isDigit else { throw reader.syntaxError }
                distance = 0
                while let byte = reader.byte, byte.isDigit {
                    distance = min(distance * 10 + Int(byte - UInt8(ascii: "0")), 1 << 30)
                    reader.position += 1
                }
                guard distance <= 16384 else { throw .phraseDistance }
            }
            guard reader.byte == UInt8(ascii: ">") else { throw reader.syntaxError }
            reader.position += 1
            return .phrase(distance)
        default: throw reader.syntaxError
        }
    }

    private mutating func skipBlanks() { while let byte = reader.byte, byte.isBlank { reader.position += 1 } }
}

extension TextSearchQuery.Node {
    /// Whether it can be walked recursively: chains lean to the left, a level for each operator.
    var depthIsBearable: Bool {
        var levels = 0
        var node = self
        while levels < 3000 {
            switch node {
            case .operand, .stop: return true
            case .not(let inner): node = inner
            case .and(let left, _), .or(let left, _), .phrase(let left, _, _): node = left
            }
            levels += 1
        }
        return false
    }
}

extension PostgresError {
    package static let phraseDistance = PostgresError(
        "22023", "distance in phrase operator must be an integer value between zero and 16384 inclusive")
}
