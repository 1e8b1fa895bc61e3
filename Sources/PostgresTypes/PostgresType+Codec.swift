package import JSONText
package import SQLite

extension PostgresType {
    /// The type's input function: what `'…'::type` does with a literal. `modifier` is applied as the input function
    /// does it: characters beyond `varchar(n)` are an error, `numeric(p,s)` and `timestamp(p)` round.
    package func decode(text: String, modifier: Int32 = -1, context: ValueContext) throws(PostgresError) -> SQLValue {
        let value = try decodeUnlimited(text, modifier: modifier, context: context)
        return modifier < 0 ? value : try applyLength(value, modifier: modifier, isExplicit: false)
    }

    private func decodeUnlimited(_ text: String, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        switch self {
        case .bool: return try BoolCodec.decode(text)
        case .int2: return try IntegerCodec.decode(text, as: Int16.self, type: "smallint")
        case .int4: return try IntegerCodec.decode(text, as: Int32.self, type: "integer")
        case .int8: return try IntegerCodec.decode(text, as: Int64.self, type: "bigint")
        case .oid: return try IntegerCodec.decodeOID(text)
        case .float4: return try FloatCodec.decode(text, isSingle: true)
        case .float8: return try FloatCodec.decode(text, isSingle: false)
        case .numeric: return .text(try Decimal(parsing: text).description)
        case .text, .varchar, .bpchar, .citext, .unknown: return try TextCodec.decode(text)
        case .name: return try TextCodec.decodeName(text)
        case .internalChar: return try TextCodec.decodeCharacter(text)
        case .uuid: return try UUIDCodec.decode(text)
        case .json:
            try JSONReader.check(text)
            return .text(text)
        case .jsonb: return .text(try JSONB.store(JSONReader.read(text)))
        case .bytea: return try ByteaCodec.decode(text)
        case .date: return try TemporalCodec.decodeDate(text, context: context)
        case .timestamp:
            return try TemporalCodec.decodeTimestamp(text, hasZone: false, modifier: modifier, context: context)
        case .timestamptz:
            return try TemporalCodec.decodeTimestamp(text, hasZone: true, modifier: modifier, context: context)
        case .time: return try TemporalCodec.decodeTime(text, modifier: modifier, context: context)
        case .timetz: return try TemporalCodec.decodeTimeWithZone(text, modifier: modifier, context: context)
        case .interval: return .text(try Interval(parsing: text, modifier: modifier).text)
        case .enumeration(let type): return try EnumCodec.decode(text, type, context: context)
        case .array(let element):
            return try ArrayCodec.decode(text, element: element, modifier: modifier, context: context)
        case .inet: return .text(try NetworkAddress(parsing: text).text())
        case .cidr: return .text(try NetworkAddress(parsing: text, isCIDR: true).text(isCIDR: true))
        case .macaddr: return .text(try HardwareAddress.normalize(text))
        case .money: return .integer(try MoneyCodec.decode(text))
        case .bit, .varbit: return .text(try BitCodec.decode(text))
        case .jsonpath: return .text(try JSONPath(parsing: text).text)
        case .tsvector: return .text(try TextSearchVector(parsing: text).text)
        case .tid: return .integer(try RowPlaceCodec.decode(text))
        case .vector: return .text(try EmbeddingVector(parsing: text).text)
        case .halfvec: return .text(try EmbeddingVector(parsing: text, isHalf: true).text)
        case .hstore: return .text(try HStore(parsing: text).text)
        case .ltree: return .text(try LabelPath(parsing: text).text)
        case .lquery: return .text(try LabelQuery(parsing: text).text)
        case .point: return .text(try PlanePoint(parsing: text).text)
        case .tsquery: return .text(try TextSearchQuery(parsing: text).text)
        case .object(let kind): return .integer(Int64(try ObjectCodec.decode(text, kind, context: context)))
        case .multirange(let kind):
            return try MultirangeValue(parsing: text, kind: kind, context: context).stored(kind: kind)
        case .range(let kind):
            return try RangeValue(parsing: text, kind: kind, context: context).stored(kind: kind)
        case .composite(let type): return try RowCodec.decode(text, type, context: context)
        case .record:
            throw PostgresError("0A000", "input of anonymous composite types is not implemented")
        case .void: return .text("")
        case .xml:
            let value = try TextCodec.decode(text)
            try XMLContent.check(text)
            return value
        default: throw .notSupported("type \(displayName())")
        }
    }

    /// What `json_to_recordset` makes of a member's value: null is NULL, a string its text, other scalars and
    /// documents their JSON text, all read by the input function; JSON arrays become arrays, objects rows.
    package func decode(json: JSON, modifier: Int32 = -1, context: ValueContext) throws(PostgresError) -> SQLValue {
        if json == .null { return .null }
        switch self {
        case .json: return .text(json.text)
        case .jsonb: return .text(try JSONB.store(json))
        case .array(let element):
            return try ArrayCodec.decode(json, element: element, modifier: modifier, context: context)
        case .composite(let type): return try RowCodec.decode(json, type, context: context)
        default: break
        }
        guard case .string(let text) = json else {
            return try decode(text: json.text, modifier: modifier, context: context)
        }
        if text.utf8.contains(0) { throw .zeroCharacter }
        return try decode(text: text, modifier: modifier, context: context)
    }

    /// The type's output function.
    /// - Precondition: the value is not null.
    package func encode(_ value: SQLValue, context: ValueContext) -> String {
        switch value {
        case .null: preconditionFailure("NULL has no text")
        case .text(let text):
            switch self {
            case .array(let element):
                return PostgresTypes.text {
                    ArrayCodec.write(
                        ArrayValue(stored: text, element: element), element: element, to: &$0, context: context)
                }
            case .systemVector(let element):
                return ArrayValue(stored: text, element: element).elements.map {
                    element.encode($0, context: context)
                }.joined(separator: " ")
            case .multirange(let kind) where kind.element == .timestamptz:
                return MultirangeValue(stored: text, kind: kind).text(kind: kind, context: context)
            case .range(let kind) where kind.element == .timestamptz:
                return RangeValue(stored: text, kind: kind).text(kind: kind, context: context)
            case .composite(let type):
                return PostgresTypes.text {
                    RowCodec.write(RowValue(stored: text, type: type), type, to: &$0, context: context)
                }
            case .xml: return XMLContent.shown(text)
            default: return text
            }
        case .integer(let number):
            switch self {
            case .bool: return number == 0 ? "f" : "t"
            case .date: return PostgresTypes.text { Temporal.append(date: number, to: &$0) }
            case .time: return PostgresTypes.text { Temporal.append(time: number, to: &$0) }
            case .timestamp:
                return PostgresTypes.text { Temporal.append(timestamp: number, isJSON: false, to: &$0) }
            case .timestamptz:
                return PostgresTypes.text {
                    Temporal.append(timestamptz: number, isJSON: false, in: context.timeZone, to: &$0)
                }
            case .tid: return RowPlaceCodec.encode(number)
            case .money: return PostgresTypes.text { MoneyCodec.write(number, to: &$0) }
            case .object(let kind): return ObjectCodec.encode(number, kind, context: context)
            case .float4, .float8:
                return PostgresTypes.text {
                    FloatCodec.write(Double(number), isSingle: self == .float4, to: &$0)
                }
            default: return String(number)
            }
        case .real(let number):
            return PostgresTypes.text { FloatCodec.write(number, isSingle: self == .float4, to: &$0) }
        case .blob(let bytes): return PostgresTypes.text { ByteaCodec.write(bytes, to: &$0) }
        }
    }

    /// The length coercion: `varchar(n)` cuts in an explicit cast and refuses otherwise, `character(n)` also fills
    /// with blanks, `numeric(p,s)` and the time types round.
    package func applyLength(_ value: SQLValue, modifier: Int32, isExplicit: Bool) throws(PostgresError) -> SQLValue {
        guard modifier >= 0, !value.isNull else { return value }
        switch (self, value) {
        case (.varchar, .text(let text)):
            return .text(
                try TextCodec.limit(
                    text, to: Int(modifier) - 4, type: "character varying", isExplicit: isExplicit))
        case (.bpchar, .text(let text)):
            return .text(try TextCodec.pad(text, to: Int(modifier) - 4, isExplicit: isExplicit))
        case (.numeric, .text(let text)):
            return .text(try Decimal(stored: text).limited(by: modifier).description)
        case (.timestamp, .integer(let number)), (.timestamptz, .integer(let number)):
            return .integer(TemporalCodec.round(moment: number, toDigits: modifier))
        case (.time, .integer(let number)):
            return .integer(TemporalCodec.round(number, toDigits: modifier))
        case (.timetz, .text(let text)):
            var time = ZonedTime(stored: text.utf8)
            time.time = TemporalCodec.round(time.time, toDigits: modifier)
            return .text(time.description)
        case (.bit, .text(let bits)), (.varbit, .text(let bits)):
            return .text(
                try BitCodec.limit(bits, to: Int(modifier), isVarying: self == .varbit, isExplicit: isExplicit))
        case (.vector, .text(let text)), (.halfvec, .text(let text)):
            let count = EmbeddingVector(stored: text).elements.count
            guard count == Int(modifier) else {
                throw PostgresError("22000", "expected \(modifier) dimensions, not \(count)")
            }
            return value
        case (.interval, .text(let text)): return .text(try Interval(stored: text).limited(by: modifier).text)
        case (.array(let element), .text(let text)):
            var array = ArrayValue(stored: text, element: element)
            for index in array.elements.indices {
                array.elements[index] = try element.applyLength(
                    array.elements[index], modifier: modifier, isExplicit: isExplicit)
            }
            return array.stored
        default: return value
        }
    }
}
