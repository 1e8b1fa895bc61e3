package import JSONText

/// One thing that is otherwise in the second of two states.
package struct StateChange: Hashable, Sendable {
    package enum Kind: String, Sendable { case added, removed, changed }

    package var kind: Kind
    /// `tables/public.tasks/rows/7/status`; below `clouds/NAME/` for what is not in the default cloud.
    package var path: String
    package var before: JSON?
    package var after: JSON?

    package var json: JSON {
        var json: JSON = ["kind": .string(kind.rawValue), "path": .string(path)]
        if let before { json.set("before", before) }
        if let after { json.set("after", after) }
        return json
    }
}

/// What changed from one state to another.
package struct StateDifference: Sendable {
    package private(set) var changes: [StateChange]

    package init(from old: StateDocument, to new: StateDocument) {
        changes =
            Self.pairs(old.json["clouds"], new.json["clouds"], at: "clouds").flatMap { pair in
                Self.cloud(pair, at: pair.path == "clouds/default" ? "" : pair.path + "/")
            }
            + Self.fields(old.json["third_party"], new.json["third_party"], at: "third_party", depth: 3)
    }

    /// Takes out what a list of patterns allows. A pattern is a path in which `*` stands for anything, and may begin
    /// with the kind of change: `changed tables/public.tasks/rows/*/status`.
    package func without(allowed patterns: [String]) -> StateDifference {
        var difference = self
        difference.changes.removeAll { change in
            patterns.contains { pattern in
                let words = pattern.split(separator: " ", maxSplits: 1)
                let kind = words.count > 1 ? StateChange.Kind(rawValue: String(words[0])) : nil
                if let kind, kind != change.kind { return false }
                return Self.matches(kind == nil ? pattern[...] : words[1], change.path)
            }
        }
        return difference
    }

    private static func matches(_ pattern: Substring, _ path: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return pattern == path }
        guard path.hasPrefix(parts[0]) else { return false }
        var rest = path.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    // MARK: Comparing

    /// What two states have under one name; nil where one has nothing.
    private struct Pair {
        var path: String
        var old: JSON?
        var new: JSON?

        /// As a change of the whole.
        var change: StateChange {
            let kind: StateChange.Kind = old == nil ? .added : new == nil ? .removed : .changed
            return StateChange(kind: kind, path: path, before: old.map(Self.brief), after: new.map(Self.brief))
        }

        /// A table is not shown with all of its rows.
        private static func brief(_ json: JSON) -> JSON {
            json["rows"]?.arrayValue.map { ["rows": .integer($0.count)] } ?? json
        }
    }

    /// The members of two objects that differ, by name.
    private static func pairs(_ old: JSON?, _ new: JSON?, at path: String) -> [Pair] {
        let (old, new) = (old?.objectValue ?? [], new?.objectValue ?? [])
        let names = Set(old.map(\.key) + new.map(\.key)).sorted()
        return names.compactMap { name in
            let pair = Pair(
                path: "\(path)/\(name)", old: old.first { $0.key == name }?.value,
                new: new.first { $0.key == name }?.value)
            return pair.old == pair.new ? nil : pair
        }
    }

    private static func cloud(_ pair: Pair, at prefix: String) -> [StateChange] {
        guard let old = pair.old, let new = pair.new else { return [pair.change] }
        let tables = pairs(old["tables"], new["tables"], at: prefix + "tables").flatMap(table)
        let services = fields(old["services"], new["services"], at: prefix + "services", depth: 2)
        return tables + services + pairs(old["secrets"], new["secrets"], at: prefix + "secrets").map(\.change)
    }

    /// Objects in objects, as deep as `depth`.
    private static func fields(_ old: JSON?, _ new: JSON?, at path: String, depth: Int) -> [StateChange] {
        pairs(old, new, at: path).flatMap { pair -> [StateChange] in
            guard depth > 1, pair.old?.objectValue != nil, pair.new?.objectValue != nil else { return [pair.change] }
            return fields(pair.old, pair.new, at: pair.path, depth: depth - 1)
        }
    }

    private static func table(_ pair: Pair) -> [StateChange] {
        guard let old = pair.old, let new = pair.new else { return [pair.change] }
        var changes: [StateChange] = []
        if old["columns"] != new["columns"] {
            changes.append(
                StateChange(
                    kind: .changed, path: pair.path + "/columns", before: old["columns"], after: new["columns"]))
        }
        let (before, after) = (rows(of: old), rows(of: new))
        for name in Set(before.keys).union(after.keys).sorted() {
            let path = "\(pair.path)/rows/\(name)"
            switch (before[name], after[name]) {
            case (.some(let row), nil): changes.append(StateChange(kind: .removed, path: path, before: row))
            case (nil, .some(let row)): changes.append(StateChange(kind: .added, path: path, after: row))
            case (.some(let row), .some(let other)): changes += pairs(row, other, at: path).map(\.change)
            default: break
            }
        }
        return changes
    }

    /// Rows by their primary key; without one by what is in them, equal ones numbered.
    private static func rows(of table: JSON) -> [String: JSON] {
        let key = table["key"]?.arrayValue?.compactMap(\.stringValue) ?? []
        var rows: [String: JSON] = [:]
        for row in table["rows"]?.arrayValue ?? [] {
            let name =
                key.isEmpty
                ? String(row.text.prefix(120))
                : key.map { row[$0].map { $0.stringValue ?? $0.text } ?? "" }.joined(separator: ",")
            var unique = name
            var number = 1
            while rows[unique] != nil {
                number += 1
                unique = "\(name)#\(number)"
            }
            rows[unique] = row
        }
        return rows
    }
}
