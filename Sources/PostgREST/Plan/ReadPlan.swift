import PostgresEngine

/// What a request reads: a tree of relations, each with its columns, conditions, order and page.
struct ReadPlan: Sendable {
    var relation: Relation
    /// The name the relation has in the query: its own at the root, `{name}_{depth}` below, as PostgREST's error
    /// texts show it.
    var alias: String
    /// Columns only; embeds are below.
    var fields: [PlannedField]
    var conditions: [Condition] = []
    var order: [PlannedOrder] = []
    var limit: Int?
    var offset: Int?
    var embeds: [EmbedPlan] = []
    /// At the root: embeds that filters, orders or pages called by their target's name although they have an alias.
    var legacyNames: [LegacyName] = []

    struct LegacyName: Sendable, Hashable {
        var target: String
        var alias: String
    }

    /// One output column.
    enum PlannedField: Sendable, Hashable {
        case star
        case field(Field, name: String, cast: String?)
    }

    /// A condition on the rows of one relation.
    indirect enum Condition: Sendable {
        case filter(Filter)
        /// The embed at this position has rows, or (negated) has none.
        case exists(embed: Int, isNegated: Bool)
        case group(isOr: Bool, isNegated: Bool, [Condition])
    }

    struct PlannedOrder: Sendable {
        var term: OrderTerm
        /// The to-one embed whose column sorts the rows.
        var embed: Int?
    }
}

/// A relation embedded in another.
struct EmbedPlan: Sendable {
    var plan: ReadPlan
    var relationship: Relationship
    /// The key in the JSON object, and the name in filters.
    var name: String
    /// The target as the request spells it, which filters may use as well.
    var target: String
    var isInner: Bool
    /// Selected nothing (`rel()`): joined and filtered by, but not shown.
    var isHidden: Bool
}
