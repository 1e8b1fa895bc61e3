import SQLite

/// Of what a range is: one of those that come with PostgreSQL, or one that a user made.
package enum RangeKind: Hashable, Sendable {
    case int4range, int8range, numrange, tsrange, tstzrange, daterange
    indirect case made(MadeRange)

    package static let builtin: [RangeKind] = [.int4range, .int8range, .numrange, .tsrange, .tstzrange, .daterange]

    /// One that comes with PostgreSQL, by its name.
    package init?(name: String) {
        switch name {
        case "int4range": self = .int4range
        case "int8range": self = .int8range
        case "numrange": self = .numrange
        case "tsrange": self = .tsrange
        case "tstzrange": self = .tstzrange
        case "daterange": self = .daterange
        default: return nil
        }
    }

    package init?(multirangeName: String) {
        guard multirangeName.hasSuffix("multirange") else { return nil }
        self.init(name: multirangeName.dropLast("multirange".count) + "range")
    }

    package var name: String {
        switch self {
        case .int4range: "int4range"
        case .int8range: "int8range"
        case .numrange: "numrange"
        case .tsrange: "tsrange"
        case .tstzrange: "tstzrange"
        case .daterange: "daterange"
        case .made(let range): range.name
        }
    }

    package var multirangeName: String {
        if case .made(let range) = self { return range.multirangeName }
        return name.dropLast("range".count) + "multirange"
    }

    /// The type that the range is of.
    package var element: PostgresType {
        switch self {
        case .int4range: .int4
        case .int8range: .int8
        case .numrange: .numeric
        case .tsrange: .timestamp
        case .tstzrange: .timestamptz
        case .daterange: .date
        case .made(let range): range.element
        }
    }

    /// Whether two bounds that include and exclude neighbours are one: what a user makes has no canonical form.
    package var isDiscrete: Bool { self == .int4range || self == .int8range || self == .daterange }

    /// The order of two bounds.
    func compare(_ left: SQLValue, _ right: SQLValue) -> Int {
        if case .made(let range) = self, range.isByBytes { return PostgresType.name.compare(left, right) }
        return element.compare(left, right)
    }

    /// The SQLite collations of its values and of its multiranges'; what a user made has those of its bounds' type.
    var collation: String { "pg_" + family(name) }
    var multirangeCollation: String { "pg_" + family(multirangeName, of: "multirange_of") }

    private func family(_ name: String, of kind: String = "range_of") -> String {
        guard case .made(let range) = self else { return name }
        let words = range.element.displayName().split(separator: " ").joined(separator: "_")
        return "\(kind)_\(words)\(range.isByBytes ? "_bytes" : "")"
    }
}

/// CREATE TYPE … AS RANGE.
package struct MadeRange: Hashable, Sendable {
    package var name: String
    package var multirangeName: String
    package var element: PostgresType
    /// Its texts are in the order of their bytes: COLLATION "C".
    package var isByBytes: Bool

    package init(name: String, multirangeName: String, element: PostgresType, isByBytes: Bool) {
        self.name = name
        self.multirangeName = multirangeName
        self.element = element
        self.isByBytes = isByBytes
    }

    /// What ranges of a user's own can be of.
    package static let elements: [PostgresType] = [
        .int2, .int4, .int8, .oid, .float4, .float8, .numeric, .money, .text, .varchar, .bpchar, .uuid, .date, .time,
        .timetz, .timestamp, .timestamptz, .interval, .inet, .cidr, .macaddr,
    ]

    /// One of each that SQLite has to know how to compare.
    static let representatives: [RangeKind] =
        elements.map { element in
            .made(MadeRange(name: "", multirangeName: "", element: element, isByBytes: false))
        } + [RangeKind.made(MadeRange(name: "", multirangeName: "", element: .text, isByBytes: true))]
}
