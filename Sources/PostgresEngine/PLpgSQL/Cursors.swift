import PostgresSyntax
import PostgresTypes
import SQLite

/// Cursors: variables that hold the name of an open one, which is the transaction's as those of DECLARE are.
extension ProcedureRun {
    private func index(ofCursor name: String) throws -> Int {
        guard let index = frame.names[name] else {
            throw PostgresError("42601", "\"\(name)\" is not a known variable")
        }
        return index
    }

    /// The result of a cursor's own query, with its arguments in reach of it.
    private func result(
        of cursor: BoundCursor, _ name: String, _ arguments: [ProcedureArgument]
    ) throws -> (ResultSet, CursorRows?) {
        let given = try Self.ordered(arguments, by: cursor.parameters.map(\.name), of: name)
        let values = try zip(cursor.parameters, given).map { parameter, argument in
            try evaluate(argument, as: parameter.type).value
        }
        for (offset, value) in values.enumerated() {
            frame.variables[cursor.firstParameter + offset].value = value
        }
        return try withVariables(BlockPlan(names: cursor.names, variables: [])) {
            try result(of: cursor.query)
        }
    }

    private func result(of query: ProcedureQuery) throws -> (ResultSet, CursorRows?) {
        func run(_ number: Int, _ statement: PostgresSyntax.Statement) throws -> ResultSet {
            let prepared: PreparedStatement
            do { prepared = try frame.prepared(number, statement) } catch {
                throw transaction.located(error, in: .query(query))
            }
            var rows: [[SQLValue]] = []
            try frame.run(prepared) { rows.append($0.row) }
            return ResultSet(
                columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: "FETCH",
                count: rows.count, context: transaction.valueContext)
        }
        guard case .select(let select) = query.statement else { return (try run(query.number, query.statement), nil) }
        // With row numbers it is another statement, whose plan is kept beside the query's own.
        return try transaction.cursorResult(of: select) { try run($1 ? ~query.number : query.number, .select($0)) }
    }

    private func result(of query: ProcedureDynamicQuery) throws -> (ResultSet, CursorRows?) {
        let dynamic = try dynamic(query)
        guard dynamic.statements.count == 1, let parsed = dynamic.statements.first else {
            throw PostgresError("42601", "cannot open EXECUTE query as cursor")
        }
        func run(_ statement: PostgresSyntax.Statement) throws -> ResultSet {
            var changed = parsed
            changed.statement = statement
            return try self.run(changed, dynamic.parameters)
        }
        guard case .select(let select) = parsed.statement else {
            let result = try run(parsed.statement)
            guard !result.columns.isEmpty else {
                throw PostgresError("42601", "cannot open EXECUTE query as cursor")
            }
            return (result, nil)
        }
        return try transaction.cursorResult(of: select) { select, _ in try run(.select(select)) }
    }

    /// Arguments in the order of a cursor's parameters.
    private static func ordered(
        _ arguments: [ProcedureArgument], by names: [String], of cursor: String
    ) throws(PostgresError) -> [ProcedureQuery] {
        var given: [ProcedureQuery?] = names.map { _ in nil }
        for (index, argument) in arguments.enumerated() {
            var place = index
            if let name = argument.name {
                guard let found = names.firstIndex(of: name) else {
                    throw PostgresError("42601", "cursor \"\(cursor)\" has no argument named \"\(name)\"")
                }
                place = found
            }
            guard given.indices.contains(place) else {
                throw PostgresError("42601", "too many arguments for cursor \"\(cursor)\"")
            }
            guard given[place] == nil else {
                throw PostgresError(
                    "42601", "value for parameter \"\(names[place])\" of cursor \"\(cursor)\" specified more than once")
            }
            given[place] = argument.value
        }
        let all = given.compactMap { $0 }
        guard all.count == names.count else {
            throw PostgresError("42601", "not enough arguments for cursor \"\(cursor)\"")
        }
        return all
    }

    func open(
        _ variable: String, _ source: ProcedureRows?, _ arguments: [ProcedureArgument], _ isScrollable: Bool?
    ) throws {
        let index = try index(ofCursor: variable)
        let declared = frame.variables[index].declared
        var name: String?
        if case .text(let known) = frame.variables[index].value { name = known }
        if let name, transaction.cursors[name] != nil {
            throw PostgresError("42P03", "cursor \"\(name)\" already in use")
        }
        let found: (result: ResultSet, rows: CursorRows?)
        switch source {
        case .query(let query): found = try result(of: query)
        case .dynamic(let query): found = try result(of: query)
        case .cursor, nil:
            guard let cursor = declared.cursor else {
                throw PostgresError("42601", "syntax error at or near \";\"")
            }
            found = try result(of: cursor, variable, arguments)
        }
        let opened = name ?? transaction.unnamedCursor()
        let isLocked = found.rows?.isLocked == true
        transaction.cursors[opened] = Portal(
            result: found.result,
            isScrollable: isScrollable ?? declared.cursor?.isScrollable ?? (isLocked ? false : nil), isHeld: false,
            rows: found.rows)
        frame.variables[index].value = .text(opened)
    }

    /// The name of the open cursor that a variable holds.
    private func openCursor(_ variable: String) throws -> String {
        let index = try index(ofCursor: variable)
        guard case .text(let name) = frame.variables[index].value else {
            throw PostgresError("22004", "cursor variable \"\(variable)\" is null")
        }
        guard transaction.cursors[name] != nil else {
            throw PostgresError("34000", "cursor \"\(name)\" does not exist")
        }
        return name
    }

    /// FETCH with INTO, MOVE without.
    func fetch(
        _ variable: String, _ direction: ProcedureFetch, _ count: ProcedureQuery?, _ into: ProcedureInto?
    ) throws {
        let name = try openCursor(variable)
        var number = Int.max
        if let count {
            guard case .integer(let value) = try evaluate(count, as: TypeReference(.int4)).value else {
                throw PostgresError("22004", "relative or absolute cursor position is null")
            }
            number = Int(value)
        }
        guard var portal = transaction.cursors[name] else { return }
        let rows: [Int]
        switch direction {
        case .next: rows = try portal.move(.forward, 1)
        case .prior: rows = try portal.move(.backward, 1)
        case .first: rows = try portal.move(.absolute, 1)
        case .last: rows = try portal.move(.absolute, -1)
        case .absolute: rows = try portal.move(.absolute, number)
        case .relative: rows = try portal.move(.relative, number)
        case .forward: rows = try portal.move(.forward, number)
        case .backward: rows = try portal.move(.backward, number)
        }
        transaction.cursors[name] = portal
        if let into {
            let shape = RecordShape(columns: portal.result.columns, type: TypeReference(.record))
            try assign(rows.first.map { portal.result.rows[$0] }, shape, to: into.targets)
        }
        rowCount = rows.count
        setFound(!rows.isEmpty)
    }

    func close(_ variable: String) throws {
        transaction.cursors[try openCursor(variable)] = nil
    }

    /// FOR record IN cursor: opens it, gives `body` row after row, and closes it however that ends.
    func forEach(
        inCursor variable: String, _ arguments: [ProcedureArgument], _ label: String?, _ targets: [ProcedureTarget],
        _ body: [ProcedureStatement]
    ) throws -> Flow {
        let index = try index(ofCursor: variable)
        guard frame.variables[index].declared.cursor != nil else {
            throw PostgresError("42601", "cursor FOR loop must use a bound cursor variable")
        }
        let before = frame.variables[index].value
        try open(variable, nil, arguments, nil)
        let name = try openCursor(variable)
        let shape = RecordShape(
            columns: transaction.cursors[name]?.result.columns ?? [], type: TypeReference(.record))
        defer {
            transaction.cursors[name] = nil
            frame.variables[index].value = before
        }
        var isFound = false
        let flow = try loop(label) {
            guard var portal = transaction.cursors[name] else {
                throw PostgresError("34000", "cursor \"\(name)\" does not exist")
            }
            let rows = try portal.move(.forward, 1)
            transaction.cursors[name] = portal
            guard let row = rows.first else { return nil }
            isFound = true
            try assign(portal.result.rows[row], shape, to: targets)
            return try run(body)
        }
        if !isFound { try assign(nil, shape, to: targets) }
        setFound(isFound)
        return flow
    }
}
