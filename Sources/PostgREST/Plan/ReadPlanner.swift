import PostgresEngine

/// Plans a read: resolves relationships and hangs every filter, order and page on its node.
struct ReadPlanner {
    let cache: SchemaCache
    let schema: String
    let configuration: RestConfiguration
    /// The root's filters say what is modified: there an embed's name is a column's, and nothing else.
    var isModification = false

    /// - Throws: PGRST200, 201, 108, 118, 123 and refusals, in PostgREST's order.
    func plan(_ relation: Relation, _ query: QueryParameters) throws(RestError) -> ReadPlan {
        var plan = try tree(relation, alias: relation.name, items: query.select, depth: 0)
        try attach(query, to: &plan)
        try checkRelatedOrders(plan)
        try hoist(&plan)
        try checkSpreads(plan)
        limitRows(&plan)
        return plan
    }

    // MARK: The tree

    private func tree(
        _ relation: Relation, alias: String, items: [SelectItem], depth: Int
    ) throws(RestError) -> ReadPlan {
        var plan = ReadPlan(relation: relation, alias: alias, fields: [])
        for item in items {
            switch item {
            case .star: plan.fields.append(.star)
            case .field(let field, let alias, let cast, let aggregate):
                if aggregate != nil, !configuration.aggregatesEnabled { throw RestError.aggregatesDisabled }
                var column = ReadPlan.PlannedColumn(
                    field: field, name: alias ?? aggregate?.name ?? field.resultName, cast: cast, aggregate: aggregate)
                column.isImplicitCount =
                    aggregate == nil && field == Field(name: "count")
                    && !relation.columns.contains { $0.name == "count" }
                plan.fields.append(.column(column))
            case .embed(let embed): plan.embeds.append(try self.embed(embed, in: relation, depth: depth + 1))
            }
        }
        if cache.catalog.hasOutputs(relation) { plan.expandStars() }
        return plan
    }

    private func embed(_ embed: Embed, in origin: Relation, depth: Int) throws(RestError) -> EmbedPlan {
        let relationship = try cache.relationship(
            from: origin, to: embed.name, hint: embed.hint, schema: schema, exposed: configuration.schemas)
        guard let target = cache.catalog[relationship.target] else {
            throw RestError.unknownTable(schema: schema, name: relationship.targetName, suggestion: nil)
        }
        let plan = try tree(target, alias: "\(target.name)_\(depth)", items: embed.items, depth: depth)
        return EmbedPlan(
            plan: plan, relationship: relationship, name: embed.resultName, target: embed.name,
            isInner: embed.join == .inner,
            isHidden: plan.fields.isEmpty && plan.embeds.allSatisfy(\.isHidden), isSpread: embed.isSpread
        )
    }

    // MARK: Filters, orders, pages

    private func attach(_ query: QueryParameters, to plan: inout ReadPlan) throws(RestError) {
        for filter in query.filters {
            try update(&plan, at: filter.path) { node throws(RestError) in
                node.conditions.append(try condition(.filter(filter.value), in: node, at: filter.path))
            }
        }
        for tree in query.logic {
            try update(&plan, at: tree.path) { node throws(RestError) in
                node.conditions.append(try condition(tree.value, in: node, at: tree.path))
            }
        }
        // Of several orders of one node the first counts.
        for order in query.orders.reversed() {
            try update(&plan, at: order.path) { node throws(RestError) in
                node.order = try order.value.map { (term) throws(RestError) in try Self.order(term, in: node) }
            }
        }
        for limit in query.limits {
            guard limit.value >= 0 else {
                throw RestError.badRange(details: "Limit should be greater than or equal to zero.")
            }
            try update(&plan, at: limit.path) { $0.limit = limit.value }
        }
        for offset in query.offsets {
            try update(&plan, at: offset.path) { $0.offset = max(0, offset.value) }
        }
    }

    /// Applies `change` to the node that a path of embed names leads to.
    private func update(
        _ plan: inout ReadPlan, at path: [String], _ change: (inout ReadPlan) throws(RestError) -> Void
    ) throws(RestError) {
        var legacyNames: [ReadPlan.LegacyName] = []
        try update(&plan, at: path, &legacyNames, change)
        for name in legacyNames where !plan.legacyNames.contains(name) { plan.legacyNames.append(name) }
    }

    private func update(
        _ plan: inout ReadPlan, at path: [String], _ legacyNames: inout [ReadPlan.LegacyName],
        _ change: (inout ReadPlan) throws(RestError) -> Void
    ) throws(RestError) {
        guard let first = path.first else { return try change(&plan) }
        let index: Int
        if let named = plan.embeds.firstIndex(where: { $0.name == first }) {
            index = named
        } else if let targeted = plan.embeds.firstIndex(where: { $0.target == first }) {
            let alias = plan.embeds[targeted].name
            guard configuration.usesLegacyTargetNames else { throw RestError.notEmbedded(first, alias: alias) }
            index = targeted
            legacyNames.append(ReadPlan.LegacyName(target: first, alias: alias))
        } else {
            throw RestError.notEmbedded(first)
        }
        try update(&plan.embeds[index].plan, at: Array(path.dropFirst()), &legacyNames, change)
    }

    /// `rel=is.null` on an embed's name asks whether the embed has rows; everything else is about columns.
    private func condition(
        _ tree: LogicTree, in node: ReadPlan, at path: [String]
    ) throws(RestError) -> ReadPlan.Condition {
        switch tree {
        case .group(let isOr, let isNegated, let items):
            return .group(
                isOr: isOr, isNegated: isNegated,
                try items.map { (item) throws(RestError) in try condition(item, in: node, at: path) })
        case .filter(let filter):
            if !(isModification && path.isEmpty), filter.field.path.isEmpty, case .isValue(.null) = filter.operation,
                let embed = node.embeds.firstIndex(where: { $0.name == filter.field.name })
            {
                return .exists(embed: embed, isNegated: !filter.isNegated)
            }
            return .filter(filter)
        }
    }

    private static func order(_ term: OrderTerm, in node: ReadPlan) throws(RestError) -> ReadPlan.PlannedOrder {
        guard let relation = term.relation else { return ReadPlan.PlannedOrder(term: term) }
        guard let embed = node.embeds.firstIndex(where: { $0.name == relation }) else {
            throw RestError.notEmbedded(relation)
        }
        return ReadPlan.PlannedOrder(term: term, embed: embed)
    }

    private func checkRelatedOrders(_ plan: ReadPlan) throws(RestError) {
        for order in plan.order {
            guard let embed = order.embed.map({ plan.embeds[$0] }) else { continue }
            guard embed.relationship.isToOne else {
                throw RestError.relatedOrder(origin: plan.relation.name, target: embed.name)
            }
        }
        for embed in plan.embeds { try checkRelatedOrders(embed.plan) }
    }

    /// `db-max-rows` caps the root and every embed.
    private func limitRows(_ plan: inout ReadPlan) {
        if let most = configuration.maxRows { plan.limit = min(plan.limit ?? most, most) }
        for index in plan.embeds.indices { limitRows(&plan.embeds[index].plan) }
    }
}
