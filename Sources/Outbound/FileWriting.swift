import Glibc

/// Replaces a file's contents as a whole, or leaves it as it was. Readable by this user only.
func writeWholeFile(_ bytes: [UInt8], to path: String) throws(WriteFailure) {
    let scratch = path + ".new"
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw WriteFailure(number: errno) }
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else {
            let failure = WriteFailure(number: errno)
            close(descriptor)
            throw failure
        }
        rest = rest.dropFirst(count)
    }
    close(descriptor)
    guard rename(scratch, path) == 0 else { throw WriteFailure(number: errno) }
}

/// A system call that failed while a file was written.
struct WriteFailure: Error, CustomStringConvertible {
    let number: Int32

    var description: String { String(cString: strerror(number)) }
}
