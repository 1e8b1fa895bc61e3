import PostgresSyntax
import PostgresTypes

/// DROP, and the dropping of columns and constraints by ALTER TABLE.
extension CatalogEditor {
    mutating func drop(_ drop: Drop) throws(PostgresError) {
        var objects: [DroppedObject] = []
        for (position, name) in drop.names.enumerated() {
            if drop.kind.isRoutine {
                let wanted = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, name.last ?? "")
                let signature = drop.signatures.indices.contains(position) ? drop.signatures[position] : nil
                if let id = try droppedRoutine(wanted, signature, drop) { objects.append(.routine(id)) }
                continue
            }
            if let object = try find(name, drop) { objects.append(object) }
        }
        try remove(objects, cascade: drop.cascade)
    }

    /// The object of one name; nil after a notice when it is missing and may be, and for what is dropped here at once
    /// because nothing can depend on it.
    private mutating func find(_ name: [String], _ drop: Drop) throws(PostgresError) -> DroppedObject? {
        let last = name.last ?? ""
        let shown = name.joined(separator: ".")
        let qualified = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last)
        if name.count == 2, drop.kind.isInSchema, catalog.schemas[CatalogSnapshot.actualSchema(name[0])] == nil {
            return try missing(drop, "3F000", "schema \"\(name[0])\" does not exist")
        }
        switch drop.kind {
        case .table, .view, .materializedView, .index, .sequence, .foreignTable:
            return try relationObject(qualified, drop)
        case .schema:
            guard let schema = catalog.schemas[last] else {
                return try missing(drop, "3F000", "schema \"\(last)\" does not exist")
            }
            guard catalog.isMember(session.role, of: schema.owner) else { throw .mustBeOwner("schema", last) }
            return .schema(last)
        case .type, .domain: return try typeObject(qualified, shown, drop)
        case .role:
            try dropRole(last, ifExists: drop.ifExists)
            return nil
        case .extensionObject:
            guard catalog.extensions[last] != nil else {
                return try missing(drop, "42704", "extension \"\(last)\" does not exist")
            }
            edit { $0.extensions[last] = nil }
            return nil
        case .policy: return try policyObject(name, drop)
        case .trigger, .rule: return try triggerObject(name, drop)
        case .function, .procedure, .routine, .aggregate:
            return try missing(drop, "42883", "function \(shown)() does not exist")
        case .publication:
            guard catalog.publications[last] != nil else {
                return try missing(drop, "42704", "publication \"\(last)\" does not exist")
            }
            _ = edit { $0.publications.removeValue(forKey: last) }
            return nil
        case .statistics:
            guard let key = statistics(qualified) else {
                return try missing(drop, "42704", "statistics object \"\(shown)\" does not exist")
            }
            edit { $0.statistics[key] = nil }
            return nil
        case .textSearchConfiguration, .textSearchDictionary: return try textSearchObject(qualified, drop)
        case .eventTrigger:
            guard catalog.eventTriggers[last] != nil else {
                return try missing(drop, "42704", "event trigger \"\(shown)\" does not exist")
            }
            return .eventTrigger(try eventTrigger(last).name)
        case .cast, .operatorObject, .collation, .language, .column, .constraint, .database,
            .domainConstraint, .other:
            throw .notSupported("DROP \(drop.kind.rawValue.uppercased())")
        }
    }

    /// What is said of an object that is not there: an error, or with IF EXISTS a notice, after which there is nothing
    /// to drop.
    /// - Parameter noticeText: what the notice says in place of `message`.
    private mutating func missing(
        _ drop: Drop, _ code: String, _ message: String, noticeText: String? = nil
    ) throws(PostgresError) -> DroppedObject? {
        guard drop.ifExists else { throw PostgresError(code, message) }
        notice("\(noticeText ?? message), skipping")
        return nil
    }

    private mutating func relationObject(
        _ name: QualifiedName, _ drop: Drop
    ) throws(PostgresError) -> DroppedObject? {
        guard let relation = catalog.relation(name, searchPath: searchPath) else {
            let code = drop.kind == .index ? "42704" : "42P01"
            return try missing(drop, code, "\(drop.kind.rawValue) \"\(name.name)\" does not exist")
        }
        guard relation.kindName == drop.kind.rawValue else { throw wrongKind(relation, drop.kind) }
        try checkOwner(of: relation)
        if case .index(let owner) = relation.kind { return try indexObject(relation, of: owner) }
        try checkNoIdentity(of: relation)
        return .relation(relation.id)
    }

    private mutating func typeObject(
        _ name: QualifiedName, _ shown: String, _ drop: Drop
    ) throws(PostgresError) -> DroppedObject? {
        guard let type = catalog.userType(name, searchPath: searchPath) else {
            return try missing(drop, "42704", "type \"\(shown)\" does not exist")
        }
        if case .row(let relation) = type.kind {
            let kind = catalog[relation]?.kindName ?? "table"
            throw PostgresError(
                "2BP01", "cannot drop type \(shown) because \(kind) \(shown) requires it",
                hint: "You can drop \(kind) \(shown) instead.")
        }
        if case .array(let element) = type.kind {
            let name = catalog.typeName(TypeReference(element), searchPath: searchPath)
            throw PostgresError(
                "2BP01", "cannot drop type \(name)[] because type \(name) requires it",
                hint: "You can drop type \(name) instead.")
        }
        if drop.kind == .domain, !type.isDomain { throw .wrongKind(shown, "a domain") }
        guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", name.name) }
        return .type(type.id)
    }

    private mutating func triggerObject(_ name: [String], _ drop: Drop) throws(PostgresError) -> DroppedObject? {
        let last = name.last ?? ""
        let table = QualifiedName(schema: name.count > 2 ? name[0] : nil, name.count > 1 ? name[name.count - 2] : "")
        if drop.kind == .trigger, let relation = catalog.relation(table, searchPath: searchPath),
            relation.triggers.contains(where: { $0.name == last })
        {
            try checkOwner(of: relation)
            return .trigger(relation.id, last)
        }
        if drop.kind == .rule, let relation = catalog.relation(table, searchPath: searchPath),
            relation.rules.contains(where: { $0.name == last })
        {
            try checkOwner(of: relation)
            return .rule(relation.id, last)
        }
        if drop.ifExists, let schema = table.schema, catalog.schemas[schema] == nil {
            notice("schema \"\(schema)\" does not exist, skipping")
            return nil
        }
        guard catalog.relation(table, searchPath: searchPath) != nil else {
            return try missing(drop, "42P01", "relation \"\(table.display)\" does not exist")
        }
        let holder = drop.kind == .rule ? "relation" : "table"
        return try missing(
            drop, "42704", "\(drop.kind.rawValue) \"\(last)\" for \(holder) \"\(table.name)\" does not exist",
            noticeText: "\(drop.kind.rawValue) \"\(last)\" for relation \"\(table.display)\" does not exist")
    }

    private mutating func textSearchObject(
        _ name: QualifiedName, _ drop: Drop
    ) throws(PostgresError) -> DroppedObject? {
        do throws(PostgresError) {
            if drop.kind == .textSearchDictionary { return .textSearchDictionary(try textSearchDictionary(name)) }
            return .textSearchConfiguration(try textSearchConfiguration(name))
        } catch {
            guard drop.ifExists else { throw error }
            notice("\(error.message), skipping")
            return nil
        }
    }

    private mutating func policyObject(_ name: [String], _ drop: Drop) throws(PostgresError) -> DroppedObject? {
        let last = name.last ?? ""
        let table = QualifiedName(
            schema: name.count > 2 ? name[name.count - 3] : nil, name.count > 1 ? name[name.count - 2] : "")
        if drop.ifExists, catalog.relation(table, searchPath: searchPath) == nil {
            if let schema = table.schema, catalog.schemas[schema] == nil {
                notice("schema \"\(schema)\" does not exist, skipping")
            } else {
                notice("relation \"\(table.display)\" does not exist, skipping")
            }
            return nil
        }
        let relation = try existing(table)
        guard relation.table?.policies.contains(where: { $0.name == last }) == true else {
            guard drop.ifExists else { throw .undefinedPolicy(last, of: table.name) }
            notice("policy \"\(last)\" for relation \"\(table.display)\" does not exist, skipping")
            return nil
        }
        guard catalog.isMember(session.role, of: relation.owner) else {
            throw .mustBeOwner("relation", relation.name)
        }
        return .policy(relation.id, last)
    }

    private func wrongKind(_ relation: Relation, _ kind: ObjectKind) -> PostgresError {
        let article = kind == .index ? "an" : "a"
        let own = relation.kindName
        return .wrongKind(
            relation.name, "\(article) \(kind.rawValue)",
            hint: "Use DROP \(own.uppercased()) to remove \(own == "index" ? "an" : "a") \(own).")
    }

    /// Refuses to drop the sequence behind an identity column, which is a part of it.
    private func checkNoIdentity(of relation: Relation) throws(PostgresError) {
        guard let owner = relation.sequence?.ownedBy, let table = catalog[owner],
            let column = table.table?.columns.first(where: { $0.sequence == relation.id }), column.identity != nil
        else { return }
        let place = "column \(ObjectNames.quoted(column.name)) of table \(display(table))"
        throw PostgresError(
            "2BP01", "cannot drop sequence \(display(relation)) because \(place) requires it",
            hint: "You can drop \(place) instead.")
    }

    /// An index as an object to drop: one behind a constraint stays while that does.
    private mutating func indexObject(_ relation: Relation, of owner: RelationID) throws(PostgresError)
        -> DroppedObject?
    {
        guard let (table, index) = catalog.index(relation.id) else { return nil }
        if let whole = index.parent.flatMap({ catalog[$0] }) {
            let place = "index \(display(whole))"
            throw PostgresError(
                "2BP01", "cannot drop index \(display(relation)) because \(place) requires it",
                hint: "You can drop \(place) instead.")
        }
        if let constraint = index.constraint {
            let place = "constraint \(ObjectNames.quoted(constraint)) on table \(display(table))"
            throw PostgresError(
                "2BP01", "cannot drop index \(display(relation)) because \(place) requires it",
                hint: "You can drop \(place) instead.")
        }
        try removeIndex(index.id)
        return nil
    }

    mutating func removeIndex(_ id: RelationID) throws(PostgresError) {
        guard let (table, _) = catalog.index(id), let relation = catalog[id] else { return }
        try removeParts(ofIndex: id, of: table.id)
        updateIndexes(of: table.id) { $0.removeAll { $0.id == id } }
        remove(relation)
        request(.dropIndex(id))
    }

    mutating func dropColumn(
        _ name: String, of relation: Relation, ifExists: Bool, cascade: Bool
    ) throws(PostgresError) {
        guard relation.table?.position(of: name) != nil else {
            if ifExists {
                return notice("column \"\(name)\" of relation \"\(relation.name)\" does not exist, skipping")
            }
            throw .undefinedColumn(name, of: relation.name)
        }
        try remove([.column(relation.id, name)], cascade: cascade)
    }

    mutating func dropConstraint(
        _ name: String, of relation: Relation, ifExists: Bool, cascade: Bool
    ) throws(PostgresError) {
        guard relation.table?.constraints.contains(where: { $0.name == name }) == true else {
            if ifExists {
                return notice("constraint \"\(name)\" of relation \"\(relation.name)\" does not exist, skipping")
            }
            throw .undefinedConstraint(name, of: relation.name)
        }
        try remove([.constraint(relation.id, name)], cascade: cascade)
    }

    /// Removes objects with everything that depends on them, or refuses for what would be lost.
    mutating func remove(_ targets: [DroppedObject], cascade: Bool) throws(PostgresError) {
        let dependencies = Dependencies(catalog: catalog, searchPath: searchPath)
        var found: Set<DroppedObject> = Set(targets)
        var lost: [Dependencies.Dependent] = []
        for target in targets { lost += dependencies.all(on: target, found: &found) }
        // Postgres lists each before what depends on it, the oldest first.
        // What is part of something that goes too is not listed, such as the trigger of a table.
        let listed = lost.reversed().filter { dependent in
            !dependent.isAutomatic && !dependent.object.wholes.contains(where: found.contains)
        }
        if !listed.isEmpty && !cascade {
            let lines = listed.map {
                "\(dependencies.description($0.object)) depends on \(dependencies.target($0.on))"
            }
            let subject =
                targets.count == 1
                ? "cannot drop \(dependencies.description(targets[0])) because other objects depend on it"
                : "cannot drop desired object(s) because other objects depend on them"
            throw PostgresError(
                "2BP01", subject, detail: lines.joined(separator: "\n"),
                hint: "Use DROP ... CASCADE to drop the dependent objects too.")
        }
        if listed.count == 1 {
            notice("drop cascades to \(dependencies.description(listed[0].object))")
        } else if listed.count > 1 {
            notice("drop cascades to \(listed.count) other objects")
        }
        for object in lost.map(\.object) + targets { try remove(object) }
    }

    private mutating func remove(_ object: DroppedObject) throws(PostgresError) {
        switch object {
        case .schema(let name): _ = edit { $0.schemas.removeValue(forKey: name) }
        case .relation(let id):
            guard let relation = catalog[id] else { return }
            for index in relation.indexes {
                if let entry = catalog[index.id] { remove(entry) }
            }
            remove(relation)
            if let type = relation.rowTypeID { removeType(type) }
            if relation.sequence != nil {
                forgetSequence(relation)
                request(.dropSequence(id))
            }
            if let parent = relation.table?.partitionOf {
                // Indexes of a partition alone are over the rows of all.
                for index in relation.indexes { request(.dropIndex(index.id)) }
                if catalog[parent] != nil { request(.clearPartition(id)) }
            }
            if relation.isStored { request(.dropTable(storage: relation.storageName)) }
        case .column(let id, let name):
            guard let relation = catalog[id], let table = relation.table, table.position(of: name) != nil else {
                return
            }
            let lost = table.indexes.filter { $0.uses(name) && $0.constraint == nil }
            for index in lost { try removeIndex(index.id) }
            for partition in catalog.descendants(of: id) { try removeRules(about: name, of: partition) }
            moveComment(ofColumn: name, to: nil, of: id)
            try updateTable(id) { $0.columns.removeAll { $0.name == name } }
            request(.dropColumn(storage: relation.storageName, column: name))
        case .constraint(let id, let name):
            guard let table = catalog[id]?.table else { return }
            if let index = table.indexes.first(where: { $0.constraint == name }) { try removeIndex(index.id) }
            try updateTable(id) { $0.constraints.removeAll { $0.name == name } }
        case .columnDefault(let id, let name):
            guard let position = catalog[id]?.table?.position(of: name) else { return }
            try updateTable(id) { $0.columns[position].defaultValue = nil }
        case .type(let id): removeType(id)
        case .policy(let id, let name): try updateTable(id) { $0.policies.removeAll { $0.name == name } }
        case .routine(let id): removeRoutine(id)
        case .rule(let id, let name): updateRules(of: id) { $0.removeAll { $0.name == name } }
        case .trigger(let id, let name): updateTriggers(of: id) { $0.removeAll { $0.name == name } }
        case .eventTrigger(let name): edit { $0.eventTriggers[name] = nil }
        case .cast(let key): edit { $0.casts[key] = nil }
        case .textSearchConfiguration(let id): edit { $0.textSearch.configurations[id] = nil }
        case .textSearchDictionary(let id): edit { $0.textSearch.dictionaries[id] = nil }
        }
    }

    /// Takes a partition's own indexes and constraints over a column that its table loses.
    private mutating func removeRules(about column: String, of partition: Relation) throws(PostgresError) {
        for index in partition.indexes where index.uses(column) { try removeIndex(index.id) }
        try updateTable(partition.id) { table in
            table.constraints.removeAll { constraint in
                switch constraint.kind {
                case .primaryKey(let columns), .unique(let columns, _): columns.contains(column)
                case .check(let condition): condition.columnNames.contains(column)
                case .foreignKey(let key): key.columns.contains(column)
                case .exclusion: false
                }
            }
        }
    }

    /// Clears the links of columns to a sequence that goes.
    private mutating func forgetSequence(_ relation: Relation) {
        guard let owner = relation.sequence?.ownedBy, var table = catalog[owner]?.table,
            let position = table.columns.firstIndex(where: { $0.sequence == relation.id }),
            var entry = catalog[owner]
        else { return }
        table.columns[position].sequence = nil
        entry.kind = .table(table)
        update(entry)
    }
}

extension Index {
    func uses(_ column: String) -> Bool {
        keys.contains { $0.value.columnNames.contains(column) } || including.contains(column)
            || filter?.columnNames.contains(column) == true
    }
}

extension UserType {
    var isDomain: Bool { if case .domain = kind { true } else { false } }
}

extension ObjectKind {
    /// Whether a two-part name of this kind starts with a schema.
    fileprivate var isInSchema: Bool {
        switch self {
        case .table, .view, .materializedView, .index, .sequence, .type, .domain, .function, .procedure, .routine,
            .aggregate, .foreignTable, .textSearchConfiguration, .textSearchDictionary:
            true
        default: false
        }
    }
}
