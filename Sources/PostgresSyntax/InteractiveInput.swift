/// What somebody types, line by line, taken apart as psql does: statements, each when its semicolon has come, and
/// backslash commands between them.
package struct InteractiveInput: Sendable {
    package enum Piece: Equatable, Sendable {
        /// With its semicolon, and with the rows that follow COPY … FROM stdin.
        case statement(String)
        /// A backslash command by its name, and what follows it on the line.
        case command(name: String, arguments: String)
    }

    /// What the input waits for.
    package enum Waiting: Sendable {
        case statement, restOfStatement, rows
    }

    private var pending: [UInt8] = []

    package init() {}

    package mutating func add(line: String) { pending += Array(line.utf8) + [0x0A] }

    /// Forgets the statement that has begun.
    package mutating func discard() { pending = [] }

    package var waiting: Waiting {
        let start = SourceText.skipBlanksAndComments(in: pending, from: 0)
        guard start < pending.count else { return .statement }
        let scan = StatementScan(bytes: pending, from: start, ignoresNesting: false)
        return scan.end < pending.count && scan.isCopyFromStandardInput ? .rows : .restOfStatement
    }

    /// The next piece that is complete; nil: more has to come.
    package mutating func next() -> Piece? {
        let start = SourceText.skipBlanksAndComments(in: pending, from: 0)
        guard start < pending.count else { return nil }
        if pending[start] == UInt8(ascii: ";") {
            pending.removeFirst(start + 1)
            return next()
        }
        if pending[start] == UInt8(ascii: "\\") { return command(from: start) }
        let scan = StatementScan(bytes: pending, from: start, ignoresNesting: false)
        guard scan.end < pending.count else { return nil }
        guard scan.isCopyFromStandardInput else { return take(from: start, to: scan.end + 1) }
        return endOfRows(after: scan.end).flatMap { take(from: start, to: $0) }
    }

    /// What is left when the input has ended: a statement without a semicolon.
    package mutating func rest() -> Piece? {
        let start = SourceText.skipBlanksAndComments(in: pending, from: 0)
        return start < pending.count ? take(from: start, to: pending.count) : nil
    }

    private mutating func command(from start: Int) -> Piece {
        let line = pending[start...].prefix { $0 != 0x0A }
        let name = line.dropFirst().prefix { !SourceText.isBlank($0) }
        var arguments = line[name.endIndex...].drop(while: SourceText.isBlank)
        // psql lets a semicolon end a command too.
        while let last = arguments.last, SourceText.isBlank(last) || last == UInt8(ascii: ";") {
            arguments.removeLast()
        }
        let command = String(decoding: name, as: UTF8.self)
        let piece = Piece.command(
            name: command.hasSuffix(";") ? String(command.dropLast()) : command,
            arguments: String(decoding: arguments, as: UTF8.self))
        pending.removeFirst(line.endIndex)
        return piece
    }

    private mutating func take(from start: Int, to end: Int) -> Piece {
        let text = String(decoding: pending[start..<end], as: UTF8.self)
        pending.removeFirst(end)
        return .statement(text)
    }

    /// The end of the line `\.` after the statement's own line.
    private func endOfRows(after position: Int) -> Int? {
        guard var start = pending[position...].firstIndex(of: 0x0A) else { return nil }
        while let end = pending[(start + 1)...].firstIndex(of: 0x0A) {
            let line = pending[(start + 1)..<end]
            if line.elementsEqual([0x5C, 0x2E]) || line.elementsEqual([0x5C, 0x2E, 0x0D]) { return end + 1 }
            start = end
        }
        return nil
    }
}

extension InteractiveInput.Piece {
    /// What a statement does to the transaction it is in, where it does anything.
    package var transactionCommand: TransactionCommand? {
        guard case .statement(let text) = self, case .success(let parsed)? = Script.parse(text).first,
            case .transaction(let command) = parsed.statement
        else { return nil }
        return command
    }
}
