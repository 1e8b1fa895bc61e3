import CPythonShim
import Crypto
import Glibc

/// The Python packages that every service finds installed: a virtual environment made once per machine and version.
package struct BaseEnvironment: Sendable {
    /// `CACHE/python/<abi>-<lock hash>`.
    package let folder: String

    package init(cacheFolder: String) {
        folder = "\(cacheFolder)/python/\(Self.abi)-\(Self.lockHash)"
    }

    /// The folder that caches belong in: `$ALTAN_EMULATOR_CACHE`, else `$XDG_CACHE_HOME/altan-emulator`, else
    /// `~/.cache/altan-emulator`.
    package static func cacheFolder(environment: [String: String]) -> String {
        if let folder = environment["ALTAN_EMULATOR_CACHE"], !folder.isEmpty { return folder }
        if let folder = environment["XDG_CACHE_HOME"], !folder.isEmpty { return folder + "/altan-emulator" }
        return (environment["HOME"] ?? "/tmp") + "/.cache/altan-emulator"
    }

    /// Whether `setup` has made it.
    package var isReady: Bool { access("\(folder)/\(Self.marker)", F_OK) == 0 }

    var python: String { "\(folder)/bin/python" }
    var uv: String { "\(folder)/bin/uv" }
    var sitePackages: String { "\(folder)/lib/python\(Self.version)/site-packages" }

    /// Major and minor version of the Python that this binary embeds: `3.11`.
    package static var version: String { String(cString: altan_python_version()) }

    /// Interpreter and machine, as far as compiled packages depend on them.
    static var abi: String {
        var name = utsname()
        uname(&name)
        let machine = withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return "cp\(version.filter { $0 != "." })-\(machine)"
    }

    static let lockHash = String(SHA256.hash(data: Array(baseLock.utf8)).hexadecimal.prefix(12))

    /// What it holds: versions by package.
    static let packages = Dictionary(
        uniqueKeysWithValues: baseLock.split(whereSeparator: { $0 == "\n" || $0 == " " }).map { line in
            let parts = line.split(separator: "=", omittingEmptySubsequences: true)
            return (String(parts[0]), String(parts[1]))
        })

    /// Written as the last file, so that it tells a complete environment.
    static let marker = "altan-base.lock"

    /// The interpreter whose standard library and version are those of the library that this binary embeds.
    /// It need not be the `python3` that the path names.
    static var systemPython: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard altan_python_library(&buffer, UInt(buffer.count)) == 0 else { return nil }
        var folder = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            let python = "\(folder)/bin/python\(version)"
            if access(python, X_OK) == 0, access("\(folder)/lib/python\(version)/os.py", R_OK) == 0 { return python }
        }
        return nil
    }
}
