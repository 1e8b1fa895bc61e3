import PostgresSyntax
import PostgresTypes

/// ALTER ROLE … RENAME: objects and lists name roles, so that every one of them follows.
extension CatalogEditor {
    mutating func renameRole(_ old: String, _ change: Rename.Change) throws(PostgresError) {
        guard case .name(let new) = change else { throw .notSupported("ALTER ROLE") }
        guard catalog.roles[old] != nil else { throw .undefinedRole(old) }
        guard old != session.sessionUser else { throw PostgresError("0A000", "session user cannot be renamed") }
        guard old != session.role else { throw PostgresError("0A000", "current user cannot be renamed") }
        guard !new.hasPrefix("pg_"), new != "public", new != "none" else {
            throw PostgresError(
                "42939", "role name \"\(new)\" is reserved",
                detail: new.hasPrefix("pg_") ? "Role names starting with \"pg_\" are reserved." : nil)
        }
        guard catalog.roles[new] == nil else { throw PostgresError("42710", "role \"\(new)\" already exists") }
        guard mayAdministerRoles else { throw PostgresError("42501", "permission denied to rename role") }
        func renamed(_ role: String) -> String { role == old ? new : role }
        edit { catalog in
            catalog.mapOwners(renamed)
            catalog.mapPrivileges { list in
                list.map { entry in
                    var entry = entry
                    entry.grantee = renamed(entry.grantee)
                    entry.grantor = entry.grantor.map(renamed)
                    return entry
                }
            }
            for index in catalog.defaultPrivileges.indices {
                catalog.defaultPrivileges[index].role = renamed(catalog.defaultPrivileges[index].role)
                catalog.defaultPrivileges[index].entry.grantee = renamed(
                    catalog.defaultPrivileges[index].entry.grantee)
            }
            catalog.mapPolicyRoles { $0.map(renamed) }
            for (name, var role) in catalog.roles {
                role.name = renamed(name)
                role.memberOf = Set(role.memberOf.map(renamed))
                role.administers = Set(role.administers.map(renamed))
                role.grantors = Dictionary(
                    uniqueKeysWithValues: role.grantors.map { (renamed($0.key), renamed($0.value)) })
                catalog.roles[name] = nil
                catalog.roles[role.name] = role
            }
            if let settings = catalog.defaultSettings.removeValue(forKey: old) {
                catalog.defaultSettings[new] = settings
            }
        }
    }

    // MARK: What roles own

    mutating func change(_ objects: OwnedObjects) throws(PostgresError) {
        var owners: Set<String> = []
        for role in objects.roles { owners.insert(try roleName(role)) }
        let verb = objects.newOwner == nil ? "drop" : "reassign"
        for owner in owners.sorted() where !catalog.isMember(session.role, of: owner) {
            throw PostgresError("42501", "permission denied to \(verb) objects")
        }
        guard let new = objects.newOwner else { return try dropOwned(by: owners, cascade: objects.cascades) }
        let owner = try roleName(new)
        guard catalog.isMember(session.role, of: owner) else {
            throw PostgresError("42501", "permission denied to reassign objects")
        }
        edit { $0.mapOwners { owners.contains($0) ? owner : $0 } }
    }

    /// Drops what the roles own, and takes back what they were granted.
    private mutating func dropOwned(by owners: Set<String>, cascade: Bool) throws(PostgresError) {
        try remove(catalog.objects(ownedBy: owners), cascade: cascade)
        for relation in catalog.orderedRelations {
            for policy in relation.table?.policies ?? [] where policy.roles.contains(where: owners.contains) {
                let rest = policy.roles.filter { !owners.contains($0) }
                try updateTable(relation.id) { table in
                    table.policies.removeAll { $0.name == policy.name && rest.isEmpty }
                    if let index = table.policies.firstIndex(where: { $0.name == policy.name }) {
                        table.policies[index].roles = rest
                    }
                }
            }
        }
        edit { catalog in
            catalog.mapPrivileges { list in
                list.filter { !owners.contains($0.grantee) && !($0.grantor.map(owners.contains) ?? false) }
            }
            catalog.defaultPrivileges.removeAll {
                owners.contains($0.role) || owners.contains($0.entry.grantee)
            }
        }
    }
}

extension CatalogSnapshot {
    /// What can be dropped by itself of what roles own; the rest goes with its whole.
    fileprivate func objects(ownedBy owners: Set<String>) -> [DroppedObject] {
        var found: [DroppedObject] = []
        for relation in orderedRelations where owners.contains(relation.owner) {
            if case .index = relation.kind { continue }
            if relation.sequence?.ownedBy.flatMap({ self[$0] }).map({ owners.contains($0.owner) }) == true { continue }
            found.append(.relation(relation.id))
        }
        for routine in orderedRoutines where owners.contains(routine.owner) { found.append(.routine(routine.id)) }
        for type in types.values.sorted(by: { $0.id.oid < $1.id.oid }) where owners.contains(type.owner) {
            switch type.kind {
            case .row, .array: continue
            default: found.append(.type(type.id))
            }
        }
        for (id, made) in textSearch.configurations.sorted(by: { $0.key < $1.key }) where owners.contains(made.owner) {
            found.append(.textSearchConfiguration(id))
        }
        for (id, made) in textSearch.dictionaries.sorted(by: { $0.key < $1.key }) where owners.contains(made.owner) {
            found.append(.textSearchDictionary(id))
        }
        for trigger in eventTriggers.values.sorted(by: { $0.name < $1.name }) where owners.contains(trigger.owner) {
            found.append(.eventTrigger(trigger.name))
        }
        for schema in schemas.values.sorted(by: { $0.name < $1.name }) where owners.contains(schema.owner) {
            found.append(.schema(schema.name))
        }
        return found
    }

    /// Changes who owns what.
    fileprivate mutating func mapOwners(_ new: (String) -> String) {
        for (name, schema) in schemas { schemas[name]?.owner = new(schema.owner) }
        for var relation in orderedRelations where new(relation.owner) != relation.owner {
            relation.owner = new(relation.owner)
            relations[relation.id] = relation
        }
        for var routine in orderedRoutines where new(routine.owner) != routine.owner {
            routine.owner = new(routine.owner)
            routines[routine.id] = routine
        }
        for var type in types.values where new(type.owner) != type.owner {
            type.owner = new(type.owner)
            types[type.id] = type
        }
        for (id, made) in textSearch.configurations { textSearch.configurations[id]?.owner = new(made.owner) }
        for (id, made) in textSearch.dictionaries { textSearch.dictionaries[id]?.owner = new(made.owner) }
        for (name, trigger) in eventTriggers { eventTriggers[name]?.owner = new(trigger.owner) }
    }

    /// Changes every access control list.
    fileprivate mutating func mapPrivileges(_ new: ([PrivilegeEntry]) -> [PrivilegeEntry]) {
        databasePrivileges = databasePrivileges.map(new)
        for (name, schema) in schemas { schemas[name]?.privileges = new(schema.privileges) }
        for var type in types.values where type.privileges != nil {
            type.privileges = type.privileges.map(new)
            types[type.id] = type
        }
        for var relation in orderedRelations {
            relation.privileges = new(relation.privileges)
            switch relation.kind {
            case .table(var table):
                for index in table.columns.indices {
                    table.columns[index].privileges = new(table.columns[index].privileges)
                }
                relation.kind = .table(table)
            case .view(var view):
                view.columnPrivileges = view.columnPrivileges.mapValues(new)
                relation.kind = .view(view)
            default: break
            }
            relations[relation.id] = relation
        }
        for var routine in orderedRoutines {
            routine.privileges = new(routine.privileges)
            routines[routine.id] = routine
        }
    }

    /// Changes whom policies are for.
    fileprivate mutating func mapPolicyRoles(_ new: ([String]) -> [String]) {
        for var relation in orderedRelations {
            guard case .table(var table) = relation.kind, !table.policies.isEmpty else { continue }
            for index in table.policies.indices { table.policies[index].roles = new(table.policies[index].roles) }
            relation.kind = .table(table)
            relations[relation.id] = relation
        }
    }
}
