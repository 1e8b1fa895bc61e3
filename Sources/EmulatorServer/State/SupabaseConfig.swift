/// What the emulator follows of a Supabase project's `config.toml`: which files seed the database, and Storage's
/// buckets.
struct SupabaseConfig: Sendable {
    private let tables: [String: [String: Value]]

    /// A value of TOML, as far as the settings looked at need it.
    private enum Value: Sendable {
        case text(String)
        case list([String])
        /// A number or a truth value, as it is written.
        case bare(String)
    }

    init(parsing text: String) {
        tables = Self.tables(in: text)
    }

    /// `[db.seed]`: patterns of files beside `config.toml`, none where it is switched off; nil where it does not say.
    var seedPatterns: [String]? {
        guard let seed = tables["db.seed"] else { return nil }
        if case .bare("false") = seed["enabled"] { return [] }
        guard case .list(let patterns) = seed["sql_paths"] else { return nil }
        return patterns
    }

    /// `[storage.buckets.NAME]`, as the statements that make them; nil where there are none.
    var bucketScript: String? {
        let prefix = "storage.buckets."
        let statements = tables.keys.filter { $0.hasPrefix(prefix) }.sorted().map { key in
            let name = Self.quoted(String(key.dropFirst(prefix.count)))
            let bucket = tables[key] ?? [:]
            var isPublic = "false"
            if case .bare(let word) = bucket["public"] { isPublic = word }
            var limit = "null"
            switch bucket["file_size_limit"] {
            case .text(let size)?: limit = Self.bytes(size).map { String($0) } ?? "null"
            case .bare(let number)?: limit = Int64(number).map { String($0) } ?? "null"
            case .list?, nil: break
            }
            var types = "null"
            if case .list(let items) = bucket["allowed_mime_types"], !items.isEmpty {
                types = "array[\(items.map(Self.quoted).joined(separator: ", "))]"
            }
            return """
                insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
                values (\(name), \(name), \(isPublic), \(limit), \(types))
                on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
                  allowed_mime_types = excluded.allowed_mime_types;
                """
        }
        return statements.isEmpty ? nil : statements.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// `50MiB`, `5MB`, `100kb`, `12`: units of 1024 each.
    private static func bytes(_ size: String) -> Int64? {
        let digits = size.prefix { $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        let unit = size.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let power = ["", "k", "m", "g", "t"].firstIndex(where: { [$0, $0 + "b", $0 + "ib"].contains(unit) })
        else { return nil }
        return number << (10 * Int64(power))
    }

    // MARK: TOML

    private static func tables(in text: String) -> [String: [String: Value]] {
        var tables: [String: [String: Value]] = [:]
        var table = ""
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        while let line = lines.popFirst() {
            var entry = uncommented(line)
            if entry.hasPrefix("["), !entry.hasPrefix("[["), let end = entry.lastIndex(of: "]") {
                table = String(entry[entry.index(after: entry.startIndex)..<end].filter { !"\"'".contains($0) })
                tables[table] = tables[table] ?? [:]
                continue
            }
            guard let sign = entry.firstIndex(of: "=") else { continue }
            let key = trimmed(entry[..<sign])
            entry = trimmed(entry[entry.index(after: sign)...])
            // A list may go on over several lines.
            while entry.hasPrefix("["), !entry.hasSuffix("]"), let next = lines.popFirst() {
                entry += " " + uncommented(next)
            }
            tables[table, default: [:]][key] = value(entry)
        }
        return tables
    }

    private static func value(_ text: String) -> Value {
        if text.hasPrefix("[") { return .list(strings(in: text)) }
        if let string = strings(in: text).first { return .text(string) }
        return .bare(text)
    }

    /// What stands in quotes.
    private static func strings(in text: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let start = rest.firstIndex(where: { $0 == "\"" || $0 == "'" }) {
            let inside = rest[rest.index(after: start)...]
            guard let end = inside.firstIndex(of: rest[start]) else { break }
            found.append(String(inside[..<end]))
            rest = inside[inside.index(after: end)...]
        }
        return found
    }

    private static func uncommented(_ line: Substring) -> String {
        var quote: Character?
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "#" {
                return trimmed(line[..<index])
            }
        }
        return trimmed(line)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// Files by patterns such as `./seeds/*.sql`, in which `*` and `?` stand for parts of a name.
enum FilePattern {
    /// The paths below `folder` that a pattern names, in their order.
    static func files(_ pattern: String, in folder: String) -> [String] {
        let parts = pattern.split(separator: "/").filter { $0 != "." }
        var found = [""]
        for part in parts {
            found = found.flatMap { path -> [String] in
                let prefix = path.isEmpty ? "" : path + "/"
                guard part.contains("*") || part.contains("?") else { return [prefix + part] }
                return folderEntries("\(folder)/\(path)").filter { matches($0[...], part) }.map { prefix + $0 }
            }
        }
        return found
    }

    private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" {
            return matches(name, rest) || !name.isEmpty && matches(name.dropFirst(), pattern)
        }
        guard let character = name.first, first == "?" || first == character else { return false }
        return matches(name.dropFirst(), rest)
    }
}
