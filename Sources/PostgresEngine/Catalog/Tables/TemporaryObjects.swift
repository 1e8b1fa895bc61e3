import PostgresSyntax
import PostgresTypes
import World

// Temporary objects are in the catalog of their session's transactions and nowhere else: neither published nor logged.
// Their rows are in tables of SQLite's own temporary database.

extension CatalogSnapshot {
    /// Where they are. One session at a time has any, so one schema is enough; Postgres numbers them.
    package static let temporarySchema = "pg_temp_3"

    /// `pg_temp` stands for the session's own.
    static func actualSchema(_ name: String) -> String { name == "pg_temp" ? temporarySchema : name }

    /// What messages and values call a schema: the session's own is `pg_temp` there.
    static func shownSchema(_ name: String) -> String { name == temporarySchema ? "pg_temp" : name }

    var hasTemporaryObjects: Bool { schemas[Self.temporarySchema] != nil }

    /// The catalog as others see it.
    var withoutTemporaryObjects: CatalogSnapshot {
        var result = self
        let temporary = Self.temporarySchema
        result.schemas[temporary] = nil
        result.nextTemporaryOID = CatalogSnapshot().nextTemporaryOID
        for relation in relations.values where relation.schema == temporary {
            result.relations[relation.id] = nil
            result.relationIDs[QualifiedName(schema: temporary, relation.name)] = nil
        }
        for type in types.values where type.schema == temporary {
            result.types[type.id] = nil
            result.typeIDs[QualifiedName(schema: temporary, type.name)] = nil
        }
        for routine in routines.values where routine.schema == temporary {
            result.routines[routine.id] = nil
            result.routineIDs[routine.name]?.removeAll { $0 == routine.id }
        }
        return result
    }
}

extension Relation {
    package var isTemporary: Bool { schema == CatalogSnapshot.temporarySchema }
}

extension QualifiedName {
    var isTemporary: Bool { schema.map(CatalogSnapshot.actualSchema) == CatalogSnapshot.temporarySchema }
}

extension CatalogEditor {
    /// The schema of a new temporary object, made when it is the session's first.
    mutating func temporarySchema(for name: QualifiedName) throws(PostgresError) -> String {
        guard name.schema == nil || name.isTemporary else {
            throw PostgresError("42P16", "cannot create temporary relation in non-temporary schema")
        }
        let temporary = CatalogSnapshot.temporarySchema
        guard catalog.allowsInDatabase("temporary", role: session.role) else {
            throw PostgresError(
                "42501",
                "permission denied to create temporary tables in database \"\(CatalogSnapshot.databaseName)\"")
        }
        if catalog.schemas[temporary] == nil {
            let everyone = PrivilegeEntry(grantee: "public", privileges: ["usage", "create"])
            edit { $0.schemas[temporary] = Schema(name: temporary, owner: "postgres", privileges: [everyone]) }
        }
        return temporary
    }
}

// MARK: - Which statements are about them

extension PostgresSyntax.Statement {
    /// Whether what it defines, changes or drops is temporary.
    func isTemporary(in catalog: CatalogSnapshot, session: Session) -> Bool {
        /// Whether a new object of that name is.
        func isNew(_ name: QualifiedName) -> Bool {
            name.isTemporary || name.schema == nil && session.searchPath.first == "pg_temp"
        }
        switch self {
        case .createTable(let table): return table.isTemporary || isNew(table.name)
        case .createTableAs(let table):
            return !table.isMaterializedView && (table.isTemporary || isNew(table.name))
        case .createView(let view):
            return view.isTemporary || isNew(view.name) || catalog.readsTemporary(view.query, session)
        case .createSequence(let sequence): return sequence.isTemporary || isNew(sequence.name)
        case .createEnum(let name, _): return isNew(name)
        case .createComposite(let name, _): return isNew(name)
        case .createRange(let range): return isNew(range.name)
        case .createDomain(let domain): return isNew(domain.name)
        case .createFunction(let function): return function.name.isTemporary
        default: break
        }
        guard catalog.hasTemporaryObjects else { return false }
        func isTemporary(_ name: QualifiedName) -> Bool {
            catalog.relation(name, searchPath: session.effectivePath)?.isTemporary == true
        }
        switch self {
        case .createIndex(let index): return isTemporary(index.table)
        case .createTrigger(let trigger): return isTemporary(trigger.table)
        case .createRule(let rule): return isTemporary(rule.table)
        case .createPolicy(let policy): return isTemporary(policy.table)
        case .alterSequence(let change): return isTemporary(change.name)
        case .alterTable(let change): return isTemporary(change.name) || change.name.isTemporary
        case .rename(let change): return isTemporary(change.name) || change.name.isTemporary
        case .drop(let drop): return drop.names.contains { drop.isTemporary($0, isTemporary) }
        case .comment(let kind, let name, _, _):
            return Drop(kind: kind, names: [name], ifExists: false, cascade: false).isTemporary(name, isTemporary)
        case .grant(let grant):
            guard case .named(let kind, let names) = grant.objects, kind == .table || kind == .sequence else {
                return false
            }
            return names.contains { isTemporary(QualifiedName(parts: $0)) }
        default: return false
        }
    }
}

extension Drop {
    /// Whether the object of one of its names is temporary.
    fileprivate func isTemporary(_ name: [String], _ isTemporary: (QualifiedName) -> Bool) -> Bool {
        switch kind {
        case .table, .view, .sequence, .index: isTemporary(QualifiedName(parts: name))
        case .trigger, .policy, .rule, .constraint, .column: isTemporary(QualifiedName(parts: name.dropLast()))
        default: QualifiedName(parts: name).isTemporary
        }
    }

    /// The statement in two, where it names temporary objects and others: the first are no business of the log's.
    func parted(in catalog: CatalogSnapshot, session: Session) -> [Drop] {
        guard !kind.isRoutine else { return [self] }
        let isOne = names.map { name in
            isTemporary(name) { catalog.relation($0, searchPath: session.effectivePath)?.isTemporary == true }
        }
        guard isOne.contains(true), isOne.contains(false) else { return [self] }
        return [true, false].map { wanted in
            var part = self
            let kept = names.indices.filter { isOne[$0] == wanted }
            part.names = kept.map { names[$0] }
            if !signatures.isEmpty { part.signatures = kept.map { signatures[$0] } }
            return part
        }
    }
}

extension QualifiedName {
    fileprivate init(parts: some BidirectionalCollection<String>) {
        self.init(schema: parts.dropLast().last, parts.last ?? "")
    }
}

extension CatalogSnapshot {
    /// Whether a view over the query would be temporary.
    fileprivate func readsTemporary(_ query: SelectStatement, _ session: Session) -> Bool {
        guard hasTemporaryObjects else { return false }
        let context = ValueContext(now: Timestamp(microseconds: 0))
        let binder = Binder(catalog: self, searchPath: session.effectivePath, context: context)
        guard let (_, accesses) = try? binder.bindQuery(query) else { return false }
        return accesses.contains { self[$0.relation]?.isTemporary == true }
    }
}
