import Glibc

extension BaseEnvironment {
    /// Makes the environment, unless it is there: a virtual environment with the packages of the lock, built beside
    /// its place and then moved there in one step. Index and proxy variables of pip are honoured, pip being who asks.
    /// - Parameter progress: told what is being done, a line at a time.
    package func setup(
        environment: [String: String], offline: Bool = false, progress: @escaping @Sendable (String) -> Void
    ) async throws {
        guard !isReady else { return progress("Python environment is ready: \(folder)") }
        guard let python = Self.systemPython else { throw SetupError.noPython(version: Self.version) }
        let draft = "\(folder).\(getpid())"
        try makeFolders(draft)
        defer { removeTree(draft) }

        progress("Making a Python \(Self.version) environment with \(python)")
        try await step([python, "-m", "venv", draft], environment, progress) { SetupError.venv($0) }
        let requirements = "\(draft)/\(Self.marker).part"
        try writeFile(requirements, baseLock)
        progress("Installing \(baseLock.split(separator: "\n").count) packages")
        let install = [
            "\(draft)/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps",
            "--requirement", requirements,
        ]
        try await step(install + (offline ? ["--no-index"] : []), environment, progress) { SetupError.install($0) }
        guard rename(requirements, "\(draft)/\(Self.marker)") == 0 else { throw SetupError.file(draft, errno) }
        // Another setup may have been faster; its result is as good.
        guard rename(draft, folder) == 0 || isReady else { throw SetupError.file(folder, errno) }
        progress("Python environment is ready: \(folder)")
    }

    private func step(
        _ command: [String], _ environment: [String: String], _ progress: @escaping @Sendable (String) -> Void,
        _ failure: (String) -> SetupError
    ) async throws {
        let output = try await runCommand(command, environment: environment) { progress("  " + $0) }
        guard output.exitCode == 0 else { throw failure(output.text) }
    }
}

/// Why the base environment could not be made.
package enum SetupError: Error, Hashable, Sendable, CustomStringConvertible {
    case noPython(version: String)
    /// What `python -m venv` printed.
    case venv(String)
    /// What pip printed.
    case install(String)
    case file(String, Int32)

    package var description: String {
        switch self {
        case .noPython(let version):
            "No python\(version) belongs to the Python library that this program uses. "
                + "Install it (Debian: apt install python3 python3-venv)."
        case .venv(let output):
            "The virtual environment could not be made (Debian: apt install python3-venv).\n\(output)"
        case .install(let output): "The packages could not be installed.\n\(output)"
        case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
        }
    }
}
