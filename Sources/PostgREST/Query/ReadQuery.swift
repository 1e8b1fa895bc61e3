import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import Synchronization

/// The statement that counts a plan's rows.
struct CountQuery: Sendable {
    var statement: PostgresSyntax.Statement
    var parameters: ReadParameters

    func run(_ literals: ReadLiterals, in transaction: Transaction) throws -> Int? {
        let rows = try transaction.run(
            try transaction.prepare(statement), parameters: parameters.filled(with: literals)
        ).rows
        if case .integer(let total)? = rows.first?.first { return Int(total) }
        return nil
    }
}

/// A plan turned into statements: one for each relation of the tree, a child's run for every row of its parent
/// (as LATERAL would), so that orders and pages inside embeds come for free.
final class ReadQuery: Sendable {
    /// An embed as its parent runs it.
    struct Child: Sendable {
        var name: String
        var query: ReadQuery
        var isToOne: Bool
        /// Its members are members of the parent.
        var isSpread: Bool
        /// Which of the parent's hidden columns are bound to `$1`, `$2` …, counted from the first hidden one.
        var parentColumns: [Int]
    }

    let statement: PostgresSyntax.Statement
    /// What follows the parameters that the parent's row binds.
    let parameters: ReadParameters
    /// Columns at the end of the row that are not shown: what children join on.
    let hiddenCount: Int
    let children: [Child]
    private let bound = Mutex<(statement: PreparedStatement, shape: RowWriter.Shape?)?>(nil)

    private init(
        statement: PostgresSyntax.Statement, parameters: ReadParameters, hiddenCount: Int, children: [Child]
    ) {
        self.statement = statement
        self.parameters = parameters
        self.hiddenCount = hiddenCount
        self.children = children
    }

    /// The statement bound for whom it runs for: the last time's, where that is still what it means.
    func prepared(in transaction: Transaction) throws(PostgresError) -> PreparedStatement {
        if let known = bound.withLock({ $0?.statement }), transaction.isCurrent(known) { return known }
        let made = try transaction.prepare(statement)
        bound.withLock { $0 = (made, nil) }
        return made
    }

    /// The same with the shape of its rows, which is kept with it where no child's can change under it.
    func prepared(
        in transaction: Transaction, _ writer: RowWriter
    ) throws -> (statement: PreparedStatement, shape: RowWriter.Shape) {
        if case (let known, let shape?)? = bound.withLock({ $0 }), transaction.isCurrent(known) {
            return (known, shape)
        }
        let statement = try prepared(in: transaction)
        let shape = try writer.shape(statement, hiddenCount: hiddenCount, children: children)
        if children.isEmpty { bound.withLock { $0 = (statement, shape) } }
        return (statement, shape)
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
        var parent: Expression?
        if let relationship = embed?.relationship, relationship.function != nil,
            let type = catalog.rowType(of: relationship.source)
        {
            next += 1
            parent = Expression(.cast(Expression(.parameter(next)), catalog.reference(to: type)))
        }
        var builder = ConditionBuilder(catalog: catalog, reserved: next)
        let output = RowShape(plan, builder: &builder)
        let from =
            plan.call.map { [builder.call($0, alias: plan.alias)] }
            ?? builder.from(plan, embed?.relationship, parent: parent)
        var select = PlainSelect(targets: output.targets, from: from)
        select.filter = builder.filter(of: plan, joins: joins)
        select.groupBy = output.groupKeys
        let order = plan.order.map { order in
            SortItem(
                output.position(of: order) ?? sortKey(order, plan, builder), isDescending: order.term.isDescending,
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
    static func count(_ plan: ReadPlan, in catalog: CatalogSnapshot) -> CountQuery {
        var builder = ConditionBuilder(catalog: catalog)
        var call = FunctionCall(name: ["pg_catalog", "count"], arguments: [])
        call.isStar = true
        var select = PlainSelect(targets: [Target(Expression(.call(call)))], from: builder.from(plan, nil))
        select.filter = builder.filter(of: plan)
        return CountQuery(statement: .select(SelectStatement(.select(select))), parameters: builder.parameters)
    }

    /// What an order term sorts by.
    static func sortKey(_ order: ReadPlan.PlannedOrder, _ plan: ReadPlan, _ builder: ConditionBuilder) -> Expression {
        guard let embed = order.embed.map({ plan.embeds[$0] }) else {
            return builder.field(order.term.field, of: plan.relation, alias: plan.alias)
        }
        // By a column of a to-one embed: a scalar subquery, since the embed itself is another statement.
        let field = builder.field(order.term.field, of: embed.plan.relation, alias: embed.plan.alias)
        let joins = ConditionBuilder.joins(embed) { Expression(.column([plan.alias, $0])) }
        var select = PlainSelect(targets: [Target(field)], from: builder.from(embed, parent: plan.alias))
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
    /// The columns as written, of a grouped plan: for what is sorted by them.
    private let columns: [ReadPlan.PlannedColumn]
    /// What GROUP BY says: positions of all columns that are no aggregates.
    let groupKeys: [Expression]
    /// For every shown embed of the plan, its index and the positions of its join columns among the hidden ones.
    private let joinColumns: [(embed: Int, columns: [Int])]

    /// - Parameter sortKeys: of a statement that has no ORDER BY of its own.
    /// - Parameter tests: of a statement whose WHERE decides what is modified, not what is shown.
    init(
        _ plan: ReadPlan, builder: inout ConditionBuilder, sortKeys keys: [Expression] = [], tests: [Expression] = []
    ) {
        var targets: [Target] = []
        var columns: [ReadPlan.PlannedColumn] = []
        var groupKeys: [Int] = []
        for field in plan.fields {
            switch field {
            case .star: targets.append(Target(Expression(.star(qualifier: [plan.alias]))))
            case .column(let column):
                targets.append(Target(Self.value(column, plan, &builder), alias: column.name))
                columns.append(column)
                if column.aggregate == nil { groupKeys.append(targets.count) }
            }
        }
        var hidden: [(key: String, value: Expression)] = []
        var joinColumns: [(Int, [Int])] = []
        for (index, embed) in plan.embeds.enumerated() where !embed.isHidden {
            let positions = Self.parentColumns(of: embed.relationship).map { column -> Int in
                let key = (embed.path.map(\.plan.alias) + column).joined(separator: ".")
                if let position = hidden.firstIndex(where: { $0.key == key }) { return position }
                let value = builder.related(embed.path[...], alias: plan.alias) { _, end in
                    Expression(.column([end?.alias ?? plan.alias] + column))
                }
                hidden.append((key, value))
                return hidden.count - 1
            }
            joinColumns.append((index, positions))
        }
        groupKeys += hidden.indices.map { targets.count + $0 + 1 }
        targets += hidden.map { Target($0.value, alias: "pgrst_join") }
        self.columns = plan.isGrouped ? columns : []
        self.groupKeys = plan.isGrouped ? groupKeys.map { Expression(.constant(.integer(Int32($0)))) } : []
        targets += keys.map { Target($0, alias: "pgrst_order") } + tests.map { Target($0, alias: "pgrst_test") }
        sortKeys = hidden.count..<hidden.count + keys.count
        self.tests = sortKeys.upperBound..<sortKeys.upperBound + tests.count
        if targets.isEmpty { targets = [Target(Expression(.constant(.null)), alias: "pgrst_nothing")] }
        self.targets = targets
        hiddenCount = plan.fields.isEmpty ? max(1, self.tests.upperBound) : self.tests.upperBound
        self.joinColumns = joinColumns
    }

    /// What of a parent's row an embed needs, as names behind the row's own: columns, or the row itself.
    private static func parentColumns(of relationship: Relationship) -> [[String]] {
        if relationship.function != nil { return [[]] }
        return (relationship.junction?.sourceColumns ?? relationship.columns).map { [$0.near] }
    }

    private static func value(
        _ column: ReadPlan.PlannedColumn, _ plan: ReadPlan, _ builder: inout ConditionBuilder
    ) -> Expression {
        func cast(_ value: Expression, _ type: String?) -> Expression {
            type.map { Expression(.cast(value, Self.type($0))) } ?? value
        }
        if column.isImplicitCount || column.field.name == "*" {
            var call = FunctionCall(name: ["pg_catalog", "count"], arguments: [])
            call.isStar = true
            return cast(Expression(.call(call)), column.aggregate?.cast ?? column.cast)
        }
        var value = builder.column(column, of: plan)
        // A cast is of what is shown.
        if column.aggregate == nil, column.field.path.isEmpty,
            let output = builder.catalog.output(
                of: column.field.name, in: column.path.last?.plan.relation ?? plan.relation)
        {
            value = Expression(.call(FunctionCall(name: output, arguments: [.init(value)])))
        }
        value = cast(value, column.cast)
        guard let aggregate = column.aggregate else { return value }
        let call = FunctionCall(name: ["pg_catalog", aggregate.name], arguments: [FunctionCall.Argument(value)])
        return cast(Expression(.call(call)), aggregate.cast)
    }

    /// The position of the column that a grouped plan is sorted by, where it comes from a spread: by its name there.
    func position(of order: ReadPlan.PlannedOrder) -> Expression? {
        guard let embed = order.embed,
            let index = columns.firstIndex(where: {
                $0.embed == embed && ($0.name == order.term.field.name || $0.field == order.term.field)
            })
        else { return nil }
        return Expression(.constant(.integer(Int32(index + 1))))
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
                isToOne: embed.relationship.isToOne, isSpread: embed.isSpread, parentColumns: columns)
        }
    }
}
