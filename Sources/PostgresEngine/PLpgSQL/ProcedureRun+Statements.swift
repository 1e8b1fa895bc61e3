import PostgresSyntax
import PostgresTypes
import SQLite

/// Statements, one by one.
extension ProcedureRun {
    func run(_ statement: ProcedureStatement) throws -> Flow {
        switch statement.kind {
        case .block(let block): return try run(block)
        case .assign(let target, let value): try assign(value, to: target)
        case .conditional(let branches, let otherwise):
            for branch in branches where try isTrue(branch.condition) { return try run(branch.body) }
            return try run(otherwise)
        case .choice(let tested, let branches, let otherwise):
            return try choose(tested, branches, otherwise)
        case .loop(let label, let body):
            return try loop(label) { try run(body) }
        case .whileLoop(let label, let condition, let body):
            return try loop(label) { try isTrue(condition) ? try run(body) : nil }
        case .countingLoop(let number, let label, let variable, let lower, let upper, let step, let isReverse, let body):
            return try count(number, label, variable, lower, upper, step, isReverse, body)
        case .rowLoop(let label, let targets, let rows, let body): return try forEach(label, targets, rows, body)
        case .elementLoop(let label, let targets, let slice, let array, let body):
            return try forEachElement(label, targets, slice, array, body)
        case .leave(let isExit, let label, let condition):
            if let condition, try !isTrue(condition) { return .next }
            return isExit ? .exit(label) : .proceed(label)
        case .returnValue(let value):
            try setReturned(value)
            return .returned
        case .returnNext(let value): try returnNext(value)
        case .returnRows(let rows): try returnRows(rows)
        case .raise(let raise): try self.raise(raise)
        case .assert(let condition, let message): try assert(condition, message)
        case .sql(let query, let into): try sql(query, into)
        case .perform(let query):
            let prepared = try frame.prepared(query.number, query.statement)
            rowCount = try frame.run(prepared) { _ in }
            setFound(rowCount > 0)
        case .execute(let query, let into): try execute(query, into)
        case .diagnostics(let isStacked, let items): try diagnose(isStacked, items)
        case .open(let cursor, let rows, let arguments): try open(cursor, rows, arguments)
        case .fetch(let cursor, let direction, let count, let into): try fetch(cursor, direction, count, into)
        case .close(let cursor): try close(cursor)
        case .null: break
        case .unsupported(let feature): throw PostgresError.notSupported(feature)
        }
        return .next
    }

    // MARK: Branches and loops

    private func choose(
        _ tested: ProcedureQuery?, _ branches: [(values: [ProcedureQuery], body: [ProcedureStatement])],
        _ otherwise: [ProcedureStatement]?
    ) throws -> Flow {
        if let tested {
            let (value, type) = try evaluate(tested)
            for branch in branches {
                for candidate in branch.values where try equals(value, type, candidate) { return try run(branch.body) }
            }
        } else {
            for branch in branches where try isTrue(branch.values[0]) { return try run(branch.body) }
        }
        guard let otherwise else {
            throw PostgresError("20000", "case not found", hint: "CASE statement is missing ELSE part.")
        }
        return try run(otherwise)
    }

    /// `tested = candidate` by the operator of their types.
    private func equals(_ value: SQLValue, _ type: TypeReference, _ candidate: ProcedureQuery) throws -> Bool {
        guard case .select(let select) = candidate.statement, case .select(var plain) = select.body,
            plain.targets.count == 1
        else { return false }
        let name = "__case__variable__"
        plain.targets[0] = Target(
            Expression(
                .operation(
                    OperatorName("="), left: Expression(.column([name])), right: plain.targets[0].value)))
        let plan = BlockPlan(
            names: frame.names.merging([name: frame.variables.count]) { $1 },
            variables: [DeclaredVariable(name: name, type: type)])
        return try withVariables(plan) {
            frame.variables[frame.variables.count - 1].value = value
            return try isTrue(
                ProcedureQuery(
                    number: candidate.number, text: candidate.text,
                    statement: .select(
                        SelectStatement(
                            .select(plain), with: select.with, order: select.order, limit: select.limit,
                            offset: select.offset))))
        }
    }

    /// Runs `body` until it answers nil or leaves the loop.
    private func loop(_ label: String?, _ body: () throws -> Flow?) throws -> Flow {
        while let flow = try body() {
            switch flow {
            case .next: continue
            case .exit(nil): return .next
            case .exit(let target?): return target == label ? .next : flow
            case .proceed(nil): continue
            case .proceed(let target?): if target != label { return flow }
            case .returned: return flow
            }
        }
        return .next
    }

    private func bound(_ query: ProcedureQuery, _ what: String) throws -> Int64 {
        guard case .integer(let value) = try evaluate(query, as: TypeReference(.int4)).value else {
            throw PostgresError("22004", "\(what) of FOR loop cannot be null")
        }
        return value
    }

    private func count(
        _ number: Int, _ label: String?, _ variable: String, _ lower: ProcedureQuery, _ upper: ProcedureQuery,
        _ step: ProcedureQuery?, _ isReverse: Bool, _ body: [ProcedureStatement]
    ) throws -> Flow {
        let first = try bound(lower, "lower bound")
        let last = try bound(upper, "upper bound")
        let step = try step.map { try bound($0, "BY value") } ?? 1
        guard step > 0 else { throw PostgresError("22023", "BY value of FOR loop must be greater than zero") }
        let plan = try compiled.block(number) {
            var names = frame.names
            names[variable] = frame.variables.count
            if let label { names["\(label).\(variable)"] = frame.variables.count }
            return BlockPlan(
                names: names, variables: [DeclaredVariable(name: variable, type: TypeReference(.int4))])
        }
        let index = frame.variables.count
        var current = first
        var ran = false
        let flow = try withVariables(plan) {
            try loop(label) {
                guard isReverse ? current >= last : current <= last else { return nil }
                ran = true
                frame.variables[index].value = .integer(current)
                current += isReverse ? -step : step
                return try run(body)
            }
        }
        setFound(ran)
        return flow
    }

    private func forEach(
        _ label: String?, _ targets: [ProcedureTarget], _ source: ProcedureRows, _ body: [ProcedureStatement]
    ) throws -> Flow {
        // All rows first: what the body writes is not seen by the query.
        let found = try rows(source)
        var position = 0
        let flow = try loop(label) {
            guard position < found.rows.count else { return nil }
            position += 1
            try assign(found.rows[position - 1], found.shape, to: targets)
            return try run(body)
        }
        if found.rows.isEmpty { try assign(nil, found.shape, to: targets) }
        setFound(!found.rows.isEmpty)
        return flow
    }

    private func forEachElement(
        _ label: String?, _ targets: [ProcedureTarget], _ slice: Int, _ query: ProcedureQuery,
        _ body: [ProcedureStatement]
    ) throws -> Flow {
        let (value, type) = try evaluate(query)
        guard !value.isNull else { throw PostgresError("22004", "FOREACH expression must not be null") }
        let catalog = transaction.catalog
        guard case .array(let elementType) = catalog.postgresType(of: type.type), case .text(let text) = value,
            let element = TypeSystem(catalog: catalog).baseElement(of: type.type)
        else {
            throw PostgresError(
                "42804",
                "FOREACH expression must yield an array, not type "
                    + catalog.typeName(type, searchPath: transaction.session.effectivePath))
        }
        let array = ArrayValue(stored: text, element: elementType)
        guard slice <= array.dimensions.count else {
            if array.elements.isEmpty { return .next }
            throw PostgresError(
                "2202E", "slice dimension (\(slice)) is out of the valid range 0..\(array.dimensions.count)")
        }
        let place = try place(targets[0].path)
        let isArray = TypeSystem(catalog: catalog).baseElement(of: self.type(of: place).type) != nil
        if slice > 0, !isArray {
            throw PostgresError("42804", "FOREACH ... SLICE loop variable must be of an array type")
        }
        if slice == 0, isArray, TypeSystem(catalog: catalog).baseElement(of: element) == nil {
            throw PostgresError("42804", "FOREACH loop variable must not be of an array type")
        }
        let shape = Array(array.dimensions.suffix(slice))
        let width = shape.reduce(1, *)
        var position = 0
        let flow = try loop(label) {
            guard position < array.elements.count else { return nil }
            defer { position += width }
            if slice == 0 {
                let value = array.elements[position]
                if targets.count == 1 {
                    try assign(value, TypeReference(element), to: place)
                } else if let fields = try transaction.fields(of: value, type: TypeReference(element)) {
                    try assign(fields.values, fields.shape, to: targets)
                }
            } else {
                let part = ArrayValue(Array(array.elements[position..<position + width]), dimensions: shape)
                try assign(part.stored, type, to: place)
            }
            return try run(body)
        }
        setFound(!array.elements.isEmpty)
        return flow
    }

    // MARK: RETURN

    private func setReturned(_ query: ProcedureQuery?) throws {
        guard let query else { return }
        if isTrigger || transaction.catalog.isRowType(routine.result.type) && !routine.isProcedure {
            returnedRow = try row(query)
        } else if routine.result.type != .void {
            returned = try evaluate(query, as: routine.result)
        }
    }

    private func returnNext(_ query: ProcedureQuery?) throws {
        guard let query else { return result.append(outputValues()) }
        let columns = compiled.columns
        guard transaction.catalog.isRowType(routine.result.type) || columns.count != 1 else {
            return result.append([try evaluate(query, as: columns[0].type).value])
        }
        guard let row = try row(query), !row.values.isEmpty else { return result.append(columns.map { _ in .null }) }
        try append([row.values], row.shape, "returned record type does not match expected record type")
    }

    private func returnRows(_ source: ProcedureRows) throws {
        let found = try rows(source)
        try append(found.rows, found.shape, "structure of query does not match function result type")
        rowCount = found.rows.count
        setFound(!found.rows.isEmpty)
    }

    private func append(_ rows: [[SQLValue]], _ shape: RecordShape, _ mismatch: String) throws {
        if routine.result.type == .record, routine.outputs.isEmpty {
            result += rows
            return
        }
        try check(shape, compiled.columns, mismatch)
        result += rows
    }

    /// That rows have the columns wanted, type by type.
    func check(_ shape: RecordShape, _ columns: [OutputColumn], _ mismatch: String) throws {
        guard shape.columns.count == columns.count else {
            throw PostgresError(
                "42804", mismatch,
                detail: "Number of returned columns (\(shape.columns.count)) does not match expected column count "
                    + "(\(columns.count)).")
        }
        let path = transaction.session.effectivePath
        for (index, (given, wanted)) in zip(shape.columns, columns).enumerated()
        where given.type.type != wanted.type.type
            || wanted.type.modifier >= 0 && given.type.modifier != wanted.type.modifier
        {
            throw PostgresError(
                "42804", mismatch,
                detail: "Returned type \(transaction.catalog.typeName(given.type, searchPath: path)) does not match "
                    + "expected type \(transaction.catalog.typeName(wanted.type, searchPath: path)) in column "
                    + "\(index + 1).")
        }
    }

    private func assert(_ condition: ProcedureQuery, _ message: ProcedureQuery?) throws {
        if let setting = transaction.session.settings["plpgsql.check_asserts"],
            ["off", "false", "0", "no"].contains(setting)
        {
            return
        }
        if try isTrue(condition) { return }
        var words: String?
        if let message { words = try text(message) }
        throw PostgresError("P0004", words ?? "assertion failed")
    }

    // MARK: SQL

    /// All rows of a query.
    func rows(_ source: ProcedureRows) throws -> RoutineRows {
        switch source {
        case .query(let query): return try rows(query)
        case .dynamic(let query): return try dynamicRows(query)
        case .cursor(let name, let arguments): return try cursorRows(name, arguments)
        }
    }

    func rows(_ query: ProcedureQuery) throws -> RoutineRows {
        let prepared = try frame.prepared(query.number, query.statement)
        var found = RoutineRows(shape: prepared.shape)
        try frame.run(prepared) { found.rows.append($0.row) }
        return found
    }

    private func sql(_ query: ProcedureQuery, _ into: ProcedureInto?) throws {
        switch query.statement {
        case .select, .insert, .update, .delete, .merge: break
        case .call(let call): return try self.call(call)
        case .transaction: throw PostgresError.notSupported("transaction control in a routine")
        case .unsupported(let tag): throw PostgresError.notSupported(tag)
        default:
            let result = try transaction.execute(query.statement, text: query.text)
            rowCount = result.count
            return
        }
        let prepared = try frame.prepared(query.number, query.statement)
        guard let into else {
            guard prepared.isModification && prepared.columns.isEmpty else {
                throw PostgresError(
                    "42601", "query has no destination for result data",
                    hint: prepared.isModification
                        ? nil : "If you want to discard the results of a SELECT, use PERFORM instead.")
            }
            rowCount = try frame.run(prepared) { _ in }
            setFound(rowCount > 0)
            return
        }
        var rows: [[SQLValue]] = []
        let mayHaveMore = into.isStrict || prepared.isModification
        let count = try frame.run(prepared) { row in
            if rows.isEmpty || mayHaveMore && rows.count < 2 { rows.append(row.row) }
        }
        try finish(into, rows, prepared.shape, isModification: prepared.isModification)
        rowCount = prepared.isModification ? count : min(count, 1)
    }

    /// Hands the first row of a statement to INTO's targets.
    private func finish(
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
    private func call(_ call: FunctionCall) throws {
        let scope = frame.scope()
        let (procedure, arguments) = try transaction.procedure(call, variables: scope) { generated in
            try transaction.evaluate(generated, parameters: scope.uses.map(frame.value))[0]
        }
        let rows = try transaction.callRows(of: procedure, arguments)
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

    private func execute(_ query: ProcedureDynamicQuery, _ into: ProcedureInto?) throws {
        let (statements, parameters) = try dynamic(query)
        var last: ResultSet?
        for parsed in statements { last = try run(parsed, parameters) }
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

    private func dynamicRows(_ query: ProcedureDynamicQuery) throws -> RoutineRows {
        let (statements, parameters) = try dynamic(query)
        guard statements.count == 1, let result = try statements.first.map({ try run($0, parameters) }),
            !result.columns.isEmpty
        else { throw PostgresError("42601", "cannot open EXECUTE query as cursor") }
        return RoutineRows(
            shape: RecordShape(columns: result.columns, type: TypeReference(.record)), rows: result.rows)
    }

    private func dynamic(
        _ query: ProcedureDynamicQuery
    ) throws -> ([ParsedStatement], [(value: SQLValue, type: TypeReference)]) {
        guard let text = try text(query.text) else {
            throw PostgresError("22004", "query string argument of EXECUTE is null")
        }
        let parameters = try query.parameters.map { try evaluate($0) }
        var statements: [ParsedStatement] = []
        for parsed in Script.parse(text) {
            switch parsed {
            case .success(let statement): statements.append(statement)
            case .failure(let error): throw PostgresError(error.sqlState, error.message)
            }
        }
        return (statements, parameters)
    }

    private func run(
        _ parsed: ParsedStatement, _ parameters: [(value: SQLValue, type: TypeReference)]
    ) throws -> ResultSet {
        switch parsed.statement {
        case .select, .insert, .update, .delete, .merge: break
        case .transaction: throw PostgresError("0A000", "EXECUTE of transaction commands is not implemented")
        default: return try transaction.execute(parsed.statement, text: parsed.text)
        }
        let arguments = parameters.enumerated().map { index, parameter in
            VariableScope.Variable(index: index, name: "$\(index + 1)", type: parameter.type)
        }
        let scope = VariableScope(conflict: .column, arguments: arguments) { _ in nil }
        let session = transaction.session
        let prepared: PreparedStatement
        do {
            prepared = try PreparedStatement(
                parsed.statement, searchPath: session.effectivePath, role: session.role,
                timeZone: session.settings["timezone"], catalog: transaction.catalog, context: transaction.valueContext,
                variables: scope)
        } catch {
            var error = error
            error.position = nil
            throw error
        }
        let values = prepared.uses.map { use -> SQLValue in
            if case .variable(let index) = use { parameters[index].value } else { .null }
        }
        var rows: [[SQLValue]] = []
        let count = try transaction.run(prepared, parameters: values) { rows.append($0.row) }
        return ResultSet(
            columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: prepared.tag(count: count),
            count: count, context: transaction.valueContext)
    }

    private enum ResultCheck {
        static func isStrict(_ into: ProcedureInto, _ rows: [[SQLValue]]) throws -> [SQLValue]? {
            if rows.isEmpty, into.isStrict { throw PostgresError("P0002", "query returned no rows") }
            if rows.count > 1, into.isStrict {
                throw PostgresError("P0003", "query returned more than one row")
            }
            return rows.first
        }
    }

    // MARK: GET DIAGNOSTICS

    private func diagnose(
        _ isStacked: Bool, _ items: [(target: ProcedureTarget, item: ProcedureDiagnostic)]
    ) throws {
        let error = handled.last
        if isStacked, error == nil {
            throw PostgresError(
                "0Z002", "GET STACKED DIAGNOSTICS cannot be used outside an exception handler")
        }
        for (target, item) in items {
            let text: String?
            switch item {
            case .rowCount:
                try assign(.integer(Int64(rowCount)), TypeReference(.int8), to: place(target.path))
                continue
            case .context, .exceptionContext: text = ""
            case .routine:
                try assign(.integer(Int64(routine.id.oid)), TypeReference(.oid), to: place(target.path))
                continue
            case .returnedState: text = error?.code
            case .message: text = error?.message
            case .detail: text = error?.detail
            case .hint: text = error?.hint
            case .column: text = error?.column
            case .constraint: text = error?.constraint
            case .datatype: text = nil
            case .table: text = error?.table
            case .schema: text = error?.schema
            }
            try assign(.text(text ?? ""), TypeReference(.text), to: place(target.path))
        }
    }
}
