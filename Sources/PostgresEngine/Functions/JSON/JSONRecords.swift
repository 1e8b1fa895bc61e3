import JSONText
import PostgresTypes
import SQLite

/// `json_to_record`, `jsonb_populate_record` and their sets: rows out of JSON objects.
extension FunctionTable {
    mutating func addJSONRecords() {
        for type in ["json", "jsonb"] {
            rows("\(type)_to_record(\(type))", takesTypes: true) { call in
                [
                    try Self.row(
                        JSONReader.read(call.text(0)), call.types.columns, nil, call.context)
                ]
            }
            rows("\(type)_to_recordset(\(type))", isStrict: false, takesTypes: true) { call in
                if call.isNull(0) { return [] }
                let json = try JSONReader.read(call.text(0))
                return try Self.items(of: json, "\(type)_to_recordset").map {
                    try Self.row($0, call.types.columns, nil, call.context)
                }
            }
            let populate: @Sendable (Invocation) throws -> SQLValue = { call in
                let context = try call.context
                let type = call.types.arguments[0]
                guard let columns = RecordValue.fields(of: type.type, context) else {
                    throw PostgresError(
                        "42804", "first argument of \(type)_populate_record must be a row type")
                }
                if call.isNull(1) { return call[0] }
                let base = call.isNull(0) ? nil : try RecordValue(stored: call[0], type: type, context: context)
                let values = try Self.row(
                    JSONReader.read(call.text(1)), columns, base, context)
                let fields = zip(columns, values).map { RecordValue.Field(name: $0.name, type: $0.type, value: $1) }
                return RecordValue(fields: fields).storedComposite
            }
            let signature = type == "json" ? "(anyelement,json,bool)" : "(anyelement,jsonb)"
            typed("\(type)_populate_record\(signature)", isStrict: false, body: populate)
            rows("\(type)_populate_recordset\(signature)", isStrict: false, takesTypes: true) { call in
                let context = try call.context
                if call.isNull(1) { return [] }
                guard let columns = RecordValue.fields(of: call.types.arguments[0].type, context) else {
                    throw PostgresError("42804", "first argument of \(type)_populate_recordset must be a row type")
                }
                let base =
                    call.isNull(0)
                    ? nil : try RecordValue(stored: call[0], type: call.types.arguments[0], context: context)
                let json = try JSONReader.read(call.text(1))
                return try Self.items(of: json, "\(type)_populate_recordset").map {
                    try Self.row($0, columns, base, context)
                }
            }
        }
    }

    /// The objects of an array; `json` says what it got instead, `jsonb` does not.
    private static func items(of json: JSON, _ function: String) throws -> [JSON] {
        guard case .array(let items) = json else {
            let isObject = if case .object = json { true } else { false }
            let found = function.hasPrefix("jsonb") ? "a non-array" : isObject ? "an object" : "a scalar"
            throw PostgresError("22023", "cannot call \(function) on \(found)")
        }
        for item in items {
            guard case .object = item else {
                throw PostgresError("22023", "argument of \(function) must be an array of objects")
            }
        }
        return items
    }

    /// The values of `columns` in a JSON object; what it does not mention is NULL, or the base row's.
    private static func row(
        _ json: JSON, _ columns: [OutputColumn], _ base: RecordValue?, _ context: ExecutionContext
    ) throws -> [SQLValue] {
        guard case .object = json else {
            let found = if case .array = json { "an array" } else { "a scalar" }
            throw PostgresError("22023", "cannot call populate_composite on \(found)")
        }
        return try columns.enumerated().map { index, column in
            guard let value = json[column.name] else { return base?.fields[index].value ?? .null }
            return try self.value(value, column.type, context)
        }
    }

    private static func value(
        _ json: JSON, _ type: TypeReference, _ context: ExecutionContext
    ) throws -> SQLValue {
        if json == .null { return .null }
        if case .domain = context.catalog.types[type.type]?.kind {
            let value = try context.postgresType(type.type).decode(
                json: json, modifier: type.modifier, context: context.valueContext)
            guard let check = context.checkDomain else { throw PostgresError.notSupported("checking domains here") }
            try check(type.type, value)
            return value
        }
        if let columns = RecordValue.fields(of: type.type, context), case .object = json {
            let values = try row(json, columns, nil, context)
            return RecordValue(
                fields: zip(columns, values).map { RecordValue.Field(name: $0.name, type: $0.type, value: $1) }
            ).storedComposite
        }
        return try context.postgresType(type.type).decode(
            json: json, modifier: type.modifier, context: context.valueContext)
    }
}
