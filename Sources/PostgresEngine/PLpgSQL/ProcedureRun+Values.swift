import PostgresSyntax
import PostgresTypes
import SQLite

/// Expressions and assignments.
extension ProcedureRun {
    /// The one value of an expression; NULL when its query has no row.
    func evaluate(
        _ query: ProcedureQuery, as type: TypeReference? = nil
    ) throws -> (value: SQLValue, type: TypeReference) {
        let prepared = try frame.prepared(query.number, query.statement, isExpression: true, result: type)
        guard prepared.columns.count == 1 else {
            let count = prepared.columns.count
            throw PostgresError("42601", "query returned \(count) column\(count == 1 ? "" : "s")")
        }
        let given = prepared.columns[0].type
        var value = SQLValue.null
        switch prepared.simpleValue {
        case .constant(let constant)?: value = constant
        case .use(let index)?: value = frame.value(of: prepared.uses[index])
        case .session(let session)?: value = transaction.value(of: session)
        case nil:
            var isFirst = true
            try frame.run(prepared) { row in
                guard isFirst else { throw PostgresError("21000", "query returned more than one row") }
                isFirst = false
                value = row.value(0)
            }
        }
        guard let type, type != given else { return (value, given) }
        return (try transaction.convert(value, from: given, to: type), type)
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
    private func rowVariable(_ query: ProcedureQuery) throws -> Int? {
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

    func place(_ path: [String]) throws -> Place {
        if let index = frame.names[path.joined(separator: ".")] { return .variable(index) }
        guard path.count > 1, let index = frame.names[path.dropLast().joined(separator: ".")] else {
            throw PostgresError("42601", "\"\(path.joined(separator: "."))\" is not a known variable")
        }
        let variable = frame.variables[index]
        let field = path[path.count - 1]
        guard variable.declared.isRow else {
            throw PostgresError("42601", "\"\(path.joined(separator: "."))\" is not a known variable")
        }
        guard let shape = variable.shape else { throw unassigned(variable.declared.name) }
        guard let position = shape.columns.firstIndex(where: { $0.name == field }) else {
            throw PostgresError("42703", "record \"\(variable.declared.name)\" has no field \"\(field)\"")
        }
        return .field(index, position)
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
        let place = try place(target.path)
        if !target.subscripts.isEmpty { return try assignElement(query, to: place, target.subscripts) }
        if case .variable(let index) = place {
            try checkAssignable(index)
            return try assign(query, to: index)
        }
        let (value, type) = try evaluate(query, as: type(of: place))
        try assign(value, type, to: place)
    }

    /// `a[i] := x`: the array grows where it has to, with NULLs between.
    private func assignElement(_ query: ProcedureQuery, to place: Place, _ subscripts: [ProcedureQuery]) throws {
        let type = type(of: place)
        let catalog = transaction.catalog
        if type.type == .jsonb { throw PostgresError.notSupported("assigning to a subscript of a jsonb variable") }
        guard let element = TypeSystem(catalog: catalog).baseElement(of: type.type),
            case .array(let elementType) = catalog.postgresType(of: type.type)
        else {
            throw PostgresError(
                "42804",
                "cannot subscript type \(catalog.typeName(type, searchPath: transaction.session.effectivePath)) "
                    + "because it does not support subscripting")
        }
        var indexes: [Int] = []
        for subscript_ in subscripts {
            let (value, _) = try evaluate(subscript_, as: TypeReference(.int4))
            guard case .integer(let index) = value else {
                throw PostgresError("22004", "array subscript in assignment must not be null")
            }
            indexes.append(Int(index))
        }
        let value = try evaluate(query, as: TypeReference(element)).value
        let old = self.value(at: place)
        var array = old.isNull ? ArrayValue([]) : ArrayValue(stored: Self.text(of: old), element: elementType)
        try array.assign(value, at: indexes)
        try assign(array.stored, type, to: place)
    }

    private static func text(of value: SQLValue) -> String { if case .text(let text) = value { text } else { "[]" } }
}

extension ArrayValue {
    /// Sets one element; a one-dimensional array grows to reach it.
    fileprivate mutating func assign(_ value: SQLValue, at indexes: [Int]) throws {
        if indexes.count == 1, dimensions.count <= 1 {
            guard indexes[0] >= 1 else { throw PostgresError.notSupported("an array that starts below 1") }
            if elements.isEmpty, indexes[0] > 1 { throw PostgresError.notSupported("an array that starts above 1") }
            let missing = indexes[0] - elements.count
            if missing > 0 { elements += [SQLValue](repeating: .null, count: missing) }
            elements[indexes[0] - 1] = value
            dimensions = [elements.count]
            return
        }
        guard indexes.count == dimensions.count else {
            throw PostgresError("2202E", "wrong number of array subscripts")
        }
        var position = 0
        for (index, count) in zip(indexes, dimensions) {
            guard index >= 1, index <= count else { throw PostgresError("2202E", "array subscript out of range") }
            position = position * count + index - 1
        }
        elements[position] = value
    }
}
