import PostgresEngine

/// What a request reads: a tree of relations, each with its columns, conditions, order and page.
struct ReadPlan: Sendable {
    var relation: Relation
    /// The name the relation has in the query: its own at the root, `{name}_{depth}` below, as PostgREST's error
    /// texts show it.
    var alias: String
    /// At the root of a call: the function whose rows are read instead of the relation's.
    var call: CallPlan?
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
    enum PlannedField: Sendable {
        case star
        case column(PlannedColumn)
    }

    struct PlannedColumn: Sendable {
        /// `*` under `count()`.
        var field: Field
        var name: String
        var cast: String?
        var aggregate: SelectItem.Aggregate?
        /// `count` without parentheses, which Postgres takes for `count(row)`: it groups nothing.
        var isImplicitCount = false
        /// The to-one spreads that lead to the column's relation, where it is shown and grouped by here.
        var path: [EmbedPlan] = []
        /// The first of `path` among the embeds.
        var embed: Int?
    }

    /// Whether the rows are groups: every column that is no aggregate is a key.
    var isGrouped: Bool {
        fields.contains { if case .column(let column) = $0 { column.aggregate != nil } else { false } }
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
    /// Its columns are members of the parent's object, of a to-many embed as arrays.
    var isSpread: Bool
    /// The to-one spreads between the parent and the relation this hangs on, where it was moved up to a grouped one.
    var path: [EmbedPlan] = []
}
