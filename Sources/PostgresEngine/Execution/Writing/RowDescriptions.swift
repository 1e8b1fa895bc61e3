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
    func mayDescribeKey(_ columns: [Int], _ rules: TableRules) -> Bool {
        let catalog = transaction.catalog
        let role = transaction.session.role
        guard !catalog.isRowSecurityActive(rules.relation, role: role) else { return false }
        if catalog.allows("select", on: rules.relation, role: role) { return true }
        let roles = catalog.inheritedRoles(of: role)
        return !columns.isEmpty
            && columns.allSatisfy { rules.table.columns[$0].privileges.allow("select", to: roles) }
    }
}

/// The text of an index key as `pg_get_indexdef` prints it: columns by name, calls with their arguments.
enum IndexKeyText {
    static func text(of key: Expression, in table: Table, catalog: CatalogSnapshot) -> String {
        switch key.node {
        case .column(let parts): return ObjectNames.quoted(parts.last ?? "")
        case .call(let call):
            let arguments = call.arguments.map { argument($0.value, in: table, catalog: catalog) }
            return "\(call.name.last ?? "")(\(arguments.joined(separator: ", ")))"
        case .cast(let inner, let type):
            return "(\(text(of: inner, in: table, catalog: catalog)))::\(type.names.last ?? "")"
        default: return "(expression)"
        }
    }

    /// An argument: Postgres shows the cast of varchar to text that functions of text need.
    private static func argument(_ value: Expression, in table: Table, catalog: CatalogSnapshot) -> String {
        let plain = text(of: value, in: table, catalog: catalog)
        guard case .column(let parts) = value.node, let name = parts.last, let position = table.position(of: name),
            table.columns[position].type.type == .varchar
        else {
            if case .constant(.string(let text)) = value.node { return "'\(text)'::text" }
            return plain
        }
        return "(\(plain))::text"
    }
}
