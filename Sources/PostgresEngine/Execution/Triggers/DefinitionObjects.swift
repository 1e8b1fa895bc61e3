import PostgresSyntax
import PostgresTypes

/// What statements changed that made nothing, for `pg_event_trigger_ddl_commands`.
extension DefinitionChanges {
    func object(
        of statement: PostgresSyntax.Statement, _ tag: String, _ path: [String]
    ) -> DefinitionCommand? {
        switch statement {
        case .grant(let grant):
            switch grant.objects {
            case .named(let kind, _), .allInSchema(let kind, _): return privileges(on: kind.rawValue, tag)
            case .roles, .defaults: return nil
            }
        case .alterDefaultPrivileges(_, let grant):
            guard case .defaults(let kind) = grant.objects else { return nil }
            return privileges(on: kind.rawValue + "s", tag)
        case .createPolicy(let policy): return part(.policy, policy.name, of: policy.table, tag, path)
        case .alterPolicy(let policy): return part(.policy, policy.name, of: policy.table, tag, path)
        case .createTrigger(let trigger): return part(.trigger, trigger.name, of: trigger.table, tag, path)
        case .createExtension(let name, _, _):
            return named(3079, SystemID.named("extension", name), "extension", name, tag)
        case .createPublication(let publication): return self.publication(publication.name, tag)
        case .alterPublication(let change): return publication(change.objects.name, tag)
        case .alterEnum(let change): return object(.type, words(change.name), nil, tag, path)
        case .alterSequence(let change): return object(.sequence, words(change.name), nil, tag, path)
        case .alterFunction(let change): return object(change.kind, words(change.name), change.signature, tag, path)
        case .alterTable(let change): return object(change.kind, words(change.name), change.signature, tag, path)
        case .refreshMaterializedView(let name, _): return object(.materializedView, words(name), nil, tag, path)
        case .comment(let kind, let name, let signature, _): return object(kind, name, signature, tag, path)
        case .rename(let change): return renamed(change, tag, path)
        default: return nil
        }
    }

    private func words(_ name: QualifiedName) -> [String] { [name.schema, name.name].compactMap { $0 } }

    /// What GRANT and its kin are about: a kind alone.
    private func privileges(on kind: String, _ tag: String) -> DefinitionCommand {
        DefinitionCommand(classID: 0, id: 0, tag: tag, kind: kind.uppercased(), schema: nil, name: "", identity: "")
    }

    private func named(_ classID: UInt32, _ id: UInt32, _ kind: String, _ name: String, _ tag: String)
        -> DefinitionCommand
    {
        DefinitionCommand(
            classID: classID, id: id, tag: tag, kind: kind, schema: nil, name: name,
            identity: ObjectNames.quoted(name))
    }

    private func publication(_ name: String, _ tag: String) -> DefinitionCommand {
        named(6104, SystemID.named("publication", name), "publication", name, tag)
    }

    func command(schema name: String, tag: String) -> DefinitionCommand {
        named(2615, SystemID.schema(name), "schema", name, tag)
    }

    func command(_ type: UserType, tag: String) -> DefinitionCommand {
        DefinitionCommand(
            classID: 1247, id: type.id.oid, tag: tag, kind: "type", schema: type.schema, name: type.name,
            identity: [type.schema, type.name].map(ObjectNames.quoted).joined(separator: "."))
    }

    /// A policy, trigger or constraint: `p on public.t`.
    private func part(
        _ kind: ObjectKind, _ name: String, of table: QualifiedName, _ tag: String, _ path: [String]
    ) -> DefinitionCommand? {
        guard let relation = after.relation(table, searchPath: path) else { return nil }
        let place = [relation.schema, relation.name].map(ObjectNames.quoted).joined(separator: ".")
        let identity = "\(ObjectNames.quoted(name)) on \(place)"
        let found: (UInt32, UInt32)? =
            switch kind {
            case .policy: relation.table?.policies.first { $0.name == name }.map { (3256, $0.oid) }
            case .trigger: relation.triggers.first { $0.name == name }.map { (2620, $0.oid) }
            default:
                relation.table?.constraints.first { $0.name == name }.map {
                    (2606, SystemRows.id(of: $0, on: relation.id.oid))
                }
            }
        return found.map { classID, id in
            DefinitionCommand(
                classID: classID, id: id, tag: tag, kind: kind == .constraint ? "table constraint" : kind.rawValue,
                schema: kind == .constraint ? relation.schema : nil, name: name, identity: identity)
        }
    }

    /// The object that a name of a kind stands for now.
    private func object(
        _ kind: ObjectKind, _ name: [String], _ signature: [TypeName]?, _ tag: String, _ path: [String]
    ) -> DefinitionCommand? {
        let last = name.last ?? ""
        let qualified = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last)
        switch kind {
        case .table, .view, .materializedView, .index, .sequence, .foreignTable:
            return after.relation(qualified, searchPath: path).map { command($0, tag: tag) }
        case .schema: return after.schemas[last] == nil ? nil : command(schema: last, tag: tag)
        case .type, .domain: return after.userType(qualified, searchPath: path).map { command($0, tag: tag) }
        case .function, .procedure, .routine, .aggregate:
            let wanted = signature?.compactMap { try? after.resolveType($0, searchPath: path).type }
            let routines = after.routines(qualified, searchPath: path)
            let match = routines.first { routine in wanted == nil || wanted == routine.inputs.map(\.type.type) }
            return match.map { command($0, tag: tag) }
        case .publication: return publication(last, tag)
        case .extensionObject: return named(3079, SystemID.named("extension", last), "extension", last, tag)
        case .policy, .trigger, .constraint, .column:
            let table = QualifiedName(
                schema: name.count > 2 ? name[name.count - 3] : nil, name.count > 1 ? name[name.count - 2] : "")
            guard kind == .column else { return part(kind, last, of: table, tag, path) }
            return after.relation(table, searchPath: path).map { column(last, of: $0, tag: tag) }
        default: return nil
        }
    }

    private func renamed(_ change: Rename, _ tag: String, _ path: [String]) -> DefinitionCommand? {
        var name = change.name
        switch change.change {
        case .name(let new):
            if change.ownName != nil { return part(change.kind, new, of: change.name, tag, path) }
            name.name = new
        case .schema(let schema): name.schema = schema
        case .column(_, let new):
            guard let old = before.relation(change.name, searchPath: path), let relation = after[old.id] else {
                return object(.type, words(change.name), nil, tag, path)
            }
            return column(new, of: relation, tag: tag)
        case .constraint: break
        }
        // What was found by the path keeps its schema.
        if name.schema == nil {
            name.schema =
                before.relation(change.name, searchPath: path)?.schema
                ?? before.userType(change.name, searchPath: path)?.schema
                ?? before.routines(change.name, searchPath: path).first?.schema
        }
        return object(change.kind, words(name), change.signature, tag, path)
    }
}
