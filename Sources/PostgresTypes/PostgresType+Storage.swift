package import SQLite

/// The type of a column in SQLite's STRICT tables.
package enum StorageClass: String, Sendable {
    case integer = "INTEGER"
    case real = "REAL"
    case text = "TEXT"
    case blob = "BLOB"
    case any = "ANY"
}

extension PostgresType {
    /// How SQLite keeps the type's values. Floats are `ANY`, because NaN has to be kept as text.
    package var storageClass: StorageClass {
        switch self {
        case .bool, .int2, .int4, .int8, .oid, .date, .time, .timestamp, .timestamptz, .money, .object, .tid: .integer
        case .float4, .float8: .any
        case .bytea: .blob
        default: .text
        }
    }

    /// The SQLite collation by which stored values are equal and ordered; nil where SQLite's own comparison is right.
    package var collation: String? {
        switch self {
        case .numeric: "pg_numeric"
        case .interval: "pg_interval"
        case .jsonb: "pg_jsonb"
        case .citext: "pg_citext"
        case .bpchar: "pg_bpchar"
        case .inet, .cidr: "pg_inet"
        case .timetz: "pg_timetz"
        case .range(let kind): kind.collation
        case .multirange(let kind): kind.multirangeCollation
        case .array(let element): "pg_array_" + element.arrayCollationFamily
        default: nil
        }
    }

    /// The collation for ORDER BY, `<` and `>`: text sorts as English readers expect, while `=` compares bytes.
    package var orderCollation: String? {
        switch self {
        case .text, .varchar, .xml, .unknown: "pg_en"
        case .bpchar: "pg_bpchar_en"
        case .tsvector: "pg_tsvector"
        case .array(.text), .array(.varchar): "pg_array_en"
        default: collation
        }
    }

    private var arrayCollationFamily: String {
        if self == .float4 || self == .float8 { return "float" }
        guard let collation else { return "plain" }
        return String(collation.dropFirst("pg_".utf8.count))
    }

    /// The type's btree order of two stored values that are not null: below, equal to or above zero.
    package func compare(_ left: SQLValue, _ right: SQLValue) -> Int {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.blob(let a), .blob(let b)): return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        case (.text(let a), .text(let b)) where storageClass != .any: return compare(a, b)
        default:
            // NaN is equal to itself and above every other number.
            let (a, b) = (FloatCodec.number(left), FloatCodec.number(right))
            if a.isNaN || b.isNaN { return (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) }
            return a < b ? -1 : a > b ? 1 : 0
        }
    }

    private func compare(_ left: String, _ right: String) -> Int {
        switch self {
        case .numeric: return DecimalText.compare(Array(left.utf8), Array(right.utf8))
        case .text, .varchar, .xml, .unknown: return EnglishOrder.compare(left, right)
        case .bpchar:
            return EnglishOrder.compare(
                Collations.withoutTrailingBlanks(left.utf8), Collations.withoutTrailingBlanks(right.utf8))
        case .timetz: return ZonedTime(stored: left.utf8).compare(ZonedTime(stored: right.utf8))
        case .inet, .cidr: return NetworkAddress(stored: left).compare(NetworkAddress(stored: right))
        case .multirange(let kind):
            return MultirangeValue(stored: left, kind: kind).compare(
                MultirangeValue(stored: right, kind: kind), kind: kind)
        case .range(let kind):
            return RangeValue(stored: left, kind: kind).compare(RangeValue(stored: right, kind: kind), kind: kind)
        case .interval: return Interval(stored: left).compare(Interval(stored: right))
        case .tsvector: return TextSearchVector(stored: left).compare(TextSearchVector(stored: right))
        case .citext: return EnglishOrder.compare(left.lowercased(), right.lowercased())
        case .jsonb: return JSONB.compare(JSONB.load(left), JSONB.load(right))
        case .enumeration(let type):
            return (type.labels.firstIndex(of: left) ?? -1) - (type.labels.firstIndex(of: right) ?? -1)
        case .composite(let type):
            return RowCodec.compare(RowValue(stored: left, type: type), RowValue(stored: right, type: type), type)
        case .array(let element):
            return ArrayCodec.compare(
                ArrayValue(stored: left, element: element), ArrayValue(stored: right, element: element),
                element.compare)
        default:
            return left.utf8.elementsEqual(right.utf8) ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        }
    }
}
