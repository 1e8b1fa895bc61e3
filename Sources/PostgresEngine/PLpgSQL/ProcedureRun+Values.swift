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

    // MARK: Targets

    /// A place to write to: a variable, or a field of a row.
    enum Place {
        case variable(Int)
        case field(Int, Int)
    }

    /// The variable or field that the names of a target stand for.
    func place(_ path: [String]) throws -> Place { try resolved(path, []).place }

    /// The same, with the way from there to what is written: names beyond a field are fields of its value.
    private func resolved(
        _ path: [String], _ part: [ProcedurePartStep]
    ) throws -> (place: Place, part: [ProcedurePartStep]) {
        func name(_ count: Int) -> String { path.prefix(count).joined(separator: ".") }
        guard let count = (1...path.count).reversed().first(where: { frame.names[name($0)] != nil }),
            let index = frame.names[name(count)]
        else { throw PostgresError("42601", "\"\(name(path.count))\" is not a known variable") }
        guard count < path.count else { return (.variable(index), part) }
        let variable = frame.variables[index]
        guard variable.declared.isRow else {
            throw PostgresError("42601", "\"\(name(path.count))\" is not a known variable")
        }
        guard let shape = variable.shape else { throw unassigned(variable.declared.name) }
        guard let position = shape.columns.firstIndex(where: { $0.name == path[count] }) else {
            throw PostgresError("42703", "record \"\(variable.declared.name)\" has no field \"\(path[count])\"")
        }
        let fields = path[(count + 1)...].map { ProcedurePartStep.field($0) }
        return (.field(index, position), fields + part)
    }

    func checkAssignable(_ index: Int) throws {
        if frame.variables[index].declared.isConstant {
            throw PostgresError("22005", "variable \"\(frame.variables[index].declared.name)\" is declared CONSTANT")
        }
    }

    func type(of place: Place) -> TypeReference {
        switch place {
        case .variable(let index):
            let variable = frame.variables[index]
            return variable.declared.isRow ? variable.shape?.type ?? variable.declared.type : variable.declared.type
        case .field(let index, let field):
            return frame.variables[index].shape?.columns[field].type ?? TypeReference(.text)
        }
    }

    func value(at place: Place) -> SQLValue {
        switch place {
        case .variable(let index): frame.value(of: .variable(index))
        case .field(let index, let field): frame.value(of: .field(index, field))
        }
    }

    func assign(_ value: SQLValue, _ type: TypeReference, to place: Place) throws {
        switch place {
        case .variable(let index):
            try checkAssignable(index)
            try assign(value, type, to: index)
        case .field(let index, let field):
            let converted = try transaction.convert(value, from: type, to: self.type(of: place))
            let count = frame.variables[index].shape?.columns.count ?? 0
            if frame.variables[index].row.isEmpty {
                frame.variables[index].row = [SQLValue](repeating: .null, count: count)
            }
            frame.variables[index].row[field] = converted
        }
    }

    func assign(_ query: ProcedureQuery, to target: ProcedureTarget) throws {
        let (place, part) = try resolved(target.path, target.part)
        if case .variable(let index) = place {
            try checkAssignable(index)
            if part.isEmpty { return try assign(query, to: index) }
        }
        let type = type(of: place)
        let value =
            part.isEmpty
            ? try evaluate(query, as: type).value
            : try changed(value(at: place), type, target.path[0], part[...], to: query)
        try assign(value, TypeSystem(catalog: transaction.catalog).base(of: type), to: place)
    }

    /// A value with the part that the steps lead to replaced by what the query gives.
    ///
    /// - Parameter name: the variable or field that the steps start from, for messages.
    private func changed(
        _ current: SQLValue, _ type: TypeReference, _ name: String, _ steps: ArraySlice<ProcedurePartStep>,
        to query: ProcedureQuery
    ) throws -> SQLValue {
        let types = TypeSystem(catalog: transaction.catalog)
        let base = types.base(of: type)
        func typeName(_ type: TypeReference) -> String {
            transaction.catalog.typeName(type, searchPath: transaction.session.effectivePath)
        }
        let result: SQLValue
        switch steps.first {
        case nil: return try evaluate(query, as: type).value
        case .field(let field)?:
            guard let fields = types.fields(of: base.type) else {
                throw BindError.noFields(field, of: name, type: typeName(type))
            }
            guard let index = fields.firstIndex(where: { $0.name == field }) else {
                throw BindError.noSuchField(field, of: name, type: typeName(type))
            }
            let old = try PartAssignment.row(current, base, transaction.context).fields[index].value
            let new = try changed(old, fields[index].type, field, steps.dropFirst(), to: query)
            result = try PartAssignment.set(new, field: index, in: current, type: base, transaction.context)
        case .subscripts(let subscripts)?:
            result = try changed(current, base, name, subscripts, steps.dropFirst(), to: query)
        }
        return base == type ? result : try transaction.convert(result, from: base, to: type)
    }

    private func changed(
        _ current: SQLValue, _ type: TypeReference, _ name: String, _ subscripts: [ProcedureSubscript],
        _ rest: ArraySlice<ProcedurePartStep>, to query: ProcedureQuery
    ) throws -> SQLValue {
        let catalog = transaction.catalog
        if type.type == .jsonb {
            if subscripts.contains(where: \.isSlice) {
                throw BindError.mismatch("jsonb subscript does not support slices")
            }
            let keys = try subscripts.compactMap { try $0.upper.map(documentKey) }
            return try PartAssignment.set(evaluate(query, as: type).value, at: keys, in: current)
        }
        guard let element = TypeSystem(catalog: catalog).element(of: type.type),
            case .array(let elementType) = catalog.postgresType(of: type.type)
        else {
            throw BindError.mismatch(
                "cannot subscript type \(catalog.typeName(type, searchPath: transaction.session.effectivePath)) "
                    + "because it does not support subscripting")
        }
        func number(_ query: ProcedureQuery?) throws -> SQLValue? {
            try query.map { try evaluate($0, as: TypeReference(.int4)).value }
        }
        if subscripts.contains(where: \.isSlice) {
            let bounds = try subscripts.map { item in
                // Beside slices a single subscript is an upper bound.
                let lower = item.isSlice ? try number(item.lower) : SQLValue.integer(1)
                let upper = try number(item.upper)
                return SliceBounds(
                    lower: try lower.flatMap { try PartAssignment.subscripts([$0]).first },
                    upper: try upper.flatMap { try PartAssignment.subscripts([$0]).first })
            }
            let source = try evaluate(query, as: type).value
            return try PartAssignment.set(slice: source, at: bounds, in: current, element: elementType)
        }
        let places = try subscripts.compactMap { try number($0.upper) }
        var old = SQLValue.null
        if !rest.isEmpty, case .text(let stored) = current {
            old = ArrayValue(stored: stored, element: elementType).element(at: try PartAssignment.subscripts(places))
        }
        let new = try changed(
            old, TypeReference(element, modifier: type.modifier), name, rest, to: query)
        return try PartAssignment.set(new, at: places, in: current, element: elementType)
    }

    /// A key into a document: integers stay what they are, anything else is its text.
    private func documentKey(_ query: ProcedureQuery) throws -> SQLValue {
        let (value, type) = try evaluate(query)
        if [.int2, .int4].contains(type.type) { return value }
        return try text(value, type).map { .text($0) } ?? .null
    }
}
