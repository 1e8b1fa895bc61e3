private import Dispatch
private import Glibc
private import Synchronization
package import World

/// What services print: `logs/<cloud id>/<service>.log`, a line a line with its time and request.
///
/// Appending only fills a buffer; one queue redacts and writes, 50 ms later at most. A file of 16 MB is set aside as
/// `.log.1`, one older file is kept. When services print faster than the disk writes, lines are dropped and counted.
package final class LogStore: LogSink {
    /// One printed line.
    package struct Line: Hashable, Sendable {
        package var timestamp: Timestamp
        package var service: String
        package var requestID: String?
        package var message: String
    }

    private struct Pending: Sendable {
        var file: String
        var line: Line
    }

    private struct Buffer {
        var lines: [Pending] = []
        var scheduled = false
        var dropped = 0
    }

    private static let bufferLimit = 100_000

    private let world: World
    private let redactor: Redactor
    private let folder: String
    private let buffer = Mutex(Buffer())
    private let files: Mutex<LogFiles>
    private let queue = DispatchQueue(label: "logs")

    package init(folder: String, world: World, redactor: Redactor) throws {
        try makeFolder(folder)
        self.folder = folder
        self.world = world
        self.redactor = redactor
        files = Mutex(LogFiles())
    }

    package func append(line: String, service: String, cloud: String, requestID: String?) {
        let entry = Line(timestamp: world.now, service: service, requestID: requestID, message: line)
        let path = path(service: service, cloud: cloud)
        let mustSchedule = buffer.withLock { buffer in
            guard buffer.lines.count < Self.bufferLimit else {
                buffer.dropped += 1
                return false
            }
            buffer.lines.append(Pending(file: path, line: entry))
            defer { buffer.scheduled = true }
            return !buffer.scheduled
        }
        if mustSchedule { queue.asyncAfter(deadline: .now() + .milliseconds(50)) { self.writePending() } }
    }

    /// The newest lines of a service, or of all services of the cloud in the order of time; oldest first.
    /// - Parameter since: only lines of that moment or later.
    /// - Parameter requestID: only lines printed during that request.
    package func lines(
        cloud: String, service: String? = nil, tail: Int = 1000, since: Timestamp? = nil, requestID: String? = nil
    ) async throws -> [Line] {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writePending()
                let services = service.map { [$0] } ?? self.servicesWithLogs(cloud: cloud)
                var found = services.flatMap { name in
                    LogFiles.read(self.path(service: name, cloud: cloud), service: name, tail: tail) { line in
                        (since.map { line.timestamp >= $0 } ?? true)
                            && (requestID == nil || line.requestID == requestID)
                    }
                }
                if services.count > 1 { found.sort { $0.timestamp < $1.timestamp } }
                continuation.resume(returning: Array(found.suffix(tail)))
            }
        }
    }

    /// Waits until everything appended so far is written.
    package func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writePending()
                continuation.resume()
            }
        }
    }

    /// Writes what is pending. Blocks: for the end of the process.
    package func close() { queue.sync { writePending() } }

    private func writePending() {
        let (lines, dropped) = buffer.withLock { buffer in
            defer { buffer = Buffer() }
            return (buffer.lines, buffer.dropped)
        }
        guard let last = lines.last else { return }
        files.withLock { files in
            for pending in lines {
                var line = pending.line
                line.message = redactor.redact(line.message)
                files.write(line, to: pending.file)
            }
            if dropped > 0 {
                var line = last.line
                line.message = "[emulator] \(dropped) lines were dropped: services print faster than the disk writes"
                files.write(line, to: last.file)
            }
        }
    }

    private func path(service: String, cloud: String) -> String {
        "\(folder)/\(Self.fileName(cloud))/\(Self.fileName(service)).log"
    }

    /// Names come from requests too: one with a slash must not lead out of the folder.
    private static func fileName(_ name: String) -> String {
        String(decoding: name.utf8.map { KeyPattern.isWord($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
            .replacingDots
    }

    private func servicesWithLogs(cloud: String) -> [String] {
        guard let directory = opendir("\(folder)/\(Self.fileName(cloud))") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".log"), !name.hasPrefix(PlatformLog.prefix) { names.append(String(name.dropLast(4))) }
        }
        return names.sorted()
    }
}

extension String {
    /// A name of dots only would be a folder.
    fileprivate var replacingDots: String { allSatisfy { $0 == "." } ? "_" : self }
}
