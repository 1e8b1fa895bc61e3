import PostgresSyntax
package import PostgresTypes
import SQLite
import World

/// One transaction of one session, handed to the body of `PostgresDatabase.read` or `write`; not to be kept after.
///
/// Whatever it throws is a `PostgresError`, except what a caller's own closure threw.
package final class Transaction {
    package let database: PostgresDatabase
    package let isReadOnly: Bool
    /// Set by a body that wants its effects undone although it returns: PostgREST's `tx=rollback`.
    package var rollback = false
    /// NOTICEs of the statements run so far.
    package internal(set) var notices: [Notice] = []

    /// How many rows the last INSERT added: what its DO UPDATE changed is not counted.
    package internal(set) var insertedRows = 0

    /// The connection at rest: ask for `connection`, except for what needs no database.
    let ownConnection: Connection
    /// Whether tables may be made on another thread: many definitions follow each other.
    var makesTablesBeside = false
    /// Whether some are being made.
    var tablesAreComing = false
    /// What kept one from being made. The transaction is lost.
    var failedTable: (any Error)?
    /// What functions called from SQL see. It belongs to the connection and is this transaction's while it runs.
    package let context: ExecutionContext

    /// Checks that wait for COMMIT.
    var deferred: [ForeignKeyEvent] = []
    /// What SET CONSTRAINTS has said.
    var constraintModes = ConstraintModes()
    /// How far the tables written to are numbered, by their storage names.
    private var rowNumbers: [String: RowNumbering] = [:]
    /// `currval`: what this session drew from each sequence.
    var drawn: [RelationID: Int64] = [:]
    var lastDrawn: RelationID?
    /// Settings made for the transaction only, with what they were before.
    var localSettings: [String: String?] = [:]
    var domainRules: [TypeID: DomainRules] = [:]
    /// Counters to put back, latest first, should the transaction fail: as they were before CREATE, DROP, ALTER and
    /// TRUNCATE … RESTART. What `nextval` and `setval` do stays.
    var counters: [(sequence: RelationID, before: SequenceStore.Counter?)] = []
    /// Whether the catalog that others see was changed.
    var hasDefinitions = false
    /// The definitions so far, which COMMIT writes to the log.
    var definitions: [DefinitionLog.Entry] = []
    /// Whether there are temporary objects to take away when the session ends.
    var madeTemporaryObjects = false
    /// The catalog to go back to when the transaction fails; nil where nothing changes it.
    private(set) var catalogAtStart: CatalogSnapshot?
    /// The session as it was then.
    private(set) var sessionAtStart = Session()
    /// When what runs is ended, whatever its session allows.
    var patienceEnds: Duration?
    /// `txid_current()`: given when it is first asked for.
    lazy var number = database.nextTransactionNumber()
    /// Whether the session has what ALTER ROLE and ALTER DATABASE say it starts with: once, at its beginning.
    var hasDefaultSettings = false
    /// The packed rows of the steps of the statement that runs.
    var stepRows: [SQLValue] = []
    /// Calls of routines that are running, one inside the other.
    var callDepth = 0
    /// The routines that run and their statements, outermost first.
    var calls: [CallPlace] = []
    /// Expressions of routines that are being computed, and those that failed in this transaction.
    var expressionsInUse: Set<ExpressionInUse> = []
    /// Where the stack would come to its end, from the outermost call on.
    var stackLimit: UInt = 0
    /// Conversions between two types, as routines need them for single values.
    var conversions: [ConversionKey: ValueConversion] = [:]
    /// Hears during COPY how many rows are stored, and how many bytes of the data they were.
    var copied: ((_ rows: Int, _ bytes: Int) -> Void)?
    /// PREPAREd statements, by name.
    var preparedStatements: [String: NamedStatement] = [:]
    /// Cursors of the session, by name.
    var cursors: [String: Portal] = [:]
    /// How many cursors without a name there have been.
    var unnamedCursors = 0
    /// Where rows went that were written while cursors are open; nil: they are gone.
    var movedRows: [RowKey: Int64?] = [:]
    /// Whether the statement stands in a transaction block, which outlives it.
    var isInBlock = true
    /// Whether COMMIT and ROLLBACK of a procedure may end the transaction: the statement that runs is a CALL or DO of
    /// its own.
    var mayEndTransaction = false
    /// The statements that run, each called by a routine of the one before.
    var running: [PreparedStatement] = []
    /// Savepoints around the statement of a routine that runs.
    var savepointDepth = 0
    /// The calls behind aggregates of users, by OID and types.
    var aggregatePlans: [String: AggregatePlan] = [:]
    /// Whether what definitions say is bound to check it, which the baseline's need not be.
    var validatesDefinitions = true
    /// Statements that are run once are bound without filling the cache.
    var usesCache = true

    /// - Parameter catalog: nil for the one that the connection's last transaction saw.
    init(
        database: PostgresDatabase, connection: Connection, catalog: CatalogSnapshot?, session: Session,
        isReadOnly: Bool
    ) {
        self.database = database
        ownConnection = connection
        self.isReadOnly = isReadOnly
        if let known = connection.context as? ExecutionContext {
            context = known
            context.session = session
            if let catalog, context.catalog.version != catalog.version { context.catalog = catalog }
        } else {
            context = ExecutionContext(
                session: session, catalog: catalog ?? database.catalog, world: database.world)
            connection.context = context
            Self.wire(context)
        }
        context.transaction = self
        begin()
    }

    /// Who runs the statements. May be changed between statements, as SET ROLE and set_config do.
    package var session: Session {
        get { context.session }
        set {
            let isOther = newValue.literalForms != context.session.literalForms
            context.session = newValue
            if isOther { applyTimeZone() }
        }
    }

    /// The catalog as this transaction sees it, its own DDL included.
    package internal(set) var catalog: CatalogSnapshot {
        get { context.catalog }
        set { context.catalog = newValue }
    }

    /// What the text of values depends on here: the transaction's start and the session's time zone.
    package var valueContext: ValueContext { context.valueContext }

    /// Takes the moment the transaction starts at, and the settings sessions start with.
    func begin() {
        catalogAtStart = isReadOnly ? nil : context.catalog
        sessionAtStart = context.session
        if hasDefaultSettings { number = database.nextTransactionNumber() }
        for name in cursors.keys { cursors[name]?.isNew = false }
        movedRows = [:]
        expressionsInUse = []
        context.transactionStart = database.world.now
        context.statementStart = context.transactionStart
        takeDefaultSettings()
        applyTimeZone()
        connection.watch(nil)
    }

    /// Starts another transaction on the same connection.
    func beginAgain() throws {
        try connection.run(isReadOnly ? "BEGIN" : "BEGIN IMMEDIATE")
        begin()
    }

    func applyTimeZone() {
        let zone = context.session.settings["timezone"].flatMap { TimeZones.named($0) } ?? .utc
        context.valueContext.now = context.transactionStart
        context.valueContext.timeZone = zone
        context.valueContext.dateOrder = context.session.dateOrder
    }

    // MARK: Generated SQL

    /// Runs generated SQL. Every `?n` comes from the parameters, the session, or a row image.
    @discardableResult
    func forEachRow(
        _ generated: GeneratedSQL, parameters: [SQLValue] = [], rows: [[SQLValue]] = [],
        _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        try connection.withStatement(generated.sql) { statement in
            for (position, binding) in generated.bindings.enumerated() {
                let value: SQLValue =
                    switch binding {
                    case .constant(let value): value
                    case .parameter(let number): try Self.parameter(number, of: parameters)
                    case .session(let value): self.value(of: value)
                    case .row(let range, let column): rows[range][column]
                    case .step(let number): stepRows[number]
                    }
                try statement.bind(value, at: position + 1)
            }
            var count = 0
            while try statement.step() {
                count += 1
                try body(statement)
            }
            return count
        }
    }

    /// - Throws: 42P02 where a statement that takes no parameters asks for one.
    static func parameter(_ number: Int, of parameters: [SQLValue]) throws(PostgresError) -> SQLValue {
        guard parameters.indices.contains(number - 1) else {
            throw PostgresError("42P02", "there is no parameter $\(number)")
        }
        return parameters[number - 1]
    }

    /// The values of one row of expressions.
    func evaluate(
        _ generated: GeneratedSQL, parameters: [SQLValue] = [], rows: [[SQLValue]] = []
    ) throws -> [SQLValue] {
        var result: [SQLValue] = []
        try forEachRow(generated, parameters: parameters, rows: rows) { result = $0.row }
        return result
    }

    func value(of session: SessionValue) -> SQLValue {
        switch session {
        case .now, .currentTimestamp: .integer(context.transactionStart.microseconds)
        case .currentUser: .text(self.session.role)
        case .sessionUser: .text(self.session.sessionUser)
        case .currentDatabase: .text("postgres")
        case .currentSchema:
            self.session.lastingPath.first { catalog.schemas[$0] != nil }.map { .text($0) } ?? .null
        }
    }

    func rules(of id: RelationID) throws -> TableRules {
        guard let relation = catalog[id] else {
            throw PostgresError("XX000", "relation with OID \(id.oid) does not exist")
        }
        return try database.plans.rules(id, version: catalog.version) {
            try TableRules(relation, catalog: catalog, context: valueContext)
        }
    }

    func numbering(of storage: String) -> RowNumbering {
        if let known = rowNumbers[storage] { return known }
        let numbering = RowNumbering(storage)
        rowNumbers[storage] = numbering
        return numbering
    }

    /// Forgets how far tables were numbered, after something else wrote to them.
    func forgetRowNumbers() { for numbering in rowNumbers.values { numbering.forget() } }
}

extension Transaction {
    /// Connects the functions that SQL calls to whatever transaction runs on the connection. The context outlives them
    /// all, so nothing is retained; and no SQL that calls them runs outside of one.
    fileprivate static func wire(_ context: ExecutionContext) {
        context.nextValue = { [unowned context] in try context.transaction!.nextValue($0) }
        context.currentValue = { [unowned context] in try context.transaction!.currentValue($0) }
        context.setValue = { [unowned context] in try context.transaction!.setValue($0, $1, $2) }
        context.lastValue = { [unowned context] in try context.transaction!.lastValue() }
        context.sequenceState = { [unowned context] in context.transaction!.database.sequences.counter($0) }
        context.checkDomain = { [unowned context] in try context.transaction!.checkDomain($0, $1) }
        context.setSetting = { [unowned context] in try context.transaction!.set($0, to: $1, isLocal: $2) }
        context.callFunction = { [unowned context] in try context.transaction!.call($0, $1) }
        context.makeAggregate = { [unowned context] in try context.transaction!.makeAggregate($0, $1) }
        context.callPolymorphic = { [unowned context] in try context.transaction!.call($0, $1, $2) }
        context.callSetFunction = { [unowned context] in try context.transaction!.callForRows($0, $1, asValues: $2) }
        context.callPolymorphicSet = { [unowned context] in
            try context.transaction!.callForRows($0, $1, $2, asValues: $3)
        }
        context.callRecordFunction = { [unowned context] in
            try context.transaction!.callForRecords($0, $1, columns: $2)
        }
        // Nobody listens: a notification is delivered to all of no clients.
        context.notify = { _, _ in }
    }
}
