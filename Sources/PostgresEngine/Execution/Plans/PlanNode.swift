package import JSONText

/// A step of a plan.
///
/// The tree has the names and the shape of PostgreSQL's EXPLAIN, and what it says is SQLite's. Nothing is estimated:
/// every cost and number of rows is 0, except what was counted.
package struct PlanNode: Sendable {
    package var kind: String
    /// ` on books`, ` using books_shelf on books`: what follows the kind in text.
    package var place = ""
    package var facts: [JSON.Member] = []
    package var children: [PlanNode] = []

    package init(kind: String, place: String = "", facts: [JSON.Member] = [], children: [PlanNode] = []) {
        self.kind = kind
        self.place = place
        self.facts = facts
        self.children = children
    }
}

// MARK: - From SQLite's plan

extension PlanNode {
    /// The nodes of the steps that are part of one. SQLite names a sort after what it sorts, PostgreSQL puts it above.
    package static func nodes(_ steps: [QueryPlanStep], under parent: Int = 0) -> [PlanNode] {
        var nodes: [PlanNode] = []
        for step in steps where step.parent == parent {
            var node = Self.node(step)
            let takesAll = node.kind == "Sort" || node.kind == "HashAggregate"
            node.children = (takesAll ? nodes : []) + Self.nodes(steps, under: step.id)
            nodes = takesAll ? [node] : nodes + [node]
        }
        return nodes
    }

    /// SQLite's words as PostgreSQL's.
    private static func node(_ step: QueryPlanStep) -> PlanNode {
        let detail = step.detail
        let words = detail.split(separator: " ").map(String.init)
        let facts = [JSON.Member("Detail", .string(detail))]
        if detail.contains("CONSTANT ROW") {
            return PlanNode(kind: detail.hasSuffix("ROWS") ? "Values Scan" : "Result", facts: facts)
        }
        guard words.count > 1, words[0] == "SCAN" || words[0] == "SEARCH" else {
            let isSort = detail.hasSuffix("FOR ORDER BY")
            let kind = isSort ? "Sort" : detail.contains("B-TREE") ? "HashAggregate" : "Subquery Scan"
            return PlanNode(kind: kind, facts: facts)
        }
        guard let name = step.relation else {
            return PlanNode(kind: words.contains("VIRTUAL") ? "Function Scan" : "Subquery Scan", facts: facts)
        }
        let relation = facts + [.init("Relation Name", .string(name)), .init("Alias", .string(name))]
        guard let using = words.firstIndex(of: "USING") else {
            return PlanNode(kind: "Seq Scan", place: " on \(name)", facts: relation)
        }
        let isCovering = words.contains("COVERING")
        let index = words[(using + 1)...].first { !["COVERING", "INDEX", "INTEGER"].contains($0) } ?? ""
        // The row's own number is what SQLite calls PRIMARY KEY.
        let shown = step.index ?? (index == "PRIMARY" ? "\(name)_pkey" : index)
        return PlanNode(
            kind: isCovering ? "Index Only Scan" : "Index Scan", place: " using \(shown) on \(name)",
            facts: relation + [.init("Index Name", .string(shown))])
    }

    /// One tree of several nodes side by side, as a join has them.
    static func joined(_ nodes: [PlanNode]) -> PlanNode? {
        let nodes = nodes.map { node in
            var node = node
            node.children = Self.joined(node.children).map { [$0] } ?? []
            return node
        }
        guard nodes.count > 1 else { return nodes.first }
        return PlanNode(kind: "Nested Loop", facts: [.init("Join Type", "Inner")], children: nodes)
    }
}

// MARK: - Writing

extension PlanNode {
    package func json(isRoot: Bool = false, costs: Bool = true) -> JSON {
        let writes = facts.contains { $0.key == "Operation" }
        var members: [JSON.Member] = [.init("Node Type", .string(writes ? "ModifyTable" : kind))]
        if !isRoot { members.append(.init("Parent Relationship", "Outer")) }
        members += [.init("Parallel Aware", false), .init("Async Capable", false)] + facts
        if costs {
            members += [
                .init("Startup Cost", .number("0.00")), .init("Total Cost", .number("0.00")),
                .init("Plan Rows", .integer(0)), .init("Plan Width", .integer(0)),
            ]
        }
        if !children.isEmpty { members.append(.init("Plans", .array(children.map { $0.json(costs: costs) }))) }
        return .object(members)
    }

    package func lines(depth: Int = 0, costs: Bool = true) -> [String] {
        let indent = depth == 0 ? "" : String(repeating: " ", count: depth * 6 - 4) + "->  "
        let rows = facts.first { $0.key == "Actual Rows" }?.value.text
        let counted = rows.map { " (actual rows=\($0) loops=1)" } ?? ""
        let line = "\(indent)\(kind)\(place)\(costs ? "  (cost=0.00..0.00 rows=0 width=0)" : "")\(counted)"
        return [line] + children.flatMap { $0.lines(depth: depth + 1, costs: costs) }
    }
}
