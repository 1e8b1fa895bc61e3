import Glibc

/// Standard output and standard error, written at once and never buffered.
enum Output {
    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// The same on standard error without a newline.
    static func errorText(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Text as it is, without a newline of ours.
    static func text(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Makes a file of it, or replaces one.
    static func write(_ text: String, toFile file: String) throws(CommandFailure) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = open(file, flags, 0o644)
        guard descriptor >= 0 else { throw .unwritable(file: file, reason: String(cString: strerror(errno))) }
        write(text, to: descriptor)
        guard close(descriptor) == 0 else { throw .unwritable(file: file, reason: String(cString: strerror(errno))) }
    }

    /// Writes all of it. A reader that went away is no failure of ours.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
