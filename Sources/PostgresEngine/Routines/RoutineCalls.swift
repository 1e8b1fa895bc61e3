import Glibc
import PostgresSyntax
import PostgresTypes
import SQLite

/// Calls of routines: from expressions and FROM, by CALL, and as a DO block.
extension Transaction {
    /// The value of a call; a row as one value.
    func call(_ id: FunctionID, _ arguments: [SQLValue]) throws -> SQLValue {
        try value(of: try compiled(id), arguments)
    }

    // MARK: COMMIT and ROLLBACK of procedures

    /// Ends the transaction and starts another, on behalf of a procedure that is not part of anything larger.
    func endTransaction(committing isCommit: Bool) throws {
        guard mayEndTransaction else { throw PostgresError("2D000", "invalid transaction termination") }
        guard savepointDepth == 0 else {
            throw PostgresError("2D000", "cannot \(isCommit ? "commit" : "roll back") while a subtransaction is active")
        }
        if isCommit {
            try database.commit(self)
        } else {
            try database.rollBack(self)
            session = sessionAtStart
            localSettings = [:]
        }
        try beginAgain()
    }

    /// Runs `body` as part of a statement, whose transaction it cannot end.
    private func atomically<T>(_ isAtomic: Bool, _ body: () throws -> T) rethrows -> T {
        let outer = mayEndTransaction
        if isAtomic { mayEndTransaction = false }
        defer { mayEndTransaction = outer }
        return try body()
    }

    func value(of compiled: CompiledRoutine, _ arguments: [SQLValue]) throws -> SQLValue {
        guard let rows = try rows(of: compiled, arguments), let row = rows.first else { return .null }
        return value(of: row, compiled)
    }

    /// The rows of a call: a value for each column, or the row as one value.
    func callForRows(_ id: FunctionID, _ arguments: [SQLValue], asValues: Bool) throws -> [[SQLValue]] {
        try callForRows(try compiled(id), arguments, asValues: asValues)
    }

    func callForRows(
        _ compiled: CompiledRoutine, _ arguments: [SQLValue], asValues: Bool
    ) throws -> [[SQLValue]] {
        guard let rows = try rows(of: compiled, arguments) else {
            return compiled.routine.isSet ? [] : [[SQLValue](repeating: .null, count: compiled.columns.count)]
        }
        if !compiled.routine.isSet, rows.isEmpty {
            return [[SQLValue](repeating: .null, count: compiled.columns.count)]
        }
        return asValues ? rows.map { [value(of: $0, compiled)] } : rows
    }

    private func value(of row: [SQLValue], _ compiled: CompiledRoutine) -> SQLValue {
        let routine = compiled.routine
        if routine.returnsAnyRecord { return row.first ?? .null }
        let isRow = routine.returnsOutputs || catalog.isRowType(routine.result.type)
        // The one output is the value, also where it is a row.
        guard isRow, !(routine.outputs.count == 1 && row.count == 1) else { return row.first ?? .null }
        return rowValue(row, RecordShape(columns: compiled.columns, type: routine.result))
    }

    func compiled(_ id: FunctionID) throws -> CompiledRoutine {
        try database.plans.routine(id, version: catalog.version) {
            guard let routine = catalog[id] else {
                throw PostgresError("42883", "function with OID \(id.oid) does not exist")
            }
            return try CompiledRoutine(routine, catalog: catalog)
        }
    }

    /// nil: a strict function was given a NULL.
    private func rows(of compiled: CompiledRoutine, _ arguments: [SQLValue]) throws -> [[SQLValue]]? {
        let routine = compiled.routine
        guard catalog.allowsCall(of: routine, role: session.role) else {
            throw PostgresError.permissionDenied(routine.kindName, routine.name)
        }
        if routine.result.type == .trigger || routine.result.type == .eventTrigger {
            throw PostgresError("0A000", "trigger functions can only be called as triggers")
        }
        if routine.isStrict, arguments.contains(.null) { return nil }
        return try entering(routine) {
            switch compiled.code {
            case .sql(let statements): try SQLRoutineRun(self, compiled, arguments).rows(statements)
            case .procedural(let body): try ProcedureRun(self, compiled, body).rows(arguments)
            }
        }
    }

    // MARK: Around a call

    /// Runs `body` as a call of the routine: with its owner's rights and its settings where it says so, and with an
    /// error instead of a crash when calls go too deep.
    func entering<T>(_ routine: Routine, _ body: () throws -> T) throws -> T {
        try checkStack()
        callDepth += 1
        defer { callDepth -= 1 }
        let isCalled = routine.isProcedure || routine.id == FunctionID(0)
        let isPlain = !routine.isSecurityDefiner && routine.settings.isEmpty
        return try atomically(!isCalled || !isPlain) { try withRights(of: routine, body) }
    }

    private func withRights<T>(of routine: Routine, _ body: () throws -> T) throws -> T {
        guard routine.isSecurityDefiner || !routine.settings.isEmpty else { return try Self.inside(body) }
        let saved = session
        if routine.isSecurityDefiner {
            session.roleOutside = saved.roleOutside ?? saved.role
            session.role = routine.owner
        }
        for setting in routine.settings { try apply(setting) }
        defer { restore(saved, after: routine) }
        return try Self.inside(body)
    }

    /// An error inside a routine points into its body, not into the statement that called it.
    private static func inside<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch var error as PostgresError {
            error.position = nil
            throw error
        }
    }

    /// A SET clause, which lasts as long as the call.
    private func apply(_ setting: SetVariable) throws {
        let known = localSettings
        try run(setting)
        localSettings = known
    }

    private func restore(_ saved: Session, after routine: Routine) {
        var session = session
        if routine.isSecurityDefiner {
            session.role = saved.role
            session.roleOutside = saved.roleOutside
        }
        for setting in routine.settings {
            let name = setting.name.lowercased()
            switch name {
            case "search_path": session.searchPath = saved.searchPath
            case "role": session.role = saved.role
            default: break
            }
            session.settings[name] = saved.settings[name]
        }
        self.session = session
    }

    /// How much stack calls may take in all: five eighths of what glibc gives a thread, which is the limit that
    /// processes start with.
    private static let stackBudget: UInt = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit)
        let size = limit.rlim_cur > 1 << 26 ? 1 << 21 : UInt(limit.rlim_cur)
        return max(size, 1 << 20) / 8 * 5
    }()

    private func checkStack() throws {
        var here: UInt8 = 0
        let position = withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
        if callDepth == 0 { stackLimit = position - Self.stackBudget }
        guard position < stackLimit else { return }
        throw PostgresError(
            "54001", "stack depth limit exceeded",
            hint: "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the "
                + "platform's stack depth limit is adequate.")
    }

    // MARK: CALL and DO

    func call(_ call: FunctionCall) throws -> ResultSet {
        let (compiled, arguments) = try procedure(call) { try evaluate($0)[0] }
        let rows = try rows(of: compiled, arguments) ?? []
        let outputs = compiled.routine.outputs
        guard !outputs.isEmpty else { return ResultSet(tag: "CALL") }
        let columns = outputs.map { OutputColumn(name: $0.name ?? "", type: $0.type) }
        return ResultSet(
            columns: columns, types: columns.map { catalog.postgresType(of: $0.type.type) }, rows: rows, tag: "CALL",
            count: rows.count, context: valueContext)
    }

    /// The procedure that a CALL names, with its arguments' values.
    func procedure(
        _ call: FunctionCall, variables: VariableScope? = nil, _ value: (GeneratedSQL) throws -> SQLValue
    ) throws -> (CompiledRoutine, [SQLValue]) {
        let binder = Binder(catalog: catalog, searchPath: session.effectivePath, context: valueContext)
        let (id, arguments, schemas) = try binder.bindProcedure(call, variables: variables)
        try catalog.check(schemas, role: session.role)
        let compiled = try compiled(id)
        var values: [SQLValue] = []
        for argument in arguments {
            values.append(try value(SQLGenerator(catalog: catalog).expressions([argument])))
        }
        return (compiled, values)
    }

    func callRows(of compiled: CompiledRoutine, _ arguments: [SQLValue]) throws -> [[SQLValue]] {
        try rows(of: compiled, arguments) ?? []
    }

    /// DO: a body without a name, arguments and result.
    func runBlock(_ body: String) throws {
        do {
            try ProcedureSyntaxCheck.checkBlock(body)
        } catch {
            throw PostgresError(RoutineCheck.code(of: error), error.message)
        }
        let routine = Routine(
            id: FunctionID(0), schema: "", name: "inline_code_block", owner: session.role, privileges: [],
            isProcedure: false, parameters: [], result: TypeReference(.void), isSet: false, language: "plpgsql",
            body: .text(body), volatility: .volatile, isStrict: false, isSecurityDefiner: false, settings: [],
            searchPath: session.effectivePath, variadicElement: nil)
        let compiled = try CompiledRoutine(routine, catalog: catalog)
        guard case .procedural(let code) = compiled.code else { return }
        _ = try entering(routine) { try ProcedureRun(self, compiled, code).rows([]) }
    }
}

extension CatalogSnapshot {
    package func allowsCall(of routine: Routine, role: String) -> Bool {
        isMember(role, of: routine.owner) || routine.privileges.allow("execute", to: inheritedRoles(of: role))
    }

    /// Whether values of the type are rows: a named row type or `record`.
    func isRowType(_ type: TypeID) -> Bool {
        switch postgresType(of: type) {
        case .composite, .record: true
        default: false
        }
    }
}

/// A body in SQL being run: its statements in order, the last one's rows are the result.
struct SQLRoutineRun {
    private let transaction: Transaction
    private let compiled: CompiledRoutine
    private let frame: RoutineFrame

    init(_ transaction: Transaction, _ compiled: CompiledRoutine, _ arguments: [SQLValue]) throws {
        self.transaction = transaction
        self.compiled = compiled
        frame = RoutineFrame(transaction, compiled, conflict: .column)
        frame.declareArguments(arguments)
    }

    func rows(_ statements: [(statement: PostgresSyntax.Statement, text: String)]) throws -> [[SQLValue]] {
        let routine = compiled.routine
        // A body in the statement is bound as it was when it was made, whatever the caller's path is.
        let path = transaction.session.searchPath
        if case .text = routine.body {} else { transaction.session.searchPath = routine.searchPath }
        defer { if case .text = routine.body {} else { transaction.session.searchPath = path } }
        var result: [[SQLValue]] = []
        for (number, step) in statements.enumerated() {
            let isLast = number == statements.count - 1
            switch step.statement {
            case .select, .insert, .update, .delete, .merge:
                result = try run(step.statement, number: number, isLast: isLast)
            default:
                _ = try transaction.within(.function(routine, statement: number + 1)) {
                    try transaction.execute(step.statement, text: step.text)
                }
                result = []
            }
        }
        return routine.result.type == .void && !routine.isProcedure && !routine.isSet ? [[.null]] : result
    }

    private func run(_ statement: PostgresSyntax.Statement, number: Int, isLast: Bool) throws -> [[SQLValue]] {
        let routine = compiled.routine
        let prepared: PreparedStatement
        do { prepared = try frame.prepared(number, statement) } catch {
            throw transaction.located(error, in: .function(routine, statement: nil))
        }
        let wantsRows = isLast && routine.result.type != .void && !prepared.columns.isEmpty
        var rows: [[SQLValue]] = []
        func run() throws {
            try frame.run(prepared) { row in
                guard wantsRows, routine.isSet || rows.isEmpty else { return }
                rows.append(row.row)
            }
        }
        // What PostgreSQL puts into the calling query is no call.
        if isLast, number == 0, routine.isInlined(as: prepared) {
            try run()
        } else {
            try transaction.within(.function(routine, statement: number + 1), run)
        }
        guard wantsRows else { return [] }
        if routine.returnsAnyRecord {
            return try rows.map { [try record($0, of: prepared.columns)] }
        }
        // One column that is a row already stands for all columns.
        let columns = compiled.columns
        if columns.count != 1 || transaction.catalog.isRowType(routine.result.type), prepared.columns.count == 1,
            transaction.catalog.isRowType(prepared.columns[0].type.type)
        {
            return try rows.compactMap { row in
                guard let fields = try transaction.fields(of: row[0], type: prepared.columns[0].type) else {
                    return routine.isSet ? columns.map { _ in .null } : nil
                }
                return try transaction.convert(fields.values, from: fields.shape.columns, to: columns)
            }
        }
        return try rows.map { try transaction.convert($0, from: prepared.columns, to: columns) }
    }

    /// A row of a body that returns `record`. One column that is a row already is that record.
    private func record(_ row: [SQLValue], of columns: [OutputColumn]) throws -> SQLValue {
        guard columns.count == 1, transaction.catalog.isRowType(columns[0].type.type) else {
            return transaction.recordValue(row, of: columns)
        }
        guard let fields = try transaction.fields(of: row[0], type: columns[0].type) else { return .null }
        return transaction.recordValue(fields.values, of: fields.shape.columns)
    }
}

extension Routine {
    /// Whether PostgreSQL replaces calls by the body, which is one query: an expression, or what a table could be.
    fileprivate func isInlined(as query: PreparedStatement) -> Bool {
        guard !isSecurityDefiner, settings.isEmpty, !isProcedure else { return false }
        return isSet ? volatility != .volatile && !isStrict && !query.isModification : query.isPlain
    }
}

extension RoutineFrame {
    /// The arguments as the first variables, in reach by their names and by the routine's name before them.
    func declareArguments(_ arguments: [SQLValue], takesRowsApart: Bool = false) {
        for (index, parameter) in compiled.routine.inputs.enumerated() {
            var declared = DeclaredVariable(name: parameter.name ?? "$\(index + 1)", type: parameter.type)
            let isRow = takesRowsApart && transaction.catalog.isRowType(parameter.type.type)
            declared.isRow = isRow
            if isRow, let fields = TypeSystem(catalog: transaction.catalog).fields(of: parameter.type.type) {
                declared.shape = RecordShape(
                    columns: fields.map { OutputColumn(name: $0.name, type: $0.type) }, type: parameter.type)
            }
            var variable = Variable(declared)
            let value = index < arguments.count ? arguments[index] : .null
            if isRow {
                if let fields = try? transaction.fields(of: value, type: parameter.type) {
                    variable.row = fields.values
                    if variable.shape == nil { variable.shape = fields.shape }
                }
            } else {
                variable.value = value
            }
            if let name = parameter.name {
                names[name] = variables.count
                names["\(compiled.routine.name).\(name)"] = variables.count
            }
            if takesRowsApart { names["$\(index + 1)"] = variables.count }
            variables.append(variable)
        }
    }
}

extension PostgresSyntax.Statement {
    /// CALL and DO: what may end transactions while it runs.
    var runsProcedures: Bool {
        switch self {
        case .call, .anonymousBlock: true
        default: false
        }
    }
}
