package import JSONText

/// A line of the journal as rules and reports read it.
package struct JournalEntry: Hashable, Sendable {
    /// Counts from 1; 0: it has not happened yet.
    package var sequence: Int
    package var run: String
    package var kind: JournalEvent.Kind
    package var caller: String?
    package var requestID: String?
    package var cause: String?
    package var method: String?
    package var path: String?
    package var status: Int?
    package var at: String
    package var milliseconds: Double?
    /// How many equal calls it stands for; only entries kept in memory stand for more than one.
    package var count = 1
    /// The whole line; entries that are kept in memory are without bodies.
    package var json: JSON

    /// - Returns: nil for what is no line of this journal.
    package init?(_ json: JSON) {
        guard let kind = json["kind"]?.stringValue.flatMap(JournalEvent.Kind.init(rawValue:)),
            let run = json["run"]?.stringValue
        else { return nil }
        sequence = json["sequence"]?.intValue ?? 0
        self.run = run
        self.kind = kind
        caller = json["caller"]?.stringValue
        requestID = json["request_id"]?.stringValue
        cause = json["cause"]?.stringValue
        method = json["method"]?.stringValue
        path = json["path"]?.stringValue
        status = json["status"]?.intValue
        at = json["at"]?.stringValue ?? ""
        milliseconds = json["duration_ms"]?.doubleValue
        self.json = json
    }

    /// A fact by its name.
    package subscript(fact: String) -> JSON? { json[fact] }

    /// A fact that is a list of texts; empty where there is none.
    package func texts(_ fact: String) -> [String] { json[fact]?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// What somebody is about to do, and may still be kept from.
    package var isProposal: Bool { sequence == 0 }

    var withoutBodies: JournalEntry {
        var entry = self
        entry.json = json.without(["request", "response"])
        return entry
    }
}

extension JSON {
    /// The object without these members.
    package func without(_ names: Set<String>) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { !names.contains($0.key) })
    }
}

/// How lines are compared between two runs of the same calls.
package enum JournalCanon {
    /// Members that differ from run to run although the same was done.
    private static let volatile: Set<String> = ["at", "duration_ms", "sequence", "run", "request_id", "cause"]

    /// The lines without times and running numbers. Ids of requests, and ids anywhere in a line, become `<id:1>`,
    /// `<id:2>` … in the order in which they appear, so that references stay; moments become `<time>`.
    package static func canonical(_ lines: [JSON]) -> [JSON] {
        var ids = IdentifierNames()
        return lines.map { line in
            var json = ids.replaced(in: line.without(volatile))
            // What led to it stays visible: which line it was.
            for name in ["request_id", "cause"] {
                if let id = line[name]?.stringValue { json.set(name, .string(ids.name(of: id))) }
            }
            return json
        }
    }
}

/// Names for ids in the order in which they appear.
struct IdentifierNames {
    private var names: [String: String] = [:]

    mutating func name(of id: String) -> String {
        if let name = names[id] { return name }
        let name = "<id:\(names.count + 1)>"
        names[id] = name
        return name
    }

    mutating func replaced(in json: JSON) -> JSON {
        switch json {
        case .string(let text): return .string(replaced(in: text))
        case .array(let items):
            var result: [JSON] = []
            for item in items { result.append(replaced(in: item)) }
            return .array(result)
        case .object(let members):
            var result: [JSON.Member] = []
            for member in members {
                // Durations and ports differ as times do.
                if member.key == "duration_ms" { continue }
                result.append(JSON.Member(member.key, replaced(in: member.value)))
            }
            return .object(result)
        default: return json
        }
    }

    /// Every UUID, moment and address of an emulator in the text replaced.
    private mutating func replaced(in text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10 else { return text }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if let end = Self.uuid(bytes, position) ?? Self.token(bytes, position) {
                result += name(of: String(decoding: bytes[position..<end], as: UTF8.self).lowercased()).utf8
                position = end
            } else if let end = Self.moment(bytes, position) {
                result += "<time>".utf8
                position = end
            } else if let end = Self.address(bytes, position) {
                result += "<address>".utf8
                position = end
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func uuid(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard start + 36 <= bytes.count, start == 0 || !isHexadecimal(bytes[start - 1]) else { return nil }
        for offset in 0..<36 {
            let byte = bytes[start + offset]
            let isDash = offset == 8 || offset == 13 || offset == 18 || offset == 23
            guard isDash ? byte == UInt8(ascii: "-") : isHexadecimal(byte) else { return nil }
        }
        return start + 36 < bytes.count && isHexadecimal(bytes[start + 36]) ? nil : start + 36
    }

    /// A word of 32 hexadecimal digits or more: what nobody is to guess.
    private static func token(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard isHexadecimal(bytes[start]), start == 0 || !isWord(bytes[start - 1]) else { return nil }
        var end = start
        while end < bytes.count, isHexadecimal(bytes[end]) { end += 1 }
        return end - start >= 32 && (end == bytes.count || !isWord(bytes[end])) ? end : nil
    }

    /// `2026-01-31T09:30:00` with whatever fraction and offset follow, a blank in place of the T too.
    private static func moment(_ bytes: [UInt8], _ start: Int) -> Int? {
        let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
        guard start + pattern.count <= bytes.count, start == 0 || !isDigit(bytes[start - 1]) else { return nil }
        for (offset, expected) in pattern.enumerated() {
            let byte = bytes[start + offset]
            switch expected {
            case UInt8(ascii: "d"): guard isDigit(byte) else { return nil }
            case UInt8(ascii: "T"): guard byte == expected || byte == UInt8(ascii: " ") else { return nil }
            default: guard byte == expected else { return nil }
            }
        }
        var end = start + pattern.count
        while end < bytes.count, isDigit(bytes[end]) || ".:+Z".utf8.contains(bytes[end]) { end += 1 }
        return end
    }

    /// `127.0.0.1:54321`: free ports differ.
    private static func address(_ bytes: [UInt8], _ start: Int) -> Int? {
        let host = Array("127.0.0.1:".utf8)
        guard bytes[start] == host[0], bytes[start...].starts(with: host) else { return nil }
        var end = start + host.count
        while end < bytes.count, isDigit(bytes[end]) { end += 1 }
        return end > start + host.count ? end : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isWord(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return isDigit(byte) || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return isDigit(byte) || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "f"))
    }
}
