import PostgresSyntax
import PostgresTypes
import SQLite

/// The action of a rule, bound with the rows `new` and `old` as variables. It has the rights of the relation's owner.
struct RuleAction {
    let prepared: PreparedStatement
    private let relation: Relation

    init(
        _ rule: Rule, _ action: PostgresSyntax.Statement, on relation: Relation, catalog: CatalogSnapshot,
        context: ValueContext
    ) throws(PostgresError) {
        self.relation = relation
        let type = TypeReference(relation.rowTypeID ?? .record)
        let names = rule.event == .insert ? ["new"] : rule.event == .delete ? ["", "old"] : ["new", "old"]
        let scope = VariableScope(conflict: .column, arguments: []) { name in
            guard !name.isEmpty, let index = names.firstIndex(of: name) else { return nil }
            return VariableScope.Variable(
                index: index, name: name, type: type, isRow: true, columns: relation.columns)
        }
        prepared = try PreparedStatement(
            action, searchPath: rule.path, role: relation.owner, timeZone: nil, catalog: catalog, context: context,
            variables: scope)
    }

    /// Runs it for one row.
    /// - Returns: how many rows it wrote, and what its RETURNING says of the first.
    func run(
        old: [SQLValue]?, new: [SQLValue]?, _ transaction: Transaction
    ) throws -> (count: Int, returned: [SQLValue]?) {
        let type = TypeReference(relation.rowTypeID ?? .record)
        let values = prepared.uses.map { use -> SQLValue in
            switch use {
            case .variable(let index):
                guard let row = index == 0 ? new : old else { return .null }
                return transaction.rowValue(row, RecordShape(columns: relation.columns, type: type))
            case .field(let index, let field): return (index == 0 ? new : old)?[field] ?? .null
            case .transition: return .null
            }
        }
        var returned: [SQLValue]?
        let count = try transaction.run(prepared, parameters: values) { row in
            if returned == nil { returned = row.row }
        }
        return (count, returned)
    }
}

extension Modification {
    /// Has the action of a rule done for each of the rows that a statement would have written.
    func run(
        _ rule: Rule, _ plan: InsteadOfPlan, on relation: Relation, parameters: [SQLValue],
        returning: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        guard let action = rule.action else { return 0 }
        let bound = try RuleAction(
            rule, action, on: relation, catalog: transaction.catalog, context: transaction.valueContext)
        if plan.returning != nil, bound.prepared.columns.isEmpty {
            throw PostgresError.noReturning(plan.event, relation)
        }
        var count = 0
        try forEachRow(of: plan, relation, parameters) { old, new, others in
            let result = try bound.run(old: old, new: new, transaction)
            // What a statement of another kind does is none of this one's.
            if action.event == plan.event { count += result.count }
            guard let columns = plan.returning, let row = result.returned else { return }
            try transaction.forEachRow(columns, parameters: parameters, rows: [row] + others, returning)
        }
        return count
    }
}

extension PostgresSyntax.Statement {
    fileprivate var event: CreateTrigger.Event? {
        switch self {
        case .insert: .insert
        case .update: .update
        case .delete: .delete
        default: nil
        }
    }
}

extension PostgresError {
    /// RETURNING of what a rule does not return.
    static func noReturning(_ event: CreateTrigger.Event, _ relation: Relation) -> PostgresError {
        let verb = event == .insert ? "INSERT" : event == .update ? "UPDATE" : "DELETE"
        return PostgresError(
            "0A000", "cannot perform \(verb) RETURNING on relation \"\(relation.name)\"",
            hint: "You need an unconditional ON \(verb) DO INSTEAD rule with a RETURNING clause.")
    }
}
