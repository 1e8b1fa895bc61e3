import PostgresTypes

extension FunctionTable {
    /// `=`, `<` and kin on every type that SQLite, helped by collations, compares as Postgres does.
    mutating func addComparisons() {
        let suffixes: [(String, Comparison)] = [
            ("eq", .equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ]
        // Prefix of the function's name, argument types, and the cast that each side needs first.
        let families: [(String, String, String?, String?)] = [
            ("int2", "int2,int2", nil, nil), ("int4", "int4,int4", nil, nil), ("int8", "int8,int8", nil, nil),
            ("int24", "int2,int4", nil, nil), ("int28", "int2,int8", nil, nil), ("int42", "int4,int2", nil, nil),
            ("int48", "int4,int8", nil, nil), ("int82", "int8,int2", nil, nil), ("int84", "int8,int4", nil, nil),
            ("oid", "oid,oid", nil, nil), ("tid", "tid,tid", nil, nil), ("bool", "bool,bool", nil, nil),
            ("char", "char,char", nil, nil),
            ("float4", "float4,float4", nil, nil), ("float8", "float8,float8", nil, nil),
            ("float48", "float4,float8", nil, nil), ("float84", "float8,float4", nil, nil),
            ("name", "name,name", nil, nil), ("bpchar", "bpchar,bpchar", nil, nil), ("bytea", "bytea,bytea", nil, nil),
        ]
        for (prefix, types, left, right) in families {
            for (suffix, comparison) in suffixes {
                self.comparison("\(prefix)\(suffix)(\(types))", comparison, left: left, right: right)
            }
        }
        for types in ["xid,xid", "xid,int4"] {
            let suffix = types.hasSuffix("int4") ? "int4" : ""
            comparison("xideq\(suffix)(\(types))", .equal)
            comparison("xidneq\(suffix)(\(types))", .notEqual)
        }
        let toTimestamp = "timestamp(date)"
        let toTimestamptz = "timestamptz(timestamp)"
        let dateToTimestamptz = "timestamptz(date)"
        let underscored: [(String, String, String?, String?)] = [
            ("date_*", "date,date", nil, nil), ("time_*", "time,time", nil, nil),
            ("timetz_*", "timetz,timetz", nil, nil),
            ("timestamp_*", "timestamp,timestamp", nil, nil), ("timestamptz_*", "timestamptz,timestamptz", nil, nil),
            ("interval_*", "interval,interval", nil, nil), ("uuid_*", "uuid,uuid", nil, nil),
            ("numeric_*", "numeric,numeric", nil, nil), ("jsonb_*", "jsonb,jsonb", nil, nil),
            ("array_*", "anyarray,anyarray", nil, nil), ("enum_*", "anyenum,anyenum", nil, nil),
            ("network_*", "inet,inet", nil, nil), ("citext_*", "citext,citext", nil, nil),
            ("macaddr_*", "macaddr,macaddr", nil, nil), ("cash_*", "money,money", nil, nil),
            ("date_*_timestamp", "date,timestamp", toTimestamp, nil),
            ("timestamp_*_date", "timestamp,date", nil, toTimestamp),
            ("date_*_timestamptz", "date,timestamptz", dateToTimestamptz, nil),
            ("timestamptz_*_date", "timestamptz,date", nil, dateToTimestamptz),
            ("timestamp_*_timestamptz", "timestamp,timestamptz", toTimestamptz, nil),
            ("timestamptz_*_timestamp", "timestamptz,timestamp", nil, toTimestamptz),
        ]
        for (pattern, types, left, right) in underscored {
            for (suffix, comparison) in suffixes {
                let name = pattern.split(separator: "*", omittingEmptySubsequences: false).joined(separator: suffix)
                self.comparison("\(name)(\(types))", comparison, left: left, right: right)
            }
        }
        for (name, comparison) in [
            ("texteq", Comparison.equal), ("textne", .notEqual), ("text_lt", .less), ("text_le", .lessOrEqual),
            ("text_gt", .greater), ("text_ge", .greaterOrEqual),
        ] {
            self.comparison("\(name)(text,text)", comparison)
        }
        for (suffix, comparison) in suffixes {
            self.comparison("name\(suffix)text(name,text)", comparison)
            self.comparison("text\(suffix)name(text,name)", comparison)
        }
    }
}
