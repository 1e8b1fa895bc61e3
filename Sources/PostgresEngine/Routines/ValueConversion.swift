import PostgresTypes
import SQLite

/// From one type to another, lengths included.
struct ConversionKey: Hashable {
    var source: TypeReference
    var target: TypeReference
}

/// How an assignment converts between two types: not at all, by an expression over `$1`, or it cannot.
enum ValueConversion {
    case same
    case computed(GeneratedSQL)
    case impossible
}

extension Transaction {
    /// A value as an assignment converts it; what no cast converts goes through its text.
    func convert(_ value: SQLValue, from source: TypeReference, to target: TypeReference) throws -> SQLValue {
        if source == target { return value }
        let key = ConversionKey(source: source, target: target)
        let conversion: ValueConversion
        if let known = conversions[key] {
            conversion = known
        } else {
            conversion = try makeConversion(key)
            conversions[key] = conversion
        }
        switch conversion {
        case .same: return value
        case .computed(let generated): return try evaluate(generated, parameters: [value])[0]
        case .impossible:
            throw PostgresError(
                "42846",
                "cannot cast type \(catalog.typeName(source, searchPath: session.effectivePath)) to "
                    + catalog.typeName(target, searchPath: session.effectivePath))
        }
    }

    private func makeConversion(_ key: ConversionKey) throws -> ValueConversion {
        let binder = Binder(catalog: catalog, searchPath: session.effectivePath, context: valueContext)
        // A literal that no context has given a type is its text.
        let source = key.source.type == .unknown ? TypeReference(.text) : key.source
        let parameter = TypedExpression(.parameter(1), type: source)
        guard let converted = try binder.convert(parameter, to: key.target, throughText: true) else {
            return .impossible
        }
        if case .parameter = converted.node { return .same }
        if case .coercion(.relabel, let inner, _) = converted.node, case .parameter = inner.node { return .same }
        return .computed(try SQLGenerator(catalog: catalog).expressions([converted]))
    }

    /// A row's values as another row's, column by column.
    func convert(_ row: [SQLValue], from source: [OutputColumn], to target: [OutputColumn]) throws -> [SQLValue] {
        try target.indices.map { index in
            guard index < row.count, index < source.count else { return .null }
            return try convert(row[index], from: source[index].type, to: target[index].type)
        }
    }

    /// The fields of a composite or record value; nil for NULL.
    func fields(of value: SQLValue, type: TypeReference) throws -> (values: [SQLValue], shape: RecordShape)? {
        if value.isNull { return nil }
        let record = try RecordValue(stored: value, type: type, context: context)
        let columns = record.fields.map { OutputColumn(name: $0.name, type: $0.type) }
        return (record.fields.map(\.value), RecordShape(columns: columns, type: type))
    }

    /// A row as a `record`, which says itself what its fields are.
    func recordValue(_ values: [SQLValue], of columns: [OutputColumn]) -> SQLValue {
        rowValue(values, RecordShape(columns: columns, type: TypeReference(.record)))
    }

    /// A row as one value of its type.
    func rowValue(_ values: [SQLValue], _ shape: RecordShape) -> SQLValue {
        let fields = zip(shape.columns, values).map {
            RecordValue.Field(name: $0.name, type: $0.type, value: $1)
        }
        let record = RecordValue(fields: fields)
        return shape.type.type == .record ? record.storedRecord : record.storedComposite
    }
}
