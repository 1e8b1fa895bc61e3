package import JSONText

/// A module in Python that answers in the place of one or more hosts.
package struct StandIn: Hashable, Sendable {
    /// Where it comes from.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        case builtIn
        /// A file, or a folder with `__init__.py`.
        case file(String)

        package var description: String {
            switch self {
            case .builtIn: "built in"
            case .file(let path): path
            }
        }
    }

    /// The cloud that stand-ins' workers count as: they belong to none.
    package static let cloud = "thirdparty"

    /// `api.stripe.com`: the file's name.
    package var name: String
    /// Host names and patterns such as `*.amazonaws.com`.
    package var hosts: [String]
    /// Sources by module name; `__init__` is the one that exports `app` or `router`.
    package var modules: [String: String]
    package var requirements: [String]
    package var origin: Origin

    /// `HOSTS` and `REQUIREMENTS` are read from the source, as lists of literals.
    package init(name: String, modules: [String: String], origin: Origin) {
        self.name = name
        self.modules = modules
        self.origin = origin
        let main = modules["__init__"] ?? ""
        hosts = Self.literals("HOSTS", in: main) ?? [name]
        requirements = Self.literals("REQUIREMENTS", in: main) ?? []
    }

    package func answers(for host: String) -> Bool { hosts.contains { matches($0.lowercased(), host) } }

    /// The strings of `NAME = ["a", "b"]` at the start of a line; nil where there is no such line.
    static func literals(_ name: String, in source: String) -> [String]? {
        var rest = source[...]
        while !rest.isEmpty {
            // Bytes: there are a hundred kilobytes of sources, and characters take their time.
            let line = rest[..<(rest.utf8.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex)]
            if line.hasPrefix(name), line.dropFirst(name.count).first.map({ " =:".contains($0) }) ?? false,
                let open = rest.firstIndex(where: { "[(".contains($0) })
            {
                return quoted(rest[open...].dropFirst())
            }
            rest = rest[(line.endIndex < rest.endIndex ? rest.utf8.index(after: line.endIndex) : rest.endIndex)...]
        }
        return nil
    }

    /// The strings up to the bracket that closes the list; brackets in strings and comments are none.
    private static func quoted(_ text: Substring) -> [String] {
        var found: [String] = []
        var rest = text
        while let mark = rest.firstIndex(where: { "\"'])#".contains($0) }) {
            let following = rest[rest.index(after: mark)...]
            switch rest[mark] {
            case "#": rest = following.drop { $0 != "\n" }
            case "]", ")": return found
            default:
                guard let end = following.firstIndex(of: rest[mark]) else { return found }
                found.append(String(following[..<end]))
                rest = following[following.index(after: end)...]
            }
        }
        return found
    }
}

/// Whether a name matches a pattern in which `*` stands for any text.
package func matches(_ pattern: String, _ name: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == name }
    guard name.hasPrefix(first), name.hasSuffix(last), name.utf8.count >= first.utf8.count + last.utf8.count else {
        return false
    }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
        guard let found = rest.firstRange(of: part) else { return false }
        rest = rest[found.upperBound...]
    }
    return true
}

extension StandIn {
    /// What its worker is given as code: sources by module name.
    package var sources: JSON {
        .object(modules.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })
    }
}
