import PostgresSyntax
import PostgresTypes
import SQLite

/// Runs scripts on the writer: one implicit transaction, as Postgres gives to a message of several statements, until
/// the script takes transactions into its own hands.
final class ScriptRunner {
    private enum State {
        /// In the transaction that the script's statements share.
        case implicit
        /// Between BEGIN and COMMIT.
        case explicit
        /// A statement between BEGIN and COMMIT failed.
        case failed
        case idle
    }

    /// In bytes: what a script of more has written is worth being given back.
    private static let longScript = 256 << 10

    private let database: PostgresDatabase
    private let transaction: Transaction
    private let options: ScriptOptions
    /// What each file begins with.
    private let session: Session
    private var state = State.idle
    private var entries: [ScriptResult.Entry] = []
    /// The open savepoints, the oldest first.
    private var savepoints: [(name: String, checkpoint: Transaction.Checkpoint)] = []
    /// Whether the script at hand is what pg_dump wrote.
    private var isDump = false
    private let report: ScriptProgress.Report?
    private var progress = ScriptProgress()

    /// - Parameter report: hears now and then how far the scripts have come.
    /// - Parameter validates: false for definitions that are known to be right.
    init(
        database: PostgresDatabase, connection: Connection, session: Session, options: ScriptOptions,
        report: ScriptProgress.Report? = nil, validates: Bool = true
    ) {
        self.database = database
        self.options = options
        self.session = session
        self.report = report
        transaction = Transaction(
            database: database, connection: connection, catalog: database.catalog, session: session,
            isReadOnly: options.contains(.readOnly))
        transaction.usesCache = false
        transaction.validatesDefinitions = validates
    }

    /// - Parameter isBegun: the caller has begun the transaction.
    func run(_ scripts: [ScriptSource], isBegun: Bool = false) -> ScriptResult {
        if isBegun { state = .implicit }
        var isCommitted = true
        loop: for (number, script) in scripts.enumerated() {
            let statements = StatementsAhead(script.text)
            transaction.makesTablesBeside =
                statements.isLong && options.isDisjoint(with: [.continueOnError, .autocommit])
            isDump = PlatformDump.isDump(script.text)
            let earlier = progress.bytes
            while let parsed = statements.next() {
                let outcome: Result<ResultSet, PostgresError>
                let line: Int
                let text: String
                switch parsed {
                case .failure(let error):
                    (line, text) = (error.line, error.text)
                    outcome = .failure(
                        PostgresError(error.sqlState, error.message, hint: error.hint, position: error.position))
                case .success(let statement):
                    (line, text) = (statement.line, statement.text)
                    expectRows(of: statement.statement, endingAt: earlier + statements.consumed)
                    outcome = execute(statement)
                }
                progress.statements += 1
                progress.bytes = earlier + statements.consumed
                report?(progress)
                entries.append(
                    ScriptResult.Entry(
                        file: script.file, line: line, text: text, outcome: outcome, notices: transaction.notices))
                transaction.notices = []
                if case .failure = outcome, !options.contains(.continueOnError) {
                    isCommitted = false
                    break loop
                }
            }
            if number == scripts.count - 1 { break }
            do {
                try endFile()
            } catch {
                isCommitted = false
                entries.append(
                    ScriptResult.Entry(file: script.file, line: 0, text: "COMMIT", outcome: .failure(.from(error))))
                break
            }
        }
        do {
            try end(committing: isCommitted)
        } catch {
            isCommitted = false
            try? database.rollBack(transaction)
            entries.append(
                ScriptResult.Entry(file: scripts.last?.file, line: 0, text: "COMMIT", outcome: .failure(.from(error))))
        }
        try? database.endSession(of: transaction)
        if progress.bytes > Self.longScript { transaction.connection.releasePages() }
        return ScriptResult(entries: entries, isCommitted: isCommitted, session: transaction.session)
    }

    /// Reports the rows of COPY too, one statement of which may be most of a script.
    private func expectRows(of statement: PostgresSyntax.Statement, endingAt end: Int) {
        guard let report, case .copyFromStandardInput(let copy) = statement else { return }
        let (before, start) = (progress.rows, end - copy.data.utf8.count)
        transaction.copied = { [unowned self] rows, bytes in
            self.progress.rows = before + rows
            self.progress.bytes = start + bytes
            report(self.progress)
        }
    }

    /// What COMMIT and the next connection do between two files that are sent one after the other, as migrations are: checks
    /// that were put off run, and settings are those of the beginning. What the file wrote stays part of the one transaction.
    private func endFile() throws {
        switch state {
        case .explicit, .failed: return
        case .implicit:
            try transaction.runDeferred()
            try transaction.runCommitActions()
            transaction.endLocalSettings()
            transaction.constraintModes = ConstraintModes()
        case .idle: break
        }
        let hasTemporaryObjects = transaction.session.hasTemporaryObjects
        transaction.session = session
        transaction.session.hasTemporaryObjects = hasTemporaryObjects
    }

    private func end(committing: Bool) throws {
        switch state {
        case .idle: break
        case .implicit where committing: try commit()
        // A script that ends inside its own BEGIN is rolled back, as when psql's connection closes.
        case .implicit, .explicit, .failed: try rollBack()
        }
    }

    // MARK: Statements

    private func execute(_ parsed: ParsedStatement) -> Result<ResultSet, PostgresError> {
        do {
            if case .transaction(let command) = parsed.statement { return .success(try control(command)) }
            if case .failed = state {
                throw PostgresError(
                    "25P02", "current transaction is aborted, commands ignored until end of transaction block")
            }
            if case .idle = state {
                try begin()
            }
            if options.contains(.autocommit) || mayEndTransaction(parsed.statement) {
                return .success(try executeAlone(parsed))
            }
            if isDump, PlatformDump(catalog: transaction.catalog).mayConcern(parsed.statement) {
                return .success(try executeOfPlatform(parsed))
            }
            guard options.contains(.continueOnError) else {
                return .success(try transaction.execute(parsed.statement, text: parsed.text))
            }
            return .success(
                try transaction.savepoint { try transaction.execute(parsed.statement, text: parsed.text) })
        } catch {
            if case .explicit = state, options.isDisjoint(with: .continueOnError) || options.contains(.autocommit) {
                state = .failed
            }
            return .failure(.from(error).located(in: parsed.text))
        }
    }

    /// Executes a dumped statement about what may be there already.
    private func executeOfPlatform(_ parsed: ParsedStatement) throws -> ResultSet {
        let dump = PlatformDump(catalog: transaction.catalog)
        if dump.isBuiltIn(parsed.statement) { return ResultSet(tag: parsed.statement.definitionTag) }
        if let text = dump.missingColumns(parsed.statement, text: parsed.text) {
            return try transaction.savepoint {
                try transaction.execute(Script.parseSingle(text), text: text)
            }
        }
        do {
            return try transaction.savepoint { try transaction.execute(parsed.statement, text: parsed.text) }
        } catch {
            guard dump.mayPass(parsed.statement, .from(error)) else { throw error }
            return ResultSet(tag: parsed.statement.definitionTag)
        }
    }

    /// Whether a statement is a procedure's call outside of BEGIN, in a script whose statements stand for themselves.
    private func mayEndTransaction(_ statement: PostgresSyntax.Statement) -> Bool {
        guard case .implicit = state, options.contains(.continueOnError) else { return false }
        if case .call = statement { return true }
        return false
    }

    /// Executes a statement and, outside of BEGIN, ends its transaction.
    private func executeAlone(_ parsed: ParsedStatement) throws -> ResultSet {
        guard case .implicit = state else { return try transaction.execute(parsed.statement, text: parsed.text) }
        if !options.contains(.autocommit) {
            try commit()
            try begin()
        }
        transaction.isInBlock = false
        transaction.mayEndTransaction = parsed.statement.runsProcedures
        defer {
            transaction.isInBlock = true
            transaction.mayEndTransaction = false
        }
        do {
            let result = try transaction.execute(parsed.statement, text: parsed.text)
            try commit()
            return result
        } catch {
            try rollBack()
            throw error
        }
    }

    private func begin() throws {
        try transaction.beginAgain()
        state = .implicit
    }

    private func commit() throws {
        try database.commit(transaction)
        savepoints = []
        state = .idle
    }

    private func rollBack() throws {
        try database.rollBack(transaction)
        transaction.session = transaction.sessionAtStart
        transaction.localSettings = [:]
        savepoints = []
        state = .idle
    }

    // MARK: Transaction control

    private func control(_ command: TransactionCommand) throws -> ResultSet {
        switch command {
        case .begin:
            switch state {
            case .idle: try begin()
            // What ran before in the script becomes part of the block, as in a message of several statements.
            case .implicit: break
            case .explicit, .failed:
                warn("25001", "there is already a transaction in progress")
            }
            if case .failed = state {} else { state = .explicit }
            return ResultSet(tag: "BEGIN")
        case .commit:
            switch state {
            case .explicit:
                do {
                    try commit()
                } catch {
                    try rollBack()
                    throw error
                }
            case .failed:
                try rollBack()
                return ResultSet(tag: "ROLLBACK")
            case .implicit:
                warn("25P01", "there is no transaction in progress")
                try commit()
            case .idle: warn("25P01", "there is no transaction in progress")
            }
            return ResultSet(tag: "COMMIT")
        case .chain(let isCommit):
            guard isInBlock else {
                throw PostgresError(
                    "25P01", "\(isCommit ? "COMMIT" : "ROLLBACK") AND CHAIN can only be used in transaction blocks")
            }
            let result = try control(isCommit ? .commit : .rollback)
            try begin()
            state = .explicit
            return result
        case .rollback:
            if case .idle = state {
                warn("25P01", "there is no transaction in progress")
                return ResultSet(tag: "ROLLBACK")
            }
            try rollBack()
            return ResultSet(tag: "ROLLBACK")
        case .savepoint(let name):
            guard case .explicit = state else {
                throw PostgresError("25P01", "SAVEPOINT can only be used in transaction blocks")
            }
            try transaction.connection.run("SAVEPOINT \("s_\(name)".quotedName)")
            savepoints.append((name, transaction.checkpoint))
            return ResultSet(tag: "SAVEPOINT")
        case .release(let name):
            guard isInBlock else {
                throw PostgresError("25P01", "RELEASE SAVEPOINT can only be used in transaction blocks")
            }
            guard let position = savepoints.lastIndex(where: { $0.name == name }) else { throw missing(name) }
            try transaction.connection.run("RELEASE \("s_\(name)".quotedName)")
            savepoints.removeSubrange(position...)
            return ResultSet(tag: "RELEASE")
        case .rollbackTo(let name):
            guard isInBlock else {
                throw PostgresError("25P01", "ROLLBACK TO SAVEPOINT can only be used in transaction blocks")
            }
            guard let position = savepoints.lastIndex(where: { $0.name == name }) else { throw missing(name) }
            try transaction.connection.run("ROLLBACK TO \("s_\(name)".quotedName)")
            savepoints.removeSubrange((position + 1)...)
            transaction.restore(savepoints[position].checkpoint)
            state = .explicit
            return ResultSet(tag: "ROLLBACK")
        }
    }

    private var isInBlock: Bool {
        switch state {
        case .explicit, .failed: true
        case .implicit, .idle: false
        }
    }

    private func missing(_ savepoint: String) -> PostgresError {
        PostgresError("3B001", "savepoint \"\(savepoint)\" does not exist")
    }

    private func warn(_ code: String, _ message: String) {
        transaction.tell(Notice(.warning, code: code, message))
    }
}

extension PostgresError {
    /// The binder counts bytes, Postgres characters.
    fileprivate func located(in text: String) -> PostgresError {
        guard let position else { return self }
        var error = self
        let bytes = text.utf8
        // The semicolon behind a statement is a place too.
        error.position =
            position > bytes.count + 1
            ? nil : String(decoding: bytes.prefix(position - 1), as: UTF8.self).unicodeScalars.count + 1
        return error
    }
}
