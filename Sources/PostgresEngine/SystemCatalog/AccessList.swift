import PostgresSyntax
import PostgresTypes
import SQLite

/// Access control lists as `aclitem[]`: `{postgres=arwdDxt/postgres,anon=r/postgres}`.
enum AccessList {
    /// Privileges with their letters, in the order in which they are printed.
    static let letters: [(privilege: String, letter: String)] = [
        ("insert", "a"), ("select", "r"), ("update", "w"), ("delete", "d"), ("truncate", "D"), ("references", "x"),
        ("trigger", "t"), ("execute", "X"), ("usage", "U"), ("create", "C"), ("temporary", "T"), ("connect", "c"),
    ]

    /// NULL where nothing was ever granted.
    /// - Parameter all: the letters of everything that can be done with an object of the kind: what its owner may.
    static func value(_ entries: [PrivilegeEntry], owner: String, all: String) -> SQLValue {
        let isUnwritten = all == function && entries == [PrivilegeEntry(grantee: "public", privileges: ["execute"])]
        guard !entries.isEmpty, !isUnwritten else { return .null }
        return .array(items(entries, owner: owner, all: all))
    }

    /// The same of a type or the database, whose list may be the one that a new object has: nil.
    static func value(ifWritten entries: [PrivilegeEntry]?, owner: String, all: String) -> SQLValue {
        entries.map { SQLValue.array(items($0, owner: owner, all: all)) } ?? .null
    }

    private static func items(_ entries: [PrivilegeEntry], owner: String, all: String) -> [String] {
        var items = ["\(name(owner))=\(all)/\(name(owner))"]
        for entry in entries where entry.grantee != owner {
            guard let item = item(entry, owner: owner, all: all) else { continue }
            // What PUBLIC may do from the start stands before what the owner may.
            let isFirst = entry.grantee == "public" && [function, type, database].contains(all)
            if isFirst { items.insert(item, at: 0) } else { items.append(item) }
        }
        return items
    }

    /// nil where nothing is left of a list's entry: a grant of ALL on objects of several kinds holds words that mean
    /// nothing for one of them.
    private static func item(_ entry: PrivilegeEntry, owner: String, all: String) -> String? {
        let shown = letters.filter { entry.privileges.contains($0.privilege) && all.contains($0.letter) }
        if shown.isEmpty { return nil }
        let marks = shown.map { $0.letter + (entry.grantable.contains($0.privilege) ? "*" : "") }.joined()
        let grantee = entry.grantee == "public" ? "" : name(entry.grantee)
        return "\(grantee)=\(marks)/\(name(entry.grantor ?? owner))"
    }

    /// What `pg_default_acl` shows: for new objects in one schema what is added, else all that they have; nil where
    /// that is what they have anyway.
    static func defaults(_ given: [PrivilegeEntry], role: String, kind: ObjectKind, isOfSchema: Bool) -> [String]? {
        let all = kind.isRoutine ? function : letters(of: kind)
        let entries = given.filter { !$0.privileges.isEmpty }
        let added = entries.filter { $0.grantee != role }.sorted { $0.grantee == "public" && $1.grantee != "public" }
        if isOfSchema {
            let items = entries.sorted { $0.grantee == "public" && $1.grantee != "public" }
                .compactMap { item($0, owner: role, all: all) }
            return items.isEmpty ? nil : items
        }
        guard [function, type].contains(all) else {
            return added.isEmpty ? nil : items(added, owner: role, all: all)
        }
        if given.contains(where: { $0.grantee == "public" }) {
            let isUnchanged = added.count == 1 && added[0].grantee == "public"
            return isUnchanged ? nil : items(added, owner: role, all: all)
        }
        let everyone = PrivilegeEntry(grantee: "public", privileges: [all == type ? "usage" : "execute"])
        return added.isEmpty ? nil : items([everyone] + added, owner: role, all: all)
    }

    private static func letters(of kind: ObjectKind) -> String {
        switch kind {
        case .sequence: sequence
        case .schema: "UC"
        case .type: type
        default: table
        }
    }

    /// What everyone and the owner may do with a new object, by the letter that `acldefault` knows its kind by; nil for
    /// a letter of none.
    static func initial(_ kind: String, owner: String) -> [String]? {
        let (everyone, own): (String, String)
        switch kind {
        case "c", "p": return []
        case "r": (everyone, own) = ("", table)
        case "s": (everyone, own) = ("", sequence)
        case "d": (everyone, own) = ("Tc", "CTc")
        case "f": (everyone, own) = (function, function)
        case "l", "T": (everyone, own) = ("U", "U")
        case "L": (everyone, own) = ("", "rw")
        case "n": (everyone, own) = ("", "UC")
        case "t": (everyone, own) = ("", "C")
        case "F", "S": (everyone, own) = ("", "U")
        default: return nil
        }
        return (everyone.isEmpty ? [] : ["=\(everyone)/\(name(owner))"]) + ["\(name(owner))=\(own)/\(name(owner))"]
    }

    private static func name(_ role: String) -> String { ObjectNames.quoted(role) }

    static let table = "arwdDxt"
    static let sequence = "rwU"
    static let function = "X"
    static let type = "U"
    static let database = "CTc"
}
