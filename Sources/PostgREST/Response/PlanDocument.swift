import JSONText
import PostgresEngine

/// What `application/vnd.pgrst.plan` shows: how the rows of a request would be found.
///
/// The tree has the names and the shape of PostgreSQL's EXPLAIN, and what it says is SQLite's. Nothing is estimated here:
/// every cost and number of rows is 0, except what `analyze` counted.
struct PlanDocument {
    let transaction: Transaction
    let format: MediaType.Plan

    /// A step of a plan.
    private struct Node {
        var kind: String
        /// `on books`, `using books_shelf on books`: what follows the kind in text.
        var place = ""
        var facts: [JSON.Member] = []
        var children: [Node] = []
    }

    /// - Parameter operation: `Insert`, `Update` or `Delete`, where the plan's rows come from one.
    func body(_ plan: ReadPlan, catalog: CatalogSnapshot, operation: String? = nil) throws -> [UInt8] {
        if let option = format.options.first(where: { $0 == "buffers" || $0 == "wal" }) {
            throw RestError.unsupported(
                feature: "postgrest.plan.\(option)", message: "Plans with the option \(option) are not emulated yet")
        }
        var root = Node(kind: "Aggregate", facts: [.init("Strategy", "Plain"), .init("Partial Mode", "Simple")])
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
        guard format.isJSON else { return Array(Self.lines(root, depth: 0).joined(separator: "\n").utf8) }
        return JSON.array([["Plan": Self.json(root, isRoot: true)]]).bytes
    }

    private static func modification(_ operation: String, of plan: ReadPlan) -> Node {
        let scan = Node(
            kind: operation == "Insert" ? "Result" : "Seq Scan",
            place: operation == "Insert" ? "" : " on \(plan.relation.name)")
        return Node(
            kind: operation, place: " on \(plan.relation.name)",
            facts: [
                .init("Operation", .string(operation)), .init("Relation Name", .string(plan.relation.name)),
                .init("Alias", .string(plan.alias)),
            ], children: [scan])
    }

    /// The steps of a statement and of its embeds, which run once for each of its rows.
    private func nodes(of query: ReadQuery) throws -> [Node] {
        let steps = try transaction.planSteps(of: try transaction.prepare(query.statement))
        var nodes = Self.nodes(steps, under: 0)
        for child in query.children {
            nodes = [
                Node(
                    kind: "Nested Loop", facts: [.init("Join Type", "Left")],
                    children: nodes + (try self.nodes(of: child.query)))
            ]
        }
        return nodes
    }

    /// SQLite names a sort after what it sorts, PostgreSQL puts it above.
    private static func nodes(_ steps: [QueryPlanStep], under parent: Int) -> [Node] {
        var nodes: [Node] = []
        for step in steps where step.parent == parent {
            var node = Self.node(step)
            let takesAll = node.kind == "Sort" || node.kind == "HashAggregate"
            node.children = (takesAll ? nodes : []) + Self.nodes(steps, under: step.id)
            nodes = takesAll ? [node] : nodes + [node]
        }
        return nodes
    }

    /// SQLite's words as PostgreSQL's.
    private static func node(_ step: QueryPlanStep) -> Node {
        let detail = step.detail
        let words = detail.split(separator: " ").map(String.init)
        let facts = [JSON.Member("Detail", .string(detail))]
        guard words.count > 1, words[0] == "SCAN" || words[0] == "SEARCH" else {
            let isSort = detail.hasSuffix("FOR ORDER BY")
            let kind = isSort ? "Sort" : detail.contains("B-TREE") ? "HashAggregate" : "Subquery Scan"
            return Node(kind: kind, facts: facts)
        }
        guard let name = step.relation else {
            return Node(kind: words.contains("VIRTUAL") ? "Function Scan" : "Subquery Scan", facts: facts)
        }
        let relation = facts + [.init("Relation Name", .string(name)), .init("Alias", .string(name))]
        guard let using = words.firstIndex(of: "USING") else {
            return Node(kind: "Seq Scan", place: " on \(name)", facts: relation)
        }
        let isCovering = words.contains("COVERING")
        let index = words[(using + 1)...].first { !["COVERING", "INDEX", "INTEGER"].contains($0) } ?? ""
        // The row's own number is what SQLite calls PRIMARY KEY.
        let shown = step.index ?? (index == "PRIMARY" ? "\(name)_pkey" : index)
        return Node(
            kind: isCovering ? "Index Only Scan" : "Index Scan", place: " using \(shown) on \(name)",
            facts: relation + [.init("Index Name", .string(shown))])
    }

    // MARK: Writing

    private static func json(_ node: Node, isRoot: Bool = false) -> JSON {
        let writes = node.facts.contains { $0.key == "Operation" }
        var members: [JSON.Member] = [.init("Node Type", .string(writes ? "ModifyTable" : node.kind))]
        if !isRoot { members.append(.init("Parent Relationship", "Outer")) }
        members += [.init("Parallel Aware", false), .init("Async Capable", false)] + node.facts
        members += [
            .init("Startup Cost", .number("0.00")), .init("Total Cost", .number("0.00")),
            .init("Plan Rows", .integer(0)), .init("Plan Width", .integer(0)),
        ]
        if !node.children.isEmpty { members.append(.init("Plans", .array(node.children.map { json($0) }))) }
        return .object(members)
    }

    private static func lines(_ node: Node, depth: Int) -> [String] {
        let indent = depth == 0 ? "" : String(repeating: " ", count: depth * 6 - 4) + "->  "
        let rows = node.facts.first { $0.key == "Actual Rows" }?.value.text
        let counted = rows.map { " (actual rows=\($0) loops=1)" } ?? ""
        let line = "\(indent)\(node.kind)\(node.place)  (cost=0.00..0.00 rows=0 width=0)\(counted)"
        return [line] + node.children.flatMap { lines($0, depth: depth + 1) }
    }
}
