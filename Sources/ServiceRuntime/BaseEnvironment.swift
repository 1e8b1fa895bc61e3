/// The Python packages that every service finds installed: a virtual environment made once per machine and version.
package struct BaseEnvironment: Sendable {
    /// `CACHE/python/<abi>-<lock hash>`.
    package let folder: String

    /// The folder that caches belong in: `$ALTAN_EMULATOR_CACHE`, else `$XDG_CACHE_HOME/altan-emulator`, else
    /// `~/.cache/altan-emulator`.
    package static func cacheFolder(environment: [String: String]) -> String {
        if let folder = environment["ALTAN_EMULATOR_CACHE"], !folder.isEmpty { return folder }
        if let folder = environment["XDG_CACHE_HOME"], !folder.isEmpty { return folder + "/altan-emulator" }
        return (environment["HOME"] ?? "/tmp") + "/.cache/altan-emulator"
    }
}
