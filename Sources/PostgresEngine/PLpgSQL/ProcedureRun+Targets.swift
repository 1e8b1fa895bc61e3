import PostgresSyntax
import PostgresTypes
import SQLite

/// What assignments and INTO write to.
extension ProcedureRun {
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
