import JSONText
import PostgresEngine

/// What `application/vnd.pgrst.plan` shows: how the rows of a request would be found.
struct PlanDocument {
    let transaction: Transaction
    let format: MediaType.Plan

    /// - Parameter operation: `Insert`, `Update` or `Delete`, where the plan's rows come from one.
    func body(_ plan: ReadPlan, catalog: CatalogSnapshot, operation: String? = nil) throws -> [UInt8] {
        if let option = format.options.first(where: { $0 == "buffers" || $0 == "wal" }) {
            throw RestError.unsupported(
                feature: "postgrest.plan.\(option)", message: "Plans with the option \(option) are not emulated yet")
        }
        var root = PlanNode(kind: "Aggregate", facts: [.init("Strategy", "Plain"), .init("Partial Mode", "Simple")])
        if let operation {
            root.children = [Self.modification(operation, of: plan)]
        } else {
            root.children = try nodes(of: ReadQuery.make(plan, in: catalog))
            if format.options.contains("analyze") {
                let output = try Representation(transaction: transaction, type: .json)
                    .read(plan, catalog: catalog, counts: false)
                root.facts += [.init("Actual Rows", .integer(1)), .init("Actual Loops", .integer(1))]
                root.children = root.children.map { node in
                    var node = node
                    node.facts.append(.init("Actual Rows", .integer(output.rows)))
                    return node
                }
            }
        }
        guard format.isJSON else { return Array(root.lines().joined(separator: "\n").utf8) }
        return JSON.array([["Plan": root.json(isRoot: true)]]).bytes
    }

    private static func modification(_ operation: String, of plan: ReadPlan) -> PlanNode {
        let scan = PlanNode(
            kind: operation == "Insert" ? "Result" : "Seq Scan",
            place: operation == "Insert" ? "" : " on \(plan.relation.name)")
        return PlanNode(
            kind: operation, place: " on \(plan.relation.name)",
            facts: [
                .init("Operation", .string(operation)), .init("Relation Name", .string(plan.relation.name)),
                .init("Alias", .string(plan.alias)),
            ], children: [scan])
    }

    /// The steps of a statement and of its embeds, which run once for each of its rows.
    private func nodes(of query: ReadQuery) throws -> [PlanNode] {
        let steps = try transaction.planSteps(of: try transaction.prepare(query.statement))
        var nodes = PlanNode.nodes(steps)
        for child in query.children {
            nodes = [
                PlanNode(
                    kind: "Nested Loop", facts: [.init("Join Type", "Left")],
                    children: nodes + (try self.nodes(of: child.query)))
            ]
        }
        return nodes
    }
}
