import PostgresSyntax
import PostgresTypes

/// What calls a function when definitions change: `pg_event_trigger`.
struct EventTrigger: Hashable, Sendable {
    enum Event: String, Sendable {
        case commandStart = "ddl_command_start"
        case commandEnd = "ddl_command_end"
        case drop = "sql_drop"
    }

    var id: UInt32
    var name: String
    var event: Event
    /// The commands it is for, in capitals; empty: every one.
    var tags: [String]
    var function: FunctionID
    var owner: String
    /// O, D, R or A.
    var state = "O"
}

/// CREATE and ALTER EVENT TRIGGER.
extension CatalogEditor {
    mutating func createEventTrigger(_ definition: CreateEventTrigger) throws(PostgresError) {
        guard catalog.isSuperuser(session.role) else {
            throw PostgresError(
                "42501", "permission denied to create event trigger \"\(definition.name)\"",
                hint: "Must be superuser to create an event trigger.")
        }
        guard let event = EventTrigger.Event(rawValue: definition.event) else {
            if definition.event == "table_rewrite" {
                throw .notSupported("an event trigger on table_rewrite")
            }
            throw .syntax("unrecognized event name \"\(definition.event)\"")
        }
        var tags: [String]?
        for filter in definition.filters {
            guard filter.variable.lowercased() == "tag" else {
                throw .syntax("unrecognized filter variable \"\(filter.variable)\"")
            }
            guard tags == nil else {
                throw .syntax("filter variable \"\(filter.variable)\" specified more than once")
            }
            tags = filter.values.map { $0.uppercased() }
        }
        guard catalog.eventTriggers[definition.name] == nil else {
            throw PostgresError("42710", "event trigger \"\(definition.name)\" already exists")
        }
        let found = catalog.routines(definition.function, searchPath: searchPath).first { $0.inputs.isEmpty }
        guard let function = found else {
            throw PostgresError("42883", "function \(definition.function.display)() does not exist")
        }
        guard function.result.type == .eventTrigger else {
            throw PostgresError("42P17", "function \(function.name) must return type event_trigger")
        }
        let trigger = EventTrigger(
            id: newOID(), name: definition.name, event: event, tags: tags ?? [], function: function.id,
            owner: session.role)
        edit { $0.eventTriggers[trigger.name] = trigger }
    }

    mutating func alterEventTrigger(_ change: AlterEventTrigger) throws(PostgresError) {
        let trigger = try eventTrigger(change.name)
        edit { $0.eventTriggers[trigger.name]?.state = change.state }
    }

    /// The event trigger of that name, to be changed by whoever may.
    func eventTrigger(_ name: String) throws(PostgresError) -> EventTrigger {
        guard let trigger = catalog.eventTriggers[name] else {
            throw PostgresError("42704", "event trigger \"\(name)\" does not exist")
        }
        guard catalog.isMember(session.role, of: trigger.owner) else { throw .mustBeOwner("event trigger", name) }
        return trigger
    }
}

extension TypeID {
    /// What the functions of event triggers return.
    static let eventTrigger = TypeID(3838)
}
