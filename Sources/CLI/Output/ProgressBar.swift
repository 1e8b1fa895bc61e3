import Glibc
import JSONText
import World

/// How far a script has come, on standard error: a bar that grows on a terminal, elsewhere a line every few seconds.
struct ProgressBar {
    private let clock: Clock
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false
    private var lastLine: Duration

    private static let interval = Duration.seconds(5)
    private static let width = 30

    init(clock: Clock) {
        self.clock = clock
        lastLine = clock.monotonic
    }

    /// - Parameter progress: `bytes` of `total`, `statements`, `rows`.
    mutating func show(_ progress: JSON) {
        let text = Self.text(progress)
        if isTerminal {
            // Back to the line's start, and what was there erased.
            Output.errorText("\r\u{1B}[K\(Self.bar(progress)) \(text)")
            isShown = true
        } else if clock.monotonic - lastLine >= Self.interval {
            Output.error(text)
            lastLine = clock.monotonic
        }
    }

    /// Leaves the line to what comes next.
    mutating func end() {
        if isShown { Output.errorText("\r\u{1B}[K") }
        isShown = false
    }

    private static func bar(_ progress: JSON) -> String {
        let done = share(progress) * width / 100
        return "[" + String(repeating: "#", count: done) + String(repeating: "-", count: width - done) + "]"
    }

    private static func share(_ progress: JSON) -> Int {
        let total = max(progress["total"]?.intValue ?? 0, 1)
        return min((progress["bytes"]?.intValue ?? 0) * 100 / total, 100)
    }

    private static func text(_ progress: JSON) -> String {
        let (bytes, total) = (progress["bytes"]?.intValue ?? 0, progress["total"]?.intValue ?? 0)
        return "\(share(progress)) % of \(megabytes(total)): \(megabytes(bytes)), "
            + "\(progress["statements"]?.intValue ?? 0) statements, \(progress["rows"]?.intValue ?? 0) rows"
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
