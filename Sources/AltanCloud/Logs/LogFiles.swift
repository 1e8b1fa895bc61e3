private import Glibc
import World

/// The open log files. A line of a file is `time TAB request id or - TAB message`. Used on the log store's queue.
struct LogFiles: ~Copyable {
    private static let largest = 16 << 20
    /// How much of a file's end is read first: enough for most questions.
    private static let usual = 1 << 20

    private var open: [String: (descriptor: Int32, size: Int)] = [:]

    deinit { for file in open.values { Glibc.close(file.descriptor) } }

    /// Appends a line. A full disk loses lines, never the emulator.
    mutating func write(_ line: LogStore.Line, to path: String) {
        guard var file = open[path] ?? openFile(path) else { return }
        // A carriage return or newline inside a message would make two lines of it.
        let message = line.message.replacing("\n", with: "\\n")
        let bytes = Array("\(line.timestamp)\t\(line.requestID ?? "-")\t\(message)\n".utf8)
        if file.size + bytes.count > Self.largest {
            Glibc.close(file.descriptor)
            rename(path, path + ".1")
            open[path] = nil
            guard let next = openFile(path) else { return }
            file = next
        }
        _ = bytes.withUnsafeBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
        file.size += bytes.count
        open[path] = file
    }

    private func openFile(_ path: String) -> (descriptor: Int32, size: Int)? {
        if let slash = path.lastIndex(of: "/") { try? makeFolder(String(path[..<slash])) }
        return try? openForAppending(path)
    }

    /// The newest `tail` lines that `wanted` accepts, oldest first.
    static func read(
        _ path: String, service: String, tail: Int, where wanted: (LogStore.Line) -> Bool
    ) -> [LogStore.Line] {
        guard let end = readWholeFile(path, last: usual) else { return [] }
        var found = scan(end, isWhole: end.count < usual, service, tail, wanted)
        if found.count < tail, end.count == usual, let all = readWholeFile(path) {
            found = scan(all, isWhole: true, service, tail, wanted)
        }
        if found.count < tail, let older = readWholeFile(path + ".1") {
            found = scan(older, isWhole: true, service, tail - found.count, wanted) + found
        }
        return found
    }

    private static func scan(
        _ bytes: [UInt8], isWhole: Bool, _ service: String, _ tail: Int, _ wanted: (LogStore.Line) -> Bool
    ) -> [LogStore.Line] {
        // Reading from somewhere in the middle: the first line may be half of one.
        let lines = bytes.split(separator: UInt8(ascii: "\n")).dropFirst(isWhole ? 0 : 1)
        var found: [LogStore.Line] = []
        for bytes in lines.reversed() {
            guard found.count < tail else { break }
            if let line = parse(bytes, service), wanted(line) { found.append(line) }
        }
        return found.reversed()
    }

    private static func parse(_ bytes: ArraySlice<UInt8>, _ service: String) -> LogStore.Line? {
        let parts = bytes.split(separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let timestamp = Timestamp(iso8601: String(decoding: parts[0], as: UTF8.self)) else {
            return nil
        }
        let requestID = String(decoding: parts[1], as: UTF8.self)
        return LogStore.Line(
            timestamp: timestamp, service: service, requestID: requestID == "-" ? nil : requestID,
            message: String(decoding: parts[2], as: UTF8.self))
    }
}
