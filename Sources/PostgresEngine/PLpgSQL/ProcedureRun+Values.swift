import PostgresSyntax
import PostgresTypes
import SQLite

/// Expressions and assignments.
extension ProcedureRun {
    /// The plan of an expression or statement. Where it has none, it is the error's place, unless that points into
    /// its text.
    func prepared(
        _ query: ProcedureQuery, isExpression: Bool = false, result: TypeReference? = nil
    ) throws -> PreparedStatement {
        do {
            return try frame.prepared(query.number, query.statement, isExpression: isExpression, result: result)
        } catch let error as PostgresError {
            var error = error
            // That a record has no structure yet is found out behind the parser, which knows the place of a literal.
            if error.code == "55000" { error.position = nil }
            let isPlaced = error.position != nil || error.code.hasPrefix("22")
            throw transaction.located(error, in: isPlaced ? nil : .query(query))
        }
    }

    /// Runs a query or modification as a statement of its own.
    @discardableResult
    func run(
        _ prepared: PreparedStatement, _ query: ProcedureQuery, _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        try transaction.within(.query(query)) { try frame.run(prepared, body) }
    }

    /// The plan of an expression whose value becomes the function's. A literal that is none of its type fails as the
    /// value does, when it is returned.
    private func preparedResult(_ query: ProcedureQuery, as type: TypeReference) throws -> PreparedStatement {
        do {
            return try frame.prepared(query.number, query.statement, isExpression: true, result: type)
        } catch {
            guard (try? unconverted(query)) != nil else { return try prepared(query, isExpression: true) }
            return try casting { throw error }
        }
    }

    /// Runs `body` as what happens to the function's value at its end.
    private func casting<T>(_ body: () throws -> T) throws -> T {
        let outer = current
        (phase, current) = (.result, nil)
        do {
            let value = try body()
            (phase, current) = (nil, outer)
            return value
        } catch {
            throw transaction.located(error)
        }
    }

    /// The one value of an expression; NULL when its query has no row.
    ///
    /// - Parameter isReturned: it becomes the function's.
    func evaluate(
        _ query: ProcedureQuery, as type: TypeReference? = nil, isReturned: Bool = false
    ) throws -> (value: SQLValue, type: TypeReference) {
        let prepared: PreparedStatement =
            if let type, isReturned { try preparedResult(query, as: type) } else {
                try prepared(query, isExpression: true, result: type)
            }
        guard prepared.columns.count == 1 else {
            let count = prepared.columns.count
            let error = PostgresError("42601", "query returned \(count) column\(count == 1 ? "" : "s")")
            throw transaction.located(error, in: .manyRows(query))
        }
        let given = prepared.columns[0].type
        var value = SQLValue.null
        switch prepared.simpleValue {
        case .constant(let constant)?: value = constant
        case .use(let index)?: value = frame.value(of: prepared.uses[index])
        case .session(let session)?: value = transaction.value(of: session)
        case nil:
            do { value = try computed(prepared, query) } catch {
                throw isReturned ? resultError(error, prepared, query) : error
            }
        }
        guard let type, type != given else { return (value, given) }
        if isReturned { return (try casting { try transaction.convert(value, from: given, to: type) }, type) }
        return (try transaction.convert(value, from: given, to: type), type)
    }

    /// Whether an expression is being computed already, further out, or has failed: then PostgreSQL runs it as a
    /// statement.
    private func isInUse(_ query: ProcedureQuery) -> Bool {
        !transaction.expressionsInUse.isEmpty
            && transaction.expressionsInUse.contains(ExpressionInUse(routine: compiled, number: query.number))
    }

    /// The error of an expression that is converted to the function's type: what fails in the conversion fails when
    /// the value is returned.
    private func resultError(
        _ error: any Error, _ prepared: PreparedStatement, _ query: ProcedureQuery
    ) -> any Error {
        guard var failure = error as? PostgresError, !prepared.callsRoutine,
            let plain = try? unconverted(query), (try? computed(plain, query)) != nil
        else { return error }
        if failure.isLocated { failure.context = nil }
        failure.isLocated = false
        do { return try casting { throw failure } } catch { return error }
    }

    /// The plan of an expression as it is, kept beside that of its conversion.
    private func unconverted(_ query: ProcedureQuery) throws -> PreparedStatement {
        try frame.prepared(~query.number, query.statement, isExpression: true)
    }

    private func computed(_ prepared: PreparedStatement, _ query: ProcedureQuery) throws -> SQLValue {
        var (value, count) = (SQLValue.null, 0)
        func take(_ row: SQLite.Statement) {
            if count == 0 { value = row.value(0) }
            count += 1
        }
        if prepared.isPlain, !isInUse(query) {
            func use() -> ExpressionInUse { ExpressionInUse(routine: compiled, number: query.number) }
            if prepared.callsRoutine { transaction.expressionsInUse.insert(use()) }
            do {
                try frame.run(prepared, take)
            } catch {
                transaction.expressionsInUse.insert(use())
                // PostgreSQL makes no statement of it, unless it computes it already when it plans it.
                throw prepared.uses.isEmpty ? transaction.located(error, in: .query(query)) : error
            }
            if prepared.callsRoutine { transaction.expressionsInUse.remove(use()) }
        } else {
            try run(prepared, query, take)
        }
        guard count < 2 else {
            throw transaction.located(
                PostgresError("21000", "query returned more than one row"), in: .manyRows(query))
        }
        return value
    }

    func isTrue(_ query: ProcedureQuery) throws -> Bool {
        if case .integer(let value) = try evaluate(query, as: TypeReference(.bool)).value { return value != 0 }
        return false
    }

    /// The text of a value, nil for NULL.
    func text(_ query: ProcedureQuery) throws -> String? {
        let (value, type) = try evaluate(query)
        return try text(value, type)
    }

    func text(_ value: SQLValue, _ type: TypeReference) throws -> String? {
        value.isNull ? nil : try FunctionTable.outputText(value, of: type, transaction.context)
    }

    // MARK: Assignment

    func assign(_ query: ProcedureQuery, to index: Int) throws {
        let declared = frame.variables[index].declared
        if declared.isRow {
            if let source = try rowVariable(query) {
                return try assignRow(frame.variables[source].row, frame.variables[source].shape, to: index)
            }
            let (value, type) = try evaluate(query)
            return try assign(value, type, to: index)
        }
        try store(evaluate(query, as: declared.type).value, in: index)
    }

    /// The row variable that an expression is nothing but.
    func rowVariable(_ query: ProcedureQuery) throws -> Int? {
        guard case .select(let select) = query.statement, case .select(let plain) = select.body,
            plain.targets.count == 1, plain.from.isEmpty, case .column(let path) = plain.targets[0].value.node,
            let index = frame.names[path.joined(separator: ".")], frame.variables[index].declared.isRow
        else { return nil }
        return index
    }

    /// A row for RETURN and its kin: of a variable as it is, else the value of the expression taken apart.
    func row(_ query: ProcedureQuery) throws -> (values: [SQLValue], shape: RecordShape)? {
        if let index = try rowVariable(query) {
            let variable = frame.variables[index]
            guard let shape = variable.shape else {
                if isTrigger { return nil }
                throw unassigned(variable.declared.name)
            }
            return (variable.row, shape)
        }
        let (value, type) = try evaluate(query)
        if value.isNull { return nil }
        guard transaction.catalog.isRowType(type.type) else {
            throw PostgresError("42804", "cannot return non-composite value from function returning composite type")
        }
        return try transaction.fields(of: value, type: type)
    }

    func unassigned(_ name: String) -> PostgresError {
        PostgresError(
            "55000", "record \"\(name)\" is not assigned yet",
            detail: "The tuple structure of a not-yet-assigned record is indeterminate.")
    }

    func assign(_ value: SQLValue, _ type: TypeReference, to index: Int) throws {
        let declared = frame.variables[index].declared
        guard declared.isRow else {
            return try store(transaction.convert(value, from: type, to: declared.type), in: index)
        }
        if value.isNull { return try assignRow([], nil, to: index) }
        guard transaction.catalog.isRowType(type.type) else {
            // A string in the notation of rows.
            if type.type == .text || type.type == .unknown, declared.type.type != .record {
                let converted = try transaction.convert(value, from: type, to: declared.type)
                let fields = try transaction.fields(of: converted, type: declared.type)
                return try assignRow(fields?.values ?? [], fields?.shape, to: index)
            }
            throw PostgresError("42804", "cannot assign non-composite value to a record variable")
        }
        let fields = try transaction.fields(of: value, type: type)
        try assignRow(fields?.values ?? [], fields?.shape, to: index)
    }

    /// Gives a row variable the values of another row: a record takes on its columns, a declared row converts them.
    func assignRow(_ values: [SQLValue], _ shape: RecordShape?, to index: Int) throws {
        let declared = frame.variables[index].declared
        if declared.isNotNull && values.isEmpty { throw nullAssigned(declared.name) }
        if declared.type.type == .record {
            frame.variables[index].shape = shape ?? frame.variables[index].shape
            frame.variables[index].row = values
            return
        }
        guard let own = declared.shape else { return }
        guard let shape, !values.isEmpty else {
            frame.variables[index].row = []
            return
        }
        frame.variables[index].row =
            shape == own ? values : try transaction.convert(values, from: shape.columns, to: own.columns)
    }

    private func store(_ value: SQLValue, in index: Int) throws {
        let declared = frame.variables[index].declared
        if declared.isNotNull && value.isNull { throw nullAssigned(declared.name) }
        frame.variables[index].value = value
    }

    private func nullAssigned(_ name: String) -> PostgresError {
        PostgresError("22004", "null value cannot be assigned to variable \"\(name)\" declared NOT NULL")
    }
}
