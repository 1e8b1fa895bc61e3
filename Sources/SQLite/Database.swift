import Dispatch
import Synchronization

/// A database file: one writer behind a serial queue, several readers beside it.
///
/// Writers take `BEGIN IMMEDIATE`, one after the other, so no transaction ever fails for having to wait; readers see
/// the last commit (WAL) and never wait. Blocking calls run on this value's own threads, never on Swift's shared pool.
package final class Database: Sendable {
    package let path: String
    private let writer: DispatchQueue
    private let writerConnection: Unchecked<Connection>
    private let idle: Mutex<[Unchecked<Connection>]>
    private let options: Connection.Options
    private let configure: @Sendable (Connection) throws -> Void

    /// Opens or creates the file.
    /// - Parameter configure: called once with every connection made, to register functions and collations.
    package init(
        path: String,
        durable: Bool = true,
        configure: @escaping @Sendable (Connection) throws -> Void = { _ in }
    ) throws {
        self.path = path
        self.options = Connection.Options(readOnly: false, durable: durable)
        self.configure = configure
        let connection = try Connection(path: path, options: options)
        try configure(connection)
        writerConnection = Unchecked(connection)
        writer = DispatchQueue(label: "sqlite.writer")
        idle = Mutex([])
    }

    /// Runs `body` alone on the writer, in a transaction: committed when it returns, rolled back when it throws.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withWriter { connection in try connection.transaction { try body(connection) } }
    }

    /// Runs `body` alone on the writer with no transaction around it: for those who bring their own.
    package func withWriter<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            writer.async { continuation.resume(with: Result { try body(self.writerConnection.value) }) }
        }
    }

    /// As `withWriter`, for synchronous callers (start-up, a CLI command). Blocks the calling thread.
    package func withWriterBlocking<T>(_ body: (Connection) throws -> T) throws -> T {
        try writer.sync { try body(writerConnection.value) }
    }

    /// Runs tasks on the threads that may block: their reads, of any database, then change no threads.
    package static let executor: any TaskExecutor = BlockingThreads.shared

    /// Runs `body` on a reader, in one read transaction, on a thread that may block.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        if BlockingThreads.shared.isCurrent { return try readBlocking(body) }
        return try await withCheckedThrowingContinuation { continuation in
            BlockingThreads.shared.queue.async { continuation.resume(with: Result { try self.readBlocking(body) }) }
        }
    }

    /// Runs `body` on a reader, in one read transaction, on the calling thread. For work known to be short.
    package func readBlocking<T>(_ body: (Connection) throws -> T) throws -> T {
        let connection = try takeReader()
        defer { idle.withLock { $0.append(connection) } }
        return try connection.value.reading { try body(connection.value) }
    }

    private func takeReader() throws -> Unchecked<Connection> {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        let connection = try Connection(path: path, options: options)
        try configure(connection)
        return Unchecked(connection)
    }
}

/// Threads that SQLite may block, for readers and for tasks.
private final class BlockingThreads: TaskExecutor {
    static let shared = BlockingThreads()

    let queue = DispatchQueue(label: "sqlite.readers", attributes: .concurrent)

    /// Whether the task that asks is run by this executor.
    var isCurrent: Bool {
        withUnsafeCurrentTask { $0?.unownedTaskExecutor == asUnownedTaskExecutor() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Carries a connection between threads. Sound because the writer's is touched on its queue only, and a reader's by
/// the one that took it out of the idle list.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
