/// Makes lines of bytes that arrive in pieces: a read of a pipe ends anywhere.
struct LineAssembler {
    /// A line longer than this is cut, so that output without newlines cannot fill the memory.
    static let longestLine = 64 << 10

    private var part: [UInt8] = []

    /// The lines that `bytes` completes, without their newlines.
    mutating func append(_ bytes: some Collection<UInt8>) -> [String] {
        var lines: [String] = []
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(line(part + rest[..<newline]))
            part = []
            rest = rest[rest.index(after: newline)...]
        }
        part.append(contentsOf: rest)
        while part.count > Self.longestLine {
            lines.append(line(Array(part.prefix(Self.longestLine))))
            part.removeFirst(Self.longestLine)
        }
        return lines
    }

    /// What stands after the last newline.
    mutating func finish() -> String? {
        defer { part = [] }
        return part.isEmpty ? nil : line(part)
    }

    private func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}
