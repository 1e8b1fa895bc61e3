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
    private let readers: DispatchQueue
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
        readers = DispatchQueue(label: "sqlite.readers", attributes: .concurrent)
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

    /// Runs `body` on a reader, in one read transaction, on a thread of its own.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            readers.async { continuation.resume(with: Result { try self.readBlocking(body) }) }
        }
    }

    /// Runs `body` on a reader, in one read transaction, on the calling thread. For work known to be short.
    package func readBlocking<T>(_ body: (Connection) throws -> T) throws -> T {
        let connection = try takeReader()
        defer { idle.withLock { $0.append(connection) } }
        return try connection.value.transaction("BEGIN") { try body(connection.value) }
    }

    private func takeReader() throws -> Unchecked<Connection> {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        let connection = try Connection(path: path, options: options)
        try configure(connection)
        return Unchecked(connection)
    }

    /// Closes the idle readers; the next read opens new ones. For when the file is replaced under a stopped writer.
    package func closeIdleReaders() { idle.withLock { $0.removeAll() } }
}

/// Carries a connection between threads. Sound because the writer's is touched on its queue only, and a reader's by
/// the one that took it out of the idle list.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
