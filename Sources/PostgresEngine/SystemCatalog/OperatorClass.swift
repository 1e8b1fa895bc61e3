import PostgresSyntax
import PostgresTypes

/// The operator classes of PostgreSQL 15: what an index takes for a type unless it says otherwise.
struct OperatorClass: Sendable {
    let id: UInt32
    let name: String
    let method: String
    let type: TypeID
    let isDefault: Bool
    let keyType: UInt32
    /// nil for those that come with PostgreSQL.
    var extensionName: String?

    static let all: [OperatorClass] = {
        let text = lines.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 6, let id = UInt32(fields[0]), let type = UInt32(fields[3]) else { return nil }
            return OperatorClass(
                id: id, name: fields[1], method: fields[2], type: TypeID(type), isDefault: fields[4] == "t",
                keyType: UInt32(fields[5]) ?? 0)
        }
    }()

    /// The defaults of each method.
    private static let defaults: [String: [TypeID: UInt32]] = all.reduce(into: [:]) { defaults, one in
        guard one.isDefault, defaults[one.method]?[one.type] == nil else { return }
        defaults[one.method, default: [:]][one.type] = one.id
    }

    /// Those that come with extensions: the extension, method, name, type, whether it is the default, what it stores.
    static let ofExtensions: [OperatorClass] = {
        let text = extensionLines.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 6, let type = BuiltinCatalog.shared.type(named: fields[3])?.id else { return nil }
            return OperatorClass(
                id: SystemID.named("opclass", "\(fields[1]).\(fields[2])"), name: fields[2], method: fields[1],
                type: type, isDefault: fields[4] == "t",
                keyType: BuiltinCatalog.shared.type(named: fields[5])?.id.oid ?? 0,
                extensionName: fields[0])
        }
    }()

    private static let extensionLines: StaticString = """
        citext btree citext_ops citext t -
        citext btree citext_pattern_ops citext f -
        citext hash citext_ops citext t -
        hstore btree btree_hstore_ops hstore t -
        hstore gin gin_hstore_ops hstore t text
        hstore gist gist_hstore_ops hstore t -
        hstore hash hash_hstore_ops hstore t -
        pg_trgm gin gin_trgm_ops text f int4
        pg_trgm gist gist_trgm_ops text f -
        btree_gist gist gist_int2_ops int2 t -
        btree_gist gist gist_int4_ops int4 t -
        btree_gist gist gist_int8_ops int8 t -
        btree_gist gist gist_float8_ops float8 t -
        btree_gist gist gist_numeric_ops numeric t -
        btree_gist gist gist_text_ops text t -
        btree_gist gist gist_bpchar_ops bpchar t -
        btree_gist gist gist_uuid_ops uuid t -
        btree_gist gist gist_date_ops date t -
        btree_gist gist gist_time_ops time t -
        btree_gist gist gist_timestamp_ops timestamp t -
        btree_gist gist gist_timestamptz_ops timestamptz t -
        btree_gist gist gist_interval_ops interval t -
        btree_gist gist gist_enum_ops anyenum t -
        """

    /// The access methods that come with PostgreSQL.
    static let methods: Set<String> = ["btree", "hash", "gin", "gist", "spgist", "brin"]

    /// The class of that name, or else the method's default, for a type; 0 where there is none.
    static func find(_ name: String?, method: String, type: TypeID, catalog: CatalogSnapshot) -> UInt32 {
        if let name, let found = all.first(where: { $0.method == method && $0.name == name }) { return found.id }
        if let name { return added(method, catalog).first { $0.name == name }?.id ?? 0 }
        let defaults = defaults[method] ?? [:]
        let base = catalog.baseType(of: TypeReference(type)).type
        if let found = defaults[base] { return found }
        let stand: TypeID =
            switch catalog.postgresType(of: base) {
            case .varchar: .text
            case .cidr: .inet
            case .enumeration: TypeID(3500)
            case .array: .anyarray
            case .composite: .record
            case .range: TypeID(3831)
            case .multirange: TypeID(4537)
            default: base
            }
        if let found = defaults[stand] { return found }
        return added(method, catalog).first { $0.isDefault && [base, stand].contains($0.type) }?.id ?? 0
    }

    /// Those of the extensions that are there.
    private static func added(_ method: String, _ catalog: CatalogSnapshot) -> [OperatorClass] {
        ofExtensions.filter { $0.method == method && ($0.extensionName.map(catalog.hasExtension) ?? true) }
    }

    private static let lines: StaticString = """
        1978 int4_ops btree 23 t 0
        1979 int2_ops btree 21 t 0
        1981 oid_ops btree 26 t 0
        3122 date_ops btree 1082 t 0
        3123 float8_ops btree 701 t 0
        3124 int8_ops btree 20 t 0
        3125 numeric_ops btree 1700 t 0
        3126 text_ops btree 25 t 0
        3127 timestamptz_ops btree 1184 t 0
        3128 timestamp_ops btree 1114 t 0
        4217 text_pattern_ops btree 25 f 0
        4218 varchar_pattern_ops btree 25 f 0
        4219 bpchar_pattern_ops btree 1042 f 0
        10000 array_ops btree 2277 t 0
        10001 array_ops hash 2277 t 0
        10002 bit_ops btree 1560 t 0
        10003 bool_ops btree 16 t 0
        10004 bpchar_ops btree 1042 t 0
        10005 bpchar_ops hash 1042 t 0
        10006 bytea_ops btree 17 t 0
        10007 char_ops btree 18 t 0
        10008 char_ops hash 18 t 0
        10009 cidr_ops btree 869 f 0
        10010 cidr_ops hash 869 f 0
        10011 date_ops hash 1082 t 0
        10012 float4_ops btree 700 t 0
        10013 float4_ops hash 700 t 0
        10014 float8_ops hash 701 t 0
        10015 inet_ops btree 869 t 0
        10016 inet_ops hash 869 t 0
        10017 inet_ops gist 869 f 0
        10018 inet_ops spgist 869 t 0
        10019 int2_ops hash 21 t 0
        10020 int4_ops hash 23 t 0
        10021 int8_ops hash 20 t 0
        10022 interval_ops btree 1186 t 0
        10023 interval_ops hash 1186 t 0
        10024 macaddr_ops btree 829 t 0
        10025 macaddr_ops hash 829 t 0
        10026 macaddr8_ops btree 774 t 0
        10027 macaddr8_ops hash 774 t 0
        10028 name_ops btree 19 t 2275
        10029 name_ops hash 19 t 0
        10030 numeric_ops hash 1700 t 0
        10031 oid_ops hash 26 t 0
        10032 oidvector_ops btree 30 t 0
        10033 oidvector_ops hash 30 t 0
        10034 record_ops btree 2249 t 0
        10035 record_ops hash 2249 t 0
        10036 record_image_ops btree 2249 f 0
        10037 text_ops hash 25 t 0
        10038 time_ops btree 1083 t 0
        10039 time_ops hash 1083 t 0
        10040 timestamptz_ops hash 1184 t 0
        10041 timetz_ops btree 1266 t 0
        10042 timetz_ops hash 1266 t 0
        10043 varbit_ops btree 1562 t 0
        10044 varchar_ops btree 25 f 0
        10045 varchar_ops hash 25 f 0
        10046 timestamp_ops hash 1114 t 0
        10047 money_ops btree 790 t 0
        10048 bool_ops hash 16 t 0
        10049 bytea_ops hash 17 t 0
        10050 tid_ops btree 27 t 0
        10051 xid_ops hash 28 t 0
        10052 xid8_ops hash 5069 t 0
        10053 xid8_ops btree 5069 t 0
        10054 cid_ops hash 29 t 0
        10055 tid_ops hash 27 t 0
        10056 text_pattern_ops hash 25 f 0
        10057 varchar_pattern_ops hash 25 f 0
        10058 bpchar_pattern_ops hash 1042 f 0
        10059 aclitem_ops hash 1033 t 0
        10060 box_ops gist 603 t 0
        10061 point_ops gist 600 t 603
        10062 poly_ops gist 604 t 603
        10063 circle_ops gist 718 t 603
        10064 array_ops gin 2277 t 2283
        10065 uuid_ops btree 2950 t 0
        10066 uuid_ops hash 2950 t 0
        10067 pg_lsn_ops btree 3220 t 0
        10068 pg_lsn_ops hash 3220 t 0
        10069 enum_ops btree 3500 t 0
        10070 enum_ops hash 3500 t 0
        10071 tsvector_ops btree 3614 t 0
        10072 tsvector_ops gist 3614 t 3642
        10073 tsvector_ops gin 3614 t 25
        10074 tsquery_ops btree 3615 t 0
        10075 tsquery_ops gist 3615 t 20
        10076 range_ops btree 3831 t 0
        10077 range_ops hash 3831 t 0
        10078 range_ops gist 3831 t 0
        10079 range_ops spgist 3831 t 0
        10080 multirange_ops btree 4537 t 0
        10081 multirange_ops hash 4537 t 0
        10082 multirange_ops gist 4537 t 3831
        10083 box_ops spgist 603 t 0
        10084 quad_point_ops spgist 600 t 0
        10085 kd_point_ops spgist 600 f 0
        10086 text_ops spgist 25 t 0
        10087 poly_ops spgist 604 t 603
        10088 jsonb_ops btree 3802 t 0
        10089 jsonb_ops hash 3802 t 0
        10090 jsonb_ops gin 3802 t 25
        10091 jsonb_path_ops gin 3802 f 23
        10092 bytea_minmax_ops brin 17 t 17
        10093 bytea_bloom_ops brin 17 f 17
        10094 char_minmax_ops brin 18 t 18
        10095 char_bloom_ops brin 18 f 18
        10096 name_minmax_ops brin 19 t 19
        10097 name_bloom_ops brin 19 f 19
        10098 int8_minmax_ops brin 20 t 20
        10099 int8_minmax_multi_ops brin 20 f 20
        10100 int8_bloom_ops brin 20 f 20
        10101 int2_minmax_ops brin 21 t 21
        10102 int2_minmax_multi_ops brin 21 f 21
        10103 int2_bloom_ops brin 21 f 21
        10104 int4_minmax_ops brin 23 t 23
        10105 int4_minmax_multi_ops brin 23 f 23
        10106 int4_bloom_ops brin 23 f 23
        10107 text_minmax_ops brin 25 t 25
        10108 text_bloom_ops brin 25 f 25
        10109 oid_minmax_ops brin 26 t 26
        10110 oid_minmax_multi_ops brin 26 f 26
        10111 oid_bloom_ops brin 26 f 26
        10112 tid_minmax_ops brin 27 t 27
        10113 tid_bloom_ops brin 27 f 27
        10114 tid_minmax_multi_ops brin 27 f 27
        10115 float4_minmax_ops brin 700 t 700
        10116 float4_minmax_multi_ops brin 700 f 700
        10117 float4_bloom_ops brin 700 f 700
        10118 float8_minmax_ops brin 701 t 701
        10119 float8_minmax_multi_ops brin 701 f 701
        10120 float8_bloom_ops brin 701 f 701
        10121 macaddr_minmax_ops brin 829 t 829
        10122 macaddr_minmax_multi_ops brin 829 f 829
        10123 macaddr_bloom_ops brin 829 f 829
        10124 macaddr8_minmax_ops brin 774 t 774
        10125 macaddr8_minmax_multi_ops brin 774 f 774
        10126 macaddr8_bloom_ops brin 774 f 774
        10127 inet_minmax_ops brin 869 f 869
        10128 inet_minmax_multi_ops brin 869 f 869
        10129 inet_bloom_ops brin 869 f 869
        10130 inet_inclusion_ops brin 869 t 869
        10131 bpchar_minmax_ops brin 1042 t 1042
        10132 bpchar_bloom_ops brin 1042 f 1042
        10133 time_minmax_ops brin 1083 t 1083
        10134 time_minmax_multi_ops brin 1083 f 1083
        10135 time_bloom_ops brin 1083 f 1083
        10136 date_minmax_ops brin 1082 t 1082
        10137 date_minmax_multi_ops brin 1082 f 1082
        10138 date_bloom_ops brin 1082 f 1082
        10139 timestamp_minmax_ops brin 1114 t 1114
        10140 timestamp_minmax_multi_ops brin 1114 f 1114
        10141 timestamp_bloom_ops brin 1114 f 1114
        10142 timestamptz_minmax_ops brin 1184 t 1184
        10143 timestamptz_minmax_multi_ops brin 1184 f 1184
        10144 timestamptz_bloom_ops brin 1184 f 1184
        10145 interval_minmax_ops brin 1186 t 1186
        10146 interval_minmax_multi_ops brin 1186 f 1186
        10147 interval_bloom_ops brin 1186 f 1186
        10148 timetz_minmax_ops brin 1266 t 1266
        10149 timetz_minmax_multi_ops brin 1266 f 1266
        10150 timetz_bloom_ops brin 1266 f 1266
        10151 bit_minmax_ops brin 1560 t 1560
        10152 varbit_minmax_ops brin 1562 t 1562
        10153 numeric_minmax_ops brin 1700 t 1700
        10154 numeric_minmax_multi_ops brin 1700 f 1700
        10155 numeric_bloom_ops brin 1700 f 1700
        10156 uuid_minmax_ops brin 2950 t 2950
        10157 uuid_minmax_multi_ops brin 2950 f 2950
        10158 uuid_bloom_ops brin 2950 f 2950
        10159 range_inclusion_ops brin 3831 t 3831
        10160 pg_lsn_minmax_ops brin 3220 t 3220
        10161 pg_lsn_minmax_multi_ops brin 3220 f 3220
        10162 pg_lsn_bloom_ops brin 3220 f 3220
        10163 box_inclusion_ops brin 603 t 603
        """
}
