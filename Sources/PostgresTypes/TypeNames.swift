extension PostgresType {
    /// The type's name as `format_type` prints it: `character varying(5)`, `timestamp(3) with time zone`, `integer[]`.
    /// User types bear their plain name: whether it needs its schema is the catalog's to say.
    package func displayName(modifier: Int32 = -1) -> String {
        switch self {
        case .bool: "boolean"
        case .int2: "smallint"
        case .int4: "integer"
        case .int8: "bigint"
        case .oid: "oid"
        case .float4: "real"
        case .float8: "double precision"
        case .numeric:
            modifier >= 4
                ? "numeric(\((modifier - 4) >> 16),\(Decimal.scale(of: modifier)))" : "numeric"
        case .text: "text"
        case .varchar: "character varying" + length(modifier)
        // An unlimited one has another name, because `character` alone means one character.
        case .bpchar: modifier >= 4 ? "character" + length(modifier) : modifier == -1 ? "character" : "bpchar"
        case .name: "name"
        case .internalChar: "\"char\""
        case .citext: "citext"
        case .xml: "xml"
        case .uuid: "uuid"
        case .json: "json"
        case .jsonb: "jsonb"
        case .jsonpath: "jsonpath"
        case .bytea: "bytea"
        case .date: "date"
        case .time: "time\(precision(modifier)) without time zone"
        case .timetz: "time\(precision(modifier)) with time zone"
        case .timestamp: "timestamp\(precision(modifier)) without time zone"
        case .timestamptz: "timestamp\(precision(modifier)) with time zone"
        case .interval: "interval" + IntervalModifier(modifier).description
        case .inet: "inet"
        case .cidr: "cidr"
        case .macaddr: "macaddr"
        case .money: "money"
        case .bit: modifier >= 0 ? "bit(\(modifier))" : "bit"
        case .varbit: modifier >= 0 ? "bit varying(\(modifier))" : "bit varying"
        case .tsvector: "tsvector"
        case .tsquery: "tsquery"
        case .hstore: "hstore"
        case .ltree: "ltree"
        case .lquery: "lquery"
        case .point: "point"
        case .vector: modifier > 0 ? "vector(\(modifier))" : "vector"
        case .halfvec: modifier > 0 ? "halfvec(\(modifier))" : "halfvec"
        case .tid: "tid"
        case .object(let kind): kind.rawValue
        case .enumeration(let type): quotedIdentifier(type.name)
        case .array(let element): element.displayName(modifier: modifier) + "[]"
        case .systemVector(let element): element == .int2 ? "int2vector" : "oidvector"
        case .range(let kind): quotedIdentifier(kind.name)
        case .multirange(let kind): quotedIdentifier(kind.multirangeName)
        case .composite(let type): quotedIdentifier(type.name)
        case .record: "record"
        case .void: "void"
        case .unknown: "unknown"
        case .unsupported(let name): name
        }
    }

    private func length(_ modifier: Int32) -> String { modifier >= 4 ? "(\(modifier - 4))" : "" }
    private func precision(_ modifier: Int32) -> String { modifier >= 0 ? "(\(modifier))" : "" }
}
