import PostgresTypes
import SQLite

extension FunctionTable {
    /// What the generator's own texts call: functions that Postgres has no name for.
    mutating func addSupport() {
        addConversionSupport()
        addRowSupport()
        addSubquerySupport()
        support("limit rows") { call in
            if call.isNull(0) { return .integer(-1) }
            guard call.integer(0) >= 0 else { throw PostgresError("2201W", "LIMIT must not be negative") }
            return .integer(call.integer(0))
        }
        support("ties rows") { call in
            if call.isNull(0) {
                throw PostgresError("2201W", "row count cannot be null in FETCH FIRST ... WITH TIES clause")
            }
            guard call.integer(0) >= 0 else { throw PostgresError("2201W", "LIMIT must not be negative") }
            return .integer(call.integer(0))
        }
        support("offset rows") { call in
            if call.isNull(0) { return .integer(0) }
            guard call.integer(0) >= 0 else { throw PostgresError("2201X", "OFFSET must not be negative") }
            return .integer(call.integer(0))
        }
        support("positive count") { call in
            let name = call.text(1)
            if call.isNull(0) { throw PostgresError.notSupported("\(name) of NULL") }
            guard call.integer(0) > 0 else {
                throw PostgresError(
                    name == "ntile" ? "22014" : "22016", "argument of \(name) must be greater than zero")
            }
            return call[0]
        }
        support("enum position", isStrict: true) { call in
            guard case .enumeration(let type) = try call.context.postgresType(TypeID(UInt32(call.integer(1)))) else {
                return call[0]
            }
            let label = call.text(0)
            return .integer(Int64(type.labels.firstIndex(of: label) ?? -1))
        }
        support("enum at", isStrict: true) { call in
            guard case .enumeration(let type) = try call.context.postgresType(TypeID(UInt32(call.integer(1)))),
                type.labels.indices.contains(Int(call.integer(0)))
            else { return .null }
            return .text(type.labels[Int(call.integer(0))])
        }
        // GREATEST and LEAST: NULLs are left out. The last argument says which.
        support("extremum", takesTypes: true) { call in
            let type = try call.resultType
            let isGreatest = call.bool(call.count - 1)
            var best = SQLValue.null
            for index in 0..<(call.count - 1) where !call.isNull(index) {
                let value = call[index]
                let order = best.isNull ? 0 : type.compare(value, best)
                if best.isNull || (isGreatest ? order > 0 : order < 0) { best = value }
            }
            return best
        }
        // SQLite takes only functions that always answer alike into an index.
        for (name, isVolatile) in [("call user function", true), ("call immutable function", false)] {
            support(name, isVolatile: isVolatile) { call in
                guard let body = try call.context.callFunction else {
                    throw PostgresError.notSupported("calling the user's functions here")
                }
                return try body(FunctionID(UInt32(call.integer(0))), Array(call.arguments.all.dropFirst()))
            }
        }
        support("spread", takesTypes: true) { try VariadicCall($0).value() }
        support("call polymorphic function", isVolatile: true, takesTypes: true) { call in
            guard let body = try call.context.callPolymorphic else {
                throw PostgresError.notSupported("calling the user's functions here")
            }
            return try body(FunctionID(UInt32(call.integer(0))), call.types, (1..<call.count).map { call[$0] })
        }
        support("call user set function", isVolatile: true) { call in
            guard let body = try call.context.callSetFunction else {
                throw PostgresError.notSupported("calling the user's functions here")
            }
            return PackedRows.pack(
                try body(FunctionID(UInt32(call.integer(0))), Array(call.arguments.all.dropFirst(2)), call.bool(1)))
        }
        support("call polymorphic set function", isVolatile: true, takesTypes: true) { call in
            guard let body = try call.context.callPolymorphicSet else {
                throw PostgresError.notSupported("calling the user's functions here")
            }
            let arguments = (2..<call.count).map { call[$0] }
            return PackedRows.pack(
                try body(FunctionID(UInt32(call.integer(0))), call.types, arguments, call.bool(1)))
        }
        support("call user record function", isVolatile: true, takesTypes: true) { call in
            guard let body = try call.context.callRecordFunction else {
                throw PostgresError.notSupported("calling the user's functions here")
            }
            let arguments = (1..<call.count).map { call[$0] }
            return PackedRows.pack(try body(FunctionID(UInt32(call.integer(0))), arguments, call.types.columns))
        }
    }

    private mutating func addConversionSupport() {
        support("through text", isStrict: true, takesTypes: true) { call in
            let context = try call.context
            let text = try Self.outputText(call[0], of: call.types.arguments[0], context)
            return try context.postgresType(call.types.result.type).decode(
                text: text, modifier: call.types.result.modifier, context: context.valueContext)
        }
        // Of one argument the name is SQLite's own function.
        support("length", isStrict: true, takesTypes: true, arity: 3) { call in
            try call.resultType.applyLength(
                call[0], modifier: call.types.result.modifier, isExplicit: call.bool(1))
        }
        support("elements through text", isStrict: true, takesTypes: true) { call in
            let context = try call.context
            guard case .array(let from) = try call.type(0), case .array(let to) = try call.resultType else {
                throw PostgresError("XX000", "not an array")
            }
            var array = ArrayValue(stored: call.text(0), element: from)
            for index in array.elements.indices where !array.elements[index].isNull {
                let text = from.encode(array.elements[index], context: context.valueContext)
                array.elements[index] = try to.decode(
                    text: text, modifier: call.types.result.modifier, context: context.valueContext)
            }
            return array.stored
        }
        support("check domain") { call in
            guard let check = try call.context.checkDomain else {
                throw PostgresError.notSupported("checking domains here")
            }
            let value = call[0]
            try check(TypeID(UInt32(call.integer(1))), value)
            return value
        }
        support("unpack real") { PackedRows.unpackReal($0[0]) }
        support("unpack blob") { PackedRows.unpackBlob($0[0]) }
    }

    private mutating func addRowSupport() {
        support("row", takesTypes: true) { call in
            let fields = (0..<call.count).map { index in
                RecordValue.Field(name: "f\(index + 1)", type: call.types.arguments[index], value: call[index])
            }
            // Fitted to a named row type, it is a value of that type.
            if case .composite = try call.resultType { return RecordValue(fields: fields).storedComposite }
            return RecordValue(fields: fields).storedRecord
        }
        for (name, isNullable) in [("row of", false), ("row of or null", true)] {
            support(name, takesTypes: true) { call in
                let values = (0..<call.count).map { call[$0] }
                if isNullable && values.allSatisfy(\.isNull) { return .null }
                let types = call.types
                let fields = values.enumerated().map { index, value in
                    RecordValue.Field(name: types.columns[index].name, type: types.columns[index].type, value: value)
                }
                if case .composite = try call.resultType { return RecordValue(fields: fields).storedComposite }
                return RecordValue(fields: fields).storedRecord
            }
        }
        support("record text", isStrict: true, takesTypes: true) { call in
            .text(try Self.outputText(call[0], of: call.types.arguments[0], call.context))
        }
        support("field", isStrict: true, takesTypes: true) { call in
            let row = try RecordValue(stored: call[0], type: call.types.arguments[0], context: call.context)
            let index = Int(call.integer(1))
            return row.fields.indices.contains(index) ? row.fields[index].value : .null
        }
        support("row is null", takesTypes: true) { call in
            let negated = call.bool(1)
            if call.isNull(0) { return .bool(!negated) }
            let row = try RecordValue(stored: call[0], type: call.types.arguments[0], context: call.context)
            return .bool(row.fields.allSatisfy { $0.value.isNull != negated })
        }
        support("rows of composite", takesTypes: true) { call in
            if call.isNull(0) { return .text("[]") }
            let row = try RecordValue(stored: call[0], type: call.types.arguments[0], context: call.context)
            return PackedRows.pack([row.fields.map(\.value)])
        }
        // A named row with the names and types of its fields.
        support("row as record", isStrict: true, takesTypes: true) { call in
            try RecordValue(stored: call[0], type: call.types.arguments[0], context: call.context).storedRecord
        }
        support("rows as records", isStrict: true, takesTypes: true) { call in
            let columns = call.types.columns
            let shapes = try columns.map { try call.context.postgresType($0.type.type) }
            let records = PackedRows.unpackRows(call.text(0)).map { row in
                let fields = zip(zip(columns, shapes), row).map { column, value in
                    RecordValue.Field(
                        name: column.0.name, type: column.0.type,
                        value: column.1.storageClass == .blob ? PackedRows.unpackBlob(value) : value)
                }
                return [RecordValue(fields: fields).storedRecord]
            }
            return PackedRows.pack(records)
        }
        support("rows beside") { call in
            let columns = stride(from: 1, to: call.count, by: 2).map { PackedRows.unpack(call.text($0)) }
            let count = columns.map(\.count).max() ?? 0
            return PackedRows.pack(
                (0..<count).map { row in columns.map { row < $0.count ? $0[row] : .null } })
        }
    }

    private mutating func addSubquerySupport() {
        supportAggregate("rows of") { _, _ in RowCollector() }
        supportAggregate("single row") { _, _ in SingleRow() }
        supportAggregate("bool any") { _, _ in TruthFold(isAll: false) }
        supportAggregate("bool all") { _, _ in TruthFold(isAll: true) }
        support("row as rows") { call in PackedRows.pack([call.arguments.all]) }
    }

    /// The text of a value: its type's output function; a record's in parentheses.
    static func outputText(_ value: SQLValue, of type: TypeReference, _ context: ExecutionContext) throws -> String {
        let shape = context.postgresType(type.type)
        if case .record = shape {
            return try RecordValue(stored: value, type: type, context: context).text(context)
        }
        if case .array(.record) = shape, case .text(let stored) = value {
            var array = ArrayValue(stored: stored, element: .record)
            array.elements = try array.elements.map { element in
                if element.isNull { return .null }
                return .text(try outputText(element, of: TypeReference(.record), context))
            }
            return PostgresType.array(.text).encode(array.stored, context: context.valueContext)
        }
        return shape.encode(value, context: context.valueContext)
    }
}

/// Packs the rows of a lateral subquery for `json_each`.
private final class RowCollector: Accumulator {
    private var rows: [[SQLValue]] = []
    func add(_ values: [SQLValue]) { rows.append(values) }
    func value() -> SQLValue { PackedRows.pack(rows) }
}

/// The value of a scalar subquery: NULL for no row, an error for two.
private final class SingleRow: Accumulator {
    private var result: SQLValue?

    func add(_ values: [SQLValue]) throws {
        guard result == nil else {
            throw PostgresError("21000", "more than one row returned by a subquery used as an expression")
        }
        result = values[0]
    }

    func value() -> SQLValue { result ?? .null }
}

/// ANY and ALL over truth values, NULL being unknown.
private final class TruthFold: Accumulator {
    private let isAll: Bool
    private var sawUnknown = false
    private var isDecided = false

    init(isAll: Bool) { self.isAll = isAll }

    func add(_ values: [SQLValue]) {
        switch values[0] {
        case .null: sawUnknown = true
        case .integer(let number): if (number != 0) != isAll { isDecided = true }
        default: break
        }
    }

    func value() -> SQLValue { isDecided ? .bool(!isAll) : sawUnknown ? .null : .bool(isAll) }
}
