import PostgresSyntax
import PostgresTypes
import SQLite

/// SQL in a body: statements with INTO, CALL, EXECUTE.
extension ProcedureRun {
    /// All rows of a query.
    ///
    /// - Parameter isWhole: they are not fetched one by one, which to PostgreSQL is no statement.
    func rows(_ source: ProcedureRows, isWhole: Bool = false) throws -> RoutineRows {
        switch source {
        case .query(let query): return try rows(query, isWhole: isWhole)
        case .dynamic(let query): return try dynamicRows(query, isWhole: isWhole)
        case .cursor: throw PostgresError("42601", "cursor FOR loop must use a bound cursor variable")
        }
    }

    private func rows(_ query: ProcedureQuery, isWhole: Bool) throws -> RoutineRows {
        let prepared = try prepared(query)
        var found = RoutineRows(shape: prepared.shape)
        // A query of plain values PostgreSQL computes when it plans it.
        if isWhole || prepared.isPlain && !prepared.callsRoutine {
            try run(prepared, query) { found.rows.append($0.row) }
        } else {
            try frame.run(prepared) { found.rows.append($0.row) }
        }
        return found
    }

    func sql(_ query: ProcedureQuery, _ into: ProcedureInto?) throws {
        switch query.statement {
        case .select, .insert, .update, .delete, .merge: break
        case .call(let call): return try self.call(call, query)
        case .transaction: throw PostgresError("0A000", "unsupported transaction command in PL/pgSQL")
        case .unsupported(let tag): throw PostgresError.notSupported(tag)
        case .withoutEffect("VACUUM", _): throw Self.noVacuum
        default:
            let result = try transaction.within(.query(query)) {
                try transaction.execute(query.statement, text: query.text)
            }
            rowCount = result.count
            return
        }
        let prepared = try prepared(query)
        guard let into else {
            guard prepared.isModification && prepared.columns.isEmpty else {
                throw PostgresError(
                    "42601", "query has no destination for result data",
                    hint: prepared.isModification
                        ? nil : "If you want to discard the results of a SELECT, use PERFORM instead.")
            }
            rowCount = try run(prepared, query) { _ in }
            setFound(rowCount > 0)
            return
        }
        var rows: [[SQLValue]] = []
        let mayHaveMore = into.isStrict || prepared.isModification
        let count = try run(prepared, query) { row in
            if rows.isEmpty || mayHaveMore && rows.count < 2 { rows.append(row.row) }
        }
        try finish(into, rows, prepared.shape, isModification: prepared.isModification)
        rowCount = prepared.isModification ? count : min(count, 1)
    }

    /// Hands the first row of a statement to INTO's targets.
    func finish(
        _ into: ProcedureInto, _ rows: [[SQLValue]], _ shape: RecordShape, isModification: Bool
    ) throws {
        if rows.isEmpty, into.isStrict { throw PostgresError("P0002", "query returned no rows") }
        if rows.count > 1, into.isStrict || isModification {
            throw PostgresError(
                "P0003", "query returned more than one row",
                hint: "Make sure the query returns a single row, or use LIMIT 1.")
        }
        try assign(rows.first, shape, to: into.targets)
        setFound(!rows.isEmpty)
    }

    /// A row to a list of targets, or to one row variable; nil sets them to NULL.
    func assign(_ row: [SQLValue]?, _ shape: RecordShape, to targets: [ProcedureTarget]) throws {
        if targets.count == 1, case .variable(let index) = try place(targets[0].path),
            frame.variables[index].declared.isRow
        {
            try checkAssignable(index)
            // One column that is a row already is that row.
            if let row, shape.columns.count == 1, transaction.catalog.isRowType(shape.columns[0].type.type) {
                return try assign(row[0], shape.columns[0].type, to: index)
            }
            if row == nil, frame.variables[index].declared.type.type == .record {
                frame.variables[index].shape = shape
                frame.variables[index].row = shape.columns.map { _ in .null }
                return
            }
            return try assignRow(row ?? [], shape, to: index)
        }
        for (index, target) in targets.enumerated() {
            let place = try place(target.path)
            guard let row, index < row.count else {
                try assign(.null, type(of: place), to: place)
                continue
            }
            try assign(row[index], shape.columns[index].type, to: place)
        }
    }

    /// CALL: what the procedure gives back goes to the variables in those places.
    private func call(_ call: FunctionCall, _ query: ProcedureQuery) throws {
        let scope = frame.scope()
        let (procedure, arguments) = try transaction.procedure(call, variables: scope) { generated in
            try transaction.evaluate(generated, parameters: scope.uses.map(frame.value))[0]
        }
        let rows = try transaction.within(.query(query)) { try transaction.callRows(of: procedure, arguments) }
        guard let row = rows.first else { return }
        var outputs = zip(procedure.routine.outputs, row).makeIterator()
        for (position, parameter) in procedure.routine.parameters.enumerated() where parameter.isOutput {
            guard let (output, value) = outputs.next() else { break }
            let argument =
                call.arguments.first { $0.name != nil && $0.name == parameter.name }
                ?? (position < call.arguments.count ? call.arguments[position] : nil)
            guard case .column(let path)? = argument?.value.node else {
                throw PostgresError(
                    "42601",
                    "procedure parameter \"\(parameter.name ?? "")\" is an output parameter but corresponding "
                        + "argument is not writable")
            }
            try assign(value, output.type, to: place(path))
        }
    }

    // MARK: EXECUTE

    func execute(_ query: ProcedureDynamicQuery, _ into: ProcedureInto?) throws {
        let dynamic = try dynamic(query)
        var last: ResultSet?
        for parsed in dynamic.statements {
            last = try transaction.within(.statement(dynamic.text)) { try run(parsed, dynamic.parameters) }
        }
        guard let last else {
            rowCount = 0
            return
        }
        rowCount = last.count
        guard let into else { return }
        guard !last.columns.isEmpty else {
            throw PostgresError("42601", "INTO used with a command that cannot return data")
        }
        let shape = RecordShape(columns: last.columns, type: TypeReference(.record))
        let found = try ResultCheck.isStrict(into, last.rows)
        try assign(found, shape, to: into.targets)
        rowCount = min(rowCount, 1)
    }

    private func dynamicRows(_ query: ProcedureDynamicQuery, isWhole: Bool) throws -> RoutineRows {
        let dynamic = try dynamic(query)
        func run(_ parsed: ParsedStatement) throws -> ResultSet {
            guard isWhole else { return try self.run(parsed, dynamic.parameters) }
            return try transaction.within(.statement(dynamic.text)) { try self.run(parsed, dynamic.parameters) }
        }
        guard dynamic.statements.count == 1, let result = try dynamic.statements.first.map(run),
            !result.columns.isEmpty
        else { throw PostgresError("42601", "cannot open EXECUTE query as cursor") }
        return RoutineRows(
            shape: RecordShape(columns: result.columns, type: TypeReference(.record)), rows: result.rows)
    }

    /// What an EXECUTE runs.
    struct Dynamic {
        var text: String
        var statements: [ParsedStatement] = []
        var parameters: [(value: SQLValue, type: TypeReference)]
    }

    func dynamic(_ query: ProcedureDynamicQuery) throws -> Dynamic {
        guard let text = try text(query.text) else {
            throw PostgresError("22004", "query string argument of EXECUTE is null")
        }
        var dynamic = Dynamic(text: text, parameters: try query.parameters.map { try evaluate($0) })
        for parsed in Script.parse(text) {
            switch parsed {
            case .success(let statement): dynamic.statements.append(statement)
            case .failure(let error): throw PostgresError(error.sqlState, error.message)
            }
        }
        return dynamic
    }

    func run(
        _ parsed: ParsedStatement, _ parameters: [(value: SQLValue, type: TypeReference)]
    ) throws -> ResultSet {
        switch parsed.statement {
        case .select, .insert, .update, .delete, .merge: break
        case .transaction: throw PostgresError("0A000", "EXECUTE of transaction commands is not implemented")
        case .withoutEffect("VACUUM", _): throw Self.noVacuum
        case .createTableAs where !asciiLowercased(parsed.text).hasPrefix("create"):
            throw PostgresError(
                "0A000", "EXECUTE of SELECT ... INTO is not implemented",
                hint: "You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS instead.")
        default: return try transaction.execute(parsed.statement, text: parsed.text)
        }
        let arguments = parameters.enumerated().map { index, parameter in
            VariableScope.Variable(index: index, name: "$\(index + 1)", type: parameter.type)
        }
        let scope = VariableScope(conflict: .column, arguments: arguments) { _ in nil }
        let session = transaction.session
        let prepared = try PreparedStatement(
            parsed.statement, searchPath: session.effectivePath, role: session.role,
            timeZone: session.literalForms, catalog: transaction.catalog, context: transaction.valueContext,
            variables: scope)
        let values = prepared.uses.map { use -> SQLValue in
            if case .variable(let index) = use { parameters[index].value } else { .null }
        }
        var rows: [[SQLValue]] = []
        let count = try transaction.run(prepared, parameters: values) { rows.append($0.row) }
        return ResultSet(
            columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: prepared.tag(count: count),
            count: count, context: transaction.valueContext)
    }

    private static let noVacuum = PostgresError("25001", "VACUUM cannot be executed from a function")

    private enum ResultCheck {
        static func isStrict(_ into: ProcedureInto, _ rows: [[SQLValue]]) throws -> [SQLValue]? {
            if rows.isEmpty, into.isStrict { throw PostgresError("P0002", "query returned no rows") }
            if rows.count > 1, into.isStrict {
                throw PostgresError("P0003", "query returned more than one row")
            }
            return rows.first
        }
    }
}
