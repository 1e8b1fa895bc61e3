import JSONText
import PostgresTypes
import SQLite

/// Functions that make a `jsonb` from another: `||`, `-`, `jsonb_set` …
extension FunctionTable {
    mutating func addJSONChanges() {
        scalar("jsonb_concat(jsonb,jsonb)") { .text(try JSONB.store(try JSONChange.concat($0.jsonb(0), $0.jsonb(1)))) }
        scalar("jsonb_delete(jsonb,text)") { call in
            let key = call.text(1)
            switch call.jsonb(0) {
            case .object(let members):
                return .text(try JSONB.store(.object(members.filter { !$0.key.hasBytes(of: key) })))
            case .array(let items):
                return .text(try JSONB.store(.array(items.filter { $0.stringValue?.hasBytes(of: key) != true })))
            default: throw PostgresError("22023", "cannot delete from scalar")
            }
        }
        scalar("jsonb_delete(jsonb,_text)") { call in
            let keys = call.texts(1).compactMap { $0 }
            switch call.jsonb(0) {
            case .object(let members):
                let kept = members.filter { member in !keys.contains { member.key.hasBytes(of: $0) } }
                return .text(try JSONB.store(.object(kept)))
            case .array(let items):
                let kept = items.filter { item in !keys.contains { item.stringValue?.hasBytes(of: $0) == true } }
                return .text(try JSONB.store(.array(kept)))
            default: throw PostgresError("22023", "cannot delete from scalar")
            }
        }
        scalar("jsonb_delete(jsonb,int4)") { call in
            switch call.jsonb(0) {
            case .array(var items):
                let index = Int(call.integer(1)) + (call.integer(1) < 0 ? items.count : 0)
                if items.indices.contains(index) { items.remove(at: index) }
                return .text(try JSONB.store(.array(items)))
            case .object: throw PostgresError("22023", "cannot delete from object using integer index")
            default: throw PostgresError("22023", "cannot delete from scalar")
            }
        }
        scalar("jsonb_delete_path(jsonb,_text)") { try Self.changed($0, "delete path", .delete) }
        scalar("jsonb_set(jsonb,_text,jsonb,bool)") { call in
            try Self.changed(call, "set path", .set(call.jsonb(2), creates: call.bool(3)))
        }
        nullable("jsonb_set_lax(jsonb,_text,jsonb,bool,text)") { call in
            if call.isNull(0) || call.isNull(1) || call.isNull(3) { return .null }
            if call.isNull(4) { throw Self.unknownTreatment }
            var value = JSON.null
            if call.isNull(2) {
                switch call.text(4) {
                case "raise_exception": throw PostgresError("22004", "JSON value must not be null")
                case "use_json_null": break
                case "delete_key": return try Self.changed(call, "delete path", .delete)
                case "return_target": return call[0]
                default: throw Self.unknownTreatment
                }
            } else {
                value = call.jsonb(2)
            }
            return try Self.changed(call, "set path", .set(value, creates: call.bool(3)))
        }
        scalar("jsonb_insert(jsonb,_text,jsonb,bool)") { call in
            try Self.changed(call, "set path", .insert(call.jsonb(2), after: call.bool(3)))
        }
        scalar("jsonb_strip_nulls(jsonb)") { .text(try JSONB.store(JSONChange.withoutNulls($0.jsonb(0)))) }
        scalar("json_strip_nulls(json)") { .text(JSONChange.withoutNulls($0.jsonb(0)).text) }
        scalar("jsonb_pretty(jsonb)") { .text(JSONChange.pretty($0.jsonb(0), depth: 0)) }
    }

    private static let unknownTreatment = PostgresError(
        "22023",
        "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")

    /// The first argument, changed where the path of the second one leads.
    private static func changed(_ call: Invocation, _ verb: String, _ kind: JSONChange.Kind) throws -> SQLValue {
        let json = call.jsonb(0)
        guard ArrayValue(stored: call.text(1), element: .text).dimensions.count <= 1 else {
            throw PostgresError("2202E", "wrong number of array subscripts")
        }
        let isEmpty: Bool
        switch json {
        case .object(let members): isEmpty = members.isEmpty
        case .array(let items): isEmpty = items.isEmpty
        default: throw PostgresError("22023", "cannot \(verb) in scalar")
        }
        // No path leads anywhere then, not even one that is none.
        switch kind {
        case .delete where isEmpty, .set(_, false) where isEmpty: return call[0]
        default: return .text(try JSONB.store(try JSONChange(call.texts(1), kind).applied(to: json)))
        }
    }
}

/// One change at the end of a path.
struct JSONChange {
    enum Kind {
        case set(JSON, creates: Bool)
        case insert(JSON, after: Bool)
        case delete
    }

    private let path: [String?]
    private let kind: Kind

    init(_ path: [String?], _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    func applied(to json: JSON) throws -> JSON { path.isEmpty ? json : try applied(to: json, at: 0) }

    private func applied(to json: JSON, at level: Int) throws -> JSON {
        guard let key = path[level] else {
            throw PostgresError("22004", "path element at position \(level + 1) is null")
        }
        switch json {
        case .object(let members): return .object(try changed(members, key, level))
        case .array(let items): return .array(try changed(items, key, level))
        default: return json
        }
    }

    private func changed(_ members: [JSON.Member], _ key: String, _ level: Int) throws -> [JSON.Member] {
        var members = members
        let isLast = level == path.count - 1
        guard let index = members.firstIndex(where: { $0.key.hasBytes(of: key) }) else {
            switch kind {
            case .set(let value, true) where isLast: members.append(JSON.Member(key, value))
            case .insert(let value, _) where isLast: members.append(JSON.Member(key, value))
            default: break
            }
            return members
        }
        guard isLast else {
            members[index].value = try applied(to: members[index].value, at: level + 1)
            return members
        }
        switch kind {
        case .set(let value, _): members[index].value = value
        case .delete: members.remove(at: index)
        case .insert:
            throw PostgresError(
                "22023", "cannot replace existing key", hint: "Try using the function jsonb_set to replace key value.")
        }
        return members
    }

    private func changed(_ items: [JSON], _ key: String, _ level: Int) throws -> [JSON] {
        guard var index = Int32(key).map(Int.init) else {
            throw PostgresError("22P02", "path element at position \(level + 1) is not an integer: \"\(key)\"")
        }
        var items = items
        let isLast = level == path.count - 1
        var isBefore = false
        if index < 0 {
            if -index > items.count { isBefore = true } else { index += items.count }
        }
        if isBefore || index >= items.count {
            switch kind {
            case .set(let value, true) where isLast, .insert(let value, _) where isLast:
                if isBefore { items.insert(value, at: 0) } else { items.append(value) }
            default: break
            }
            return items
        }
        guard isLast else {
            items[index] = try applied(to: items[index], at: level + 1)
            return items
        }
        switch kind {
        case .set(let value, _): items[index] = value
        case .delete: items.remove(at: index)
        case .insert(let value, let after): items.insert(value, at: after ? index + 1 : index)
        }
        return items
    }

    /// `||`: members or items of both; a scalar counts as an array of one.
    static func concat(_ left: JSON, _ right: JSON) throws -> JSON {
        switch (left, right) {
        case (.object(let a), .object(let b)): return .object(a + b)
        case (.array(let a), .array(let b)): return .array(a + b)
        case (.array(let a), _): return .array(a + [right])
        case (_, .array(let b)): return .array([left] + b)
        default: return .array([left, right])
        }
    }

    static func withoutNulls(_ json: JSON) -> JSON {
        switch json {
        case .object(let members):
            .object(
                members.filter { $0.value != .null }.map { JSON.Member($0.key, withoutNulls($0.value)) })
        case .array(let items): .array(items.map(withoutNulls))
        default: json
        }
    }

    /// Four blanks for each level; `jsonb_pretty` breaks after empty brackets' opening one too.
    static func pretty(_ json: JSON, depth: Int) -> String {
        let outer = String(repeating: "    ", count: depth)
        let inner = outer + "    "
        switch json {
        case .array(let items):
            let lines = items.map { inner + pretty($0, depth: depth + 1) }
            return "[\n" + lines.joined(separator: ",\n") + (lines.isEmpty ? "" : "\n") + outer + "]"
        case .object(let members):
            let lines = members.map {
                inner + JSON.string($0.key).text + ": " + pretty($0.value, depth: depth + 1)
            }
            return "{\n" + lines.joined(separator: ",\n") + (lines.isEmpty ? "" : "\n") + outer + "}"
        default: return json.text
        }
    }
}

extension String {
    /// Whether it is the same text, and does not only look like it.
    func hasBytes(of other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }
}
