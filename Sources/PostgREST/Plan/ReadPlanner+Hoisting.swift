import PostgresEngine

// Aggregates in to-one spreads count for the relation that the spreads end in: `a(…b(x.sum()))` sums over the rows of a.
extension ReadPlanner {
    /// Moves the columns and embeds of to-one spreads up where there are aggregates on either side, so that all of them
    /// are columns and keys of one grouped query.
    func hoist(_ plan: inout ReadPlan) throws(RestError) {
        for index in plan.embeds.indices { try hoist(&plan.embeds[index].plan) }
        let hasGroupedSpread = plan.embeds.contains { $0.isSpread && $0.relationship.isToOne && $0.plan.isGrouped }
        if plan.isGrouped || hasGroupedSpread { takeUpSpreads(&plan) }
    }

    private func takeUpSpreads(_ plan: inout ReadPlan) {
        plan.expandStars()
        for index in plan.embeds.indices {
            var spread = plan.embeds[index]
            guard spread.isSpread, spread.relationship.isToOne, !spread.isHidden else { continue }
            takeUpSpreads(&spread.plan)
            for case .column(var column) in spread.plan.fields {
                column.path.insert(spread, at: 0)
                column.embed = index
                plan.fields.append(.column(column))
            }
            for var embed in spread.plan.embeds where !embed.isHidden {
                embed.path.insert(spread, at: 0)
                plan.embeds.append(embed)
            }
            plan.embeds[index].isHidden = true
        }
    }

    /// - Throws: PGRST127 for aggregates in to-many spreads.
    func checkSpreads(_ plan: ReadPlan) throws(RestError) {
        for embed in plan.embeds {
            if embed.isSpread, !embed.relationship.isToOne, embed.plan.isGrouped {
                throw RestError.notImplemented(
                    "Aggregates are not implemented for one-to-many or many-to-many spreads.")
            }
            try checkSpreads(embed.plan)
        }
    }
}

extension ReadPlan {
    /// Replaces `*` by the columns it stands for.
    mutating func expandStars() {
        fields = fields.flatMap { field -> [PlannedField] in
            guard case .star = field else { return [field] }
            return relation.columns.map { column in
                .column(PlannedColumn(field: Field(name: column.name), name: column.name))
            }
        }
    }
}
