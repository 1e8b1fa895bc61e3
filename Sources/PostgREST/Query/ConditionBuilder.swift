import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Turns a plan's conditions into expressions, collecting the literals as parameters of unknown type: the binder
/// gives each the type its column asks for, and Postgres' own words when it does not fit.
struct ConditionBuilder {
    let catalog: CatalogSnapshot
    private(set) var parameters = ReadParameters()
    /// Parameters that the caller binds in front of these.
    let reserved: Int

    init(catalog: CatalogSnapshot, reserved: Int = 0) {
        self.catalog = catalog
        self.reserved = reserved
    }

    /// A new parameter with a literal.
    /// - Parameter slot: where other requests of the same shape have their own.
    mutating func parameter(_ value: ParameterValue, _ slot: ReadParameters.Slot? = nil) -> Expression {
        parameters.append(value, slot)
        return Expression(.parameter(reserved + parameters.values.count))
    }

    /// All of a node's conditions and its inner embeds, ANDed; nil when there is nothing to ask.
    mutating func filter(of plan: ReadPlan, joins: [Expression] = []) -> Expression? {
        var terms = joins
        for condition in plan.conditions { terms.append(expression(condition, in: plan)) }
        terms += innerTests(of: plan)
        return switch terms.count {
        case 0: nil
        case 1: terms[0]
        default: Expression(.and(terms))
        }
    }

    /// For every inner embed whether it has rows.
    mutating func innerTests(of plan: ReadPlan) -> [Expression] {
        plan.embeds.indices.filter { plan.embeds[$0].isInner }.map { exists($0, in: plan, isNegated: false) }
    }

    private mutating func expression(_ condition: ReadPlan.Condition, in plan: ReadPlan) -> Expression {
        switch condition {
        case .filter(let filter): return expression(filter, in: plan)
        case .exists(let embed, let isNegated): return exists(embed, in: plan, isNegated: isNegated)
        case .group(let isOr, let isNegated, let items):
            let terms = items.map { expression($0, in: plan) }
            let all = terms.count == 1 ? terms[0] : Expression(isOr ? .or(terms) : .and(terms))
            return isNegated ? Expression(.not(all)) : all
        }
    }

    // MARK: Filters

    private mutating func expression(_ filter: Filter, in plan: ReadPlan) -> Expression {
        let value = field(filter.field, of: plan.relation, alias: plan.alias)
        let slot = filter.pair.map { ReadParameters.Slot(pair: $0) }
        let test: Expression
        switch filter.operation {
        case .compare(let symbol, let literal, nil):
            // A pattern is no value of the field's.
            let isPattern = symbol == "~~" || symbol == "~~*"
            let right =
                isPattern
                ? parameter(.text(literal), slot)
                : self.literal(literal, slot, for: filter.field, of: plan.relation)
            test = Expression(.operation(OperatorName(symbol), left: value, right: right))
        case .compare(let symbol, let literal, let quantifier?):
            test = Expression(
                .anyAll(
                    OperatorName(symbol), left: value, array: parameter(.text(literal)), isAll: quantifier == .all))
        case .inList(let items) where reader(of: filter.field, in: plan.relation) != nil:
            let values = items.enumerated().map { index, item in
                literal(
                    item, filter.pair.map { .init(pair: $0, item: index) }, for: filter.field, of: plan.relation)
            }
            test = Expression(
                .anyAll(OperatorName("="), left: value, array: Expression(.array(values)), isAll: false))
        case .inList(let items):
            test = Expression(
                .anyAll(
                    OperatorName("="), left: value, array: parameter(.text(Self.arrayLiteral(items)), slot),
                    isAll: false
                ))
        case .isValue(let word): test = Self.isTest(value, word)
        case .isDistinct(let literal):
            test = Expression(.isDistinct(value, from: parameter(.text(literal)), negated: false))
        case .textSearch(let function, let configuration, let literal):
            test = textSearch(value, filter.field, plan.relation, function, configuration, literal)
        }
        return filter.isNegated ? Expression(.not(test)) : test
    }

    /// The function that reads a filter's literals, where the field has one.
    private func reader(of field: Field, in relation: Relation) -> [String]? {
        field.path.isEmpty ? catalog.literal(of: field.name, in: relation) : nil
    }

    /// A literal that a field is compared with, through the function that reads it where there is one.
    private mutating func literal(
        _ text: String, _ slot: ReadParameters.Slot?, for field: Field, of relation: Relation
    ) -> Expression {
        let value = parameter(.text(text), slot)
        guard let reader = reader(of: field, in: relation) else { return value }
        return Expression(
            .call(
                FunctionCall(
                    name: reader, arguments: [.init(Expression(.cast(value, TypeName(["pg_catalog", "text"]))))])))
    }

    private static func isTest(_ value: Expression, _ word: Filter.IsValue) -> Expression {
        switch word {
        case .null: Expression(.isNull(value, negated: false))
        case .notNull: Expression(.isNull(value, negated: true))
        case .isTrue: Expression(.isTruth(value, .isTrue, negated: false))
        case .isFalse: Expression(.isTruth(value, .isFalse, negated: false))
        case .unknown: Expression(.isTruth(value, .isUnknown, negated: false))
        }
    }

    /// `to_tsvector([configuration,] value) @@ function([configuration,] literal)`; a tsvector column is used as it is,
    /// and so is a computed field, whose type PostgREST does not know.
    private mutating func textSearch(
        _ value: Expression, _ field: Field, _ relation: Relation, _ function: String, _ configuration: String?,
        _ literal: String
    ) -> Expression {
        let prefix = configuration.map { [Expression(.constant(.string($0)))] } ?? []
        let column = relation.columns.first { $0.name == field.name }
        let isVector = column.map { field.path.isEmpty && catalog.base(of: $0.type.type) == .tsvector }
        let document = isVector ?? true ? value : Self.call("to_tsvector", prefix + [value])
        let query = Self.call(function, prefix + [parameter(.text(literal))])
        return Expression(.operation(OperatorName("@@"), left: document, right: query))
    }

    static func call(_ name: String, _ arguments: [Expression]) -> Expression {
        Expression(.call(FunctionCall(name: ["pg_catalog", name], arguments: arguments.map { .init($0) })))
    }

    /// `{"a","b\"c"}`: every element quoted, so that none is taken for NULL.
    static func arrayLiteral(_ items: [String]) -> String {
        let quoted = items.map { item in
            "\"" + item.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }

    // MARK: Fields

    /// A column, with its JSON path applied. Columns that are no JSON go through `to_jsonb` first, as in PostgREST.
    func field(_ field: Field, of relation: Relation, alias: String) -> Expression {
        var value = Expression(.column([alias, field.name]))
        guard !field.path.isEmpty else { return value }
        let type = relation.columns.first { $0.name == field.name }?.type.type
        if type != .json && type != .jsonb { value = Self.call("to_jsonb", [value]) }
        for step in field.path {
            let key: Constant =
                switch step.key {
                case .name(let name): .string(name)
                case .index(let digits): Int32(digits).map(Constant.integer) ?? .string(digits)
                }
            value = Expression(
                .operation(
                    OperatorName(step.asText ? "->>" : "->"), left: value, right: Expression(.constant(key))))
        }
        return value
    }

    /// A column of the plan's relation, or of one that to-one spreads lead to: then a scalar subquery in another, for
    /// each of them.
    mutating func column(_ column: ReadPlan.PlannedColumn, of plan: ReadPlan) -> Expression {
        related(column.path[...], alias: plan.alias) { builder, end in
            builder.field(column.field, of: end?.relation ?? plan.relation, alias: end?.alias ?? plan.alias)
        }
    }

    /// What `value` makes of the relation at the end of a path of to-one spreads that starts at `alias`.
    mutating func related(
        _ path: ArraySlice<EmbedPlan>, alias: String, value: (ConditionBuilder, ReadPlan?) -> Expression
    ) -> Expression {
        guard let embed = path.first else { return value(self, nil) }
        let inner: Expression
        if path.count == 1 {
            inner = value(self, embed.plan)
        } else {
            inner = related(path.dropFirst(), alias: embed.plan.alias, value: value)
        }
        let joins = Self.joins(embed, parent: { Expression(.column([alias, $0])) })
        var select = PlainSelect(targets: [Target(inner)], from: from(embed, parent: alias))
        select.filter = filter(of: embed.plan, joins: joins)
        return Expression(.subquery(.scalar, SelectStatement(.select(select))))
    }

    // MARK: Embeds

    /// `[NOT] EXISTS (SELECT 1 FROM embed WHERE join AND its filters)`.
    private mutating func exists(_ index: Int, in plan: ReadPlan, isNegated: Bool) -> Expression {
        let embed = plan.embeds[index]
        let joins = Self.joins(embed, parent: { Expression(.column([plan.alias, $0])) })
        var select = PlainSelect(
            targets: [Target(Expression(.constant(.integer(1))))], from: from(embed, parent: plan.alias))
        select.filter = filter(of: embed.plan, joins: joins)
        let test = Expression(.subquery(.exists, SelectStatement(.select(select))))
        return isNegated ? Expression(.not(test)) : test
    }

    /// An embed within the statement of its parent.
    func from(_ embed: EmbedPlan, parent alias: String) -> [FromItem] {
        from(embed.plan, embed.relationship, parent: Expression(.column([alias])))
    }

    /// The relation under its alias, and the junction where there is one; of a computed relationship its function.
    /// - Parameter parent: the row that the function takes.
    func from(_ plan: ReadPlan, _ relationship: Relationship?, parent: Expression? = nil) -> [FromItem] {
        if let function = relationship?.function, let parent {
            let call = FunctionCall(name: [function.schema, function.name], arguments: [.init(parent)])
            return [
                .functions([call], alias: Alias(plan.alias), withOrdinality: false, isLateral: false, columns: [])
            ]
        }
        let relation = plan.relation
        var items: [FromItem] = [
            .relation(
                QualifiedName(schema: relation.schema, relation.name),
                alias: plan.alias == relation.name ? nil : Alias(plan.alias), location: -1)
        ]
        if let junction = relationship?.junction, let table = catalog[junction.relation] {
            items.append(
                .relation(
                    QualifiedName(schema: table.schema, table.name), alias: Alias(Self.junctionAlias(plan)),
                    location: -1))
        }
        return items
    }

    private static func junctionAlias(_ plan: ReadPlan) -> String { "\(plan.alias)_junction" }

    /// The equalities that tie an embed to a row of its parent, whose columns `parent` names.
    static func joins(_ embed: EmbedPlan, parent: (String) -> Expression) -> [Expression] {
        let alias = embed.plan.alias
        func equal(_ left: Expression, _ right: Expression) -> Expression {
            Expression(.operation(OperatorName("="), left: left, right: right))
        }
        guard let junction = embed.relationship.junction else {
            return embed.relationship.columns.map { pair in
                equal(Expression(.column([alias, pair.far])), parent(pair.near))
            }
        }
        let link = junctionAlias(embed.plan)
        return junction.sourceColumns.map { pair in
            equal(Expression(.column([link, pair.far])), parent(pair.near))
        }
            + junction.targetColumns.map { pair in
                equal(Expression(.column([alias, pair.far])), Expression(.column([link, pair.near])))
            }
    }
}
