import JSONText
import PostgresEngine

/// What `application/vnd.pgrst.plan` shows: how the rows of a request would be found.
struct PlanDocument {
    let transaction: Transaction
    let format: MediaType.Plan

    /// - Parameter operation: `Insert`, `Update` or `Delete`, where the plan's rows come from one.
    func body(_ plan: ReadPlan, catalog: CatalogSnapshot, operation: String? = nil) throws -> [UInt8] {
        var root = PlanNode(kind: "Aggregate", facts: [.init("Strategy", "Plain"), .init("Partial Mode", "Simple")])
        if let operation {
            root.children = [Self.modification(operation, of: plan)]
        } else {
            let query = ReadQuery.make(plan, in: catalog)
            root.children = try nodes(of: query)
            if format.options.contains("analyze") {
                let planned = PlannedRead(version: catalog.version, plan: plan, query: query)
                let output = try Representation(transaction: transaction, type: .json).read(planned)
                root.facts += [.init("Actual Rows", .integer(1)), .init("Actual Loops", .integer(1))]
                root.children = root.children.map { node in
                    var node = node
                    node.facts.append(.init("Actual Rows", .integer(output.rows)))
                    return node
                }
            }
        }
        guard format.isJSON else { return Array(root.lines().joined(separator: "\n").utf8) }
        if format.options.contains("verbose") { addOutput(to: &root, of: plan, isModification: operation != nil) }
        addCounters(to: &root)
        var document: JSON = ["Plan": root.json(isRoot: true)]
        if format.options.contains("settings") { document.set("Settings", ["search_path": .string(searchPath)]) }
        return JSON.array([document]).bytes
    }

    /// VERBOSE: what the rows consist of, and what is made of them in the end.
    private func addOutput(to root: inout PlanNode, of plan: ReadPlan, isModification: Bool) {
        let columns = plan.fields.flatMap { field -> [String] in
            switch field {
            case .star: plan.relation.columns.map { "\(plan.alias).\($0.name)" }
            case .column(let column): ["\(plan.alias).\(column.field.name)"]
            }
        }
        let row = "ROW(\(columns.joined(separator: ", ")))"
        let isObject = format.target.hasPrefix("application/vnd.pgrst.object")
        let body =
            isObject
            ? "COALESCE((json_agg(\(row)) -> 0), 'null'::json)" : "COALESCE(json_agg(\(row)), '[]'::json)"
        let output: [String] =
            ["NULL::bigint", "count(\(row))"] + (isModification ? ["NULL::text[]"] : []) + [body]
        root.facts.append(.init("Output", .array(output.map { .string($0) })))
        guard !isModification, root.children.first?.facts.contains(where: { $0.key == "Relation Name" }) == true else {
            return
        }
        root.children[0].facts.append(.init("Output", .array(columns.map { .string($0) })))
    }

    /// BUFFERS and WAL: SQLite has neither PostgreSQL's buffers nor its log, so that none are used.
    private func addCounters(to root: inout PlanNode) {
        if format.options.contains("buffers") {
            for pool in ["Shared", "Local"] {
                root.facts += ["Hit", "Read", "Dirtied", "Written"].map { use in
                    JSON.Member("\(pool) \(use) Blocks", .integer(0))
                }
            }
            root.facts += ["Read", "Written"].map { JSON.Member("Temp \($0) Blocks", .integer(0)) }
        }
        if format.options.contains("wal") {
            root.facts += ["Records", "FPI", "Bytes"].map { JSON.Member("WAL \($0)", .integer(0)) }
        }
    }

    /// As PostgREST sets it: every name quoted.
    private var searchPath: String {
        transaction.session.searchPath.map { name in
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        .joined(separator: ", ")
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
