import AltanCloud
import Crypto

/// What a service asks pip for, and where what it got stands.
struct RequirementPlacement: Hashable, Sendable {
    /// Folders for `sys.path`, before the base environment's.
    var path: [String] = []
    /// The versions contradict the base environment's: a fresh interpreter with these folders alone.
    var cold = false
    var warnings: [String] = []
}

/// One requirement specifier, as far as the shortcut needs to understand it.
struct Requirement: Hashable, Sendable {
    /// As PEP 503 normalises names: lower case, runs of `-`, `_` and `.` as one `-`.
    var name: String
    /// Nothing but a name was given: any version will do.
    var isBare: Bool

    init?(_ specifier: String) {
        let text = specifier.drop { $0 == " " }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard let first = name.first, first.isLetter || first.isNumber else { return nil }
        self.name = Self.normalised(name)
        isBare = text.dropFirst(name.count).allSatisfy { $0 == " " }
    }

    static func normalised(_ name: some StringProtocol) -> String {
        var result = ""
        var separated = false
        for character in name.lowercased() {
            if "-_.".contains(character) {
                separated = true
            } else {
                if separated { result.append("-") }
                separated = false
                result.append(character)
            }
        }
        return result
    }
}

/// A set of packages with their versions, and the key under which it is kept.
struct ResolvedSet: Hashable, Sendable {
    /// Sorted `name==version`.
    var packages: [String]

    init(_ packages: some Sequence<String>) { self.packages = Array(Set(packages)).sorted() }

    /// Same interpreter, same base, same packages: same folder.
    func key(abi: String, baseLock: String) -> String {
        let text = ([abi, baseLock] + packages).joined(separator: "\n")
        return SHA256.hash(data: Array(text.utf8)).prefix(16).hexadecimal
    }
}

extension Sequence<UInt8> {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// What `uv pip install --dry-run` would change in the base environment.
struct DryRun: Hashable, Sendable {
    /// `name==version`.
    var added: [String] = []
    var removed: [String] = []

    /// Reads uv's report: lines ` + name==version` and ` - name==version`.
    init(_ report: String) {
        for line in report.split(separator: "\n") {
            if line.hasPrefix(" + ") { added.append(String(line.dropFirst(3))) }
            if line.hasPrefix(" - ") { removed.append(String(line.dropFirst(3))) }
        }
    }
}
