import PostgresSyntax
import PostgresTypes
import SQLite

/// Loops: over numbers, rows and the elements of an array.
extension ProcedureRun {
    /// Runs `body` until it answers nil or leaves the loop.
    func loop(_ label: String?, _ body: () throws -> Flow?) throws -> Flow {
        while let flow = try body() {
            // A body may be empty.
            if transaction.connection.isWatched { try transaction.connection.checkWatch() }
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

    func bound(_ query: ProcedureQuery, _ what: String) throws -> Int64 {
        guard case .integer(let value) = try evaluate(query, as: TypeReference(.int4)).value else {
            throw PostgresError("22004", "\(what) of FOR loop cannot be null")
        }
        return value
    }

    func count(
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

    func forEach(
        _ label: String?, _ targets: [ProcedureTarget], _ source: ProcedureRows, _ body: [ProcedureStatement]
    ) throws -> Flow {
        guard case .cursor(let cursor, let arguments) = source, targets.count == 1, targets[0].path.count == 1 else {
            // All rows first: what the body writes is not seen by the query.
            return try forEach(label, targets, rows(source), body)
        }
        // The loop over a cursor declares its own record.
        let name = targets[0].path[0]
        var names = frame.names
        names[name] = frame.variables.count
        if let label { names["\(label).\(name)"] = frame.variables.count }
        let record = declaration(name, TypeReference(.record))
        return try withVariables(BlockPlan(names: names, variables: [record])) {
            try forEach(inCursor: cursor, arguments, label, targets, body)
        }
    }

    private func forEach(
        _ label: String?, _ targets: [ProcedureTarget], _ found: RoutineRows, _ body: [ProcedureStatement]
    ) throws -> Flow {
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

    func forEachElement(
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
                let part = ArrayValue(
                    Array(array.elements[position..<position + width]), dimensions: shape,
                    lowerBounds: Array(array.lowerBounds.suffix(slice)))
                try assign(part.stored, type, to: place)
            }
            return try run(body)
        }
        setFound(!array.elements.isEmpty)
        return flow
    }
}
