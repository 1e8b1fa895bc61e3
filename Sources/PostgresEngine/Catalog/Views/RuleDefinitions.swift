package import PostgresSyntax
import PostgresTypes

/// A rule of a table or view: what is done instead of a modification of it.
package struct Rule: Hashable, Sendable {
    package var name: String
    package var event: CreateTrigger.Event
    /// One statement over `new` and `old`, done for each row; nil: NOTHING.
    package var action: PostgresSyntax.Statement?
    /// The search path under which the action was written.
    package var path: [String]
    /// What the action reads and writes.
    package var uses: Set<RelationID>
    package var oid: UInt32
}

extension Relation {
    package var rules: [Rule] {
        switch kind {
        case .table(let table): table.rules
        case .view(let view): view.rules
        case .sequence, .index: []
        }
    }

    /// What is done instead of a statement: beside a rule that does something, those that do nothing say nothing.
    func rule(on event: CreateTrigger.Event) -> Rule? {
        let all = rules.filter { $0.event == event }
        return all.first { $0.action != nil } ?? all.first
    }
}

/// CREATE RULE and DROP RULE: NOTHING instead of a statement, and on views one statement for each row, as an INSTEAD OF
/// trigger would do it. What PostgreSQL makes of other rules depends on the whole statement, and is refused.
extension CatalogEditor {
    mutating func createRule(_ definition: CreateRule) throws(PostgresError) {
        let relation = try existing(definition.table)
        switch relation.kind {
        case .table: break
        case .view(let view) where !view.isMaterialized: break
        default:
            throw PostgresError(
                "42809", "relation \"\(relation.name)\" cannot have rules",
                detail: "This operation is not supported for \(relation.kindName)s.")
        }
        try checkOwner(of: relation)
        guard let event = definition.event else { throw .notSupported("CREATE RULE … ON SELECT") }
        guard definition.isInstead else { throw .notSupported("CREATE RULE … DO ALSO") }
        if definition.hasCondition { throw .notSupported("CREATE RULE … WHERE") }
        guard definition.actions.count < 2 else { throw .notSupported("CREATE RULE … DO of several statements") }
        let name = ObjectNames.clip(definition.name)
        let old = relation.rules.first { $0.name == name }
        guard old == nil || definition.orReplace else {
            throw PostgresError("42710", "rule \"\(name)\" for relation \"\(relation.name)\" already exists")
        }
        if !definition.actions.isEmpty,
            relation.rules.contains(where: { $0.event == event && $0.name != name && $0.action != nil })
        {
            throw .notSupported("a second rule ON \(event) of one relation that does something")
        }
        var rule = Rule(
            name: name, event: event, action: definition.actions.first, path: searchPath, uses: [],
            oid: old?.oid ?? newOID())
        if let action = rule.action { rule.uses = try check(action, of: rule, on: relation) }
        updateRules(of: relation.id) { rules in
            rules.removeAll { $0.name == name }
            rules.append(rule)
            rules.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    /// That doing the action row by row is doing it at once.
    /// - Returns: the relations that it uses.
    private func check(
        _ action: PostgresSyntax.Statement, of rule: Rule, on relation: Relation
    ) throws(PostgresError) -> Set<RelationID> {
        guard relation.view != nil else { throw .notSupported("CREATE RULE … DO INSTEAD of a statement on a table") }
        func target(_ name: QualifiedName) throws(PostgresError) -> Table {
            let target = try existing(name)
            guard let table = target.table else { throw .notSupported("a rule that writes to a \(target.kindName)") }
            return table
        }
        let table: Table
        switch action {
        case .insert(let insert):
            table = try target(insert.table)
            guard insert.onConflict == nil, insert.with == nil, insert.source?.isOneRow ?? true else {
                throw .notSupported("a rule whose INSERT is not of one row")
            }
        case .update(let update):
            table = try target(update.table)
            guard update.with == nil, update.from.isEmpty, table.isKeyCompared(in: update.filter) else {
                throw .notSupported("a rule whose UPDATE is not of one row by its key")
            }
        case .delete(let delete):
            table = try target(delete.table)
            guard delete.with == nil, delete.using.isEmpty, table.isKeyCompared(in: delete.filter) else {
                throw .notSupported("a rule whose DELETE is not of one row by its key")
            }
        default: throw .notSupported("CREATE RULE … DO INSTEAD of this statement")
        }
        let prepared: PreparedStatement
        do throws(PostgresError) {
            prepared = try RuleAction(rule, action, on: relation, catalog: catalog, context: context).prepared
        } catch {
            if validates { throw error }
            return []
        }
        let columns = prepared.columns.count
        if columns > 0, columns != relation.columns.count {
            throw PostgresError(
                "42P17", "RETURNING list has too \(columns < relation.columns.count ? "few" : "many") entries")
        }
        for (returned, column) in zip(prepared.columns, relation.columns) where returned.type != column.type {
            let names = [returned, column].map { catalog.typeName($0.type, searchPath: searchPath) }
            throw PostgresError(
                "42P17",
                "RETURNING list's entry \(relation.columns.firstIndex(of: column)! + 1) has different type from "
                    + "column \"\(column.name)\"",
                detail: "RETURNING list entry has type \(names[0]), but column has type \(names[1]).")
        }
        return Set(prepared.typed.accesses.map(\.relation))
    }

    mutating func updateRules(of id: RelationID, _ change: (inout [Rule]) -> Void) {
        updateParts(of: id, \.rules, \.rules, change)
    }
}

extension SelectStatement {
    /// VALUES of one row, or a SELECT without FROM.
    fileprivate var isOneRow: Bool {
        guard with == nil, limit == nil, offset == nil else { return false }
        switch body {
        case .values(let rows): return rows.count == 1
        case .select(let select): return select.from.isEmpty && select.filter == nil && select.groupBy.isEmpty
        case .setOperation: return false
        }
    }
}

extension Table {
    /// Whether a filter compares all columns of a key with values of the row that a rule is about.
    fileprivate func isKeyCompared(in filter: Expression?) -> Bool {
        guard let filter else { return false }
        let parts = if case .and(let parts) = filter.node { parts } else { [filter] }
        var compared: Set<String> = []
        for part in parts {
            guard case .operation(let name, let left?, let right) = part.node, name.symbol == "=" else { continue }
            for (one, other) in [(left, right), (right, left)] {
                guard case .column(let column) = one.node, case .column(let value) = other.node,
                    value.count == 2, ["old", "new"].contains(value[0]), !["old", "new"].contains(column[0]),
                    let last = column.last
                else { continue }
                compared.insert(last)
            }
        }
        return constraints.contains { constraint in
            constraint.keyColumns.map { Set($0).isSubset(of: compared) } ?? false
        }
    }
}
