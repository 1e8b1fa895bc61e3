import PostgresSyntax
import PostgresTypes

/// What CREATE FUNCTION finds wrong with a body: PL/pgSQL's syntax; of SQL its syntax, names, types and result.
struct RoutineCheck {
    let catalog: CatalogSnapshot
    let session: Session
    let context: ValueContext

    /// - Parameter reading: of the body, where there is one.
    func check(_ routine: Routine, reading: ProcedureReading? = nil) throws(PostgresError) {
        let isUnchecked =
            session.settings["check_function_bodies"].map { ["off", "false", "0", "no"].contains($0) } == true
        guard routine.language == "plpgsql" else {
            if isUnchecked { return }
            // What its types are is known at a call only.
            if routine.isPolymorphic { return }
            return try checkStatements(of: routine)
        }
        guard case .text(let text) = routine.body else {
            throw .routine("inline SQL function body only valid for language SQL")
        }
        if !isUnchecked { try checkArguments(of: routine) }
        let returns =
            routine.result.type == .eventTrigger
            ? "event_trigger"
            : routine.result.type == .trigger
                ? "trigger"
                : routine.result.type == .void ? "void" : routine.result.type == .record ? "record" : "integer"
        let heading = ProcedureSyntaxCheck.Heading(
            parameters: routine.parameters.map { parameter in
                .init(
                    mode: parameter.mode == .inputOutput ? "inout" : parameter.isInput ? "in" : "out",
                    name: parameter.name)
            }, result: returns, isSet: routine.isSet)
        let known = reading.flatMap { $0.heading == heading ? $0 : nil } ?? ProcedureReading(text, heading)
        if let error = known.objection { throw PostgresError(Self.code(of: error), error.message) }
        let body: ProcedureBody
        switch known.body {
        case .success(let read): body = read
        case .failure(let error): throw PostgresError(error.sqlState, error.message)
        }
        try checkReturns(in: body.block.allStatements, of: routine)
        if !isUnchecked { try checkDeclarations(in: body.block, of: routine) }
    }

    /// That what triggers call takes no arguments.
    private func checkArguments(of routine: Routine) throws(PostgresError) {
        guard !routine.parameters.isEmpty else { return }
        switch routine.result.type {
        case .trigger:
            throw PostgresError(
                "42P13", "trigger functions cannot have declared arguments",
                hint: "The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
        case .eventTrigger: throw PostgresError("42P13", "event trigger functions cannot have declared arguments")
        default: return
        }
    }

    /// That the types of variables exist.
    private func checkDeclarations(in body: ProcedureBlock, of routine: Routine) throws(PostgresError) {
        let inner = body.allStatements.compactMap { statement -> ProcedureBlock? in
            if case .block(let block) = statement.kind { block } else { nil }
        }
        let path = path(of: routine)
        for declaration in ([body] + inner).flatMap(\.declarations) {
            do throws(PostgresError) {
                switch declaration.kind {
                case .variable(.named(let type), _, _, _): _ = try catalog.resolveType(type, searchPath: path)
                case .variable(.row(let name), _, _, _): _ = try catalog.resolveRowType(name, searchPath: path)
                default: continue
                }
            } catch {
                var error = error
                error.position = nil
                throw error
            }
        }
    }

    /// The schemas that the body looks into.
    private func path(of routine: Routine) -> [String] {
        var path = session.effectivePath
        for setting in routine.settings where setting.name.lowercased() == "search_path" {
            path = (setting.values ?? []).map { $0 == "$user" ? session.role : $0 }
        }
        return path
    }

    /// That RETURN fits what the function is declared to return.
    private func checkReturns(in statements: [ProcedureStatement], of routine: Routine) throws(PostgresError) {
        for statement in statements {
            switch statement.kind {
            case .returnValue(nil):
                let needsNone =
                    routine.isSet || routine.isProcedure || !routine.outputs.isEmpty || routine.result.type == .void
                    || routine.result.type == .eventTrigger
                if !needsNone { throw PostgresError("42601", "missing expression at or near \";\"") }
            case .returnValue(_?):
                let place =
                    routine.isSet
                    ? "function returning set"
                    : routine.isProcedure
                        ? "a procedure"
                        : !routine.outputs.isEmpty
                            ? "function with OUT parameters"
                            : routine.result.type == .void ? "function returning void" : nil
                guard let place else { continue }
                throw PostgresError(
                    routine.isProcedure ? "42601" : "42804", "RETURN cannot have a parameter in \(place)",
                    hint: routine.isSet ? "Use RETURN NEXT or RETURN QUERY." : nil)
            case .returnNext where !routine.isSet:
                throw PostgresError("42804", "cannot use RETURN NEXT in a non-SETOF function")
            case .returnRows where !routine.isSet:
                throw PostgresError("42804", "cannot use RETURN QUERY in a non-SETOF function")
            default: continue
            }
        }
    }

    /// What the compiler objects to has a code of its own, unless it is the grammar.
    static func code(of error: SyntaxError) -> String {
        if error.message.hasPrefix("RETURN ") || error.message.hasPrefix("cannot use RETURN ") { return "42804" }
        if error.message.hasSuffix(" is declared CONSTANT") { return "22005" }
        if error.message.hasSuffix(" must have a default value, since it's declared NOT NULL") { return "22004" }
        if error.message.hasPrefix("unrecognized exception condition ") { return "42704" }
        return error.sqlState
    }

    private func checkStatements(of routine: Routine) throws(PostgresError) {
        guard case .sql(let statements) = try CompiledRoutine.code(of: routine) else { return }
        if routine.result.type == .trigger {
            throw PostgresError("42P13", "SQL functions cannot return type trigger")
        }
        if routine.result.type == .eventTrigger {
            throw PostgresError("42P13", "SQL functions cannot return type event_trigger")
        }
        var last: TypedStatement?
        let path = path(of: routine)
        let names = arguments(of: routine)
        for step in statements {
            let scope = VariableScope(conflict: .column, arguments: names) { name in
                names.first { $0.name == name || "\(routine.name).\($0.name)" == name }
            }
            switch step.statement {
            case .select, .insert, .update, .delete, .merge:
                do {
                    last = try Binder(catalog: catalog, searchPath: path, context: context)
                        .bind(step.statement, variables: scope)
                } catch {
                    // A modification of a view is bound when it runs.
                    if error.code == "0A000", error.message.contains(" on view ") {
                        last = nil
                        continue
                    }
                    var error = error
                    error.position = nil
                    throw error
                }
            case .unsupported(let tag): throw .notSupported(tag)
            case .transaction:
                throw PostgresError("0A000", "\(step.statement.definitionTag) is not allowed in an SQL function")
            default: last = nil
            }
        }
        try checkResult(of: routine, last)
    }

    private func arguments(of routine: Routine) -> [VariableScope.Variable] {
        routine.inputs.enumerated().map { index, parameter in
            VariableScope.Variable(index: index, name: parameter.name ?? "$\(index + 1)", type: parameter.type)
        }
    }

    private func checkResult(of routine: Routine, _ last: TypedStatement?) throws(PostgresError) {
        if routine.result.type == .void || routine.isProcedure && routine.outputs.isEmpty { return }
        func mismatch(_ detail: String) -> PostgresError {
            PostgresError(
                "42P13",
                "return type mismatch in function declared to return "
                    + catalog.typeName(routine.result, searchPath: session.effectivePath), detail: detail)
        }
        guard let last, !last.outputColumns.isEmpty else {
            throw mismatch("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.")
        }
        let columns = catalog.resultColumns(of: routine)
        let given = last.outputColumns
        let isRow = routine.returnsOutputs || catalog.isRowType(routine.result.type)
        guard isRow else {
            guard given.count == 1 else { throw mismatch("Final statement must return exactly one column.") }
            guard isCoercible(given[0].type, to: routine.result) else {
                throw mismatch(
                    "Actual return type is \(catalog.typeName(given[0].type, searchPath: session.effectivePath)).")
            }
            return
        }
        if given.count == 1, catalog.isRowType(given[0].type.type) { return }
        if routine.result.type == .record, routine.outputs.isEmpty { return }
        guard given.count >= columns.count else { throw mismatch("Final statement returns too few columns.") }
        guard given.count == columns.count else { throw mismatch("Final statement returns too many columns.") }
        for (index, (from, to)) in zip(given, columns).enumerated() where !isCoercible(from.type, to: to.type) {
            let path = session.effectivePath
            throw mismatch(
                "Final statement returns \(catalog.typeName(from.type, searchPath: path)) instead of "
                    + "\(catalog.typeName(to.type, searchPath: path)) at column \(index + 1).")
        }
    }

    private func isCoercible(_ source: TypeReference, to target: TypeReference) -> Bool {
        let value = TypedExpression(.parameter(1), type: source)
        let binder = Binder(catalog: catalog, searchPath: session.effectivePath, context: context)
        return (try? binder.convert(value, to: target, throughText: false)) != nil
    }
}
