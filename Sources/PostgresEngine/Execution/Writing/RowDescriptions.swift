import PostgresSyntax
import PostgresTypes
import SQLite

/// Rows and keys as the DETAIL of errors shows them.
extension Modification {
    func text(of values: [SQLValue], _ types: [PostgresType]) -> String {
        zip(values, types).map { value, type in
            value.isNull ? "null" : type.encode(value, context: transaction.context.valueContext)
        }.joined(separator: ", ")
    }

    /// `Failing row contains (1, foo, null).`: columns the role may not read are left out, long values cut.
    func describe(_ row: [SQLValue], _ rules: TableRules) -> String? {
        let catalog = transaction.catalog
        let role = transaction.session.role
        guard !catalog.isRowSecurityActive(rules.relation, role: role) else { return nil }
        let context = transaction.context.valueContext
        func shown(_ position: Int) -> String {
            guard !row[position].isNull else { return "null" }
            let text = rules.types[position].encode(row[position], context: context)
            return text.utf8.count <= 64 ? text : ObjectNames.clip(text, bytes: 64) + "..."
        }
        if catalog.allows("select", on: rules.relation, role: role) {
            return "Failing row contains (\(row.indices.map(shown).joined(separator: ", ")))."
        }
        let roles = catalog.inheritedRoles(of: role)
        let visible = row.indices.filter { position in
            givenColumns?.contains(position) == true
                || rules.table.columns[position].privileges.allow("select", to: roles)
        }
        guard !visible.isEmpty else { return nil }
        let names = visible.map { rules.table.columns[$0].name }.joined(separator: ", ")
        return "Failing row contains (\(names)) = (\(visible.map(shown).joined(separator: ", ")))."
    }

    /// Whether the role may see the values of a key.
    /// - Parameter holder: the partition that the row is in, which has row security and privileges of its own.
    func mayDescribeKey(_ columns: [Int], _ rules: TableRules, in holder: Relation? = nil) -> Bool {
        let catalog = transaction.catalog
        let role = transaction.session.role
        let relation = holder ?? rules.relation
        guard !catalog.isRowSecurityActive(relation, role: role) else { return false }
        if catalog.allows("select", on: relation, role: role) { return true }
        let roles = catalog.inheritedRoles(of: role)
        let own = relation.table?.columns ?? rules.table.columns
        return !columns.isEmpty && columns.allSatisfy { own[$0].privileges.allow("select", to: roles) }
    }
}

extension Transaction {
    /// Definitions as errors show them.
    var definitionText: DefinitionText {
        DefinitionText(catalog: catalog, searchPath: session.effectivePath, context: context.valueContext)
    }
}
