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
            let prepared = try prepared(query)
            rowCount = try run(prepared, query) { _ in }
            setFound(rowCount > 0)
        case .execute(let query, let into): try execute(query, into)
        case .diagnostics(let isStacked, let items): try diagnose(isStacked, items)
        case .open(let cursor, let rows, let arguments, let isScrollable):
            try open(cursor, rows, arguments, isScrollable)
        case .fetch(let cursor, let direction, let count, let into): try fetch(cursor, direction, count, into)
        case .close(let cursor): try close(cursor)
        case .endTransaction(let isCommit): try transaction.endTransaction(committing: isCommit)
        case .null: break
        case .unsupported(let feature): throw PostgresError.notSupported(feature)
        }
        return .next
    }

    // MARK: Branches

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
                    number: candidate.number, text: candidate.text, form: candidate.form,
                    statement: .select(
                        SelectStatement(
                            .select(plain), with: select.with, order: select.order, limit: select.limit,
                            offset: select.offset))))
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
            case .context: text = transaction.callContext
            case .exceptionContext: text = error?.context
            case .routine:
                try assign(.integer(Int64(routine.id.oid)), TypeReference(.oid), to: place(target.path))
                continue
            case .returnedState: text = error?.code
            case .message: text = error?.message
            case .detail: text = error?.detail
            case .hint: text = error?.hint
            case .column: text = error?.column
            case .constraint: text = error?.constraint
            case .datatype: text = error?.dataType
            case .table: text = error?.table
            case .schema: text = error?.schema
            }
            try assign(.text(text ?? ""), TypeReference(.text), to: place(target.path))
        }
    }
}
