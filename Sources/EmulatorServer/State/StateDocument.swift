import Crypto
package import JSONText

/// Everything that an agent can change, as one value: tables with their rows, services, names of secrets, objects of
/// third parties. Two states that mean the same are the same text.
///
/// `{"format", "clouds": {"default": {"tables", "services", "secrets"}}, "third_party"}`; members and rows are sorted.
package struct StateDocument: Hashable, Sendable {
    package static let format = "altan-emulator state 1"

    package private(set) var json: JSON

    init(clouds: JSON, thirdParty: JSON) {
        json = Self.sorted(["format": .string(Self.format), "clouds": clouds, "third_party": thirdParty])
    }

    /// A document that was saved.
    /// - Throws: `StateDocumentError` for what is none.
    package init(saved: JSON) throws(StateDocumentError) {
        guard saved["format"]?.stringValue == Self.format, saved["clouds"]?.objectValue != nil else {
            throw .notADocument
        }
        json = Self.sorted(saved)
    }

    /// SHA-256 of the canonical text, in hexadecimal.
    package var hash: String {
        Self.sha256(json.bytes)
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: bytes).map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }.joined()
    }

    /// The document without what differs between two runs of the same calls: values of columns that hold moments, and
    /// of those that hold UUIDs, each replaced by a word where it is not null.
    package func ignoring(times: Bool, ids: Bool) -> StateDocument {
        guard times || ids, case .object(let clouds) = json["clouds"] else { return self }
        var document = self
        let reduced = clouds.map { cloud in
            var value = cloud.value
            let tables = (cloud.value["tables"]?.objectValue ?? []).map { table in
                JSON.Member(table.key, Self.ignoring(times: times, ids: ids, in: table.value))
            }
            value.set("tables", .object(tables))
            return JSON.Member(cloud.key, value)
        }
        document.json.set("clouds", .object(reduced))
        return document
    }

    private static func ignoring(times: Bool, ids: Bool, in table: JSON) -> JSON {
        var words: [String: JSON] = [:]
        for column in table["columns"]?.arrayValue ?? [] {
            guard let name = column["name"]?.stringValue, let type = column["type"]?.stringValue else { continue }
            if times, type.hasPrefix("time") || type == "date" { words[name] = "<time>" }
            if ids, type == "uuid" { words[name] = "<uuid>" }
        }
        guard !words.isEmpty, let rows = table["rows"]?.arrayValue else { return table }
        var table = table
        let reduced = rows.map { row in
            JSON.object(
                (row.objectValue ?? []).map { member in
                    JSON.Member(member.key, member.value.isNull ? .null : words[member.key] ?? member.value)
                })
        }
        table.set("rows", .array(sorted(rows: reduced)))
        // A key that is no longer one names no rows.
        let key = table["key"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if key.contains(where: { words[$0] != nil }) { table.set("key", []) }
        return table
    }

    static func sorted(rows: [JSON]) -> [JSON] {
        rows.map { (row: $0, text: $0.text) }.sorted { $0.text < $1.text }.map(\.row)
    }

    /// Members by name, at every depth but inside of rows, where columns have their own order.
    private static func sorted(_ json: JSON) -> JSON {
        switch json {
        case .object(let members):
            .object(
                members.sorted { $0.key < $1.key }.map { member in
                    JSON.Member(member.key, member.key == "rows" ? member.value : sorted(member.value))
                })
        case .array(let items): .array(items.map(sorted))
        default: json
        }
    }
}

/// Why a file is no saved state.
package enum StateDocumentError: Error, Hashable, Sendable {
    case notADocument
}
