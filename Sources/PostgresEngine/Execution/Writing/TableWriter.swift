import PostgresTypes
import SQLite

/// A table that a modification writes to: its rules, and the statements that look at its rows and write them, prepared
/// once and kept from row to row.
final class TableWriter {
    let rules: TableRules
    private let transaction: Transaction
    private let numbering: RowNumbering
    /// The number of the first row written; those after it are the modification's own too.
    private(set) var firstWritten: Int64?
    private var insertion: SQLite.Statement?
    private var replacement: SQLite.Statement?
    private var removal: SQLite.Statement?
    private var verdicts: [(checks: [RowCheck], verdict: HeldVerdict?)] = []

    init(_ rules: TableRules, _ transaction: Transaction) {
        self.rules = rules
        self.transaction = transaction
        numbering = transaction.numbering(of: rules.storage)
    }

    private var connection: Connection { transaction.connection }

    /// Gives the statements back, for whatever runs next; they are taken again when they are needed.
    func rest() {
        for statement in [insertion, replacement, removal].compactMap({ $0 }) { connection.giveBack(statement) }
        insertion = nil
        replacement = nil
        removal = nil
        for (_, verdict) in verdicts { verdict.map { connection.giveBack($0.statement) } }
        verdicts = []
    }

    // MARK: Looking at a row

    /// Whether a completed row breaks nothing of what the statement's checks, NOT NULL and the table's CHECKs ask; not
    /// when that is not sure.
    func isSound(_ row: [SQLValue], _ checks: [RowCheck]) -> Bool {
        for column in rules.required where row[column].isNull { return false }
        guard !checks.isEmpty || !rules.checks.isEmpty else { return true }
        return verdict(for: checks)?.isSound(row, transaction) ?? false
    }

    private func verdict(for checks: [RowCheck]) -> HeldVerdict? {
        if let known = verdicts.first(where: { $0.checks.elementsEqual(checks, by: ===) }) { return known.verdict }
        let verdict = rules.verdict(with: checks.filter { !$0.isOfView }.map(\.typed.condition), transaction.catalog)
            .flatMap { try? HeldVerdict($0, connection) }
        verdicts.append((checks, verdict))
        return verdict
    }

    // MARK: Writing

    /// Writes a row behind all others and returns its number.
    func insert(_ row: [SQLValue]) throws -> Int64 {
        let number = try nextNumber()
        if insertion == nil { try transaction.completeIndexes(of: rules.relation) }
        let statement = try held(&insertion, rules.insertSQL)
        try statement.bind(.integer(number), at: 1)
        for (column, value) in row.enumerated() { try statement.bind(value, at: column + 2) }
        try statement.run()
        return number
    }

    /// Replaces the row of a number by one behind all others.
    /// - Returns: the new number, and whether the row was there.
    func replace(_ number: Int64, with row: [SQLValue]) throws -> (number: Int64, wasThere: Bool) {
        let moved = try nextNumber()
        let statement = try held(&replacement, rules.updateSQL)
        try statement.bind(.integer(moved), at: 1)
        for (column, value) in row.enumerated() { try statement.bind(value, at: column + 2) }
        try statement.bind(.integer(number), at: row.count + 2)
        try statement.run()
        let wasThere = connection.changes != 0
        if wasThere { note(number, movedTo: moved) }
        return (moved, wasThere)
    }

    /// Deletes the row of a number; false when it is not there any more.
    func remove(_ number: Int64) throws -> Bool {
        let statement = try held(&removal, rules.deleteSQL)
        try statement.bind(.integer(number), at: 1)
        try statement.run()
        let wasThere = connection.changes != 0
        if wasThere { note(number, movedTo: nil) }
        return wasThere
    }

    private func nextNumber() throws -> Int64 {
        let number = try numbering.next(on: connection)
        if firstWritten == nil { firstWritten = number }
        return number
    }

    /// For cursors that stand on the row.
    private func note(_ number: Int64, movedTo moved: Int64?) {
        if transaction.cursors.isEmpty { return }
        transaction.movedRows[RowKey(storage: rules.storage, number: number)] = .some(moved)
    }

    private func held(_ place: inout SQLite.Statement?, _ sql: String) throws -> SQLite.Statement {
        if let place { return place }
        let statement = try connection.hold(sql)
        place = statement
        return statement
    }
}

/// A verdict's statement, with what does not change from row to row bound to it.
private struct HeldVerdict {
    let statement: SQLite.Statement
    /// What is bound anew for each row, by the number of its `?n`.
    private var columns: [(column: Int, position: Int)] = []
    private var session: [(value: SessionValue, position: Int)] = []

    init(_ verdict: RowVerdict, _ connection: Connection) throws {
        statement = try connection.hold(verdict.sql)
        for (index, binding) in verdict.bindings.enumerated() {
            switch binding {
            case .constant(let value): try statement.bind(value, at: index + 1)
            case .session(let value): session.append((value, index + 1))
            case .row(_, let column): columns.append((column, index + 1))
            case .parameter, .step: break
            }
        }
    }

    /// Errors are found again by those who look at the conditions one by one.
    func isSound(_ row: [SQLValue], _ transaction: Transaction) -> Bool {
        do {
            for (column, position) in columns { try statement.bind(row[column], at: position) }
            for (value, position) in session { try statement.bind(transaction.value(of: value), at: position) }
            return try !statement.hasRow()
        } catch {
            return false
        }
    }
}

/// How far the rows of a table are numbered.
final class RowNumbering {
    private let storage: String
    /// 0: not known.
    private var last: Int64 = 0

    init(_ storage: String) { self.storage = storage }

    /// The number of the next row: behind all others, so that rows without an order come back in the order in which
    /// they were written.
    func next(on connection: Connection) throws -> Int64 {
        if last == 0 { last = try greatest(on: connection) }
        last += 1
        return last
    }

    /// The greatest number that a row has.
    func greatest(on connection: Connection) throws -> Int64 {
        var number: Int64 = 0
        try connection.query("SELECT coalesce(max(\"#row\"), 0) FROM \(storage.quotedName)") {
            number = $0.integer(0)
        }
        return number
    }

    /// After something else has written to the table.
    func forget() { last = 0 }
}
