import JSONText
import PostgresTypes
import SQLite

/// `to_json`, `jsonb_build_object` and kin: JSON out of values of any type.
enum JSONOutput {
    /// Appends a value as `to_json` prints it; rows become objects by their fields' names.
    static func append(
        _ value: SQLValue, of type: TypeReference, to buffer: inout [UInt8], _ context: ExecutionContext
    ) throws {
        if value.isNull {
            buffer.append(contentsOf: "null".utf8)
            return
        }
        let shape = context.postgresType(type.type)
        switch shape {
        case .record, .composite:
            let row = try RecordValue(stored: value, type: type, context: context)
            buffer.append(UInt8(ascii: "{"))
            for (index, field) in row.fields.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                JSON.write(string: field.name, to: &buffer)
                buffer.append(UInt8(ascii: ":"))
                try append(field.value, of: field.type, to: &buffer, context)
            }
            buffer.append(UInt8(ascii: "}"))
        case .array(.record):
            // What its fields are called is said by each row itself.
            let stored = if case .text(let text) = value { text } else { "[]" }
            try ArrayCodec.writeJSON(ArrayValue(stored: stored, element: .record), to: &buffer) { row, buffer in
                try append(row, of: TypeReference(.record), to: &buffer, context)
            }
        default: shape.writeJSON(value, to: &buffer, context: context.valueContext)
        }
    }

    static func json(_ value: SQLValue, of type: TypeReference, _ context: ExecutionContext) throws -> String {
        var buffer: [UInt8] = []
        try append(value, of: type, to: &buffer, context)
        return String(decoding: buffer, as: UTF8.self)
    }

    static func jsonb(_ value: SQLValue, of type: TypeReference, _ context: ExecutionContext) throws -> JSON {
        if value.isNull { return .null }
        return try JSON(parsing: json(value, of: type, context))
    }

    /// A value as the key of an object.
    static func key(
        _ value: SQLValue, of type: TypeReference, _ context: ExecutionContext
    ) throws -> String {
        let shape = context.postgresType(type.type)
        switch shape {
        case .array, .record, .composite, .json, .jsonb:
            throw PostgresError("22023", "key value must be scalar, not array, composite, or json")
        case .bool: return value == .bool(true) ? "true" : "false"
        default: return shape.encode(value, context: context.valueContext)
        }
    }
}

extension FunctionTable {
    mutating func addJSONBuilders() {
        typed("to_json(anyelement)", "row_to_json(record)", "array_to_json(anyarray)") { call in
            .text(try JSONOutput.json(call[0], of: call.types.arguments[0], call.context))
        }
        typed("array_to_json(anyarray,bool)") { call in
            let text = try JSONOutput.json(call[0], of: call.types.arguments[0], call.context)
            return .text(call.bool(1) ? Self.itemPerLine(text) : text)
        }
        typed("to_jsonb(anyelement)") { call in
            .text(try JSONB.store(JSONOutput.jsonb(call[0], of: call.types.arguments[0], call.context)))
        }
        native("json_build_object()", "jsonb_build_object()") { _ in "'{}'" }
        native("json_build_array()", "jsonb_build_array()") { _ in "'[]'" }
        typed("json_build_object(any)", isStrict: false) { call in
            try Self.requirePairs(call, "json_build_object")
            var buffer: [UInt8] = [UInt8(ascii: "{")]
            for index in stride(from: 0, to: call.count, by: 2) {
                if index > 0 { buffer.append(contentsOf: ", ".utf8) }
                JSON.write(string: try Self.key(call, index, isJSONB: false), to: &buffer)
                buffer.append(contentsOf: " : ".utf8)
                try JSONOutput.append(call[index + 1], of: call.types.arguments[index + 1], to: &buffer, call.context)
            }
            buffer.append(UInt8(ascii: "}"))
            return .text(String(decoding: buffer, as: UTF8.self))
        }
        typed("jsonb_build_object(any)", isStrict: false) { call in
            try Self.requirePairs(call, "jsonb_build_object")
            var members: [JSON.Member] = []
            for index in stride(from: 0, to: call.count, by: 2) {
                let value = try JSONOutput.jsonb(call[index + 1], of: call.types.arguments[index + 1], call.context)
                members.append(JSON.Member(try Self.key(call, index, isJSONB: true), value))
            }
            return .text(try JSONB.store(.object(members)))
        }
        typed("json_build_array(any)", isStrict: false) { call in
            let items = try (0..<call.count).map {
                try JSONOutput.json(call[$0], of: call.types.arguments[$0], call.context)
            }
            return .text("[" + items.joined(separator: ", ") + "]")
        }
        typed("jsonb_build_array(any)", isStrict: false) { call in
            let items = try (0..<call.count).map {
                try JSONOutput.jsonb(call[$0], of: call.types.arguments[$0], call.context)
            }
            return .text(try JSONB.store(.array(items)))
        }
        scalar("json_object(_text)") { .text(Self.objectText(try Self.pairs($0.texts(0), $0.text(0)))) }
        scalar("jsonb_object(_text)") { .text(try JSONB.store(.object(try Self.pairs($0.texts(0), $0.text(0))))) }
        scalar("json_object(_text,_text)") { .text(Self.objectText(try Self.pairs($0))) }
        scalar("jsonb_object(_text,_text)") { .text(try JSONB.store(.object(try Self.pairs($0)))) }
    }

    /// The text of an array with its items below each other.
    private static func itemPerLine(_ text: String) -> String {
        var items: [String] = []
        Array(text.utf8).withUnsafeBytes { bytes in
            let scanner = JSONScanner(bytes: bytes)
            scanner.forEachItem(scanner.root) { item in
                items.append(String(decoding: bytes[item], as: UTF8.self))
                return true
            }
        }
        return "[" + items.joined(separator: ",\n ") + "]"
    }

    private static func requirePairs(_ call: Invocation, _ name: String) throws {
        guard call.count % 2 == 0 else {
            throw PostgresError(
                "22023", "argument list must have even number of elements",
                hint: "The arguments of \(name)() must consist of alternating keys and values.")
        }
    }

    private static func key(_ call: Invocation, _ index: Int, isJSONB: Bool) throws -> String {
        if call.isNull(index) {
            if isJSONB { throw PostgresError("22023", "argument \(index + 1): key must not be null") }
            throw PostgresError(
                "22023", "argument \(index + 1) cannot be null", hint: "Object keys should be text.")
        }
        return try JSONOutput.key(call[index], of: call.types.arguments[index], call.context)
    }

    /// `{"a" : "1", "b" : null}`.
    private static func objectText(_ members: [JSON.Member]) -> String {
        "{" + members.map { JSON.string($0.key).text + " : " + $0.value.text }.joined(separator: ", ") + "}"
    }

    /// Keys and values in turn, or in pairs.
    private static func pairs(_ items: [String?], _ stored: String) throws -> [JSON.Member] {
        let dimensions = ArrayValue(stored: stored, element: .text).dimensions
        if dimensions.count == 2, dimensions[1] != 2 {
            throw PostgresError("2202E", "array must have two columns")
        }
        guard dimensions.count <= 2 else { throw PostgresError("2202E", "wrong number of array subscripts") }
        guard items.count % 2 == 0 else {
            throw PostgresError("2202E", "array must have even number of elements")
        }
        return try stride(from: 0, to: items.count, by: 2).map { try member(items[$0], items[$0 + 1]) }
    }

    /// The keys of one array with the values of another.
    private static func pairs(_ call: Invocation) throws -> [JSON.Member] {
        let dimensions = [0, 1].map { ArrayValue(stored: call.text($0), element: .text).dimensions.count }
        guard dimensions[0] <= 1, dimensions[0] == dimensions[1] else {
            throw PostgresError("2202E", "wrong number of array subscripts")
        }
        let (keys, values) = (call.texts(0), call.texts(1))
        guard keys.count == values.count else { throw PostgresError("2202E", "mismatched array dimensions") }
        return try zip(keys, values).map { try member($0, $1) }
    }

    private static func member(_ key: String?, _ value: String?) throws -> JSON.Member {
        guard let key else { throw PostgresError("22004", "null value not allowed for object key") }
        return JSON.Member(key, value.map(JSON.string) ?? .null)
    }
}
