import JSONText
import PostgresTypes
import SQLite

/// Setting a part of a value: what `c[1] = …` and `c.field = …` do, in SQL and PL/pgSQL.
enum PartAssignment {
    private static func array(_ container: SQLValue, _ element: PostgresType) -> ArrayValue {
        if case .text(let stored) = container { ArrayValue(stored: stored, element: element) } else { ArrayValue([]) }
    }

    /// The subscripts as numbers.
    /// - Throws: 22004 where one is NULL.
    static func subscripts(_ values: [SQLValue]) throws(PostgresError) -> [Int] {
        var numbers: [Int] = []
        for value in values {
            guard case .integer(let number) = value else {
                throw PostgresError("22004", "array subscript in assignment must not be null")
            }
            numbers.append(Int(number))
        }
        return numbers
    }

    /// NULL counts as the empty array.
    static func set(
        _ value: SQLValue, at subscripts: [SQLValue], in container: SQLValue, element: PostgresType
    ) throws(PostgresError) -> SQLValue {
        let places = try self.subscripts(subscripts)
        var array = array(container, element)
        try array.assign(value, at: places)
        return array.stored
    }

    /// A NULL source changes nothing.
    static func set(
        slice source: SQLValue, at bounds: [SliceBounds], in container: SQLValue, element: PostgresType
    ) throws(PostgresError) -> SQLValue {
        var array = array(container, element)
        if case .text(let stored) = source {
            try array.assign(ArrayValue(stored: stored, element: element), to: bounds)
        }
        return array.stored
    }

    /// Keys are integers or texts. NULL counts as an empty array or object, as the first key asks for.
    static func set(_ value: SQLValue, at keys: [SQLValue], in document: SQLValue) throws -> SQLValue {
        var path: [String] = []
        for key in keys {
            switch key {
            case .integer(let number): path.append(String(number))
            case .text(let text): path.append(text)
            default: throw PostgresError("22004", "jsonb subscript in assignment must not be null")
            }
        }
        var json: JSON
        if case .text(let text) = document {
            json = JSONB.load(text)
        } else if case .integer? = keys.first {
            json = .array([])
        } else {
            json = .object([])
        }
        let new: JSON = if case .text(let text) = value { JSONB.load(text) } else { .null }
        try json.assign(new, at: path[...], level: 1)
        return .text(try JSONB.store(json))
    }

    /// NULL counts as a row of NULLs.
    static func set(
        _ value: SQLValue, field index: Int, in row: SQLValue, type: TypeReference, _ context: ExecutionContext
    ) throws -> SQLValue {
        var record = try self.row(row, type, context)
        guard record.fields.indices.contains(index) else { throw PostgresError("XX000", "no such field") }
        record.fields[index].value = value
        return record.storedComposite
    }

    /// A row whose type is known, NULLs in place of what is missing.
    static func row(_ value: SQLValue, _ type: TypeReference, _ context: ExecutionContext) throws -> RecordValue {
        let shape = RecordValue.fields(of: type.type, context) ?? []
        var record = RecordValue(fields: shape.map { .init(name: $0.name, type: $0.type, value: .null) })
        if value.isNull { return record }
        let stored = try RecordValue(stored: value, type: type, context: context)
        for (index, field) in stored.fields.enumerated() where record.fields.indices.contains(index) {
            record.fields[index].value = field.value
        }
        return record
    }
}

extension JSON {
    /// Puts a value at the end of a path, which is made where it is missing: numbers lead into arrays, whose gaps are
    /// filled with nulls, other keys into objects.
    fileprivate mutating func assign(_ value: JSON, at path: ArraySlice<String>, level: Int) throws(PostgresError) {
        guard let key = path.first else {
            self = value
            return
        }
        switch self {
        case .object(var members):
            if let index = members.firstIndex(where: { $0.key == key }) {
                try members[index].value.assign(value, at: path.dropFirst(), level: level + 1)
            } else {
                members.append(JSON.Member(key, try Self.chain(to: value, path.dropFirst())))
            }
            self = .object(members)
        case .array(var items):
            guard var index = Self.index(key) else {
                throw PostgresError("22P02", "path element at position \(level) is not an integer: \"\(key)\"")
            }
            if index < 0 { index += items.count }
            guard index >= 0 else {
                throw PostgresError(
                    "22023", "path element at position \(level) is out of range: \(index - items.count)")
            }
            if index > 5_000_000 { throw .notSupported("an array of over 5,000,000 elements") }
            if index < items.count {
                try items[index].assign(value, at: path.dropFirst(), level: level + 1)
            } else {
                items += [JSON](repeating: .null, count: index - items.count)
                items.append(try Self.chain(to: value, path.dropFirst()))
            }
            self = .array(items)
        default:
            throw PostgresError(
                "22023", "cannot replace existing key",
                detail: "The path assumes key is a composite object, but it is a scalar value.")
        }
    }

    /// New containers down a path, the value in the innermost.
    private static func chain(to value: JSON, _ path: ArraySlice<String>) throws(PostgresError) -> JSON {
        guard let key = path.first else { return value }
        let inner = try chain(to: value, path.dropFirst())
        guard let index = index(key) else { return .object([JSON.Member(key, inner)]) }
        if index > 5_000_000 { throw .notSupported("an array of over 5,000,000 elements") }
        return .array([JSON](repeating: .null, count: max(0, index)) + [inner])
    }

    private static func index(_ key: String) -> Int? {
        Int32(String(key.drop { $0.isWhitespace })).map(Int.init)
    }
}

extension FunctionTable {
    mutating func addPartAssignment() {
        support("with element", takesTypes: true) { call in
            let places = (1..<call.count - 1).map { call[$0] }
            let value = call[call.count - 1]
            switch try call.type(0) {
            case .array(let element):
                return try PartAssignment.set(value, at: places, in: call[0], element: element)
            case .jsonb: return try PartAssignment.set(value, at: places, in: call[0])
            default: throw PostgresError.notSupported("assigning to a subscript of this type")
            }
        }
        support("with slice", takesTypes: true) { call in
            guard case .array(let element) = try call.type(0) else {
                throw PostgresError.notSupported("assigning to a slice of this type")
            }
            if (1..<call.count - 1).contains(where: call.isNull) {
                throw PostgresError("22004", "array subscript in assignment must not be null")
            }
            return try PartAssignment.set(
                slice: call[call.count - 1], at: call.sliceBounds(1..<call.count - 1), in: call[0], element: element)
        }
        support("with field", takesTypes: true) { call in
            try PartAssignment.set(
                call[2], field: Int(call.integer(1)), in: call[0], type: call.types.arguments[0], call.context)
        }
    }
}
