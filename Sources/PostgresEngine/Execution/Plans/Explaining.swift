import JSONText
import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// EXPLAIN's options.
private struct ExplainOptions {
    var isJSON = false
    var isAnalyzed = false
    var showsCosts = true
    var showsSummary: Bool?

    init(_ options: [String: String]) throws(PostgresError) {
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            let isOn = !["false", "off", "0", "no"].contains(value.lowercased())
            switch name {
            case "analyze": isAnalyzed = isOn
            case "costs": showsCosts = isOn
            case "summary": showsSummary = isOn
            case "timing", "wal":
                guard !isOn || options["analyze"] != nil else {
                    throw PostgresError("22023", "EXPLAIN option \(name.uppercased()) requires ANALYZE")
                }
                if isOn, name == "wal" { throw .notSupported("EXPLAIN (WAL)") }
            // Nothing of the kind is counted; there are no such lines.
            case "verbose", "buffers", "settings": break
            case "format":
                switch value.lowercased() {
                case "text": break
                case "json": isJSON = true
                case "xml", "yaml": throw .notSupported("EXPLAIN (FORMAT \(value.uppercased()))")
                default:
                    throw PostgresError(
                        "22023", "unrecognized value for EXPLAIN option \"format\": \"\(value)\"")
                }
            default: throw PostgresError("42601", "unrecognized EXPLAIN option \"\(name)\"")
            }
        }
    }
}

extension Transaction {
    /// The plan of a statement in EXPLAIN's words. ANALYZE runs it.
    func explain(_ explain: Explain) throws -> ResultSet {
        let options = try ExplainOptions(explain.options)
        let clock = database.world.clock
        let start = clock.monotonic
        var root = try plan(of: explain.statement)
        let planned = clock.monotonic
        if options.isAnalyzed {
            if case .createTableAs = explain.statement {
                throw PostgresError.notSupported("EXPLAIN ANALYZE CREATE TABLE AS")
            }
            let result = try execute(explain.statement, text: "")
            root.facts += [
                .init("Actual Rows", .integer(result.columns.isEmpty ? 0 : result.rows.count)),
                .init("Actual Loops", .integer(1)),
            ]
        }
        let times: [(String, Duration)] =
            options.showsSummary ?? options.isAnalyzed
            ? [("Planning Time", planned - start)]
                + (options.isAnalyzed ? [("Execution Time", clock.monotonic - planned)] : []) : []
        guard options.isJSON else {
            var lines = root.lines(costs: options.showsCosts)
            for (name, time) in times { lines.append("\(name): \(time.milliseconds) ms") }
            return Self.planResult(lines.map { .text($0) }, .text)
        }
        var document: JSON = ["Plan": root.json(isRoot: true, costs: options.showsCosts)]
        for (name, time) in times { document.set(name, .number(time.milliseconds)) }
        return Self.planResult([.text(JSON.array([document]).prettyText)], .json)
    }

    private static func planResult(_ lines: [SQLValue], _ type: PostgresType) -> ResultSet {
        let id: TypeID = type == .json ? .json : .text
        return ResultSet(
            columns: [OutputColumn(name: "QUERY PLAN", type: TypeReference(id))], types: [type],
            rows: lines.map { [$0] }, tag: "EXPLAIN", count: lines.count)
    }

    private func plan(of statement: PostgresSyntax.Statement) throws -> PlanNode {
        switch statement {
        case .select(let select): return try plan(of: select)
        case .createTableAs(let table): return try plan(of: table.query)
        case .declareCursor(let cursor): return try plan(of: cursor.query)
        case .executePrepared(let name, _):
            guard let named = preparedStatements[name] else {
                throw PostgresError("26000", "prepared statement \"\(name)\" does not exist")
            }
            return try plan(of: named.statement)
        case .insert(let insert):
            _ = try prepare(statement)
            return try modification("Insert", insert.table, try insert.source.map { try plan(of: $0) })
        case .update(let update):
            _ = try prepare(statement)
            let scan = try scan(update.table, alias: update.alias, with: update.from, update.filter, update.with)
            return try modification("Update", update.table, scan)
        case .delete(let delete):
            _ = try prepare(statement)
            let scan = try scan(delete.table, alias: delete.alias, with: delete.using, delete.filter, delete.with)
            return try modification("Delete", delete.table, scan)
        case .unsupported(let tag): throw PostgresError.notSupported(tag)
        default: throw PostgresError.notSupported("EXPLAIN \(statement.definitionTag)")
        }
    }

    private func plan(of select: SelectStatement) throws -> PlanNode {
        let nodes = PlanNode.nodes(try planSteps(of: prepare(.select(select))))
        return PlanNode.joined(nodes) ?? PlanNode(kind: "Result")
    }

    /// How the rows to change are found: as a query over the same tables would find them.
    private func scan(
        _ table: QualifiedName, alias: String?, with others: [FromItem], _ filter: Expression?, _ with: WithClause?
    ) throws -> PlanNode {
        let target = FromItem.relation(table, alias: alias.map { Alias($0) }, location: -1)
        let select = PlainSelect(
            targets: [Target(Expression(.star(qualifier: [])))], from: [target] + others, filter: filter)
        return try plan(of: SelectStatement(.select(select), with: with))
    }

    private func modification(_ operation: String, _ table: QualifiedName, _ source: PlanNode?) throws -> PlanNode {
        let name = try catalog.resolveRelation(table, searchPath: session.effectivePath).name
        return PlanNode(
            kind: operation, place: " on \(name)",
            facts: [
                .init("Operation", .string(operation)), .init("Relation Name", .string(name)),
                .init("Alias", .string(name)),
            ], children: [source ?? PlanNode(kind: "Result")])
    }
}

extension Duration {
    /// Milliseconds with three digits behind the point.
    fileprivate var milliseconds: String {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
