import PostgresSyntax
import PostgresTypes

/// An expression of a routine that is being computed.
struct ExpressionInUse: Hashable {
    let routine: CompiledRoutine
    let number: Int

    static func == (one: Self, other: Self) -> Bool { one.routine === other.routine && one.number == other.number }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(routine))
        hasher.combine(number)
    }
}

/// A routine that runs, or a statement of one: what the CONTEXT of an error tells of it.
enum CallPlace {
    case procedure(ProcedureRun)
    /// A function in SQL at one of its statements, counted from 1; nil: on its way into them.
    case function(Routine, statement: Int?)
    case query(ProcedureQuery)
    /// The text of an EXECUTE.
    case statement(String)
    /// What a foreign key does to the rows of a table when a row that they refer to goes or changes.
    case action(TableRules.Reference, on: Relation, isDelete: Bool)
    /// The query of an expression that has a row too many.
    case manyRows(ProcedureQuery)

    var text: String {
        switch self {
        case .procedure(let run): run.place
        case .function(let routine, let number?): "SQL function \"\(routine.name)\" statement \(number)"
        case .function(let routine, nil): "SQL function \"\(routine.name)\" during startup"
        case .query(let query):
            switch query.form {
            case .expression: "SQL expression \"\(query.text)\""
            case .assignment: "PL/pgSQL assignment \"\(query.text)\""
            case .statement: "SQL statement \"\(query.text)\""
            }
        case .statement(let text): "SQL statement \"\(text)\""
        case .action(let reference, let table, let isDelete):
            "SQL statement \"\(reference.action(on: table, isDelete: isDelete))\""
        case .manyRows(let query): "query: \(query.text)"
        }
    }

    /// Whether an error that points into the text of the place is told with that text instead.
    fileprivate var hasText: Bool {
        switch self {
        case .query, .statement: true
        case .procedure, .function, .action, .manyRows: false
        }
    }
}

extension TableRules.Reference {
    /// The statement by which PostgreSQL acts on the referring rows.
    fileprivate func action(on table: Relation, isDelete: Bool) -> String {
        let action = isDelete ? key.onDelete : key.onUpdate
        let columns = key.columns.map { "\"\($0)\"" }
        func condition(from first: Int) -> String {
            columns.enumerated().map { "$\(first + $0) OPERATOR(pg_catalog.=) \($1)" }.joined(separator: " AND ")
        }
        let only = table.table?.partitionKey == nil ? "ONLY " : ""
        let name = "\(only)\"\(table.schema)\".\"\(table.name)\""
        if action == .cascade, isDelete { return "DELETE FROM \(name) WHERE \(condition(from: 1))" }
        if action == .cascade {
            let values = columns.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: ", ")
            return "UPDATE \(name) SET \(values) WHERE \(condition(from: columns.count + 1))"
        }
        let value = action == .setNull ? "NULL" : "DEFAULT"
        let named = isDelete && !key.onDeleteColumns.isEmpty ? key.onDeleteColumns.map { "\"\($0)\"" } : columns
        let values = named.map { "\($0) = \(value)" }.joined(separator: ", ")
        return "UPDATE \(name) SET \(values) WHERE \(condition(from: 1))"
    }
}

extension Transaction {
    /// Runs `body` as part of `place`, and notes where its error happened.
    @inline(__always)
    func within<T>(_ place: CallPlace, _ body: () throws -> T) throws -> T {
        calls.append(place)
        defer { calls.removeLast() }
        do {
            return try body()
        } catch {
            throw located(error)
        }
    }

    /// The error with the place where it happened, unless it has one: what runs now, and `place` inside it.
    func located(_ error: any Error, in place: CallPlace? = nil) -> any Error {
        guard var error = PostgresError.translated(error) as? PostgresError else { return error }
        guard !error.isLocated else { return error }
        var places = calls
        if let place { places.append(place) }
        if error.position != nil, places.last?.hasText == true {
            // It points into the routine's text, which no client sees.
            error.position = nil
            places.removeLast()
        }
        guard !places.isEmpty else { return error }
        error.context = (error.context.map { $0 + "\n" } ?? "") + Self.text(of: places)
        error.isLocated = true
        return error
    }

    /// Where the routine is that runs: `GET DIAGNOSTICS … = PG_CONTEXT`.
    var callContext: String { Self.text(of: calls) }

    private static func text(of places: [CallPlace]) -> String {
        places.reversed().map(\.text).joined(separator: "\n")
    }
}

extension ProcedureRun {
    /// What is done around the statements themselves, as errors call it.
    enum Phase: String {
        case initialization = "during statement block local variable initialization"
        case result = "while casting return value to function's return type"
    }

    /// The function's signature, the line and what stands there.
    fileprivate var place: String {
        let names = CatalogNames(transaction.catalog, searchPath)
        let name = names.name(routine.id.oid, .regprocedure) ?? routine.name
        switch phase {
        case .initialization?: return "PL/pgSQL function \(name) line \(declaredLine) \(Phase.initialization.rawValue)"
        case .result?: return "PL/pgSQL function \(name) \(Phase.result.rawValue)"
        case nil:
            let statement = current.map { " line \($0.line) at \($0.kind.shownName)" } ?? ""
            return "PL/pgSQL function \(name)\(statement)"
        }
    }
}

extension ProcedureStatement.Kind {
    /// What errors call the statement.
    fileprivate var shownName: String {
        switch self {
        case .block: "statement block"
        case .assign: "assignment"
        case .conditional: "IF"
        case .choice: "CASE"
        case .loop: "LOOP"
        case .whileLoop: "WHILE"
        case .countingLoop: "FOR with integer loop variable"
        case .rowLoop(_, _, .query, _): "FOR over SELECT rows"
        case .rowLoop(_, _, .dynamic, _): "FOR over EXECUTE statement"
        case .rowLoop(_, _, .cursor, _): "FOR over cursor"
        case .elementLoop: "FOREACH over array"
        case .leave(let isExit, _, _): isExit ? "EXIT" : "CONTINUE"
        case .returnValue: "RETURN"
        case .returnNext: "RETURN NEXT"
        case .returnRows: "RETURN QUERY"
        case .raise: "RAISE"
        case .assert: "ASSERT"
        case .sql(let query, _):
            switch query.statement {
            case .call: "CALL"
            case .anonymousBlock: "DO"
            default: "SQL statement"
            }
        case .perform: "PERFORM"
        case .execute: "EXECUTE"
        case .diagnostics(let isStacked, _): isStacked ? "GET STACKED DIAGNOSTICS" : "GET DIAGNOSTICS"
        case .open: "OPEN"
        case .fetch(_, _, _, let into): into == nil ? "MOVE" : "FETCH"
        case .close: "CLOSE"
        case .endTransaction(let isCommit): isCommit ? "COMMIT" : "ROLLBACK"
        case .null: "NULL"
        case .unsupported: "SQL statement"
        }
    }
}
