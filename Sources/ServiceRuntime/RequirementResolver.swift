import AltanCloud
import Crypto
import Glibc

/// Finds out where the packages that a service asks for stand, and installs what is missing.
///
/// What is resolved once for a list of requirements is kept, so that the same list means the same versions later.
struct RequirementResolver: Sendable {
    let settings: RuntimeSettings
    let base: BaseEnvironment

    private var folder: String { "\(settings.cacheFolder)/requirements" }

    /// - Parameter installed: the base environment's packages and versions.
    func place(
        _ specifiers: [String], installed: [String: String]
    ) async throws(DeployFailure) -> RequirementPlacement {
        let wanted = specifiers.map(trimmed).filter { !$0.isEmpty && !$0.hasPrefix("#") }
        if let option = wanted.first(where: { $0.hasPrefix("-") }) {
            throw .requirements("`\(option)` is an option of pip, not a requirement.", hint: "Name packages only.")
        }
        let names = Set(installed.keys.map(Requirement.normalised))
        let parsed = wanted.map(Requirement.init)
        if parsed.allSatisfy({ $0.map { $0.isBare && names.contains($0.name) } ?? false }) {
            return RequirementPlacement()
        }
        let request = ResolvedSet(wanted).key(abi: BaseEnvironment.abi, baseLock: baseLock)
        if let kept = kept(request) { return try await placement(kept, installed) }
        let resolved = try await resolve(wanted, Set(parsed.compactMap { $0?.name }), installed)
        let placement = try await placement(resolved, installed)
        try keep(resolved, for: request)
        return placement
    }

    /// What a list of requirements came to.
    struct Resolution: Hashable, Sendable {
        /// Everything the folder holds; empty if the base environment satisfies the list.
        var set: ResolvedSet
        /// The folder must hold everything, because the base environment's versions do not fit.
        var isComplete: Bool
        var warnings: [String] = []
    }

    // MARK: Resolving

    private func resolve(
        _ wanted: [String], _ names: Set<String>, _ installed: [String: String]
    ) async throws(DeployFailure) -> Resolution {
        let change = DryRun(try await uv(["--dry-run", "--python", base.python] + wanted))
        guard !change.removed.isEmpty else {
            return Resolution(set: ResolvedSet(change.added), isComplete: false)
        }
        // A contradiction: a complete set of its own. First with all that the base offers, not older than its major
        // versions; resolvers would rather take a package from years ago than fail.
        let nowhere = "\(folder)/.nowhere"
        let fresh = ["--dry-run", "--python", base.python, "--target", nowhere]
        let offered = Self.offered.filter { !names.contains($0) }.map { name in
            guard let major = version(of: name, installed)?.prefix(while: { $0 != "." }) else { return name }
            return "\(name)>=\(major)"
        }
        let all: String?
        do throws(DeployFailure) {
            all = try await uv(fresh + wanted + offered)
        } catch {
            all = nil
        }
        if let all {
            return Resolution(
                set: ResolvedSet(DryRun(all).added), isComplete: true, warnings: aged(DryRun(all).added, installed))
        }
        let needed = Self.needed.filter { !names.contains($0) }
        let least = DryRun(try await uv(fresh + wanted + needed))
        let present = Set(least.added.compactMap { Requirement($0)?.name })
        let lost = offered.compactMap { Requirement($0)?.name }.filter { !present.contains($0) }
        var warnings = aged(least.added, installed)
        if !lost.isEmpty {
            warnings.append(
                "these requirements contradict packages that services usually find installed, so that it has not: "
                    + lost.joined(separator: ", "))
        }
        return Resolution(set: ResolvedSet(least.added), isComplete: true, warnings: warnings)
    }

    /// What a service finds without asking.
    private static let offered = [
        "fastapi", "pydantic", "starlette", "httpx", "python-multipart", "supabase", "stripe",
    ]
    /// What no service runs without.
    private static let needed = ["fastapi", "python-multipart"]

    private func version(of name: String, _ installed: [String: String]) -> String? {
        installed.first { Requirement.normalised($0.key) == name }?.value
    }

    /// Packages that came out with an older major version than the base environment's.
    private func aged(_ packages: [String], _ installed: [String: String]) -> [String] {
        packages.compactMap { package in
            let parts = package.split(separator: "=", omittingEmptySubsequences: true)
            guard parts.count == 2, let newer = version(of: Requirement.normalised(parts[0]), installed),
                let mine = Int(parts[1].prefix { $0 != "." }), let theirs = Int(newer.prefix { $0 != "." }),
                mine < theirs
            else { return nil }
            return "the requirements lead to an old \(parts[0]): \(parts[1]) (usual: \(newer))"
        }
    }

    // MARK: Installing

    private func placement(
        _ resolution: Resolution, _ installed: [String: String]
    ) async throws(DeployFailure) -> RequirementPlacement {
        guard !resolution.set.packages.isEmpty else { return RequirementPlacement(warnings: resolution.warnings) }
        let key = resolution.set.key(abi: BaseEnvironment.abi, baseLock: baseLock)
        let place = "\(folder)/\(key)"
        if access(place, F_OK) != 0 {
            let draft = "\(place).\(getpid())-\(resolution.set.packages.count)"
            do {
                try makeFolders(folder)
            } catch {
                throw .requirements("\(error)", hint: nil)
            }
            defer { removeTree(draft) }
            _ = try await uv(
                ["--no-deps", "--python", base.python, "--target", draft] + resolution.set.packages)
            guard rename(draft, place) == 0 || access(place, F_OK) == 0 else {
                throw .requirements("\(place): \(String(cString: strerror(errno)))", hint: nil)
            }
        }
        return RequirementPlacement(path: [place], cold: resolution.isComplete, warnings: resolution.warnings)
    }

    /// `uv pip install`, from what is on this machine if that is enough, else with the network unless forbidden.
    private func uv(_ arguments: [String]) async throws(DeployFailure) -> String {
        var command = [base.uv, "pip", "install", "--color", "never", "--no-progress"] + arguments
        if let wheelhouse = settings.wheelhouse { command += ["--find-links", wheelhouse] }
        let environment = commandEnvironment(cacheFolder: settings.cacheFolder)
        let output: CommandOutput
        do {
            let local = try await runCommand(command + ["--offline"], environment: environment)
            if local.exitCode == 0 || settings.offline {
                output = local
            } else {
                output = try await runCommand(command, environment: environment)
            }
        } catch {
            throw .requirements("uv could not be run: \(error)", hint: "Run `altan-emulator doctor`.")
        }
        guard output.exitCode == 0 else { throw .requirements(uv: output.text, offline: settings.offline) }
        return output.text
    }

    // MARK: Keeping

    private func kept(_ request: String) -> Resolution? {
        guard let text = readFile("\(folder)/locks/\(request)") else { return nil }
        var lines = text.split(separator: "\n").map(String.init)
        guard !lines.isEmpty else { return nil }
        let kind = lines.removeFirst()
        let warnings = lines.filter { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) }
        return Resolution(
            set: ResolvedSet(lines.filter { !$0.hasPrefix("# ") }), isComplete: kind == "complete",
            warnings: warnings)
    }

    private func keep(_ resolution: Resolution, for request: String) throws(DeployFailure) {
        let lines =
            [resolution.isComplete ? "complete" : "additions"] + resolution.warnings.map { "# \($0)" }
            + resolution.set.packages
        do {
            try makeFolders("\(folder)/locks")
            try writeFile("\(folder)/locks/\(request)", lines.joined(separator: "\n") + "\n")
        } catch {
            throw .requirements("\(error)", hint: nil)
        }
    }
}

/// The environment for uv and pip: this process's own, uv's cache with ours, and what pip calls otherwise than uv.
func commandEnvironment(cacheFolder: String) -> [String: String] {
    var environment: [String: String] = [:]
    for entry in (readFile("/proc/self/environ") ?? "").split(separator: "\0") {
        guard let equals = entry.firstIndex(of: "=") else { continue }
        environment[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
    }
    let translations = [
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"), ("SSL_CERT_FILE", "PIP_CERT"),
    ]
    for (uv, pip) in translations where environment[uv] == nil { environment[uv] = environment[pip] }
    environment["UV_CACHE_DIR"] = environment["UV_CACHE_DIR"] ?? "\(cacheFolder)/uv"
    // As pip does: a company's own authority is in the system's store and not in uv's.
    environment["UV_SYSTEM_CERTS"] = environment["UV_SYSTEM_CERTS"] ?? "1"
    // A project's own settings must not decide what services get.
    environment["UV_NO_CONFIG"] = environment["UV_NO_CONFIG"] ?? "1"
    return environment
}

private func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}

extension DeployFailure {
    static func requirements(_ message: String, hint: String?) -> DeployFailure {
        DeployFailure(stage: .requirements, message: message, traceback: nil, hint: hint, importLog: [])
    }

    /// From what uv printed: its own words, without the lines on what it did.
    static func requirements(uv output: String, offline: Bool) -> DeployFailure {
        let lines = output.split(separator: "\n").map(String.init)
        let start = lines.firstIndex { $0.hasPrefix("error:") || $0.contains("×") } ?? 0
        let cause = lines[start...].map { line in
            String(line.drop { " ×╰─▶│".contains($0) })
        }.joined(separator: " ")
        let unreachable = ["connect error", "error sending request", "dns error", "Connection refused"]
        let hint: String? =
            if offline {
                "The emulator runs offline: put the wheels into seed/wheels, or deploy once with the network."
            } else if unreachable.contains(where: output.contains) {
                "The package registry could not be reached from this machine."
            } else {
                "Check the name and the version; a requirement is what pip calls the package, which may differ from what is imported."
            }
        return .requirements("The requirements could not be installed: \(cause)", hint: hint)
    }
}
