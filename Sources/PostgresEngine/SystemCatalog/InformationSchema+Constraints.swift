import PostgresSyntax
import PostgresTypes
import SQLite

// Constraints and privileges in information_schema.
extension SystemRows {
    /// Tables whose constraints the role may see: it owns them, or may do more with them than read.
    private static func constrained(_ facts: SystemFacts) -> [(relation: Relation, table: Table)] {
        let roles = facts.catalog.inheritedRoles(of: facts.role)
        return facts.relations.compactMap { relation in
            guard let table = relation.table else { return nil }
            let isVisible =
                facts.catalog.isMember(facts.role, of: relation.owner)
                || relation.privileges.contains { entry in
                    roles.contains(entry.grantee) && !entry.privileges.subtracting(["select"]).isEmpty
                }
            return isVisible ? (relation, table) : nil
        }
    }

    private static func named(_ constraint: String, _ schema: String) -> SystemRow {
        ["constraint_catalog": database, "constraint_schema": .text(schema), "constraint_name": .text(constraint)]
    }

    private static func place(_ relation: Relation) -> SystemRow {
        ["table_catalog": database, "table_schema": .text(relation.schema), "table_name": .text(relation.name)]
    }

    @Sendable static func tableConstraints(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            var rows = table.constraints.compactMap { constraint -> SystemRow? in
                let type: String? =
                    switch constraint.kind {
                    case .primaryKey: "PRIMARY KEY"
                    case .unique: "UNIQUE"
                    case .check: "CHECK"
                    case .foreignKey: "FOREIGN KEY"
                    // The standard knows no exclusion constraints.
                    case .exclusion: nil
                    }
                guard let type else { return nil }
                var row = named(constraint.name, relation.schema).merging(place(relation)) { $1 }
                row["constraint_type"] = .text(type)
                row["is_deferrable"] = .yesOrNo(constraint.isDeferrable)
                row["initially_deferred"] = .yesOrNo(constraint.isInitiallyDeferred)
                row["enforced"] = .text("YES")
                if case .unique(_, let nullsNotDistinct) = constraint.kind {
                    row["nulls_distinct"] = .yesOrNo(!nullsNotDistinct)
                }
                return row
            }
            // NOT NULL is a check without a name of its own here.
            for (index, column) in table.columns.enumerated() where column.isNotNull {
                let name = "\(SystemID.schema(relation.schema))_\(relation.id.oid)_\(index + 1)_not_null"
                var row = named(name, relation.schema).merging(place(relation)) { $1 }
                row["constraint_type"] = .text("CHECK")
                row["is_deferrable"] = .text("NO")
                row["initially_deferred"] = .text("NO")
                row["enforced"] = .text("YES")
                rows.append(row)
            }
            return rows
        }
    }

    @Sendable static func keyColumns(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            table.constraints.flatMap { constraint -> [SystemRow] in
                let columns: [String]
                var target: [Int?] = []
                switch constraint.kind {
                case .primaryKey(let names), .unique(let names, _): columns = names
                case .foreignKey(let key):
                    columns = key.columns
                    let unique = uniqueColumns(behind: key, facts)?.columns ?? key.referencedColumns
                    target = key.referencedColumns.map { unique.firstIndex(of: $0).map { $0 + 1 } }
                case .check, .exclusion: return []
                }
                return columns.enumerated().map { index, column in
                    var row = named(constraint.name, relation.schema).merging(place(relation)) { $1 }
                    row["column_name"] = .text(column)
                    row["ordinal_position"] = .number(index + 1)
                    if target.indices.contains(index), let position = target[index] {
                        row["position_in_unique_constraint"] = .number(position)
                    }
                    return row
                }
            }
        }
    }

    /// The unique constraint a foreign key refers to.
    private static func uniqueColumns(
        behind key: ForeignKey, _ facts: SystemFacts
    ) -> (schema: String, name: String, columns: [String])? {
        guard let target = facts.catalog[key.referencedTable] else { return nil }
        for constraint in target.table?.constraints ?? [] {
            switch constraint.kind {
            case .primaryKey(let columns), .unique(let columns, _):
                if Set(columns) == Set(key.referencedColumns) { return (target.schema, constraint.name, columns) }
            default: break
            }
        }
        return nil
    }

    /// What a constraint is about: a key's own columns, a foreign key's target, the columns a check reads.
    private static func used(
        by constraint: Constraint, _ relation: Relation, _ facts: SystemFacts
    ) -> (relation: Relation, columns: [String])? {
        switch constraint.kind {
        case .primaryKey(let columns), .unique(let columns, _): return (relation, columns)
        case .foreignKey(let key): return facts.catalog[key.referencedTable].map { ($0, key.referencedColumns) }
        case .check(let expression):
            let names = expression.columnNames
            return (relation, relation.columns.map(\.name).filter(names.contains))
        case .exclusion: return nil
        }
    }

    @Sendable static func constraintColumns(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation -> [SystemRow] in
            (relation.table?.constraints ?? []).flatMap { constraint -> [SystemRow] in
                guard let used = used(by: constraint, relation, facts),
                    facts.catalog.isMember(facts.role, of: used.relation.owner)
                else { return [] }
                return used.columns.map { column in
                    var row = named(constraint.name, relation.schema).merging(place(used.relation)) { $1 }
                    row["column_name"] = .text(column)
                    return row
                }
            }
        }
    }

    @Sendable static func constraintTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation -> [SystemRow] in
            (relation.table?.constraints ?? []).compactMap { constraint in
                if case .check = constraint.kind { return nil }
                guard let used = used(by: constraint, relation, facts),
                    facts.catalog.isMember(facts.role, of: used.relation.owner)
                else { return nil }
                return named(constraint.name, relation.schema).merging(place(used.relation)) { $1 }
            }
        }
    }

    @Sendable static func referentialConstraints(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            table.constraints.compactMap { constraint in
                guard case .foreignKey(let key) = constraint.kind else { return nil }
                var row = named(constraint.name, relation.schema)
                if let unique = uniqueColumns(behind: key, facts) {
                    row["unique_constraint_catalog"] = database
                    row["unique_constraint_schema"] = .text(unique.schema)
                    row["unique_constraint_name"] = .text(unique.name)
                }
                row["match_option"] = .text(key.isMatchFull ? "FULL" : "NONE")
                row["update_rule"] = .text(DefinitionText.words(key.onUpdate))
                row["delete_rule"] = .text(DefinitionText.words(key.onDelete))
                return row
            }
        }
    }

    @Sendable static func checkConstraints(_ facts: SystemFacts) -> [SystemRow] {
        let domains = facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [SystemRow] in
            guard case .domain(let domain) = type.kind, facts.catalog.isMember(facts.role, of: type.owner) else {
                return []
            }
            return domain.checks.map { check in
                var row = named(check.name, type.schema)
                row["check_clause"] = .optional(facts.definitions.domainCheck(check, of: domain).map { "(\($0))" })
                return row
            }
        }
        return domains + checkConstraintsOfTables(facts)
    }

    private static func checkConstraintsOfTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { facts.catalog.isMember(facts.role, of: $0.owner) }.flatMap { relation -> [SystemRow] in
            guard let table = relation.table else { return [] }
            var rows = table.constraints.compactMap { constraint -> SystemRow? in
                guard case .check(let expression) = constraint.kind else { return nil }
                var row = named(constraint.name, relation.schema)
                let text = facts.definitions.check(expression, of: relation, path: constraint.expressionPath)
                row["check_clause"] = .optional(text.map { "(\($0))" })
                return row
            }
            for (index, column) in table.columns.enumerated() where column.isNotNull {
                let name = "\(SystemID.schema(relation.schema))_\(relation.id.oid)_\(index + 1)_not_null"
                var row = named(name, relation.schema)
                row["check_clause"] = .text("\(column.name) IS NOT NULL")
                rows.append(row)
            }
            return rows
        }
    }

    // MARK: Roles and privileges

    @Sendable static func enabledRoles(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.keys.sorted().filter { facts.catalog.isMember(facts.role, of: $0) }.map {
            ["role_name": .text($0)]
        }
    }

    @Sendable static func applicableRoles(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.values.sorted { $0.name < $1.name }.flatMap { role -> [SystemRow] in
            guard facts.catalog.isMember(facts.role, of: role.name) else { return [] }
            return role.memberOf.sorted().map {
                [
                    "grantee": .text(role.name), "role_name": .text($0),
                    "is_grantable": .yesOrNo(role.administers.contains($0)),
                ]
            }
        }
    }

    private static let tablePrivilegeNames = [
        "insert", "select", "update", "delete", "truncate", "references", "trigger",
    ]

    /// One privilege as the views tell of it.
    private struct HeldPrivilege {
        var grantor: String
        var grantee: String
        var name: String
        var isGrantable: Bool

        /// Whether it concerns the role: granted by it, to it, or to everyone.
        func concerns(_ facts: SystemFacts) -> Bool {
            grantee == "public" || facts.catalog.isMember(facts.role, of: grantee)
                || facts.catalog.isMember(facts.role, of: grantor)
        }

        func row(_ relation: Relation) -> SystemRow {
            var row = SystemRows.place(relation)
            row["grantor"] = .text(grantor)
            row["grantee"] = .text(grantee == "public" ? "PUBLIC" : grantee)
            row["privilege_type"] = .text(name.uppercased())
            row["is_grantable"] = .yesOrNo(isGrantable)
            return row
        }
    }

    private static func held(_ entry: PrivilegeEntry, _ names: [String], _ relation: Relation) -> [HeldPrivilege] {
        names.filter(entry.privileges.contains).map { name in
            HeldPrivilege(
                grantor: entry.grantor ?? relation.owner, grantee: entry.grantee, name: name,
                isGrantable: entry.grantee == relation.owner || entry.grantable.contains(name))
        }
    }

    /// What each role may do with a relation, its owner everything.
    private static func held(_ relation: Relation) -> [HeldPrivilege] {
        let owner = PrivilegeEntry(grantee: relation.owner, privileges: Set(tablePrivilegeNames))
        return ([owner] + relation.privileges.filter { $0.grantee != relation.owner }).flatMap {
            held($0, tablePrivilegeNames, relation)
        }
    }

    @Sendable static func tablePrivileges(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { $0.table != nil || $0.view?.isMaterialized == false }.flatMap { relation in
            held(relation).filter { $0.concerns(facts) }.map { privilege in
                var row = privilege.row(relation)
                row["with_hierarchy"] = .yesOrNo(privilege.name == "select")
                return row
            }
        }
    }

    @Sendable static func columnPrivileges(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { $0.table != nil || $0.view?.isMaterialized == false }.flatMap { relation in
            let names = ["insert", "references", "select", "update"]
            let ofTable = held(relation).filter { names.contains($0.name) }
            return relation.columns.enumerated().flatMap { index, column -> [SystemRow] in
                var all = ofTable
                let own =
                    relation.table?.columns[index].privileges ?? relation.view?.columnPrivileges[column.name] ?? []
                for privilege in own.flatMap({ held($0, names, relation) }) {
                    let place = all.firstIndex {
                        $0.grantor == privilege.grantor && $0.grantee == privilege.grantee && $0.name == privilege.name
                    }
                    if let place {
                        all[place].isGrantable = all[place].isGrantable || privilege.isGrantable
                    } else {
                        all.append(privilege)
                    }
                }
                return all.filter { $0.concerns(facts) }.map { privilege in
                    var row = privilege.row(relation)
                    row["column_name"] = .text(column.name)
                    return row
                }
            }
        }
    }
}
