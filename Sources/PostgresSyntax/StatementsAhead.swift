import Dispatch
import Synchronization

/// The statements of a script, of which the next ones are parsed on another thread while those before them run.
///
/// What a statement parses to depends on its text alone. A short script is parsed in place, and of a long one only a
/// part is ahead, nothing while a statement with much data runs: a script takes little more memory than what runs.
package final class StatementsAhead {
    private static let longScript = 8 << 10
    private static let statementsInPart = 32
    private static let bytesInPart = 64 << 10
    private static let largePart = 1 << 20

    /// How many bytes of the text are read: up to the end of the statement that came last, with its rows.
    package private(set) var consumed = 0

    private let isLong: Bool
    private var part: Part
    /// What follows the part at hand.
    private var coming: ComingPart?

    package init(_ text: String) {
        isLong = text.utf8.count > Self.longScript
        part = Part(rest: Script.statements(of: text))
    }

    package func next() -> Result<ParsedStatement, SyntaxError>? {
        if part.items.isEmpty {
            part = coming?.take() ?? Part(after: part)
            let isAhead = isLong && !part.items.isEmpty && part.size < Self.largePart
            coming = isAhead ? ComingPart(after: part.rest) : nil
        }
        guard let item = part.items.popLast() else { return nil }
        consumed = item.consumed
        return item.parsed
    }

    /// Some statements in a row.
    private struct Part: Sendable {
        /// Last first; none behind the last statement.
        var items: [(parsed: Result<ParsedStatement, SyntaxError>, consumed: Int)] = []
        /// How many bytes they are.
        var size = 0
        /// Stands behind them.
        var rest: Script.Statements

        init(rest: Script.Statements) { self.rest = rest }

        init(after part: Part) { self.init(parsing: part.rest) }

        init(parsing statements: Script.Statements) {
            rest = statements
            let start = rest.consumed
            while items.count < statementsInPart, size < bytesInPart, let parsed = rest.next() {
                items.append((parsed, rest.consumed))
                size = rest.consumed - start
            }
            items.reverse()
        }
    }

    /// A part that is being parsed.
    private final class ComingPart: Sendable {
        private let part = Mutex<Part?>(nil)
        private let isParsed = DispatchSemaphore(value: 0)

        init(after statements: Script.Statements) {
            DispatchQueue.global(qos: .userInitiated).async { [self] in
                let parsed = Part(parsing: statements)
                part.withLock { $0 = parsed }
                isParsed.signal()
            }
        }

        /// Waits for the part; asked for once.
        func take() -> Part? {
            isParsed.wait()
            return part.withLock { $0.take() }
        }
    }
}
