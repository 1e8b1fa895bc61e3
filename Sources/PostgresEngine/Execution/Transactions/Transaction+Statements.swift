package import PostgresSyntax
package import PostgresTypes
package import SQLite
import Synchronization
import World

/// Binding and running statements.
extension Transaction {
    /// Binds a query or modification against this transaction's catalog; cached.
    package func prepare(_ statement: PostgresSyntax.Statement) throws(PostgresError) -> PreparedStatement {
        try database.prepare(
            statement, catalog: catalog, session: session, context: valueContext, cached: usesCache)
    }

    /// Runs a prepared statement and collects what it returns.
    package func run(_ prepared: PreparedStatement, parameters: [ParameterValue] = []) throws -> ResultSet {
        var rows: [[SQLValue]] = []
        let count = try forEachRow(prepared, parameters: parameters) { rows.append($0.row) }
        return ResultSet(
            columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: prepared.tag(count: count),
            count: count, context: valueContext)
    }

    /// Runs a prepared statement and hands each row it returns to `body` as the SQLite statement that stands on it,
    /// columns counted from 0 in the order of `prepared.columns`. `body` may run other statements. Rows of a
    /// modification come before its foreign keys are checked: a later error takes them back.
    /// - Returns: rows returned by a query, or touched by a modification.
    /// - Parameter isCurrent: the caller has just found that it is.
    @discardableResult
    package func forEachRow(
        _ prepared: PreparedStatement, isCurrent: Bool = false, parameters: [ParameterValue] = [],
        _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        let current = isCurrent || self.isCurrent(prepared) ? prepared : try prepare(prepared.statement)
        do {
            return try run(current, parameters, body)
        } catch {
            throw PostgresError.translated(error)
        }
    }

    /// Whether a bound statement still means what its text says: names and literals were read when it was bound.
    package func isCurrent(_ prepared: PreparedStatement) -> Bool {
        prepared.catalogVersion == catalog.version
            && (!prepared.hasRowSecurity || prepared.role == session.role)
            && prepared.timeZone == session.literalForms
            && (!prepared.typed.dependsOnMoment || prepared.boundAt == context.transactionStart)
            && prepared.searchPath == session.effectivePath
    }

    private func run(
        _ prepared: PreparedStatement, _ given: [ParameterValue], _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        try run(prepared, parameters: try decode(given, for: prepared), body)
    }

    /// Runs a statement whose parameters are in stored form.
    func run(
        _ prepared: PreparedStatement, parameters: [SQLValue], _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        if isReadOnly && prepared.isModification {
            throw PostgresError("25006", "cannot execute \(prepared.verb) in a read-only transaction")
        }
        try checkRowSecurity(prepared)
        if !prepared.patterns.isEmpty { try checkPatterns(of: prepared, parameters) }
        try check(prepared)
        // What routines run belongs to the statement that called them.
        if callDepth == 0 {
            context.statementStart = database.world.now
            context.memory.emptyQueries.removeAll()
            context.memory.sampling.removeAll()
            startTimeout()
        }
        running.append(prepared)
        defer { running.removeLast() }
        guard !prepared.steps.isEmpty else {
            if case .query(let query) = prepared.plan { return try forEachRow(query, parameters: parameters, body) }
            return try run(prepared.plan, parameters, Modification(self), body)
        }
        let modification = Modification(self)
        let outer = stepRows
        defer { stepRows = outer }
        stepRows = Array(repeating: .null, count: prepared.steps.count)
        // Tables as they are come first; what modifications leave to the statement's end waits for the whole one's.
        modification.isStep = true
        let order = prepared.steps.indices.sorted { prepared.steps[$0].isQuery && !prepared.steps[$1].isQuery }
        for number in order {
            var rows: [[SQLValue]] = []
            _ = try run(prepared.steps[number], parameters, modification) { rows.append($0.row) }
            stepRows[number] = PackedRows.pack(rows)
        }
        modification.isStep = false
        let count = try run(prepared.plan, parameters, modification, body)
        if prepared.plan.isQuery { try modification.finish() }
        return count
    }

    private func run(
        _ plan: PreparedStatement.Plan, _ parameters: [SQLValue], _ modification: Modification,
        _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        switch plan {
        case .query(let query): try forEachRow(query, parameters: parameters, body)
        case .insert(let plan): try modification.run(plan, parameters: parameters, returning: body)
        case .update(let plan): try modification.run(plan, parameters: parameters, returning: body)
        case .merge(let plan): try modification.run(plan, parameters: parameters)
        case .instead(let plan): try modification.run(plan, parameters: parameters, returning: body)
        case .nothing: 0
        }
    }

    /// Whether the role may do what the statement does. What it may is a matter of the catalog, as the statement is.
    private func check(_ prepared: PreparedStatement) throws {
        let role = session.role
        if prepared.allowedRole.withLock({ $0 == role }) { return }
        if !prepared.typed.schemas.isEmpty { try catalog.check(prepared.typed.schemas, role: role) }
        try catalog.check(prepared.typed.accesses, role: role)
        if prepared.catalogVersion == catalog.version { prepared.allowedRole.withLock { $0 = role } }
    }

    /// `SET row_security = off` asks for an error where rows would be missing.
    private func checkRowSecurity(_ prepared: PreparedStatement) throws(PostgresError) {
        guard let table = prepared.securedTables.first, session.isRowSecurityOff else { return }
        throw PostgresError(
            "42501", "query would be affected by row-level security policy for table \"\(table.name)\"",
            hint: catalog.isMember(session.role, of: table.owner)
                ? "To disable the policy for the table's owner, use ALTER TABLE NO FORCE ROW LEVEL SECURITY." : nil)
    }

    private func decode(
        _ given: [ParameterValue], for prepared: PreparedStatement
    ) throws(PostgresError) -> [SQLValue] {
        guard given.count >= prepared.parameterTypes.count else {
            throw PostgresError(
                "08P01",
                "bind message supplies \(given.count) parameters, but prepared statement \"\" requires "
                    + "\(prepared.parameterTypes.count)")
        }
        var values: [SQLValue] = []
        values.reserveCapacity(prepared.parameterTypes.count)
        for (position, type) in prepared.parameterTypes.enumerated() {
            let modifier = prepared.typed.parameters[position].modifier
            switch given[position] {
            case .text(nil): values.append(.null)
            case .text(let text?):
                values.append(try type.decode(text: text, modifier: modifier, context: valueContext))
            case .json(let json): values.append(try type.decode(json: json, modifier: modifier, context: valueContext))
            case .value(let value): values.append(value)
            }
        }
        return values
    }
}
