import EmulatorServer
import Glibc
import JSONText
import ServiceRuntime

/// One thing that was looked at.
struct Finding {
    var subject: String
    /// What was found.
    var fact: String
    /// What to do; nil where all is well.
    var fix: String?

    var text: String {
        (fix == nil ? "ok       " : "problem  ") + "\(subject): \(fact)" + (fix.map { ". \($0)" } ?? "")
    }

    var json: JSON {
        ["subject": .string(subject), "ok": .bool(fix == nil), "fact": .string(fact), "fix": .optional(fix)]
    }
}

/// The single checks. None of them changes anything.
enum Checkup {
    /// The version of Debian 12; what is older lacks functions that generated SQL uses.
    private static let oldestSQLite = [3, 40]

    static func python(_ base: BaseEnvironment) -> Finding {
        let subject = "Python \(BaseEnvironment.version) environment"
        return base.isReady
            ? Finding(subject: subject, fact: base.folder)
            : Finding(subject: subject, fact: "not made yet", fix: "Run `altan-emulator setup`.")
    }

    static func uv(_ base: BaseEnvironment) -> Finding {
        let path = "\(base.folder)/bin/uv"
        return access(path, X_OK) == 0
            ? Finding(subject: "uv", fact: path)
            : Finding(
                subject: "uv", fact: "missing in the Python environment",
                fix: base.isReady
                    ? "Remove \(base.folder) and run `altan-emulator setup`." : "Run `altan-emulator setup`.")
    }

    /// Asked of the library that is loaded, which need not be the one that was there when this was built.
    static func sqlite() -> Finding {
        guard let symbol = dlsym(nil, "sqlite3_libversion") else {
            return Finding(subject: "SQLite", fact: "not loaded", fix: "Install libsqlite3-0.")
        }
        let version = String(
            cString: unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<CChar>).self)())
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        let isEnough = !numbers.lexicographicallyPrecedes(oldestSQLite)
        let oldest = oldestSQLite.map(String.init).joined(separator: ".")
        return Finding(
            subject: "SQLite", fact: version,
            fix: isEnough ? nil : "Version \(oldest) or newer of libsqlite3 is needed.")
    }

    static func port(_ port: Int, state: String) -> Finding {
        let subject = "port \(port)"
        if canBind(port) { return Finding(subject: subject, fact: "free") }
        if let run = StateFolder.readRun(state), run["port"]?.intValue == port, let pid = run["pid"]?.intValue {
            return Finding(subject: subject, fact: "served by the emulator of this state folder, process \(pid)")
        }
        return Finding(
            subject: subject, fact: "in use", fix: "Stop what listens there, or start with --port 0 for a free one.")
    }

    private static func canBind(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // As the listener does: connections of an earlier one that are still closing are no obstacle.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func state(_ folder: String) -> Finding {
        let subject = "state"
        guard ProcessEnvironment.exists(folder + "/format") else {
            return Finding(subject: subject, fact: "none in \(folder) yet; a start makes it")
        }
        let format = (try? InputText.read(folder + "/format"))?.filter { $0 != "\n" } ?? ""
        return format == StateFolder.format
            ? Finding(subject: subject, fact: "\(folder), format 1")
            : Finding(
                subject: subject, fact: "\(folder) has format \(format), which this version does not read",
                fix: "Name another folder with --state, or remove this one to start from the seed.")
    }

    /// Whether files can be made in a folder, or the folder itself where it does not exist yet.
    static func writable(_ subject: String, _ folder: String) -> Finding {
        var place = folder
        while !ProcessEnvironment.exists(place), let slash = place.lastIndex(of: "/"), slash != place.startIndex {
            place = String(place[..<slash])
        }
        guard ProcessEnvironment.isFolder(place), access(place, W_OK | X_OK) == 0 else {
            return Finding(
                subject: subject, fact: "\(folder) cannot be written",
                fix: subject == "cache" ? "Name another one in ALTAN_EMULATOR_CACHE." : "Name another one with --state."
            )
        }
        return Finding(subject: subject, fact: "\(folder) can be written")
    }
}
