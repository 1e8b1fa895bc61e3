/// The names Postgres makes up for constraints, indexes and sequences.
enum ObjectNames {
    /// The longest name in bytes: NAMEDATALEN - 1.
    static let limit = 63

    /// `name1_name2_label`, the longer of the two names cut until everything fits.
    static func make(_ first: String, _ second: String?, label: String) -> String {
        var firstCount = first.utf8.count
        var secondCount = second?.utf8.count ?? 0
        let room = limit - label.utf8.count - 1 - (second == nil ? 0 : 1)
        while firstCount + secondCount > room {
            if firstCount > secondCount { firstCount -= 1 } else { secondCount -= 1 }
        }
        let start = clip(first, bytes: firstCount)
        guard let second else { return "\(start)_\(label)" }
        return "\(start)_\(clip(second, bytes: secondCount))_\(label)"
    }

    /// As `make`, with a number behind the label from the first that is free.
    static func choose(
        _ first: String, _ second: String?, label: String, isTaken: (String) -> Bool
    ) -> String {
        var number = 0
        while true {
            let name = make(first, second, label: number == 0 ? label : "\(label)\(number)")
            if !isTaken(name) { return name }
            number += 1
        }
    }

    /// A name as a user wrote it, cut to the limit as Postgres cuts identifiers.
    static func clip(_ name: String, bytes: Int = limit) -> String {
        guard name.utf8.count > bytes else { return name }
        var result = ""
        var count = 0
        for scalar in name.unicodeScalars {
            count += String(scalar).utf8.count
            if count > bytes { break }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// Column names joined for a name of several: `a_b`, cut where it has grown longer than a name may be.
    static func joined(_ columns: [String]) -> String {
        var result = ""
        for column in columns {
            if !result.isEmpty { result += "_" }
            result += column
            if result.utf8.count > limit { break }
        }
        return clip(result, bytes: limit)
    }

    /// An identifier as it is written in SQL and in messages that quote where needed.
    static func quoted(_ name: String) -> String {
        let isPlain =
            name.utf8.enumerated().allSatisfy { index, byte in
                97...122 ~= byte || byte == 95 || index > 0 && (48...57 ~= byte)
            } && !name.isEmpty && !reservedWords.contains(name)
        return isPlain
            ? name
            : "\""
                + name.split(separator: "\"", omittingEmptySubsequences: false).joined(
                    separator: "\"\"") + "\""
    }
}

/// Keywords that `quote_identifier` quotes: those that cannot be a plain column name everywhere.
private let reservedWords: Set<String> = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate",
    "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default",
    "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float",
    "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in",
    "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national", "natural",
    "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order",
    "out", "outer", "overlaps", "overlay", "placing", "position", "precision", "primary", "real", "references",
    "returning", "right", "row", "select", "session_user", "setof", "similar", "smallint", "some", "substring",
    "symmetric", "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true",
    "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose", "when", "where", "window", "with",
    "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi",
    "xmlroot", "xmlserialize", "xmltable",
]
