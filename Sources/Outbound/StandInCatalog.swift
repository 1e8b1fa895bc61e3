import Glibc
import Synchronization
import World

/// Knows every stand-in: those of a folder, read again when they change, before those that are built in.
package final class StandInCatalog: Sendable {
    /// What was last read of the folder, and what the folder looked like then.
    private struct Reading {
        var signature: [Signature]?
        var standIns: [StandIn] = []
    }

    private struct Signature: Hashable {
        var path: String
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// `seed/thirdparty`; nil without a seed.
    package let folder: String?
    /// Made when they are first needed: a start does not need them.
    private let makeBuiltIn: @Sendable () -> [StandIn]
    private let reading = Mutex(Reading())

    package init(folder: String?, builtIn: @autoclosure @escaping @Sendable () -> [StandIn] = BuiltInStandIns.all) {
        self.folder = folder
        makeBuiltIn = builtIn
    }

    package var builtIn: [StandIn] { makeBuiltIn() }

    /// The stand-ins of the folder as they are now.
    package var own: [StandIn] {
        guard let folder else { return [] }
        return reading.withLock { reading in
            let signature = Self.signature(of: folder)
            if signature != reading.signature { reading = Reading(signature: signature, standIns: Self.read(folder)) }
            return reading.standIns
        }
    }

    /// All of them, in the order in which they are asked.
    package var all: [StandIn] { own + builtIn }

    package func own(for host: String) -> StandIn? { own.first { $0.answers(for: host) } }

    package func builtIn(for host: String) -> StandIn? { builtIn.first { $0.answers(for: host) } }

    package func named(_ name: String) -> StandIn? { all.first { $0.name == name } }

    /// `<host>.py`, or `<host>/` with `__init__.py` and more modules.
    private static func read(_ folder: String) -> [StandIn] {
        entries(folder).compactMap { entry in
            let path = "\(folder)/\(entry)"
            if entry.hasSuffix(".py"), let source = text(path) {
                return StandIn(name: String(entry.dropLast(3)), modules: ["__init__": source], origin: .file(path))
            }
            var modules: [String: String] = [:]
            for file in entries(path) where file.hasSuffix(".py") {
                modules[String(file.dropLast(3))] = text("\(path)/\(file)")
            }
            return modules["__init__"] == nil ? nil : StandIn(name: entry, modules: modules, origin: .file(path))
        }
    }

    private static func text(_ path: String) -> String? {
        readWholeFile(path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func signature(of folder: String) -> [Signature] {
        var found: [Signature] = []
        for entry in entries(folder) {
            let path = "\(folder)/\(entry)"
            var isFolder = false
            guard let signature = status(path, &isFolder) else { continue }
            found.append(signature)
            // A failed look costs as much as one that finds something, and every call pays for it.
            guard isFolder else { continue }
            for file in entries(path) { status("\(path)/\(file)", &isFolder).map { found.append($0) } }
        }
        return found
    }

    private static func status(_ path: String, _ isFolder: inout Bool) -> Signature? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        return Signature(
            path: path, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    /// Names in a folder that are not hidden, sorted; none where it is no folder.
    private static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), !name.hasPrefix("__pycache__") { names.append(name) }
        }
        return names.sorted()
    }
}
