/// A column or a path into a JSON value: `data->a->>0`.
struct Field: Hashable, Sendable {
    /// One `->` or `->>`.
    struct Step: Hashable, Sendable {
        enum Key: Hashable, Sendable {
            case name(String)
            case index(String)
        }

        var key: Key
        var asText: Bool
    }

    var name: String
    var path: [Step] = []

    /// The name a result has without an alias: the last key, for a trailing index the last key before it,
    /// else the column.
    var resultName: String {
        for step in path.reversed() {
            if case .name(let name) = step.key { return name }
        }
        return name
    }
}

/// One item of `select=`.
indirect enum SelectItem: Hashable, Sendable {
    case star
    case field(Field, alias: String?, cast: String?, aggregate: Aggregate?)
    case embed(Embed)

    struct Aggregate: Hashable, Sendable {
        var name: String
        var cast: String?
    }
}

/// `alias:relation!hint!inner(items)` or `...relation(items)`.
struct Embed: Hashable, Sendable {
    enum Join: Hashable, Sendable { case left, inner }

    var name: String
    var alias: String?
    var hint: String?
    var join: Join?
    var isSpread: Bool
    var items: [SelectItem]

    /// The name that filters, orders and the JSON use.
    var resultName: String { alias ?? name }
}
