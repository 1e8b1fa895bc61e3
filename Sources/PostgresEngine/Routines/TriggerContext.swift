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

/// What is declared in a trigger's function besides its own variables, worked out once for each trigger and event: the
/// names in reach, and FOUND, NEW, OLD and the TG_ variables.
struct TriggerFrame: Sendable {
    struct Key: Hashable {
        var relation: RelationID
        var trigger: String
        var event: CreateTrigger.Event
    }

    private(set) var names: [String: Int] = [:]
    private(set) var variables: [RoutineFrame.Variable] = []
    /// Of NEW and OLD, which are the variables 1 and 2.
    let shape: RecordShape

    init(_ context: TriggerContext) {
        let type = TypeReference(context.relation.rowTypeID ?? .record)
        shape = RecordShape(columns: context.columns, type: type)
        add(DeclaredVariable(name: "found", type: TypeReference(.bool)), .bool(false))
        for name in ["new", "old"] {
            var declared = DeclaredVariable(name: name, type: type)
            declared.isRow = true
            declared.shape = shape
            add(declared, .null)
        }
        let given = context.trigger.definition.arguments
        let arguments = ArrayValue(given.map { .text($0) }, dimensions: [given.count], lowerBounds: [0])
        let texts: [(String, TypeID, SQLValue)] = [
            ("tg_name", .name, .text(context.trigger.name)),
            ("tg_when", .text, .text(context.timing)),
            ("tg_level", .text, .text(context.trigger.definition.isForEachRow ? "ROW" : "STATEMENT")),
            ("tg_op", .text, .text(context.operation)),
            ("tg_relid", .oid, .integer(Int64(context.relation.id.oid))),
            ("tg_relname", .name, .text(context.relation.name)),
            ("tg_table_name", .name, .text(context.relation.name)),
            ("tg_table_schema", .name, .text(context.relation.schema)),
            ("tg_nargs", .int4, .integer(Int64(given.count))),
            ("tg_argv", TypeID(1009), arguments.stored),
        ]
        for (name, type, value) in texts { add(DeclaredVariable(name: name, type: TypeReference(type)), value) }
    }

    private mutating func add(_ declared: DeclaredVariable, _ value: SQLValue) {
        names[declared.name] = variables.count
        var variable = RoutineFrame.Variable(declared)
        variable.value = value
        variables.append(variable)
    }
}

extension ProcedureRun {
    /// FOUND, NEW, OLD and the TG_ variables, in reach of the function's body.
    func declare(_ context: TriggerContext) {
        let key = TriggerFrame.Key(
            relation: context.relation.id, trigger: context.trigger.name, event: context.event)
        let declared = compiled.triggerFrame(for: key) { TriggerFrame(context) }
        frame.names = declared.names
        frame.variables = declared.variables
        frame.variables[1].row = context.new ?? []
        frame.variables[2].row = context.old ?? []
        triggerShape = declared.shape
        if let name = context.trigger.definition.oldTable {
            frame.transitions[name] = RoutineRows(shape: declared.shape, rows: context.transition.old)
        }
        if let name = context.trigger.definition.newTable {
            frame.transitions[name] = RoutineRows(shape: declared.shape, rows: context.transition.new)
        }
    }
}
