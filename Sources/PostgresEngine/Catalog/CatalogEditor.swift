package import PostgresSyntax
package import PostgresTypes

/// Applies DDL to a catalog value: pure, so that a rolled-back statement leaves nothing to undo and the statements of
/// a database can be replayed when it is opened. What has to happen to the file comes out as `changes`.
package struct CatalogEditor {
    package private(set) var catalog: CatalogSnapshot
    package private(set) var session: Session { didSet { searchPath = Self.path(of: session, isTemporary) } }
    /// Where the names of the statement are looked up.
    private(set) var searchPath: [String]
    package let context: ValueContext
    /// false when replaying what was accepted before: expressions are not bound again to check them.
    package let validates: Bool
    /// Whether the statement is about temporary objects, which are not replayed: their OIDs are of another range.
    let isTemporary: Bool
    package private(set) var changes: [StorageChange] = []
    package private(set) var notices: [Notice] = []

    package init(
        catalog: CatalogSnapshot, session: Session, context: ValueContext, validates: Bool = true,
        isTemporary: Bool = false
    ) {
        self.catalog = catalog
        self.session = session
        self.context = context
        self.validates = validates
        self.isTemporary = isTemporary
        searchPath = Self.path(of: session, isTemporary)
    }

    private static func path(of session: Session, _ isTemporary: Bool) -> [String] {
        isTemporary ? session.effectivePath : session.lastingPath
    }

    /// Applies one statement.
    package mutating func apply(_ statement: PostgresSyntax.Statement) throws(PostgresError) {
        switch statement {
        case .createSchema(let definition): try createSchema(definition)
        case .createTable(let definition): try createTable(definition)
        case .createTableAs(let definition): try createTableAs(definition)
        case .createView(let definition): try createView(definition)
        case .createIndex(let definition): try createIndex(definition)
        case .createSequence(let definition): try createSequence(definition)
        case .alterSequence(let change): try alterSequence(change)
        case .createEnum(let name, let labels): try createEnum(name, labels: labels)
        case .alterEnum(let change): try alterEnum(change)
        case .createDomain(let definition): try createDomain(definition)
        case .createComposite(let name, let fields): try createComposite(name, fields: fields)
        case .createRange(let definition): try createRange(definition)
        case .createRule(let definition): try createRule(definition)
        case .refreshMaterializedView(let name, _): try markPopulated(name)
        case .createStatistics(let name, let table, let ifNotExists):
            try createStatistics(name, on: table, ifNotExists: ifNotExists)
        case .createEventTrigger(let trigger): try createEventTrigger(trigger)
        case .alterEventTrigger(let change): try alterEventTrigger(change)
        case .createCast(let cast): try createCast(cast)
        case .dropCast(let cast): try dropCast(cast)
        case .createTextSearch(let definition): try createTextSearch(definition)
        case .alterTextSearchMapping(let change): try alterTextSearch(change)
        case .createExtension(let name, let schema, let ifNotExists):
            try createExtension(name, schema: schema, ifNotExists: ifNotExists)
        case .updateExtension(let name, let version): try updateExtension(name, to: version)
        case .alterTable(let change): try alterTable(change)
        case .rename(let change): try rename(change)
        case .drop(let drop): try self.drop(drop)
        case .comment(let kind, let name, let signature, let text):
            try comment(kind, name: name, signature: signature, text: text)
        case .grant(let grant): try self.grant(grant)
        case .alterDefaultPrivileges(let schemas, let grant): try alterDefaultPrivileges(schemas: schemas, grant)
        case .createRole(let name, let options): try createRole(name, options: options)
        case .alterRole(let name, let options): try alterRole(name, options: options)
        case .owned(let objects): try change(objects)
        case .createFunction(let function): try createFunction(function)
        case .createAggregate(let aggregate): try createAggregate(aggregate)
        case .createTrigger(let trigger): try createTrigger(trigger)
        case .createPolicy(let policy): try createPolicy(policy)
        case .alterPolicy(let change): try alterPolicy(change)
        case .alterFunction(let change): try alterFunction(change)
        case .createPublication(let publication): try createPublication(publication)
        case .alterPublication(let change): try alterPublication(change)
        case .alterRoleSettings(let role, let variable): try alterSettings(of: role, variable)
        case .alterDatabaseSettings(let variable): try alterSettings(of: nil, variable)
        case .unsupported(let tag): throw .notSupported(tag)
        case .anonymousBlock: throw .notSupported("DO")
        case .select, .insert, .update, .delete, .merge, .truncate, .copyFromStandardInput, .copyToStandardOutput,
            .transaction, .set, .show, .notify, .setConstraints, .withoutEffect, .call, .explain, .prepare,
            .executePrepared, .deallocate, .declareCursor, .fetch, .closeCursor, .discard:
            preconditionFailure("not DDL")
        }
    }

    // MARK: What the statements' files use

    /// Applies statements as those of a CREATE SCHEMA: by its owner, with the new schema first in the path.
    mutating func apply(_ statements: [PostgresSyntax.Statement], in schema: Schema) throws(PostgresError) {
        let outer = session
        session.searchPath = [schema.name] + outer.searchPath
        session.role = schema.owner
        for statement in statements { try apply(statement) }
        session = outer
    }

    mutating func edit<T>(_ body: (inout CatalogSnapshot) -> T) -> T { body(&catalog) }

    mutating func request(_ change: StorageChange) { changes.append(change) }

    mutating func notice(_ message: String, code: String = "00000") {
        notices.append(Notice(.notice, code: code, message))
    }

    mutating func warn(_ message: String, code: String = "01000") {
        notices.append(Notice(.warning, code: code, message))
    }

    mutating func newOID() -> UInt32 {
        if isTemporary {
            defer { catalog.nextTemporaryOID += 1 }
            return catalog.nextTemporaryOID
        }
        defer { catalog.nextOID += 1 }
        return catalog.nextOID
    }

    /// The schema a new object goes to.
    mutating func creationSchema(_ name: QualifiedName) throws(PostgresError) -> String {
        if isTemporary { return try temporarySchema(for: name) }
        let schema: String
        if let named = name.schema {
            guard catalog.schemas[named] != nil else { throw .undefinedSchema(named) }
            schema = named
        } else if let first = searchPath.first(where: { catalog.schemas[$0] != nil }) {
            schema = first
        } else {
            throw PostgresError("3F000", "no schema has been selected to create in")
        }
        if schema == "pg_catalog" || schema == "information_schema" {
            throw PostgresError(
                "42501", "permission denied to create \"\(schema).\(name.name)\"",
                detail: "System catalog modifications are currently disallowed.")
        }
        guard catalog.allows("create", on: catalog.schemas[schema]!, role: session.role) else {
            throw .permissionDenied("schema", schema)
        }
        return schema
    }

    /// The relation that ALTER is about; nil after a notice when it is missing and may be.
    mutating func altered(_ name: QualifiedName, ifExists: Bool) throws(PostgresError) -> Relation? {
        if let relation = catalog.relation(name, searchPath: searchPath) { return relation }
        guard ifExists else { return try existing(name) }
        notice("relation \"\(name.name)\" does not exist, skipping", code: "42P01")
        return nil
    }

    /// The relation named, or Postgres' error for its kind of statement.
    func existing(_ name: QualifiedName, kindName: String = "relation") throws(PostgresError) -> Relation {
        if let schema = name.schema, catalog.schemas[CatalogSnapshot.actualSchema(schema)] == nil {
            throw .undefinedSchema(schema)
        }
        guard let relation = catalog.relation(name, searchPath: searchPath) else {
            let shown = name.schema.map { "\($0).\(name.name)" } ?? name.name
            throw PostgresError("42P01", "\(kindName) \"\(shown)\" does not exist")
        }
        return relation
    }

    func checkOwner(of relation: Relation) throws(PostgresError) {
        guard catalog.isMember(session.role, of: relation.owner) else {
            throw .mustBeOwner(relation.kindName, relation.name)
        }
    }

    /// Enters a relation under its name, with the privileges that defaults give.
    mutating func add(_ relation: Relation) {
        var relation = relation
        let kind: ObjectKind = relation.sequence == nil ? .table : .sequence
        if case .index = relation.kind {
        } else {
            let entries = catalog.defaultPrivileges.filter {
                $0.role == relation.owner && $0.kind == kind && ($0.schema == nil || $0.schema == relation.schema)
            }
            for entry in entries where !entry.entry.privileges.isEmpty { relation.privileges.add(entry.entry) }
        }
        update(relation)
        catalog.relationIDs[QualifiedName(schema: relation.schema, relation.name)] = relation.id
    }

    /// Takes a relation out.
    mutating func remove(_ relation: Relation) {
        catalog.relations[relation.id] = nil
        catalog.relationIDs[QualifiedName(schema: relation.schema, relation.name)] = nil
    }

    mutating func update(_ relation: Relation) {
        catalog.relations[relation.id] = relation
        for constraint in relation.table?.constraints ?? []
        where catalog.usedConstraintNames[constraint.name] == nil {
            catalog.usedConstraintNames[constraint.name] = true
        }
    }

    mutating func updateTable(
        _ id: RelationID, _ body: (inout Table) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        guard var relation = catalog.relations[id], var table = relation.table else { return }
        try body(&table)
        relation.kind = .table(table)
        update(relation)
    }

    /// Changes what tables and views both have, such as triggers.
    mutating func updateParts<Part>(
        of id: RelationID, _ ofTable: WritableKeyPath<Table, [Part]>, _ ofView: WritableKeyPath<View, [Part]>,
        _ change: (inout [Part]) -> Void
    ) {
        guard var relation = catalog.relations[id] else { return }
        switch relation.kind {
        case .table(var table):
            change(&table[keyPath: ofTable])
            relation.kind = .table(table)
        case .view(var view):
            change(&view[keyPath: ofView])
            relation.kind = .view(view)
        case .sequence, .index: return
        }
        update(relation)
    }

    /// A new type with its array type.
    mutating func addType(
        schema: String, name: String, kind: UserType.Kind
    ) -> TypeID {
        let id = TypeID(newOID())
        let arrayID = TypeID(newOID())
        let arrayName = freeTypeName("_\(name)", schema: schema)
        var type = UserType(id: id, schema: schema, name: name, arrayType: arrayID, owner: session.role, kind: kind)
        type.privileges = defaultPrivileges(ofTypeIn: schema)
        enter(type)
        enter(
            UserType(
                id: arrayID, schema: schema, name: arrayName, arrayType: nil, owner: session.role, kind: .array(id)))
        return id
    }

    /// What ALTER DEFAULT PRIVILEGES gives on a new type; nil where it says nothing.
    private func defaultPrivileges(ofTypeIn schema: String) -> [PrivilegeEntry]? {
        let entries = catalog.defaultPrivileges.filter {
            $0.role == session.role && $0.kind == .type && ($0.schema == nil || $0.schema == schema)
        }
        guard !entries.isEmpty else { return nil }
        let isClosed = entries.contains {
            $0.schema == nil && $0.entry.grantee == "public" && $0.entry.privileges.isEmpty
        }
        var privileges =
            isClosed ? [PrivilegeEntry(grantee: session.role, privileges: [])] : UserType.unwrittenPrivileges
        for entry in entries where !entry.entry.privileges.isEmpty { privileges.add(entry.entry) }
        return privileges
    }

    private mutating func enter(_ type: UserType) {
        catalog.types[type.id] = type
        catalog.typeIDs[QualifiedName(schema: type.schema, type.name)] = type.id
    }

    /// `_name`, with more underscores until it is free.
    private func freeTypeName(_ name: String, schema: String) -> String {
        var candidate = ObjectNames.clip(name)
        while catalog.typeIDs[QualifiedName(schema: schema, candidate)] != nil {
            candidate = ObjectNames.clip("_\(candidate)")
        }
        return candidate
    }

    mutating func removeType(_ id: TypeID) {
        guard let type = catalog.types[id] else { return }
        if let array = type.arrayType { removeType(array) }
        if case .range(let range) = type.kind { removeParts(of: range, id) }
        catalog.types[id] = nil
        catalog.typeIDs[QualifiedName(schema: type.schema, type.name)] = nil
    }

    /// Renames or moves a type together with its array type.
    mutating func moveType(_ id: TypeID, schema: String, name: String) {
        guard var type = catalog.types[id] else { return }
        catalog.typeIDs[QualifiedName(schema: type.schema, type.name)] = nil
        type.schema = schema
        type.name = name
        enter(type)
        if let array = type.arrayType {
            moveType(array, schema: schema, name: freeTypeName("_\(name)", schema: schema))
        }
        renameInConstructors(id)
    }

    mutating func updateType(_ type: UserType) { catalog.types[type.id] = type }

    /// Refuses a relation name that is taken, by a relation or by a type.
    func checkFree(_ schema: String, _ name: String, takesType: Bool) throws(PostgresError) {
        if catalog.relation(schema, name) != nil { throw .duplicateRelation(name) }
        if takesType, catalog.typeIDs[QualifiedName(schema: schema, name)] != nil {
            throw .duplicateType(
                name,
                hint: "A relation has an associated type of the same name, so you must use a name that doesn't "
                    + "conflict with any existing type.")
        }
    }

    func isRelationNameTaken(_ schema: String, _ name: String) -> Bool { catalog.relation(schema, name) != nil }

    /// Whether a constraint of that name exists on any table of the schema: what made-up names stay clear of.
    func isConstraintNameTaken(_ schema: String, _ name: String) -> Bool {
        catalog.usedConstraintNames[name] != nil
            && catalog.relations.values.contains { relation in
                relation.schema == schema && relation.table?.constraints.contains { $0.name == name } == true
            }
    }
}
