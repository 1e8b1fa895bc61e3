import JSONText
import PostgresTypes
import SQLite

/// A row as a value: what `ROW(…)`, a whole-row reference or a composite column holds.
///
/// A `record` carries the names and types of its fields with it; a named row type's value holds only its fields.
struct RecordValue {
    struct Field {
        var name: String
        var type: TypeReference
        var value: SQLValue
    }

    var fields: [Field]

    /// The self-describing form of a `record`.
    var storedRecord: SQLValue {
        let items = fields.map { field -> JSON in
            [.string(field.name), .integer(field.type.type.oid), .integer(field.type.modifier), json(field.value)]
        }
        return .text(JSON.object([JSON.Member("record", .array(items))]).text)
    }

    /// The form of a named row type.
    var storedComposite: SQLValue { .text(JSON.array(fields.map { json($0.value) }).text) }

    private func json(_ value: SQLValue) -> JSON {
        switch value {
        case .null: .null
        case .integer(let number): .number(String(number))
        case .real(let number):
            number.isFinite ? .number(number.description) : .string(number < 0 ? "-Infinity" : "Infinity")
        case .text(let text): .string(text)
        case .blob(let bytes): .string("\\x" + Hex.encode(bytes))
        }
    }

    /// Reads either form; `type` is the static type, which a named row needs.
    init(stored: SQLValue, type: TypeReference?, context: ExecutionContext) throws {
        guard case .text(let text) = stored, let document = try? JSON(parsing: text) else {
            throw PostgresError("XX000", "not a row")
        }
        if let items = document["record"]?.arrayValue {
            fields = items.map { item in
                let type = TypeReference(
                    TypeID(UInt32(item[1]?.intValue ?? 25)), modifier: Int32(item[2]?.intValue ?? -1))
                return Field(
                    name: item[0]?.stringValue ?? "", type: type,
                    value: Self.value(item[3] ?? .null, context.postgresType(type.type)))
            }
            return
        }
        guard let items = document.arrayValue, let type, let shape = Self.fields(of: type.type, context) else {
            throw PostgresError("XX000", "a row of unknown shape")
        }
        // Fields that the type has gained since are NULL.
        fields = shape.enumerated().map { index, field in
            let item = index < items.count ? items[index] : .null
            return Field(
                name: field.name, type: field.type, value: Self.value(item, context.postgresType(field.type.type)))
        }
    }

    init(fields: [Field]) { self.fields = fields }

    /// The row's output: `(1,"a b",)`.
    func text(_ context: ExecutionContext) throws -> String {
        let items = try fields.map { field -> String in
            if field.value.isNull { return "" }
            let text = try FunctionTable.outputText(field.value, of: field.type, context)
            let needsQuotes =
                text.isEmpty || text.unicodeScalars.contains { "\"\\(), \t\n\r".unicodeScalars.contains($0) }
            guard needsQuotes else { return text }
            return "\""
                + text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\($0)\($0)" : "\($0)" }.joined() + "\""
        }
        return "(" + items.joined(separator: ",") + ")"
    }

    /// Names and types of a named row type's fields.
    static func fields(of type: TypeID, _ context: ExecutionContext) -> [OutputColumn]? {
        switch context.catalog.types[type]?.kind {
        case .composite(let fields): fields.map { OutputColumn(name: $0.name, type: $0.type) }
        case .row(let relation): context.catalog.relations[relation]?.columns
        case .domain(let domain): self.fields(of: domain.base.type, context)
        default: nil
        }
    }

    private static func value(_ json: JSON, _ type: PostgresType) -> SQLValue {
        switch json {
        case .null, .array, .object: return .null
        case .bool(let value): return .bool(value)
        case .number(let digits):
            if type.storageClass != .any, let number = Int64(digits) { return .integer(number) }
            return .real(Double(digits) ?? 0)
        case .string(let text):
            switch type.storageClass {
            case .any, .real: return .float(Double(text) ?? .nan)
            case .blob: return .blob(Hex.decode(text.utf8.dropFirst(2)) ?? [])
            default: return .text(text)
            }
        }
    }
}
