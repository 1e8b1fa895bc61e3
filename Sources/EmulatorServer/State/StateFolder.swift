import Glibc
package import JSONText
import Synchronization
import World

/// The folder that holds everything an emulator keeps, locked while one uses it.
///
/// `format` · `lock` · `run.json` (0600) · `control.db` · `clouds/<id>/postgres.db` · `logs/` · `journal/` · `mark/`
package final class StateFolder: Sendable {
    /// What this version writes into `format`.
    package static let format = "1"
    /// A marker file that is there until the seed's services have been deployed.
    private static let pendingServices = "services.pending"

    package let path: String
    /// The folder held no state before: it is to be seeded.
    let isNew: Bool
    /// Removed when the emulator stops.
    let isEphemeral: Bool
    private let lock: Int32

    /// Takes the folder, making it where it is missing.
    /// - Throws: `StartFailure` when another emulator has it, or it holds another format.
    package init(_ path: String, isEphemeral: Bool) throws {
        self.path = path
        self.isEphemeral = isEphemeral
        do {
            try makeFolder(path)
        } catch {
            throw StartFailure.other("The state folder cannot be made: \(error)")
        }
        lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw StartFailure.other("The state folder \(path) cannot be used: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            let run = Self.readRun(path)
            throw StartFailure.stateLocked(
                folder: path, pid: run?["pid"]?.intValue, url: run?["base_url"]?.stringValue)
        }
        if let found = readWholeFile(path + "/format") {
            let text = String(decoding: found, as: UTF8.self).filter { $0 != "\n" }
            guard text == Self.format else {
                close(lock)
                throw StartFailure.unknownFormat(folder: path, found: text)
            }
            isNew = false
        } else {
            isNew = true
            // A first start that was killed while it seeded left a part; the seed is loaded from the beginning.
            Self.removeContents(path)
        }
        for folder in ["clouds", "logs", "journal", "mark"] { try makeFolder(path + "/" + folder) }
        // What a killed emulator left behind says nothing any more.
        unlink(path + "/run.json")
    }

    /// A fresh folder for `--ephemeral`.
    package static func temporaryPath() -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/altan-emulator-XXXXXX".utf8CString)
        return template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "\(base)/altan-emulator"
        }
    }

    /// Says that the state is complete: from now on it is not seeded again, but for services that are yet to be
    /// deployed.
    func complete(servicesArePending: Bool) throws {
        if servicesArePending { try write("", to: Self.pendingServices, mode: 0o644) }
        try write(Self.format + "\n", to: "format", mode: 0o644)
    }

    /// Whether the seed's services were not all deployed yet, by this or an earlier start.
    var hasPendingServices: Bool { access("\(path)/\(Self.pendingServices)", F_OK) == 0 }

    func servicesAreDeployed() { unlink("\(path)/\(Self.pendingServices)") }

    /// Writes `run.json`, by which commands find this emulator.
    func announce(_ run: JSON) throws { try write(run.prettyText + "\n", to: "run.json", mode: 0o600) }

    /// 32 bytes that stay the same as long as the state does.
    func key(named name: String, world: World) throws -> [UInt8] {
        if let found = readWholeFile("\(path)/\(name)"), found.count == 32 { return found }
        let key = world.entropy.bytes(32)
        try write(key, to: name, mode: 0o600)
        return key
    }

    /// What a running emulator of that folder announced.
    package static func readRun(_ folder: String) -> JSON? {
        readWholeFile(folder + "/run.json").flatMap { try? JSON(parsing: $0) }
    }

    /// Lets go of the folder, and removes it when it was for this run only.
    func release() {
        unlink(path + "/run.json")
        if isEphemeral { removeTree(path) }
        close(lock)
    }

    /// Removes everything that a failed first start wrote, so that the next one starts anew.
    func discard() {
        Self.removeContents(path)
        release()
    }

    private static func removeContents(_ path: String) {
        for name in ["control.db", "control.db-wal", "control.db-shm", "clouds", "logs", "journal", "mark"] {
            removeTree(path + "/" + name)
        }
    }

    private func write(_ text: String, to name: String, mode: mode_t) throws {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    private func write(_ bytes: [UInt8], to name: String, mode: mode_t) throws {
        let temporary = "\(path)/.\(name).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw StartFailure.other("\(temporary): \(String(cString: strerror(errno)))")
        }
        let written = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count, rename(temporary, "\(path)/\(name)") == 0 else {
            throw StartFailure.other("\(path)/\(name): \(String(cString: strerror(errno)))")
        }
    }
}

/// Removes a file or a folder with everything in it; what is not there is no error.
func removeTree(_ path: String) {
    var information = stat()
    guard lstat(path, &information) == 0 else { return }
    if information.st_mode & S_IFMT == S_IFDIR {
        for name in folderEntries(path) { removeTree(path + "/" + name) }
        rmdir(path)
    } else {
        unlink(path)
    }
}

/// The names in a folder, sorted; empty for what is no folder.
func folderEntries(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Whether a path leads to a folder.
func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}

/// A path from the root.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
}
