import CPythonShim
import Glibc

/// Makes a folder and those above it.
func makeFolders(_ path: String) throws(SetupError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
        made += "/" + part
        guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw .file(made, errno) }
    }
}

func writeFile(_ path: String, _ text: String) throws(SetupError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .file(path, errno) }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw .file(path, errno) }
        rest = rest.dropFirst(count)
    }
}

/// The text of a file; nil where there is none.
func readFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
        bytes.append(contentsOf: buffer[..<count])
    }
}

/// Removes a folder with everything in it; what is not there is no error.
func removeTree(_ path: String) { _ = altan_remove_tree(path) }
