/// A type's OID. Built-in types have PostgreSQL's own; the user's start at 16384.
package struct TypeID: Hashable, Sendable {
    package let oid: UInt32

    package init(_ oid: UInt32) { self.oid = oid }

    package static let bool = TypeID(16)
    package static let bytea = TypeID(17)
    package static let internalChar = TypeID(18)
    package static let name = TypeID(19)
    package static let int8 = TypeID(20)
    package static let int2 = TypeID(21)
    package static let int4 = TypeID(23)
    package static let regproc = TypeID(24)
    package static let text = TypeID(25)
    package static let oid = TypeID(26)
    package static let tid = TypeID(27)
    package static let refcursor = TypeID(1790)
    package static let xid = TypeID(28)
    package static let json = TypeID(114)
    package static let xml = TypeID(142)
    package static let point = TypeID(600)
    package static let cidr = TypeID(650)
    package static let float4 = TypeID(700)
    package static let float8 = TypeID(701)
    package static let unknown = TypeID(705)
    package static let money = TypeID(790)
    package static let macaddr = TypeID(829)
    package static let inet = TypeID(869)
    package static let bpchar = TypeID(1042)
    package static let varchar = TypeID(1043)
    package static let date = TypeID(1082)
    package static let time = TypeID(1083)
    package static let timestamp = TypeID(1114)
    package static let timestamptz = TypeID(1184)
    package static let interval = TypeID(1186)
    package static let timetz = TypeID(1266)
    package static let bit = TypeID(1560)
    package static let varbit = TypeID(1562)
    package static let numeric = TypeID(1700)
    package static let regclass = TypeID(2205)
    package static let regtype = TypeID(2206)
    package static let record = TypeID(2249)
    package static let any = TypeID(2276)
    package static let anyarray = TypeID(2277)
    package static let void = TypeID(2278)
    package static let trigger = TypeID(2279)
    package static let anyelement = TypeID(2283)
    package static let uuid = TypeID(2950)
    package static let tsvector = TypeID(3614)
    package static let tsquery = TypeID(3615)
    package static let jsonb = TypeID(3802)
    package static let jsonpath = TypeID(4072)

    /// The first OID of objects that users make.
    package static let firstUserOID: UInt32 = 16384
}

/// A type with its modifier (`numeric(10,2)`, `varchar(5)`); -1 where there is none, as in `pg_attribute.atttypmod`.
package struct TypeReference: Hashable, Sendable {
    package var type: TypeID
    package var modifier: Int32

    package init(_ type: TypeID, modifier: Int32 = -1) {
        self.type = type
        self.modifier = modifier
    }
}
