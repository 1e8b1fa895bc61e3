/// `field=not.op.value`.
struct Filter: Hashable, Sendable {
    var field: Field
    var isNegated: Bool
    var operation: Operation
    /// Which of the query string's pairs it is; nil within a logic tree.
    var pair: Int?

    enum Operation: Hashable, Sendable {
        /// An operator with one literal: `symbol` is Postgres' operator.
        case compare(symbol: String, value: String, quantifier: Quantifier?)
        case inList([String])
        case isValue(IsValue)
        case isDistinct(String)
        /// Full-text search: which query function, configuration, query.
        case textSearch(function: String, configuration: String?, value: String)
    }

    enum Quantifier: Hashable, Sendable { case any, all }
    enum IsValue: Hashable, Sendable { case null, notNull, isTrue, isFalse, unknown }
}

/// `and=(…)`, `or=(…)` and what stands inside.
indirect enum LogicTree: Hashable, Sendable {
    case filter(Filter)
    case group(isOr: Bool, isNegated: Bool, [LogicTree])
}

/// One term of `order=`.
struct OrderTerm: Hashable, Sendable {
    /// The embedded resource in `rel(column)`.
    var relation: String?
    var field: Field
    var isDescending: Bool
    var nullsFirst: Bool?
}

/// PostgREST's operator words and the Postgres operators behind them.
enum FilterOperators {
    /// Operators with one literal; the flag says whether `(any)`/`(all)` may follow.
    static let simple: [String: (symbol: String, quantified: Bool)] = [
        "eq": ("=", true), "neq": ("<>", false), "gt": (">", true), "gte": (">=", true), "lt": ("<", true),
        "lte": ("<=", true), "like": ("~~", true), "ilike": ("~~*", true), "match": ("~", true),
        "imatch": ("~*", true), "cs": ("@>", false), "cd": ("<@", false), "ov": ("&&", false), "sl": ("<<", false),
        "sr": (">>", false), "nxr": ("&<", false), "nxl": ("&>", false), "adj": ("-|-", false),
    ]

    static let textSearch = [
        "fts": "to_tsquery", "plfts": "plainto_tsquery", "phfts": "phraseto_tsquery", "wfts": "websearch_to_tsquery",
    ]
}
