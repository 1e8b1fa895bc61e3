import Glibc
import NIOCore

/// Watches whether a worker's event loop turns, and whether the process computes while it does not.
///
/// Silent and busy is an endless loop in Python code; silent and idle is a blocking call, which will end.
struct Heartbeat {
    private let pid: Int32
    private let limit: TimeAmount
    /// When the ping that is still unanswered was sent.
    private var unanswered: NIODeadline?
    private var lastPing = NIODeadline.uptimeNanoseconds(0)
    /// When the current look at a silent worker began, and the process's processor time then.
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
        unanswered = now
        window = (now, processorTime(pid))
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
        return (.nanoseconds((now - unanswered).nanoseconds), busy)
    }
}

/// How long the threads of a process have computed so far, or would have, had a processor been free: on a loaded
/// machine an endless loop gets less than its share.
private func processorTime(_ pid: Int32) -> TimeAmount {
    guard let folder = opendir("/proc/\(pid)/task") else { return .zero }
    defer { closedir(folder) }
    var nanoseconds: Int64 = 0
    while let entry = readdir(folder) {
        let thread = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        // Time on a processor, time in its queue, slices.
        let fields = readFile("/proc/\(pid)/task/\(thread)/schedstat")?.split(separator: " ") ?? []
        nanoseconds += fields.prefix(2).compactMap { Int64($0) }.reduce(0, +)
    }
    return .nanoseconds(nanoseconds)
}

extension TimeAmount {
    init(_ duration: Duration) {
        self = .nanoseconds(
            duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    }
}
