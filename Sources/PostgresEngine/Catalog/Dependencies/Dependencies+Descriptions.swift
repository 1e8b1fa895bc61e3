import PostgresTypes

/// Objects as messages name them, and in which order.
extension Dependencies {
    /// When an object was made, as far as the catalog can tell: a table's parts count as old as the table.
    /// Of the columns of one table the last comes first.
    func age(_ object: DroppedObject) -> (UInt32, Int) {
        switch object {
        case .schema: return (0, 0)
        case .relation(let id): return (id.oid, 0)
        case .column(let id, let name), .columnDefault(let id, let name):
            return (id.oid, -(catalog[id]?.table?.position(of: name) ?? 0))
        case .constraint(let id, let name):
            return (catalog[id]?.table?.constraints.first { $0.name == name }?.oid ?? id.oid, 0)
        case .type(let id): return (id.oid, 0)
        case .policy(let id, let name):
            return (catalog[id]?.table?.policies.first { $0.name == name }?.oid ?? id.oid, 0)
        case .routine(let id): return (id.oid, 0)
        case .eventTrigger(let name): return (catalog.eventTriggers[name]?.id ?? 0, 0)
        case .cast(let key): return (catalog.casts[key]?.id ?? 0, 0)
        case .textSearchConfiguration(let id), .textSearchDictionary(let id): return (id, 0)
        case .rule(let id, let name): return (catalog[id]?.rules.first { $0.name == name }?.oid ?? id.oid, 0)
        case .trigger(let id, let name): return (catalog[id]?.triggers.first { $0.name == name }?.oid ?? id.oid, 0)
        }
    }

    // MARK: Descriptions

    /// `table t`, `view s.v`, `constraint c on table t`: an object as messages name it.
    func description(_ object: DroppedObject) -> String {
        switch object {
        case .schema(let name): return "schema \(ObjectNames.quoted(name))"
        case .relation(let id):
            guard let relation = catalog[id] else { return "relation" }
            return "\(relation.kindName) \(catalog.display(relation, searchPath: searchPath))"
        case .column(let id, let name): return "column \(name) of \(description(.relation(id)))"
        case .constraint(let id, let name):
            return "constraint \(name) on \(description(.relation(id)))"
        case .columnDefault(let id, let name):
            return "default value for column \(name) of \(description(.relation(id)))"
        case .policy(let id, let name):
            return "policy \(name) on \(description(.relation(id)))"
        case .type(let id): return "type \(catalog.typeName(TypeReference(id), searchPath: searchPath))"
        case .routine(let id):
            return "function \(CatalogNames(catalog, searchPath).name(id.oid, .regprocedure) ?? "")"
        case .eventTrigger(let name): return "event trigger \(ObjectNames.quoted(name))"
        case .cast(let key):
            let names = [key.source, key.target].map { catalog.typeName(TypeReference($0), searchPath: searchPath) }
            return "cast from \(names[0]) to \(names[1])"
        case .textSearchConfiguration(let id):
            let name = CatalogNames(catalog, searchPath).name(id, .regconfig) ?? ""
            return "text search configuration \(name)"
        case .textSearchDictionary(let id):
            let name = CatalogNames(catalog, searchPath).name(id, .regdictionary) ?? ""
            return "text search dictionary \(name)"
        case .rule(let id, let name): return "rule \(name) on \(description(.relation(id)))"
        case .trigger(let id, let name):
            return "trigger \(name) on \(description(.relation(id)))"
        }
    }

    /// As `description`, but a key that foreign keys hang on is its index.
    func target(_ object: DroppedObject) -> String {
        if case .constraint(let id, let name) = object,
            catalog[id]?.table?.constraints.first(where: { $0.name == name })?.keyColumns != nil,
            let index = catalog[id]?.table?.indexes.first(where: { $0.constraint == name }),
            let relation = catalog[index.id]
        {
            return "index \(catalog.display(relation, searchPath: searchPath))"
        }
        return description(object)
    }
}
