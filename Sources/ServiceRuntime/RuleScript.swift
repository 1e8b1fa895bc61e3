import CPythonShim
import Glibc
package import JSONText
import World

extension ServiceSupervisor {
    /// Runs a Python file with rules over the journal's lines, in a process of its own: what it does, it does to itself.
    ///
    /// Every function called `rule_…` is called with the list of lines, and returns nothing, or texts, or
    /// `(text, line)` pairs: what breaks the rule. Its docstring describes the rule, its attribute `severity` may be
    /// `"warn"` or `"block"`. It has 30 seconds.
    /// - Returns: `[{"name", "description", "severity", "findings": [{"message", "sequence"?}], "error"?}]`.
    package func judge(_ lines: [JSON], script: String, scratchFolder: String) async throws -> JSON {
        let base = BaseEnvironment(cacheFolder: settings.cacheFolder)
        guard base.isReady else { throw RuleScriptError("run `altan-emulator setup` first: it needs a Python") }
        let file = "\(scratchFolder)/rules-\(world.uuid()).json"
        guard write(JSON.array(lines).bytes, to: file) else { throw RuleScriptError("\(file) cannot be written") }
        defer { unlink(file) }
        let output = try await runCommand(
            [base.python, "-I", "-B", "-c", Self.runner, script, file],
            environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"])
        // Whatever the script prints stands before the answer.
        guard output.exitCode == 0, let last = output.text.split(separator: "\n").last,
            let json = try? JSON(parsing: String(last)), json.arrayValue != nil
        else {
            let reason = output.exitCode == -SIGALRM ? "it took longer than 30 s" : String(output.text.suffix(2000))
            throw RuleScriptError("\(script) failed: \(reason)")
        }
        return json
    }

    private func write(_ bytes: [UInt8], to file: String) -> Bool {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static let runner = """
        import json, runpy, signal, sys
        signal.alarm(30)
        script, file = sys.argv[1:3]
        lines = json.load(open(file))
        verdicts = []
        for name, rule in runpy.run_path(script).items():
            if not name.startswith("rule_") or not callable(rule):
                continue
            verdict = {"name": name[5:], "description": " ".join((rule.__doc__ or name[5:]).split()),
                       "severity": getattr(rule, "severity", "warn"), "findings": []}
            try:
                found = rule(lines) or []
                for one in [found] if isinstance(found, (str, tuple)) else found:
                    text, line = one if isinstance(one, tuple) else (one, None)
                    verdict["findings"].append({"message": str(text), "sequence": (line or {}).get("sequence")})
            except Exception as error:
                verdict["error"] = f"{type(error).__name__}: {error}"
            verdicts.append(verdict)
        sys.stdout.flush()
        print("\\n" + json.dumps(verdicts))
        """
}

/// Why rules in Python could not be asked.
struct RuleScriptError: Error, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
