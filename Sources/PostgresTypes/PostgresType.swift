/// What the values of a type are: decides storage, text form, JSON form and comparison.
///
/// The catalog maps a `TypeID` to one of these. A domain is its base type here: its checks are the engine's.
package indirect enum PostgresType: Hashable, Sendable {
    case bool
    case int2, int4, int8, oid
    case float4, float8
    case numeric
    case text, varchar, bpchar, name, internalChar, citext, xml
    case uuid
    case json, jsonb, jsonpath
    case bytea
    case date, time, timetz, timestamp, timestamptz, interval
    case inet, cidr, macaddr
    case money, bit, varbit
    case tsvector, tsquery
    case hstore, vector, halfvec, ltree, lquery
    /// A place in the plane.
    case point
    /// Where a row stands.
    case tid
    /// `regclass` and kin.
    case object(NamedObjectKind)
    case enumeration(EnumType)
    case array(PostgresType)
    /// `int2vector` and `oidvector` of the system catalogs: arrays that count from 0 and print without braces.
    case systemVector(PostgresType)
    case range(RangeKind)
    case multirange(RangeKind)
    case composite(CompositeType)
    /// A record without a known shape, `void`, and literals that no context has typed.
    case record, void, unknown
    /// A type of Postgres whose values are not emulated; any use of a value is refused by this name.
    case unsupported(String)
}

/// An enum with its labels in their order.
package struct EnumType: Hashable, Sendable {
    package var id: TypeID
    package var schema: String
    package var name: String
    package var labels: [String]

    package init(id: TypeID, schema: String, name: String, labels: [String]) {
        self.id = id
        self.schema = schema
        self.name = name
        self.labels = labels
    }
}

/// A row type: of a table, or of CREATE TYPE … AS.
package struct CompositeType: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var type: PostgresType
        package var modifier: Int32

        package init(name: String, type: PostgresType, modifier: Int32 = -1) {
            self.name = name
            self.type = type
            self.modifier = modifier
        }
    }

    package var id: TypeID
    package var schema: String
    package var name: String
    package var fields: [Field]

    package init(id: TypeID, schema: String, name: String, fields: [Field]) {
        self.id = id
        self.schema = schema
        self.name = name
        self.fields = fields
    }
}
