import PostgresTypes
import SQLite

/// One INSERT, UPDATE, DELETE, MERGE-like upsert or COPY being run: the pipeline every written row goes through, and
/// what is left to check when the statement's last row is written.
///
/// The order is Postgres': defaults, generated columns, row security, NOT NULL, CHECKs by name, uniqueness, then at the statement's
/// end foreign keys with their actions.
final class Modification {
    let transaction: Transaction
    /// The tables written to so far, and the one written to last.
    private var writers: [RelationID: TableWriter] = [:]
    private var latest: TableWriter?
    /// What looks keys up in parents, by the foreign key.
    var parentProbes: [ObjectIdentifier: SQLite.Statement] = [:]
    var events: [ForeignKeyEvent] = []
    /// Rows changed so far, of tables with triggers that want to see them all.
    var transitions: [Transition.Key: Transition] = [:]
    /// Keys whose lookup in the parent is already queued.
    var queuedKeys: [ObjectIdentifier: KeySet] = [:]
    /// Columns the statement itself gave values for: what an error may show to a role that may not read the table.
    var givenColumns: Set<Int>?
    /// The partition that the statement names: its rows may go nowhere else.
    var partition: RelationID?

    /// More of the statement follows, which what waits for its end has to wait for too.
    var isStep = false

    /// `session_replication_role = replica`: foreign keys and ordinary triggers were seen to where the rows come from.
    let isReplica: Bool

    init(_ transaction: Transaction) {
        self.transaction = transaction
        isReplica = transaction.session.settings["session_replication_role"]?.lowercased() == "replica"
    }

    var connection: Connection { transaction.connection }

    func rules(of id: RelationID) throws -> TableRules { try writer(of: id).rules }

    private func writer(of id: RelationID) throws -> TableWriter {
        if let writer = writers[id] { return writer }
        let writer = TableWriter(try transaction.rules(of: id), transaction)
        writers[id] = writer
        return writer
    }

    func writer(_ rules: TableRules) throws -> TableWriter {
        if let latest, latest.rules === rules { return latest }
        let writer = try writer(of: rules.relation.id)
        latest = writer
        return writer
    }

    /// Gives back the statements that were kept for its rows.
    func rest() {
        for writer in writers.values { writer.rest() }
        for probe in parentProbes.values { connection.giveBack(probe) }
        parentProbes = [:]
    }

    deinit { rest() }

    // MARK: Parts of the pipeline

    func defaultValue(of column: Int, _ rules: TableRules) throws -> SQLValue {
        switch rules.defaults[column] {
        case .null:
            if let domain = rules.domains.first(where: { $0.column == column }) {
                try transaction.checkDomain(domain.type, .null)
            }
            return .null
        case .constant(let value): return value
        case .session(let value): return transaction.value(of: value)
        // A partition that is written to by name has no identity.
        case .sequence(_, isIdentity: true) where namedPartition(of: rules) != nil: return .null
        case .sequence(let id, let isIdentity):
            return .integer(try transaction.nextValue(id, checkingPrivilege: !isIdentity))
        case .computed(let generated): return try transaction.evaluate(generated)[0]
        case .refused(let error): throw error
        }
    }

    /// Fills in generated columns and checks the row against what the statement and the table ask of it.
    func complete(
        _ row: inout [SQLValue], _ rules: TableRules, _ checks: [RowCheck] = [], _ parameters: [SQLValue] = []
    ) throws {
        try checkPartition(row, rules)
        // A generated column cannot see another one.
        for (column, value) in rules.generated { row[column] = try transaction.evaluate(value.get(), rows: [row])[0] }
        if try writer(rules).isSound(row, checks) { return }
        try check(row, checks, rules, parameters)
        for position in rules.required where row[position].isNull {
            let column = rules.table.columns[position]
            let holder = holder(of: row, rules)
            throw PostgresError(
                "23502",
                "null value in column \"\(column.name)\" of relation \"\(holder.name)\" violates not-null constraint",
                detail: describe(row, rules), schema: holder.schema, table: holder.name, column: column.name)
        }
        for check in rules.checks {
            // NULL satisfies a CHECK; only false does not.
            guard case .integer(0) = try transaction.evaluate(check.condition.get(), rows: [row])[0] else { continue }
            let holder = holder(of: row, rules)
            throw PostgresError(
                "23514", "new row for relation \"\(holder.name)\" violates check constraint \"\(check.name)\"",
                detail: describe(row, rules), schema: holder.schema, table: holder.name, constraint: check.name)
        }
    }

    /// Refuses a row that does not satisfy a condition of the statement: unknown is not enough.
    /// - Parameter isWritten: the row has been written, so that what views ask of it is to be looked at.
    func check(
        _ row: [SQLValue], _ checks: [RowCheck], _ rules: TableRules, _ parameters: [SQLValue], isWritten: Bool = false
    ) throws {
        for check in checks where check.isOfView == isWritten {
            if case .integer(1) = try transaction.evaluate(check.condition(), parameters: parameters, rows: [row])[0] {
                continue
            }
            throw PostgresError(check.code, check.message, detail: isWritten ? describe(row, rules) : nil)
        }
    }

    /// Puts values that did not come through the binder through their domains.
    func checkDomains(_ row: [SQLValue], _ rules: TableRules) throws {
        for (column, type) in rules.domains { try transaction.checkDomain(type, row[column]) }
    }

    // MARK: Writing

    /// Writes a completed row and returns its row number.
    func insert(_ row: [SQLValue], _ rules: TableRules) throws -> Int64 {
        try probeIndexes(row, rules, except: nil)
        let number = try stored(of: row, rules, except: nil) { try $0.insert(row) }
        try queueAfterInsert(row, rules)
        return number
    }

    /// Replaces a row. Like Postgres, which writes a new version of it, this moves the row behind all others.
    /// - Parameter changed: the columns that the statement sets, for triggers on UPDATE OF; nil: any.
    func update(
        _ number: Int64, from old: [SQLValue], to new: [SQLValue], changing changed: Set<Int>? = nil,
        _ rules: TableRules
    ) throws -> Int64 {
        try probeIndexes(new, rules, except: number)
        let (moved, wasThere) = try stored(of: new, rules, except: number) { try $0.replace(number, with: new) }
        if !wasThere, rules.triggers != nil { throw modifiedByTrigger("updated") }
        try queueAfterUpdate(from: old, to: new, changing: changed, rules)
        return moved
    }

    /// Runs `body`, which stores a row, with the error of a unique index in Postgres' words.
    private func stored<T>(
        of row: [SQLValue], _ rules: TableRules, except number: Int64?, _ body: (TableWriter) throws -> T
    ) throws -> T {
        do {
            return try body(writer(rules))
        } catch let error as SQLiteError where error.isUniqueViolation {
            throw try firstRefusal(of: row, rules, except: number) ?? error
        }
    }

    /// A BEFORE trigger has got hold of the row itself.
    private func modifiedByTrigger(_ what: String) -> PostgresError {
        PostgresError(
            "27000", "tuple to be \(what) was already modified by an operation triggered by the current command",
            hint: "Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.")
    }

    func delete(_ number: Int64, _ row: [SQLValue], _ rules: TableRules) throws {
        if try !writer(rules).remove(number), rules.triggers != nil {
            throw modifiedByTrigger("deleted")
        }
        try queueAfterDelete(row, rules)
    }

    /// Everything that waits for the statement's end. Called once, after its last row.
    func finish() throws {
        rest()
        if !isStep { try runEvents() }
    }
}
