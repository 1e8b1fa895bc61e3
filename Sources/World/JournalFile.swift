private import Glibc
import JSONText

/// `journal.jsonl` and its predecessors `journal.1.jsonl` (the newest) to `journal.3.jsonl`. Used on the journal's queue.
struct JournalFile: ~Copyable {
    private static let kept = 4

    private let folder: String
    private let largest: Int
    private var descriptor: Int32
    private var size: Int

    /// - Parameter largest: the size in bytes beyond which a file is set aside.
    init(folder: String, largest: Int) throws {
        self.folder = folder
        self.largest = largest
        try makeFolder(folder)
        (descriptor, size) = try openForAppending(folder + "/journal.jsonl")
    }

    deinit { Glibc.close(descriptor) }

    /// Appends one line. A full disk loses lines, never the emulator.
    mutating func write(_ line: [UInt8]) {
        if size + line.count > largest { rotate() }
        var written = 0
        while written < line.count {
            let count = line[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            written += max(count, 0)
        }
        size += line.count
    }

    /// The newest `limit` lines that `wanted` accepts, oldest first.
    func lines(limit: Int, where wanted: (JSON) -> Bool) throws -> [JSON] {
        var found: [JSON] = []
        for index in 0..<Self.kept where found.count < limit {
            guard let bytes = readWholeFile(path(index)) else { continue }
            // From the end, so that a question about the newest lines need not look at all of them.
            var end = bytes.count
            while end > 0, found.count < limit {
                let start = bytes[..<(end - 1)].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                // The last line of a process that was killed may be half a line.
                if let json = try? JSON(parsing: bytes[start..<end]), wanted(json) { found.append(json) }
                end = start
            }
        }
        return found.reversed()
    }

    private mutating func rotate() {
        unlink(path(Self.kept - 1))
        for index in (0..<Self.kept - 1).reversed() { rename(path(index), path(index + 1)) }
        guard let (next, _) = try? openForAppending(path(0)) else { return }
        Glibc.close(descriptor)
        descriptor = next
        size = 0
    }

    private func path(_ index: Int) -> String { folder + (index == 0 ? "/journal.jsonl" : "/journal.\(index).jsonl") }
}

/// A system call on a file that failed.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let number: Int32

    package var description: String { "\(path): \(String(cString: strerror(number)))" }
}

/// Makes a folder, and those above it, for this user only.
package func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
        throw FileError(path: path, number: errno)
    }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError(path: path, number: errno) }
}

/// Opens a file for appending, made for this user only; its descriptor and present size.
package func openForAppending(_ path: String) throws -> (descriptor: Int32, size: Int) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    return (descriptor, Int(lseek(descriptor, 0, SEEK_END)))
}

/// A file's bytes, nil where there is none; with `last`, only that many from its end.
package func readWholeFile(_ path: String, last: Int = .max) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let length = min(size, last)
    lseek(descriptor, off_t(size - length), SEEK_SET)
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
        while filled < length {
            let count = read(descriptor, buffer.baseAddress! + filled, length - filled)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
    }
}
