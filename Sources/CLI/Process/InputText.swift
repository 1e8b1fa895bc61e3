import Glibc

/// What a command reads: files, pipes, standard input.
enum InputText {
    /// The text of a file; `-` is standard input.
    static func read(_ file: String) throws(CommandFailure) -> String {
        let bytes = try file == "-" ? bytes(of: STDIN_FILENO, named: "Standard input") : bytes(ofFile: file)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func bytes(ofFile path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try bytes(of: descriptor, named: path)
    }

    private static func bytes(of descriptor: Int32, named name: String) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(file: name, reason: String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// The next line without its end; nil at the end of the input. Reads byte by byte: what follows is not ours.
    static func line(of descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }
}
