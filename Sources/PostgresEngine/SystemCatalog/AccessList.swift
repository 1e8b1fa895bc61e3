import PostgresTypes
import SQLite

/// Access control lists as `aclitem[]`: `{postgres=arwdDxt/postgres,anon=r/postgres}`.
enum AccessList {
    /// Privileges with their letters, in the order in which they are printed.
    static let letters: [(privilege: String, letter: String)] = [
        ("insert", "a"), ("select", "r"), ("update", "w"), ("delete", "d"), ("truncate", "D"), ("references", "x"),
        ("trigger", "t"), ("execute", "X"), ("usage", "U"), ("create", "C"), ("connect", "c"), ("temporary", "T"),
    ]

    /// NULL where nothing was ever granted.
    /// - Parameter all: the letters of everything that can be done with an object of the kind: what its owner may.
    static func value(_ entries: [PrivilegeEntry], owner: String, all: String) -> SQLValue {
        let isUnwritten = all == function && entries == [PrivilegeEntry(grantee: "public", privileges: ["execute"])]
        guard !entries.isEmpty, !isUnwritten else { return .null }
        var items = ["\(name(owner))=\(all)/\(name(owner))"]
        for entry in entries where entry.grantee != owner {
            // A grant of ALL on objects of several kinds holds words that mean nothing for this one.
            let shown = letters.filter { entry.privileges.contains($0.privilege) && all.contains($0.letter) }
            if shown.isEmpty { continue }
            let isPublic = entry.grantee == "public"
            let marks = shown.map { $0.letter + (entry.grantable.contains($0.privilege) ? "*" : "") }.joined()
            let item = "\(isPublic ? "" : name(entry.grantee))=\(marks)/\(name(entry.grantor ?? owner))"
            // What PUBLIC may do with a function from the start stands before what the owner may.
            if isPublic, all == function { items.insert(item, at: 0) } else { items.append(item) }
        }
        return .array(items)
    }

    private static func name(_ role: String) -> String { ObjectNames.quoted(role) }

    static let table = "arwdDxt"
    static let sequence = "rwU"
    static let function = "X"
}
