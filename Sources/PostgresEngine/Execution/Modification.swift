import PostgresTypes
import SQLite

/// A condition on written rows, made ready: `TypedRowCheck` over row image 0.
struct RowCheck: Sendable {
    var condition: GeneratedSQL
    var message: String
    var code: String
    var isOfView: Bool
}

extension SQLGenerator {
    func rowChecks(_ checks: [TypedRowCheck], over row: RangeEntry) throws(PostgresError) -> [RowCheck] {
        var result: [RowCheck] = []
        for check in checks {
            result.append(
                RowCheck(
                    condition: try expressions([check.condition], rowImages: [0], ranges: [row]),
                    message: check.message, code: check.code, isOfView: check.isOfView))
        }
        return result
    }
}

/// One INSERT, UPDATE, DELETE, MERGE-like upsert or COPY being run: the pipeline every written row goes through, and
/// what is left to check when the statement's last row is written.
///
/// The order is Postgres': defaults, generated columns, row security, NOT NULL, CHECKs by name, uniqueness, then at the statement's
/// end foreign keys with their actions.
final class Modification {
    let transaction: Transaction
    /// The role whose rights rows are described with; foreign-key actions run as the tables' owners.
    private var known: [RelationID: TableRules] = [:]
    var events: [ForeignKeyEvent] = []
    /// Rows changed so far, of tables with triggers that want to see them all.
    var transitions: [Transition.Key: Transition] = [:]
    /// Keys whose lookup in the parent is already queued.
    var queuedKeys: Set<QueuedKey> = []
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

    func rules(of id: RelationID) throws -> TableRules {
        if let rules = known[id] { return rules }
        let rules = try transaction.rules(of: id)
        known[id] = rules
        return rules
    }

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
        try check(row, checks, rules, parameters)
        for (position, column) in rules.table.columns.enumerated() where column.isNotNull && row[position].isNull {
            throw PostgresError(
                "23502",
                "null value in column \"\(column.name)\" of relation \"\(rules.relation.name)\" "
                    + "violates not-null constraint",
                detail: describe(row, rules), schema: rules.relation.schema, table: rules.relation.name,
                column: column.name)
        }
        if let all = rules.allChecks, (try? holds(all, row)) == true { return }
        for check in rules.checks {
            // NULL satisfies a CHECK; only false does not.
            guard case .integer(0) = try transaction.evaluate(check.condition.get(), rows: [row])[0] else { continue }
            throw PostgresError(
                "23514",
                "new row for relation \"\(rules.relation.name)\" violates check constraint \"\(check.name)\"",
                detail: describe(row, rules), schema: rules.relation.schema, table: rules.relation.name,
                constraint: check.name)
        }
    }

    /// Whether none of several conditions on a row is false.
    private func holds(_ conditions: GeneratedSQL, _ row: [SQLValue]) throws -> Bool {
        var holds = true
        try transaction.forEachRow(conditions, rows: [row]) { values in
            for column in 0..<values.columnCount where !values.isNull(column) && values.integer(column) == 0 {
                holds = false
            }
        }
        return holds
    }

    /// Refuses a row that does not satisfy a condition of the statement: unknown is not enough.
    /// - Parameter isWritten: the row has been written, so that what views ask of it is to be looked at.
    func check(
        _ row: [SQLValue], _ checks: [RowCheck], _ rules: TableRules, _ parameters: [SQLValue], isWritten: Bool = false
    ) throws {
        for check in checks where check.isOfView == isWritten {
            if case .integer(1) = try transaction.evaluate(check.condition, parameters: parameters, rows: [row])[0] {
                continue
            }
            throw PostgresError(check.code, check.message, detail: isWritten ? describe(row, rules) : nil)
        }
    }

    /// Finds the partition a row belongs to, or refuses the row.
    private func checkPartition(_ row: [SQLValue], _ rules: TableRules) throws {
        guard let key = rules.table.partitionKey else { return }
        for candidate in rules.partitions {
            guard case .integer(1) = try transaction.evaluate(candidate.condition.get(), rows: [row])[0] else {
                continue
            }
            if let partition, partition != candidate.relation.id { break }
            return
        }
        if let partition, let relation = transaction.catalog[partition] {
            throw PostgresError(
                "23514", "new row for relation \"\(relation.name)\" violates partition constraint",
                detail: describe(row, rules), schema: relation.schema, table: relation.name)
        }
        let names = key.drop { $0 != "(" }.dropFirst().dropLast().split(separator: ",").map { name in
            String(name.filter { !$0.isWhitespace })
        }
        let columns = names.compactMap { rules.table.position(of: $0) }
        let values = text(of: columns.map { row[$0] }, columns.map { rules.types[$0] })
        throw PostgresError(
            "23514", "no partition of relation \"\(rules.relation.name)\" found for row",
            detail: "Partition key of the failing row contains (\(names.joined(separator: ", "))) = (\(values)).",
            schema: rules.relation.schema, table: rules.relation.name)
    }

    /// Puts values that did not come through the binder through their domains.
    func checkDomains(_ row: [SQLValue], _ rules: TableRules) throws {
        for (column, type) in rules.domains { try transaction.checkDomain(type, row[column]) }
    }

    // MARK: Writing

    /// Writes a completed row and returns its row number.
    func insert(_ row: [SQLValue], _ rules: TableRules) throws -> Int64 {
        try probeIndexes(row, rules, except: nil)
        let number = try transaction.newRow(in: rules.storage)
        do {
            try connection.run(rules.insertSQL, [.integer(number)] + row)
        } catch let error as SQLiteError where error.isUniqueViolation {
            throw try firstRefusal(of: row, rules, except: nil) ?? error
        }
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
        let moved = try transaction.newRow(in: rules.storage)
        do {
            let count = try connection.run(rules.updateSQL, [.integer(moved)] + new + [.integer(number)])
            if count == 0, rules.triggers != nil { throw modifiedByTrigger("updated") }
        } catch let error as SQLiteError where error.isUniqueViolation {
            throw try firstRefusal(of: new, rules, except: number) ?? error
        }
        try queueAfterUpdate(from: old, to: new, changing: changed, rules)
        return moved
    }

    /// A BEFORE trigger has got hold of the row itself.
    private func modifiedByTrigger(_ what: String) -> PostgresError {
        PostgresError(
            "27000", "tuple to be \(what) was already modified by an operation triggered by the current command",
            hint: "Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.")
    }

    func delete(_ number: Int64, _ row: [SQLValue], _ rules: TableRules) throws {
        if try connection.run(rules.deleteSQL, [.integer(number)]) == 0, rules.triggers != nil {
            throw modifiedByTrigger("deleted")
        }
        try queueAfterDelete(row, rules)
    }

    /// Everything that waits for the statement's end. Called once, after its last row.
    func finish() throws {
        if !isStep { try runEvents() }
    }
}
