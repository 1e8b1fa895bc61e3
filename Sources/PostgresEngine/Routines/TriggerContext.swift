import PostgresSyntax
import PostgresTypes
import SQLite

/// What a trigger's function is told: the row before and after, and the TG_ variables.
struct TriggerContext {
    let entry: TriggerRules.Entry
    /// The relation of the row: of a partitioned table the partition.
    let relation: Relation
    let event: CreateTrigger.Event
    let old: [SQLValue]?
    let new: [SQLValue]?
    let transition: Transition?

    var trigger: Trigger { entry.trigger }
    var columns: [OutputColumn] { relation.columns }

    var key: TriggerFrame.Key {
        TriggerFrame.Key(relation: relation.id, trigger: trigger.name, event: event)
    }

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
        let declared = compiled.triggerFrame(for: context.key) { TriggerFrame(context) }
        frame.names = declared.names
        frame.variables = declared.variables
        frame.variables[1].row = context.new ?? []
        frame.variables[2].row = context.old ?? []
        triggerShape = declared.shape
        if let name = context.trigger.definition.oldTable {
            frame.transitions[name] = RoutineRows(shape: declared.shape, rows: context.transition?.old ?? [])
        }
        if let name = context.trigger.definition.newTable {
            frame.transitions[name] = RoutineRows(shape: declared.shape, rows: context.transition?.new ?? [])
        }
    }
}

extension Transaction {
    /// Calls a trigger's function; nil when it returns NULL.
    func callTrigger(_ context: TriggerContext) throws -> [SQLValue]? {
        let compiled = try compiled(context.trigger.function)
        guard case .procedural(let body) = compiled.code else {
            throw PostgresError.notSupported("a trigger's function in language \(compiled.routine.language)")
        }
        self.context.triggerDepth += 1
        defer { self.context.triggerDepth -= 1 }
        if let new = context.new, let program = try program(context, compiled, body) {
            if case .row(let row) = try run(program, old: context.old, new: new) { return row }
        }
        return try entering(compiled.routine) { try ProcedureRun(self, compiled, body).triggerRow(context) }
    }

    private func run(
        _ program: RowTriggerProgram, old: [SQLValue]?, new: [SQLValue]
    ) throws -> RowTriggerProgram.Outcome {
        do {
            return try program.run(old: old, new: new, self)
        } catch {
            // Interpreted, it fails with the line.
            if program.isRepeatable { return .unfinished }
            let error = PostgresError.translated(error)
            guard var failure = error as? PostgresError else { throw error }
            // It points into the body, not into the statement that fired the trigger.
            failure.position = nil
            throw failure
        }
    }

    /// What the body does to a row without being interpreted, if it does no more.
    private func program(
        _ context: TriggerContext, _ compiled: CompiledRoutine, _ body: ProcedureBody
    ) throws -> RowTriggerProgram? {
        try compiled.rowProgram(for: context.entry, context.event, self) {
            try entering(compiled.routine) { ProcedureRun(self, compiled, body).rowProgram(context) }
        }
    }
}
