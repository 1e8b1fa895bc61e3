import PostgresSyntax
import PostgresTypes

/// What COMMENT ON was said about: an object as `pg_description` names it, by its catalog and its OID.
package struct CommentKey: Hashable, Sendable {
    /// The OID of the catalog that the object is in.
    let classID: UInt32
    let objectID: UInt32
    /// Of a comment on one column of a relation.
    var column: String?
}

extension CatalogSnapshot {
    package func comment(on relation: Relation) -> String? {
        comments[CommentKey(classID: SystemID.classes, objectID: relation.id.oid)]
    }

    package func comment(on column: String, of relation: Relation) -> String? {
        comments[CommentKey(classID: SystemID.classes, objectID: relation.id.oid, column: column)]
    }

    package func comment(on routine: Routine) -> String? {
        comments[CommentKey(classID: 1255, objectID: routine.id.oid)]
    }

    package func comment(onSchema name: String) -> String? {
        comments[CommentKey(classID: 2615, objectID: SystemID.schema(name))]
    }
}

/// COMMENT ON.
extension CatalogEditor {
    mutating func comment(
        _ kind: ObjectKind, name: [String], signature: [TypeName]?, text: String?
    ) throws(PostgresError) {
        let key = try commented(kind, name, signature)
        edit { $0.comments[key] = text }
    }

    /// A comment moves with the column it is on, or goes with it.
    mutating func moveComment(ofColumn old: String, to new: String?, of relation: RelationID) {
        let key = CommentKey(classID: SystemID.classes, objectID: relation.oid, column: old)
        guard let text = catalog.comments[key] else { return }
        edit { catalog in
            catalog.comments[key] = nil
            if let new {
                catalog.comments[CommentKey(classID: key.classID, objectID: key.objectID, column: new)] = text
            }
        }
    }

    private func commented(
        _ kind: ObjectKind, _ name: [String], _ signature: [TypeName]?
    ) throws(PostgresError) -> CommentKey {
        func key(_ catalogName: String, _ id: UInt32) -> CommentKey {
            CommentKey(classID: SystemID.relations[catalogName] ?? 0, objectID: id)
        }
        let last = name.last ?? ""
        let qualified = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last)
        switch kind {
        case .table, .view, .materializedView, .index, .sequence, .foreignTable:
            let relation = try existing(qualified)
            guard relation.kindName == kind.rawValue else {
                throw .wrongKind(relation.name, "a \(kind.rawValue)")
            }
            try checkOwner(of: relation)
            return key("pg_class", relation.id.oid)
        case .column:
            guard name.count >= 2 else { throw .syntax("column name must be qualified") }
            let relation = try owner(ofPart: name)
            guard relation.columns.contains(where: { $0.name == last }) else {
                throw .undefinedColumn(last, of: name.dropLast().joined(separator: "."))
            }
            try checkOwner(of: relation)
            return CommentKey(classID: SystemID.classes, objectID: relation.id.oid, column: last)
        case .constraint, .policy, .trigger: return try commented(kind, name)
        case .schema:
            guard catalog.schemas[last] != nil else { throw .undefinedSchema(last) }
            return key("pg_namespace", SystemID.schema(last))
        case .type, .domain:
            guard let type = catalog.userType(qualified, searchPath: searchPath) else {
                throw PostgresError("42704", "type \"\(qualified.display)\" does not exist")
            }
            if kind == .domain, !type.isDomain { throw .wrongKind(name.joined(separator: "."), "a domain") }
            return key("pg_type", type.id.oid)
        case .domainConstraint: return try commented(domainConstraint: name)
        case .role: return key("pg_authid", SystemID.role(try roleName(last)))
        case .extensionObject:
            guard catalog.extensions[last] != nil else {
                throw PostgresError("42704", "extension \"\(last)\" does not exist")
            }
            return key("pg_extension", SystemID.named("extension", last))
        case .database: return key("pg_database", 5)
        case .function, .procedure, .routine, .aggregate:
            let routine = try existingRoutine(qualified, signature, kind: kind == .aggregate ? .routine : kind)
            return key("pg_proc", routine.id.oid)
        case .publication:
            guard catalog.publications[last] != nil else {
                throw PostgresError("42704", "publication \"\(last)\" does not exist")
            }
            return key("pg_publication", SystemID.named("publication", last))
        case .language:
            guard let language = SystemRows.languageNames.first(where: { $0.name == last }) else {
                throw PostgresError("42704", "language \"\(last)\" does not exist")
            }
            return key("pg_language", language.id)
        case .statistics:
            guard let found = statistics(qualified) else {
                throw PostgresError("42704", "statistics object \"\(qualified.display)\" does not exist")
            }
            return key("pg_statistic_ext", SystemID.named("statistics", found.display))
        case .textSearchConfiguration: return key("pg_ts_config", try textSearchConfiguration(qualified))
        case .textSearchDictionary: return key("pg_ts_dict", try textSearchDictionary(qualified))
        case .eventTrigger:
            return key("pg_event_trigger", try eventTrigger(last).id)
        // There are none.
        case .rule: throw PostgresError("42704", "\(kind.rawValue) \"\(last)\" does not exist")
        default: throw .notSupported("COMMENT ON \(kind.rawValue.uppercased())")
        }
    }

    /// The relation that a column, constraint, policy or trigger is of: its name but for the last part.
    private func owner(ofPart name: [String]) throws(PostgresError) -> Relation {
        try existing(
            QualifiedName(
                schema: name.count > 2 ? name[name.count - 3] : nil, name.count > 1 ? name[name.count - 2] : ""))
    }

    /// What has a name only within its table.
    private func commented(_ kind: ObjectKind, _ name: [String]) throws(PostgresError) -> CommentKey {
        let relation = try owner(ofPart: name)
        let last = name.last ?? ""
        switch kind {
        case .policy:
            guard let policy = relation.table?.policies.first(where: { $0.name == last }) else {
                throw .undefinedPolicy(last, of: relation.name)
            }
            try checkOwner(of: relation)
            return CommentKey(classID: 3256, objectID: policy.oid)
        case .trigger:
            guard let trigger = relation.triggers.first(where: { $0.name == last }) else {
                throw .undefinedTrigger(last, of: relation.name)
            }
            try checkOwner(of: relation)
            return CommentKey(classID: 2620, objectID: trigger.oid)
        default:
            guard let constraint = relation.table?.constraints.first(where: { $0.name == last }) else {
                throw PostgresError("42704", "constraint \"\(last)\" for table \"\(relation.name)\" does not exist")
            }
            return CommentKey(classID: 2606, objectID: SystemRows.id(of: constraint, on: relation.id.oid))
        }
    }

    private func commented(domainConstraint name: [String]) throws(PostgresError) -> CommentKey {
        let last = name.last ?? ""
        let wanted = QualifiedName(
            schema: name.count > 2 ? name[name.count - 3] : nil, name.count > 1 ? name[name.count - 2] : "")
        guard let type = catalog.userType(wanted, searchPath: searchPath) else {
            throw PostgresError("42704", "type \"\(wanted.display)\" does not exist")
        }
        guard case .domain(let domain) = type.kind, let check = domain.checks.first(where: { $0.name == last }) else {
            throw PostgresError("42704", "constraint \"\(last)\" for domain \(type.name) does not exist")
        }
        return CommentKey(classID: 2606, objectID: SystemRows.id(of: check, on: type.id.oid))
    }
}
