import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// A plan turned into statements: one for each relation of the tree, a child's run for every row of its parent
/// (as LATERAL would), so that orders and pages inside embeds come for free.
final class ReadQuery: Sendable {
    /// An embed as its parent runs it.
    struct Child: Sendable {
        var name: String
        var query: ReadQuery
        var isToOne: Bool
        /// Which of the parent's hidden columns are bound to `$1`, `$2` …, counted from the first hidden one.
        var parentColumns: [Int]
    }

    let statement: PostgresSyntax.Statement
    /// What follows the parameters that the parent's row binds.
    let parameters: [ParameterValue]
    /// Columns at the end of the row that are not shown: what children join on.
    let hiddenCount: Int
    let children: [Child]

    private init(
        statement: PostgresSyntax.Statement, parameters: [ParameterValue], hiddenCount: Int, children: [Child]
    ) {
        self.statement = statement
        self.parameters = parameters
        self.hiddenCount = hiddenCount
        self.children = children
    }

    /// - Parameter embed: how the plan hangs on its parent; nil at the root.
    static func make(_ plan: ReadPlan, in catalog: CatalogSnapshot, embed: EmbedPlan? = nil) -> ReadQuery {
        var next = 0
        let joins =
            embed.map {
                ConditionBuilder.joins($0) { _ in
                    next += 1
                    return Expression(.parameter(next))
                }
            } ?? []
        var builder = ConditionBuilder(catalog: catalog, reserved: next)
        let output = RowShape(plan, builder: builder)
        var select = PlainSelect(targets: output.targets, from: builder.from(plan, embed?.relationship))
        select.filter = builder.filter(of: plan, joins: joins)
        let order = plan.order.map { order in
            SortItem(
                sortKey(order, plan, builder), isDescending: order.term.isDescending,
                nullsFirst: order.term.nullsFirst)
        }
        let limit = plan.limit.map { builder.parameter(.text(String($0))) }
        let offset = plan.offset.flatMap { $0 == 0 ? nil : builder.parameter(.text(String($0))) }
        return ReadQuery(
            statement: .select(SelectStatement(.select(select), order: order, limit: limit, offset: offset)),
            parameters: builder.parameters,
            hiddenCount: output.hiddenCount,
            children: output.children(of: plan, in: catalog)
        )
    }

    /// `SELECT count(*)` over the same conditions, without order and page.
    static func count(_ plan: ReadPlan, in catalog: CatalogSnapshot) -> (PostgresSyntax.Statement, [ParameterValue]) {
        var builder = ConditionBuilder(catalog: catalog)
        var call = FunctionCall(name: ["pg_catalog", "count"], arguments: [])
        call.isStar = true
        var select = PlainSelect(targets: [Target(Expression(.call(call)))], from: builder.from(plan, nil))
        select.filter = builder.filter(of: plan)
        return (.select(SelectStatement(.select(select))), builder.parameters)
    }

    /// What an order term sorts by.
    static func sortKey(_ order: ReadPlan.PlannedOrder, _ plan: ReadPlan, _ builder: ConditionBuilder) -> Expression {
        guard let embed = order.embed.map({ plan.embeds[$0] }) else {
            return builder.field(order.term.field, of: plan.relation, alias: plan.alias)
        }
        // By a column of a to-one embed: a scalar subquery, since the embed itself is another statement.
        let field = builder.field(order.term.field, of: embed.plan.relation, alias: embed.plan.alias)
        let joins = ConditionBuilder.joins(embed) { Expression(.column([plan.alias, $0])) }
        var select = PlainSelect(targets: [Target(field)], from: builder.from(embed.plan, embed.relationship))
        select.filter = joins.count == 1 ? joins[0] : Expression(.and(joins))
        return Expression(.subquery(.scalar, SelectStatement(.select(select))))
    }
}

/// The columns of a node's rows: what is shown, then what the embeds join on and, for rows that a modification returned,
/// what they are sorted by and whether they are shown at all.
struct RowShape {
    let targets: [Target]
    let hiddenCount: Int
    /// Positions of the sort keys among the hidden columns.
    let sortKeys: Range<Int>
    /// Positions of the tests among the hidden columns.
    let tests: Range<Int>
    /// For every shown embed of the plan, its index and the positions of its join columns among the hidden ones.
    private let joinColumns: [(embed: Int, columns: [Int])]

    /// - Parameter sortKeys: of a statement that has no ORDER BY of its own.
    /// - Parameter tests: of a statement whose WHERE decides what is modified, not what is shown.
    init(
        _ plan: ReadPlan, builder: ConditionBuilder, sortKeys keys: [Expression] = [], tests: [Expression] = []
    ) {
        var targets = plan.fields.map { field -> Target in
            switch field {
            case .star: return Target(Expression(.star(qualifier: [plan.alias])))
            case .field(let field, let name, let cast):
                let value = builder.field(field, of: plan.relation, alias: plan.alias)
                return Target(cast.map { Expression(.cast(value, Self.type($0))) } ?? value, alias: name)
            }
        }
        var hidden: [String] = []
        var joinColumns: [(Int, [Int])] = []
        for (index, embed) in plan.embeds.enumerated() where !embed.isHidden {
            let columns =
                embed.relationship.junction?.sourceColumns.map(\.near) ?? embed.relationship.columns.map(\.near)
            let positions = columns.map { column -> Int in
                if let position = hidden.firstIndex(of: column) { return position }
                hidden.append(column)
                return hidden.count - 1
            }
            joinColumns.append((index, positions))
        }
        targets += hidden.map { Target(Expression(.column([plan.alias, $0])), alias: "pgrst_join_\($0)") }
        targets += keys.map { Target($0, alias: "pgrst_order") } + tests.map { Target($0, alias: "pgrst_test") }
        sortKeys = hidden.count..<hidden.count + keys.count
        self.tests = sortKeys.upperBound..<sortKeys.upperBound + tests.count
        if targets.isEmpty { targets = [Target(Expression(.constant(.null)), alias: "pgrst_nothing")] }
        self.targets = targets
        hiddenCount = plan.fields.isEmpty ? max(1, self.tests.upperBound) : self.tests.upperBound
        self.joinColumns = joinColumns
    }

    /// A cast's type by the grammar, which knows `int` and `double precision`; what it does not know is a name.
    private static func type(_ text: String) -> TypeName {
        (try? Script.parseTypeName(text)) ?? TypeName([text.trimmed])
    }

    func children(of plan: ReadPlan, in catalog: CatalogSnapshot) -> [ReadQuery.Child] {
        joinColumns.map { index, columns in
            let embed = plan.embeds[index]
            return ReadQuery.Child(
                name: embed.name, query: ReadQuery.make(embed.plan, in: catalog, embed: embed),
                isToOne: embed.relationship.isToOne, parentColumns: columns)
        }
    }
}
