import PostgresSyntax
import PostgresTypes
import SQLite

/// A PL/pgSQL body being run. Control flow is Swift's; every expression and statement of SQL is a plan of its own,
/// with the variables bound to it.
final class ProcedureRun {
    /// How a statement ended.
    enum Flow {
        case next
        case exit(String?)
        case proceed(String?)
        case returned
    }

    let transaction: Transaction
    let compiled: CompiledRoutine
    let frame: RoutineFrame
    let body: ProcedureBody
    /// FOUND; the first variable of a trigger's function.
    private var found = 0
    /// `GET DIAGNOSTICS … = ROW_COUNT`.
    var rowCount = 0
    /// The error that the handlers around the current statement are for, innermost last.
    var handled: [PostgresError] = []
    /// Rows of RETURN NEXT and RETURN QUERY.
    var result: [[SQLValue]] = []
    /// What RETURN gave.
    var returned: (value: SQLValue, type: TypeReference)?
    var returnedRow: (values: [SQLValue], shape: RecordShape)?
    /// The statement that runs; nil before the first and after the last.
    var current: ProcedureStatement?
    /// What is done instead of running it.
    var phase: Phase?
    /// Of the variable that is initialized.
    private(set) var declaredLine = 0
    /// The schemas that its name is looked for in, to be shown.
    let searchPath: [String]
    /// Of a trigger's function.
    var isTrigger = false
    /// The shape of NEW and OLD.
    var triggerShape: RecordShape?

    init(_ transaction: Transaction, _ compiled: CompiledRoutine, _ body: ProcedureBody) {
        self.transaction = transaction
        self.compiled = compiled
        self.body = body
        frame = RoutineFrame(transaction, compiled, conflict: body.conflict)
        searchPath = transaction.session.effectivePath
    }

    var routine: Routine { compiled.routine }

    /// The rows that a call with these arguments returns.
    func rows(_ arguments: [SQLValue]) throws -> [[SQLValue]] {
        // Without a closure: recursion is as deep as the stack allows.
        transaction.calls.append(.procedure(self))
        defer { transaction.calls.removeLast() }
        do { return try call(arguments) } catch { throw transaction.located(error) }
    }

    private func call(_ arguments: [SQLValue]) throws -> [[SQLValue]] {
        frame.declareArguments(inputs(arguments), takesRowsApart: true)
        declareOutputs()
        declareFound()
        let flow = try run(body.block)
        if routine.isSet { return result }
        if routine.isProcedure || !routine.outputs.isEmpty {
            let values = outputValues()
            return values.isEmpty ? [] : [values]
        }
        if routine.result.type == .void { return [[.text("")]] }
        guard case .returned = flow else {
            throw PostgresError("2F005", "control reached end of function without RETURN")
        }
        return try returnedRows()
    }

    /// The value of a trigger's function: the row it returns, nil for NULL.
    func triggerRow(_ context: TriggerContext) throws -> [SQLValue]? {
        try transaction.within(.procedure(self)) { try row(for: context) }
    }

    private func row(for context: TriggerContext) throws -> [SQLValue]? {
        isTrigger = true
        declare(context)
        guard case .returned = try run(body.block) else {
            throw PostgresError("2F005", "control reached end of trigger procedure without RETURN")
        }
        guard let row = returnedRow, !row.values.isEmpty else { return nil }
        if row.shape === triggerShape { return row.values }
        guard row.values.count >= context.columns.count else {
            throw PostgresError(
                "42804", "returned row structure does not match the structure of the triggering table",
                detail: "Number of returned columns (\(row.values.count)) does not match expected column count "
                    + "(\(context.columns.count)).")
        }
        return try transaction.convert(row.values, from: row.shape.columns, to: context.columns)
    }

    /// Runs an event trigger's function, which returns nothing.
    func eventTrigger(event: String, tag: String) throws {
        declareFound()
        for (name, value) in [("tg_event", event), ("tg_tag", tag)] {
            declare(name, TypeReference(.text))
            frame.variables[frame.variables.count - 1].value = .text(value)
        }
        _ = try transaction.within(.procedure(self)) { try run(body.block) }
    }

    /// A procedure's OUT parameters take part in the call, as places only.
    private func inputs(_ arguments: [SQLValue]) -> [SQLValue] {
        guard routine.isProcedure else { return arguments }
        return zip(routine.inputs, arguments).map { $0.isInput ? $1 : .null }
    }

    private func returnedRows() throws -> [[SQLValue]] {
        let columns = compiled.columns
        if transaction.catalog.isRowType(routine.result.type) {
            guard let row = returnedRow, !row.values.isEmpty else { return [] }
            if routine.returnsAnyRecord { return [[transaction.recordValue(row.values, of: row.shape.columns)]] }
            try check(row.shape, columns, "returned record type does not match expected record type")
            return [row.values]
        }
        guard let returned else { return [[.null]] }
        phase = .result
        return [[try transaction.convert(returned.value, from: returned.type, to: routine.result)]]
    }

    func outputValues() -> [SQLValue] {
        routine.outputs.map { output in
            guard let name = output.name, let index = outputIndex(name) else { return .null }
            return frame.value(of: .variable(index))
        }
    }

    private func outputIndex(_ name: String) -> Int? { frame.names["\(routine.name).\(name)"] }

    // MARK: Declarations

    private func declareOutputs() {
        for (position, output) in routine.outputs.enumerated() where !(output.isInput || routine.isProcedure) {
            let name = output.name ?? "$\(routine.inputs.count + position + 1)"
            declare(name, output.type)
        }
    }

    private func declare(_ name: String, _ type: TypeReference) {
        let declared = declaration(name, type)
        frame.names[name] = frame.variables.count
        frame.names["\(routine.name).\(name)"] = frame.variables.count
        frame.variables.append(RoutineFrame.Variable(declared))
    }

    private func declareFound() {
        found = frame.variables.count
        if frame.names["found"] == nil { frame.names["found"] = found }
        frame.variables.append(
            RoutineFrame.Variable(DeclaredVariable(name: "found", type: TypeReference(.bool))))
        frame.variables[found].value = .bool(false)
    }

    func setFound(_ value: Bool) { frame.variables[found].value = .bool(value) }

    /// A variable of a type: of a row type one with fields.
    func declaration(_ name: String, _ type: TypeReference) -> DeclaredVariable {
        var declared = DeclaredVariable(name: name, type: type)
        if type.type == .record {
            declared.isRow = true
        } else if case .composite = transaction.catalog.postgresType(of: type.type) {
            declared.isRow = true
            let fields = TypeSystem(catalog: transaction.catalog).fields(of: type.type) ?? []
            declared.shape = RecordShape(
                columns: fields.map { OutputColumn(name: $0.name, type: $0.type) }, type: type)
        }
        return declared
    }

    // MARK: Blocks

    /// Runs `body` with new variables in reach, which are gone after it.
    func withVariables<T>(_ plan: BlockPlan, _ body: () throws -> T) throws -> T {
        let (names, count) = (frame.names, frame.variables.count)
        defer {
            frame.names = names
            frame.variables.removeLast(frame.variables.count - count)
        }
        frame.names = plan.names
        for declared in plan.variables { frame.variables.append(RoutineFrame.Variable(declared)) }
        return try body()
    }

    func run(_ block: ProcedureBlock) throws -> Flow {
        let plan = try compiled.block(block.number) { try self.plan(block) }
        return try withVariables(plan) {
            let first = frame.variables.count - plan.variables.count
            if !plan.variables.isEmpty {
                phase = .initialization
                for (offset, declared) in plan.variables.enumerated() {
                    declaredLine = declared.line
                    try initialize(first + offset, declared)
                }
                phase = nil
            }
            let flow = block.handlers.isEmpty ? try run(block.body) : try runGuarded(block)
            if case .exit(let label?) = flow, label == block.label { return .next }
            return flow
        }
    }

    private func initialize(_ index: Int, _ declared: DeclaredVariable) throws {
        if declared.cursor != nil {
            // A cursor with a query of its own is open under its own name.
            frame.variables[index].value = .text(declared.name)
        } else if let initial = declared.initial {
            try assign(initial, to: index)
        } else if declared.isNotNull {
            throw PostgresError(
                "22004", "variable \"\(declared.name)\" must have a default value, since it's declared NOT NULL")
        } else if !declared.isHidden, case .domain? = transaction.catalog.types[declared.type.type]?.kind {
            try transaction.checkDomain(declared.type.type, .null)
        }
    }

    private func plan(_ block: ProcedureBlock) throws -> BlockPlan {
        var names = frame.names
        var variables: [DeclaredVariable] = []
        for declaration in block.declarations {
            let index = frame.variables.count + variables.count
            switch declaration.kind {
            case .alias(let path):
                guard let aliased = names[path.joined(separator: ".")] else {
                    throw PostgresError("42704", "variable \"\(path.joined(separator: "."))\" does not exist")
                }
                names[declaration.name] = aliased
                continue
            case .variable(let type, let isConstant, let isNotNull, let initial):
                var declared = try declared(declaration.name, type, names, variables)
                declared.isConstant = isConstant
                declared.isNotNull = isNotNull
                declared.initial = initial
                declared.line = declaration.line
                variables.append(declared)
            case .cursor(let parameters, let query, let isScrollable):
                let parameters = try parameters.map { ($0.name, try resolve($0.type)) }
                var reach = names
                for (offset, parameter) in parameters.enumerated() {
                    reach[parameter.0] = index + 1 + offset
                    reach["\(declaration.name).\(parameter.0)"] = index + 1 + offset
                }
                var declared = DeclaredVariable(name: declaration.name, type: TypeReference(.refcursor))
                declared.cursor = BoundCursor(
                    parameters: parameters, query: query, isScrollable: isScrollable, firstParameter: index + 1,
                    names: reach)
                variables.append(declared)
                variables += parameters.map { DeclaredVariable(name: $0.0, type: $0.1, isHidden: true) }
            }
            names[declaration.name] = index
            if let label = block.label { names["\(label).\(declaration.name)"] = index }
        }
        return BlockPlan(names: names, variables: variables)
    }

    func resolve(_ type: TypeName) throws(PostgresError) -> TypeReference {
        do throws(PostgresError) {
            return try transaction.catalog.resolveType(type, searchPath: transaction.session.effectivePath)
        } catch {
            var error = error
            error.position = nil
            throw error
        }
    }

    private func declared(
        _ name: String, _ type: ProcedureType, _ names: [String: Int], _ variables: [DeclaredVariable]
    ) throws(PostgresError) -> DeclaredVariable {
        switch type {
        case .record: return declaration(name, TypeReference(.record))
        case .named(let type):
            let resolved = try resolve(type)
            if [.trigger, .eventTrigger, .void].contains(resolved.type) {
                let shown = transaction.catalog.typeName(resolved, searchPath: [])
                throw PostgresError("0A000", "variable \"\(name)\" has pseudo-type \(shown)")
            }
            return declaration(name, resolved)
        case .row(let table):
            let type = try transaction.catalog.resolveRowType(table, searchPath: transaction.session.effectivePath)
            return declaration(name, TypeReference(type))
        case .sameAs(let path, let dimensions):
            var type = try typeOf(path, names, variables)
            for _ in 0..<dimensions {
                guard let array = TypeSystem(catalog: transaction.catalog).array(of: type.type) else { break }
                type = TypeReference(array, modifier: type.modifier)
            }
            return declaration(name, type)
        }
    }

    /// `variable%TYPE`, `table.column%TYPE`.
    private func typeOf(
        _ path: [String], _ names: [String: Int], _ variables: [DeclaredVariable]
    ) throws(PostgresError) -> TypeReference {
        if let index = names[path.joined(separator: ".")] {
            return index < frame.variables.count
                ? frame.variables[index].declared.type : variables[index - frame.variables.count].type
        }
        return try transaction.catalog.resolveType(
            TypeName(path, isPercentType: true), searchPath: transaction.session.effectivePath)
    }

    func run(_ statements: [ProcedureStatement]) throws -> Flow {
        let outer = current
        for statement in statements {
            current = statement
            if transaction.connection.isWatched { try transaction.connection.checkWatch() }
            let flow = try run(statement)
            if case .next = flow { continue }
            current = outer
            return flow
        }
        // Not where it failed: there the statement is still the one that did.
        current = outer
        return .next
    }

    // MARK: EXCEPTION

    private func runGuarded(_ block: ProcedureBlock) throws -> Flow {
        do {
            return try transaction.savepoint { try run(block.body) }
        } catch {
            let error = transaction.located(error)
            guard let error = error as? PostgresError,
                let handler = block.handlers.first(where: { $0.conditions.contains { $0.matches(error) } })
            else { throw error }
            phase = nil
            handled.append(error)
            defer { handled.removeLast() }
            let plan = try compiled.block(-1 - block.number) {
                BlockPlan(
                    names: frame.names.merging(
                        ["sqlstate": frame.variables.count, "sqlerrm": frame.variables.count + 1]) { $1 },
                    variables: ["sqlstate", "sqlerrm"].map { DeclaredVariable(name: $0, type: TypeReference(.text)) })
            }
            return try withVariables(plan) {
                frame.variables[frame.variables.count - 2].value = .text(error.code)
                frame.variables[frame.variables.count - 1].value = .text(error.message)
                return try run(handler.body)
            }
        }
    }
}

extension ProcedureCondition {
    /// Whether a handler for the condition takes an error. What the emulator refuses is no error of the program: only
    /// a handler that names it may swallow it.
    func matches(_ error: PostgresError) -> Bool {
        switch self {
        case .sqlState(let code): return code == error.code
        case .name("others"): return error.code != "57014" && error.code != "P0004" && !error.isRefusal
        case .name(let name):
            // The name of a class stands for all of it.
            return ConditionNames.codes(of: name).contains { code in
                code == error.code || code.hasSuffix("000") && code.prefix(2) == error.code.prefix(2)
            }
        }
    }
}

extension PostgresError {
    /// Whether the emulator lacks what was asked for.
    var isRefusal: Bool { refusedFeature != nil }
}
