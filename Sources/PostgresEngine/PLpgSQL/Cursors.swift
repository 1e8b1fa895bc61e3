import PostgresSyntax
import PostgresTypes
import SQLite

/// A cursor that is open: its rows, all of them, and where it stands (0: before the first).
struct OpenCursor {
    var rows: RoutineRows
    var position = 0
}

extension ProcedureRun {
    private func index(ofCursor name: String) throws -> Int {
        guard let index = frame.names[name] else {
            throw PostgresError("42601", "\"\(name)\" is not a known variable")
        }
        return index
    }

    func cursorRows(_ name: String, _ arguments: [ProcedureArgument]) throws -> RoutineRows {
        let index = try index(ofCursor: name)
        guard let cursor = frame.variables[index].declared.cursor else {
            throw PostgresError("42601", "cursor FOR loop must use a bound cursor variable")
        }
        let given = try Self.ordered(arguments, by: cursor.parameters.map(\.name), of: name)
        let values = try zip(cursor.parameters, given).map { parameter, argument in
            try evaluate(argument, as: parameter.type).value
        }
        var names = frame.names
        var variables: [DeclaredVariable] = []
        for parameter in cursor.parameters {
            names[parameter.name] = frame.variables.count + variables.count
            names["\(name).\(parameter.name)"] = names[parameter.name]
            variables.append(DeclaredVariable(name: parameter.name, type: parameter.type))
        }
        return try withVariables(BlockPlan(names: names, variables: variables)) {
            let first = frame.variables.count - variables.count
            for (offset, value) in values.enumerated() { frame.variables[first + offset].value = value }
            return try rows(cursor.query)
        }
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

    func open(_ name: String, _ source: ProcedureRows?, _ arguments: [ProcedureArgument]) throws {
        let index = try index(ofCursor: name)
        guard cursors[index] == nil else { throw PostgresError("42P03", "cursor \"\(name)\" already in use") }
        let rows = try source.map { try self.rows($0) } ?? cursorRows(name, arguments)
        cursors[index] = OpenCursor(rows: rows)
        frame.variables[index].value = .text(name)
    }

    func fetch(
        _ name: String, _ direction: ProcedureFetch, _ count: ProcedureQuery?, _ into: ProcedureInto?
    ) throws {
        let index = try index(ofCursor: name)
        guard var cursor = cursors[index] else {
            throw frame.variables[index].value.isNull
                ? PostgresError("22004", "cursor variable \"\(name)\" is null")
                : PostgresError("34000", "cursor \"\(name)\" does not exist")
        }
        let total = cursor.rows.rows.count
        var number = 0
        if let count, case .integer(let value) = try evaluate(count, as: TypeReference(.int4)).value {
            number = Int(value)
        }
        switch direction {
        case .next, .all: cursor.position += 1
        case .prior: cursor.position -= 1
        case .first: cursor.position = 1
        case .last: cursor.position = total
        case .absolute: cursor.position = number < 0 ? total + 1 + number : number
        case .relative: cursor.position += number
        }
        cursor.position = max(0, min(total + 1, cursor.position))
        cursors[index] = cursor
        let isFound = (1...max(1, total)).contains(cursor.position) && total > 0
        if let into {
            try assign(isFound ? cursor.rows.rows[cursor.position - 1] : nil, cursor.rows.shape, to: into.targets)
        }
        rowCount = isFound ? 1 : 0
        setFound(isFound)
    }

    func close(_ name: String) throws {
        let index = try index(ofCursor: name)
        guard cursors.removeValue(forKey: index) != nil else {
            throw frame.variables[index].value.isNull
                ? PostgresError("22004", "cursor variable \"\(name)\" is null")
                : PostgresError("34000", "cursor \"\(name)\" does not exist")
        }
    }
}
