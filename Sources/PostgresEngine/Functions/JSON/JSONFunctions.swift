import JSONText
import PostgresTypes
import SQLite

extension Invocation {
    /// Looks into a JSON argument without copying it.
    func scan<T>(_ index: Int, _ body: (JSONScanner) throws -> T) rethrows -> T {
        try arguments.withBytes(index) { try body(JSONScanner(bytes: $0)) }
    }

    /// The same for a `json`, whose strings are decoded as PostgreSQL looks for what is asked: those that cannot be are
    /// errors.
    func scan<T>(_ index: Int, decoding: Bool, _ body: (JSONScanner) throws -> T) throws -> T {
        try arguments.withBytes(index) { bytes in
            if decoding, bytes.contains(UInt8(ascii: "\\")) {
                _ = try JSONReader.read(String(decoding: bytes, as: UTF8.self))
            }
            return try body(JSONScanner(bytes: bytes))
        }
    }

    /// A `text[]`; nil for NULL items.
    func texts(_ index: Int) -> [String?] {
        ArrayValue(stored: text(index), element: .text).elements.map {
            if case .text(let text) = $0 { text } else { nil }
        }
    }

    func jsonb(_ index: Int) -> JSON { JSONB.load(text(index)) }
}

extension FunctionTable {
    mutating func addJSON() {
        addJSONAccess()
        addJSONPredicates()
        addJSONRows()
        addJSONCasts()
        addJSONChanges()
        addJSONBuilders()
        addJSONRecords()
    }

    // MARK: -> and kin

    private mutating func addJSONAccess() {
        for type in ["json", "jsonb"] {
            scalar("\(type)_object_field(\(type),text)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    json.member(call.text(1), of: json.root).map { .text(json.text($0)) } ?? .null
                }
            }
            scalar("\(type)_object_field_text(\(type),text)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    json.member(call.text(1), of: json.root).flatMap(json.shown).map { .text($0) } ?? .null
                }
            }
            // Postgres keeps a jsonb that is a scalar as an array of one item, and here it shows.
            let item = { @Sendable (json: JSONScanner, index: Int) -> Range<Int>? in
                let root = json.root
                let isScalar = ![.array, .object].contains(json.kind(root))
                return type == "jsonb" && isScalar && (index == 0 || index == -1) ? root : json.item(index, of: root)
            }
            scalar("\(type)_array_element(\(type),int4)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    item(json, Int(call.integer(1))).map { .text(json.text($0)) } ?? .null
                }
            }
            scalar("\(type)_array_element_text(\(type),int4)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    item(json, Int(call.integer(1))).flatMap(json.shown).map { .text($0) } ?? .null
                }
            }
            scalar("\(type)_extract_path(\(type),_text)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    Self.follow(call.texts(1), in: json).map { .text(json.text($0)) } ?? .null
                }
            }
            scalar("\(type)_extract_path_text(\(type),_text)") { call in
                try call.scan(0, decoding: type == "json") { json in
                    Self.follow(call.texts(1), in: json).flatMap(json.shown).map { .text($0) } ?? .null
                }
            }
            scalar("\(type)_typeof(\(type))") { call in call.scan(0) { .text($0.kind($0.root).rawValue) } }
            scalar("\(type)_array_length(\(type))") { call in
                try call.scan(0) { json in
                    switch json.kind(json.root) {
                    case .array: return .integer(Int64(json.count(json.root)))
                    case .object: throw PostgresError("22023", "cannot get array length of a non-array")
                    default: throw PostgresError("22023", "cannot get array length of a scalar")
                    }
                }
            }
        }
    }

    /// Where a path leads; nil when a step leads nowhere.
    static func follow(_ path: [String?], in json: JSONScanner) -> Range<Int>? {
        var value = json.root
        for key in path {
            guard let key, let next = json.step(key, from: value) else { return nil }
            value = next
        }
        return value
    }

    // MARK: @> ? and kin

    private mutating func addJSONPredicates() {
        scalar("jsonb_contains(jsonb,jsonb)") { .bool(JSONContainment.contains($0.jsonb(0), $0.jsonb(1))) }
        scalar("jsonb_contained(jsonb,jsonb)") { .bool(JSONContainment.contains($0.jsonb(1), $0.jsonb(0))) }
        scalar("jsonb_exists(jsonb,text)") { call in
            call.scan(0) { .bool(Self.exists(call.text(1), in: $0)) }
        }
        scalar("jsonb_exists_any(jsonb,_text)") { call in
            call.scan(0) { json in .bool(call.texts(1).contains { $0.map { Self.exists($0, in: json) } ?? false }) }
        }
        scalar("jsonb_exists_all(jsonb,_text)") { call in
            call.scan(0) { json in .bool(call.texts(1).allSatisfy { $0.map { Self.exists($0, in: json) } ?? true }) }
        }
        scalar("jsonb_cmp(jsonb,jsonb)") { call in
            .integer(Int64(JSONB.compare(call.jsonb(0), call.jsonb(1)).signum()))
        }
    }

    /// A key of an object, or a string among an array's items or alone.
    private static func exists(_ key: String, in json: JSONScanner) -> Bool {
        let root = json.root
        switch json.kind(root) {
        case .object: return json.member(key, of: root) != nil
        case .array:
            var found = false
            json.forEachItem(root) { item in
                found = json.kind(item) == .string && json.string(item) == key
                return !found
            }
            return found
        case .string: return json.string(root) == key
        default: return false
        }
    }

    // MARK: Sets

    private mutating func addJSONRows() {
        for type in ["json", "jsonb"] {
            for (suffix, shows) in [("", false), ("_text", true)] {
                rows("\(type)_array_elements\(suffix)(\(type))") { call in
                    try call.scan(0) { json in
                        try Self.requireArray(json, type == "json" ? "json_array_elements\(suffix)" : nil)
                        var rows: [[SQLValue]] = []
                        json.forEachItem(json.root) { item in
                            rows.append([Self.value(item, in: json, shows: shows)])
                            return true
                        }
                        return rows
                    }
                }
                rows("\(type)_each\(suffix)(\(type))") { call in
                    try call.scan(0) { json in
                        let root = json.root
                        guard json.kind(root) == .object else {
                            if type == "jsonb" {
                                throw PostgresError("22023", "cannot call jsonb_each\(suffix) on a non-object")
                            }
                            let what = json.kind(root) == .array ? "an array as an object" : "a scalar"
                            throw PostgresError("22023", "cannot deconstruct \(what)")
                        }
                        var rows: [[SQLValue]] = []
                        json.forEachMember(root) { key, value in
                            rows.append([.text(json.string(key)), Self.value(value, in: json, shows: shows)])
                            return true
                        }
                        return rows
                    }
                }
            }
            rows("\(type)_object_keys(\(type))") { call in
                try call.scan(0) { json in
                    let root = json.root
                    guard json.kind(root) == .object else {
                        let what = json.kind(root) == .array ? "an array" : "a scalar"
                        throw PostgresError("22023", "cannot call \(type)_object_keys on \(what)")
                    }
                    var rows: [[SQLValue]] = []
                    json.forEachMember(root) { key, _ in
                        rows.append([.text(json.string(key))])
                        return true
                    }
                    return rows
                }
            }
        }
    }

    private static func value(_ range: Range<Int>, in json: JSONScanner, shows: Bool) -> SQLValue {
        guard shows else { return .text(json.text(range)) }
        return json.shown(range).map { .text($0) } ?? .null
    }

    private static func requireArray(_ json: JSONScanner, _ jsonFunction: String?) throws {
        switch json.kind(json.root) {
        case .array: return
        case .object:
            throw PostgresError(
                "22023",
                jsonFunction.map { "cannot call \($0) on a non-array" } ?? "cannot extract elements from an object")
        default:
            throw PostgresError(
                "22023", jsonFunction.map { "cannot call \($0) on a scalar" } ?? "cannot extract elements from a scalar"
            )
        }
    }

    // MARK: Casts

    private mutating func addJSONCasts() {
        scalar("bool(jsonb)") { call in
            try call.scan(0) { json in
                guard json.kind(json.root) == .boolean else { throw Self.cannotCast(json, "boolean") }
                return .bool(json.text(json.root) == "true")
            }
        }
        scalar("numeric(jsonb)") { .decimal(try Self.number($0, "numeric")) }
        scalar("int2(jsonb)") { .integer(try Self.number($0, "smallint").integer(.int2)) }
        scalar("int4(jsonb)") { .integer(try Self.number($0, "integer").integer(.int4)) }
        scalar("int8(jsonb)") { .integer(try Self.number($0, "bigint").integer(.int8)) }
        scalar("float4(jsonb)") { try Self.float(Self.number($0, "real"), .float4, $0.context) }
        scalar("float8(jsonb)") {
            try Self.float(Self.number($0, "double precision"), .float8, $0.context)
        }
    }

    private static func number(_ call: Invocation, _ target: String) throws -> Decimal {
        try call.scan(0) { json in
            guard json.kind(json.root) == .number else { throw cannotCast(json, target) }
            return Decimal(stored: json.text(json.root))
        }
    }

    private static func cannotCast(_ json: JSONScanner, _ target: String) -> PostgresError {
        let kind = json.kind(json.root)
        let name = kind == .number ? "numeric" : kind.rawValue
        return PostgresError("22023", "cannot cast jsonb \(name) to type \(target)")
    }
}

/// `@>`: what is asked for occurs in the value, at the same depth.
enum JSONContainment {
    static func contains(_ value: JSON, _ part: JSON) -> Bool {
        switch (value, part) {
        // An array contains a scalar that is one of its items; only at the top.
        case (.array(let items), .null), (.array(let items), .bool), (.array(let items), .number),
            (.array(let items), .string):
            items.contains { JSONB.compare($0, part) == 0 && isScalar($0) }
        default: deepContains(value, part)
        }
    }

    private static func isScalar(_ json: JSON) -> Bool {
        switch json {
        case .array, .object: false
        default: true
        }
    }

    private static func deepContains(_ value: JSON, _ part: JSON) -> Bool {
        switch (value, part) {
        case (.object(let members), .object(let parts)):
            parts.allSatisfy { part in
                members.contains { $0.key.hasBytes(of: part.key) && deepContains($0.value, part.value) }
            }
        case (.array(let items), .array(let parts)):
            parts.allSatisfy { part in items.contains { deepContains($0, part) } }
        case (.object, _), (.array, _), (_, .object), (_, .array): false
        default: JSONB.compare(value, part) == 0
        }
    }
}
