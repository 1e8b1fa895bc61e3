import Glibc
import NIOCore

/// Watches whether a worker's event loop turns, and whether the process computes while it does not.
///
/// Silent and busy is an endless loop in Python code; silent and idle is a blocking call, which will end.
struct Heartbeat {
    private let pid: Int32
    private let limit: TimeAmount
    /// When the ping that is still unanswered was sent, and the process's CPU time then.
    private var unanswered: (since: NIODeadline, cpu: TimeAmount)?
    private var lastPing = NIODeadline.uptimeNanoseconds(0)
    /// The current look at a silent worker began then.
    private var window: (since: NIODeadline, cpu: TimeAmount)?
    private var warned = false

    init(pid: Int32, limit: Duration) {
        self.pid = pid
        self.limit = TimeAmount(limit)
    }

    /// One ping a second while the last one was answered.
    var wantsPing: Bool { unanswered == nil && NIODeadline.now() - lastPing >= .milliseconds(900) }

    mutating func pinged(_ now: NIODeadline) {
        lastPing = now
        let cpu = processorTime(pid)
        unanswered = (now, cpu)
        window = (now, cpu)
    }

    mutating func answered() {
        unanswered = nil
        window = nil
        warned = false
    }

    /// Something to report, or nil: the worker was silent through a whole window. A silent, idle one is reported once.
    mutating func tick(_ now: NIODeadline) -> (duration: Duration, busy: Bool)? {
        guard let unanswered, let window, now - window.since >= limit else { return nil }
        let cpu = processorTime(pid)
        let busy = (cpu - window.cpu).nanoseconds * 10 > (now - window.since).nanoseconds * 8
        self.window = (now, cpu)
        guard busy || !warned else { return nil }
        warned = true
        return (.nanoseconds((now - unanswered.since).nanoseconds), busy)
    }
}

/// User and system time that all threads of a process have used so far.
private func processorTime(_ pid: Int32) -> TimeAmount {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return .zero }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 1024)
    let count = fread(&buffer, 1, buffer.count - 1, file)
    let text = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    // The name stands in parentheses and may hold blanks; what follows is regular. utime and stime are fields 14, 15.
    guard let end = text.lastIndex(of: ")") else { return .zero }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return .zero }
    return .nanoseconds((user + system) * (1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))))
}

extension TimeAmount {
    init(_ duration: Duration) {
        self = .nanoseconds(
            duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    }
}
