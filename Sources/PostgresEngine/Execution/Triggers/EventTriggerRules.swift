import PostgresSyntax
import PostgresTypes
import SQLite

/// What a statement has defined or dropped, as `pg_event_trigger_ddl_commands` and `pg_event_trigger_dropped_objects`
/// list it.
struct DefinitionCommand {
    /// 0 of what is about no object in particular, as GRANT is.
    var classID: UInt32
    var id: UInt32
    var position = 0
    var tag: String
    var kind: String
    var schema: String?
    var name: String
    var identity: String
}

extension Transaction {
    /// Calls the functions of the event triggers for a command. They see what it did in the catalog as it is now.
    func fire(_ event: EventTrigger.Event, _ tag: String, _ commands: [DefinitionCommand] = []) throws {
        let triggers = catalog.eventTriggers.values.filter { trigger in
            trigger.event == event && (trigger.tags.isEmpty || trigger.tags.contains(tag)) && trigger.state != "D"
                && (trigger.state == "A" || (trigger.state == "R") == session.isReplica)
        }
        guard !triggers.isEmpty else { return }
        let outer = context.definitionCommands
        defer { context.definitionCommands = outer }
        for trigger in triggers.sorted(by: { $0.name < $1.name }) {
            context.definitionCommands = (event, commands)
            let compiled = try compiled(trigger.function)
            guard case .procedural(let body) = compiled.code else {
                throw PostgresError.notSupported("an event trigger's function in language \(compiled.routine.language)")
            }
            try entering(compiled.routine) {
                try ProcedureRun(self, compiled, body).eventTrigger(event: event.rawValue, tag: tag)
            }
        }
    }

    /// Whether event triggers look at a statement: not at those about themselves, nor about what all databases share.
    static func firesEventTriggers(_ statement: PostgresSyntax.Statement) -> Bool {
        switch statement {
        case .createEventTrigger, .alterEventTrigger, .createRole, .alterRole, .alterRoleSettings,
            .alterDatabaseSettings:
            false
        case .drop(let drop): drop.kind != .eventTrigger && drop.kind != .role
        case .grant(let grant): if case .roles = grant.objects { false } else { true }
        default: true
        }
    }
}

extension Session {
    /// Whether it stands for replication (`session_replication_role`).
    var isReplica: Bool { settings["session_replication_role"]?.lowercased() == "replica" }
}

/// What two catalogs differ in, as event triggers are told.
struct DefinitionChanges {
    let before: CatalogSnapshot
    let after: CatalogSnapshot

    /// What the statement made; of one that made nothing the relation that it changed.
    func commands(of statement: PostgresSyntax.Statement, tag: String, searchPath: [String]) -> [DefinitionCommand] {
        let isTable = tag.hasPrefix("CREATE TABLE") || tag == "SELECT INTO"
        var commands = made(in: after, since: before)
        for index in commands.indices {
            let kind = commands[index].kind
            let isDomain = kind == "type" && tag == "CREATE DOMAIN"
            commands[index].tag = kind == "table" && isTable || isDomain ? tag : "CREATE \(kind.uppercased())"
        }
        // A table's sequences are made before it, and tied to it at the end. Those of a changed table stand around it,
        // and the indexes of its constraints are no commands of their own.
        let sequences = commands.filter { $0.kind == "sequence" }
        var rest = commands.filter { $0.kind != "sequence" }
        if case .alterTable(let change) = statement, let relation = after.relation(change.name, searchPath: searchPath)
        {
            rest = [command(relation, tag: tag)]
        } else if !isTable {
            if commands.isEmpty { return changed(by: statement, tag: tag, searchPath: searchPath) }
            return commands
        }
        return sequences + rest
            + sequences.map { sequence in
                var tied = sequence
                tied.tag = "ALTER SEQUENCE"
                return tied
            }
    }

    /// What a statement that made nothing changed, where that is a relation, a column or a function.
    private func changed(
        by statement: PostgresSyntax.Statement, tag: String, searchPath: [String]
    ) -> [DefinitionCommand] {
        switch statement {
        case .createFunction(let function):
            let routine = after.routines(function.name, searchPath: searchPath).last
            return routine.map { [command($0, tag: tag)] } ?? []
        case .createView(let view):
            return after.relation(view.name, searchPath: searchPath).map { [command($0, tag: tag)] } ?? []
        default: return object(of: statement, tag, searchPath).map { [$0] } ?? []
        }
    }

    func column(_ name: String, of relation: Relation, tag: String) -> DefinitionCommand {
        var command = command(relation, tag: tag)
        command.kind = "\(relation.kindName) column"
        command.position = (relation.columns.firstIndex { $0.name == name } ?? -1) + 1
        command.name = name
        command.identity += "." + ObjectNames.quoted(name)
        return command
    }

    /// What is there no more, oldest first. What is renamed is still there.
    func dropped(by statement: PostgresSyntax.Statement) -> [DefinitionCommand] {
        var dropped = made(in: before, since: after)
        if case .rename = statement { return dropped }
        for relation in after.orderedRelations {
            guard let old = before[relation.id] else { continue }
            let kept = Set(relation.columns.map(\.name))
            for lost in old.columns where relation.table != nil && !kept.contains(lost.name) {
                dropped.append(column(lost.name, of: old, tag: ""))
            }
        }
        return dropped
    }

    private func made(in catalog: CatalogSnapshot, since other: CatalogSnapshot) -> [DefinitionCommand] {
        let relations = catalog.orderedRelations.filter { other.relations[$0.id] == nil }
            .map { command($0, tag: "") }
        let routines = catalog.orderedRoutines.filter { other[$0.id] == nil }.map { command($0, tag: "") }
        let types = catalog.types.values.filter { other.types[$0.id] == nil && $0.isStandalone }.map { type in
            command(type, tag: "")
        }
        let schemas = catalog.schemas.keys.filter { other.schemas[$0] == nil }.sorted().map { name in
            command(schema: name, tag: "")
        }
        return schemas + (relations + routines + types).sorted { $0.id < $1.id }
    }

    func command(_ relation: Relation, tag: String) -> DefinitionCommand {
        DefinitionCommand(
            classID: 1259, id: relation.id.oid, tag: tag, kind: relation.kindName, schema: relation.schema,
            name: relation.name,
            identity: "\(ObjectNames.quoted(relation.schema)).\(ObjectNames.quoted(relation.name))")
    }

    func command(_ routine: Routine, tag: String) -> DefinitionCommand {
        let catalog = after[routine.id] == nil ? before : after
        let arguments = routine.inputs.map { catalog.typeName($0.type, searchPath: []) }
        let name = [routine.schema, routine.name].map(ObjectNames.quoted).joined(separator: ".")
        return DefinitionCommand(
            classID: 1255, id: routine.id.oid, tag: tag, kind: routine.kindName, schema: routine.schema,
            name: routine.name, identity: "\(name)(\(arguments.joined(separator: ",")))")
    }
}

extension FunctionTable {
    /// What an event trigger's function may ask.
    mutating func addEventTriggers() {
        @Sendable func commands(
            _ call: Invocation, _ wanted: EventTrigger.Event, _ name: String
        ) throws -> [DefinitionCommand] {
            guard let (event, commands) = try call.context.definitionCommands, event == wanted else {
                throw PostgresError(
                    "39P03",
                    "\(name)() can only be called in \(wanted == .drop ? "a sql_drop" : "an") "
                        + "event trigger function")
            }
            return commands
        }
        rows("pg_event_trigger_ddl_commands()") { call in
            try commands(call, .commandEnd, "pg_event_trigger_ddl_commands").map { command in
                let place: [SQLValue] =
                    command.classID == 0
                    ? [.null, .null, .null]
                    : [
                        .integer(Int64(command.classID)), .integer(Int64(command.id)),
                        .integer(Int64(command.position)),
                    ]
                return place + [
                    .text(command.tag), .text(command.kind), command.schema.map { .text($0) } ?? .null,
                    command.classID == 0 ? .null : .text(command.identity), .bool(false), .null,
                ]
            }
        }
        rows("pg_event_trigger_dropped_objects()") { call in
            try commands(call, .drop, "pg_event_trigger_dropped_objects").map { command in
                let names = ArrayValue([command.schema, command.name].compactMap { $0 }.map { .text($0) }).stored
                return [
                    .integer(Int64(command.classID)), .integer(Int64(command.id)), .integer(Int64(command.position)),
                    .bool(true), .bool(false), .bool(false), .text(command.kind),
                    command.schema.map { .text($0) } ?? .null, .text(command.name), .text(command.identity), names,
                    ArrayValue([]).stored,
                ]
            }
        }
    }
}
