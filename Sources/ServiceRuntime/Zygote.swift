import CPythonShim
import Glibc
import JSONText
import Synchronization
import WorkerProtocol

/// The warm interpreter that workers are forked from: a process of its own, and the control socket to it.
///
/// A thread of its own starts it and then does nothing but listen to it, because the kernel's parent-death signal
/// fires when the *thread* that started the process ends.
final class Zygote: Sendable {
    /// What the zygote reports. `ended` is the last.
    enum Event: Sendable {
        /// It can fork from now on. What every service needs and could not be imported, with the reason.
        case ready(missing: [String: String])
        case spawned(worker: UInt32, pid: pid_t)
        /// The exit code, or the negated signal.
        case exited(worker: UInt32, code: Int32)
        case ended(code: Int32)
    }

    let pid: pid_t
    /// The host's end of the control socket. Closing it makes the zygote kill all that it started, and exit.
    private let control: Mutex<Int32?>

    private init(pid: pid_t, control: Int32) {
        self.pid = pid
        self.control = Mutex(control)
    }

    deinit { end() }

    /// Starts the process. Events arrive on a thread of the zygote's own.
    static func start(
        executable: String, base: BaseEnvironment, onEvent: @escaping @Sendable (Event) -> Void
    ) async throws -> Zygote {
        var pair: [Int32] = [0, 0]
        guard altan_socket_pair(1, &pair) == 0 else { throw SubprocessError(program: executable, code: errno) }
        let (ours, theirs) = (pair[0], pair[1])
        return try await withCheckedThrowingContinuation { continuation in
            startThread {
                let null = open("/dev/null", O_RDWR | O_CLOEXEC)
                defer { close(null) }
                let process: Subprocess
                do {
                    defer { close(theirs) }
                    process = try Subprocess(
                        [executable, "worker", "zygote", "--control", "3", "--base", base.folder],
                        // Services must see nothing of this process's environment; theirs travels over the socket.
                        environment: ["PATH": defaultPath, "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"],
                        descriptors: [null, null, STDERR_FILENO, theirs], ownGroup: true)
                } catch {
                    close(ours)
                    continuation.resume(throwing: error)
                    return
                }
                // A duplicate, so that closing the one that sends cannot make this one name another file.
                let listening = dup(ours)
                continuation.resume(returning: Zygote(pid: process.pid, control: ours))
                listen(listening, onEvent)
                close(listening)
                onEvent(.ended(code: process.wait()))
            }
        }
    }

    /// Forks a worker. Both descriptors are the caller's to close.
    /// - Parameter imports: packages to be imported before the fork.
    /// - Returns: false if the zygote is gone.
    func spawn(worker: UInt32, cold: Bool, imports: [String], data: Int32, log: Int32) -> Bool {
        let payload = Array(imports.joined(separator: " ").utf8)
        let frame = Frame(.spawn, stream: worker, flags: cold ? .cold : [], payload: payload).bytes
        return control.withLock { control in
            guard let control else { return false }
            return altan_send_descriptors(control, frame, UInt(frame.count), [data, log], 2) == frame.count
        }
    }

    /// Tells the zygote to end with everything that it started; `ended` follows.
    func end() {
        control.withLock { control in
            guard let open = control else { return }
            // The listening duplicate keeps the socket open, so that close alone would not be noticed.
            shutdown(open, Int32(SHUT_RDWR))
            close(open)
            control = nil
        }
    }

    /// Ends it by force.
    func kill() { _ = Glibc.kill(pid, SIGKILL) }

    private static func listen(_ socket: Int32, _ onEvent: (Event) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            var decoder = FrameDecoder()
            decoder.append(buffer[..<count])
            // A message is one frame; one that is none cannot come from our own zygote.
            guard let frame = try? decoder.next(), let event = event(frame) else { return }
            onEvent(event)
        }
    }

    private static func event(_ frame: Frame) -> Event? {
        switch frame.kind {
        case .ready:
            guard let report = try? JSON(parsing: frame.payload) else { return nil }
            return .ready(missing: strings(report["missing"]))
        case .spawned:
            return number(frame.payload, at: 0).map { .spawned(worker: frame.stream, pid: pid_t($0)) }
        case .exited:
            return number(frame.payload, at: 4).map {
                .exited(worker: frame.stream, code: altan_exit_code(Int32(bitPattern: $0)))
            }
        default: return nil
        }
    }

    private static func strings(_ object: JSON?) -> [String: String] {
        var result: [String: String] = [:]
        for member in object?.objectValue ?? [] { result[member.key] = member.value.stringValue ?? "" }
        return result
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 4 else { return nil }
        return bytes.withUnsafeBytes {
            UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }
}

/// What a service finds as `PATH`.
let defaultPath = "/usr/local/bin:/usr/bin:/bin"

/// Starts a thread that runs `body` and ends with it.
func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(ThreadBody(body))
    let code = pthread_create(
        &thread, nil,
        { pointer in
            Unmanaged<ThreadBody>.fromOpaque(pointer!).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
    precondition(code == 0, "no thread could be made: \(String(cString: strerror(code)))")
    pthread_detach(thread)
}

/// What a thread is to run, as an object that C can hold a pointer to.
private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
