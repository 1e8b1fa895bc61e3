import PostgresSyntax
import PostgresTypes
import SQLite

/// What a trigger's function is told: the row before and after, and the TG_ variables.
struct TriggerContext {
    var trigger: Trigger
    var relation: Relation
    var event: CreateTrigger.Event
    var old: [SQLValue]?
    var new: [SQLValue]?
    var transition = Transition()

    var columns: [OutputColumn] { relation.columns }

    var operation: String {
        switch event {
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        case .truncate: "TRUNCATE"
        }
    }

    var timing: String {
        switch trigger.definition.timing {
        case .before: "BEFORE"
        case .after: "AFTER"
        case .insteadOf: "INSTEAD OF"
        }
    }
}

extension ProcedureRun {
    /// NEW, OLD and the TG_ variables, in reach of the function's body.
    func declare(_ context: TriggerContext) {
        let type = TypeReference(context.relation.rowTypeID ?? .record)
        let shape = RecordShape(columns: context.columns, type: type)
        triggerShape = shape
        for (name, row) in [("new", context.new), ("old", context.old)] {
            var declared = DeclaredVariable(name: name, type: type)
            declared.isRow = true
            declared.shape = shape
            var variable = RoutineFrame.Variable(declared)
            variable.row = row ?? []
            frame.names[name] = frame.variables.count
            frame.variables.append(variable)
        }
        if let name = context.trigger.definition.oldTable {
            frame.transitions[name] = RoutineRows(shape: shape, rows: context.transition.old)
        }
        if let name = context.trigger.definition.newTable {
            frame.transitions[name] = RoutineRows(shape: shape, rows: context.transition.new)
        }
        let arguments = ArrayValue(context.trigger.definition.arguments.map { .text($0) })
        let texts: [(String, TypeID, SQLValue)] = [
            ("tg_name", .name, .text(context.trigger.name)),
            ("tg_when", .text, .text(context.timing)),
            ("tg_level", .text, .text(context.trigger.definition.isForEachRow ? "ROW" : "STATEMENT")),
            ("tg_op", .text, .text(context.operation)),
            ("tg_relid", .oid, .integer(Int64(context.relation.id.oid))),
            ("tg_relname", .name, .text(context.relation.name)),
            ("tg_table_name", .name, .text(context.relation.name)),
            ("tg_table_schema", .name, .text(context.relation.schema)),
            ("tg_nargs", .int4, .integer(Int64(context.trigger.definition.arguments.count))),
            ("tg_argv", TypeID(1009), arguments.stored),
        ]
        for (name, type, value) in texts {
            frame.names[name] = frame.variables.count
            var variable = RoutineFrame.Variable(DeclaredVariable(name: name, type: TypeReference(type)))
            variable.value = value
            frame.variables.append(variable)
        }
    }
}
