import Dispatch
package import PostgresTypes
package import SQLite
package import World

/// What the Swift functions of generated SQL may know about the statement being run: reached through
/// `connection.context`, set by the execution before a statement steps. It belongs to the connection's thread.
package final class ExecutionContext {
    package var session: Session {
        didSet {
            let isSamePath =
                session.searchPath == oldValue.searchPath
                && session.hasTemporaryObjects == oldValue.hasTemporaryObjects
            if !isSamePath { nameObjects() }
        }
    }
    package var catalog: CatalogSnapshot {
        didSet {
            types.removeAll()
            nameObjects()
        }
    }
    package let world: World
    /// The transaction that runs on the connection, which the functions below reach through it.
    unowned var transaction: Transaction?
    /// `now()`.
    package var transactionStart: Timestamp
    /// `statement_timestamp()`.
    package var statementStart: Timestamp
    /// What text conversions depend on: the transaction's start and the session's time zone.
    package var valueContext: ValueContext

    /// `nextval`, `currval` (55000 when not yet called in this session), `setval`, `lastval`.
    package var nextValue: ((RelationID) throws -> Int64)?
    package var currentValue: ((RelationID) throws -> Int64)?
    package var setValue: ((RelationID, Int64, _ isCalled: Bool) throws -> Void)?
    package var lastValue: (() throws -> Int64)?
    /// Where a sequence is; nil before its first number.
    var sequenceState: ((RelationID) -> SequenceStore.Counter?)?
    /// Calls a function that the user made: for one value, and for all its rows with a value for each column (or the
    /// row as one value).
    package var callFunction: ((FunctionID, [SQLValue]) throws -> SQLValue)?
    var callPolymorphic: ((FunctionID, CallTypes, [SQLValue]) throws -> SQLValue)?
    package var callSetFunction: ((FunctionID, [SQLValue], _ asValue: Bool) throws -> [[SQLValue]])?
    var callPolymorphicSet: ((FunctionID, CallTypes, [SQLValue], _ asValue: Bool) throws -> [[SQLValue]])?
    /// Calls a function that returns `record` for all its rows, whose columns the call defines.
    var callRecordFunction: ((FunctionID, [SQLValue], [OutputColumn]) throws -> [[SQLValue]])?
    /// A run of an aggregate that the user made.
    var makeAggregate: ((FunctionID, CallTypes) throws -> any Accumulator)?
    /// Throws 23502 or 23514 when a value does not satisfy its domain.
    package var checkDomain: ((TypeID, SQLValue) throws -> Void)?
    /// `set_config`: the new value of a setting, for the transaction only or for the session.
    package var setSetting: ((String, String, _ isLocal: Bool) throws -> Void)?
    /// `pg_notify` and kin.
    package var notify: ((_ channel: String, _ payload: String) throws -> Void)?

    /// What the event trigger whose function is running is told.
    var definitionCommands: (event: EventTrigger.Event, commands: [DefinitionCommand])?
    /// `current_query()`: the statement as the client sent it. A request of the REST API has none.
    var statementText = ""
    /// `pg_trigger_depth()`: how many triggers' functions are running, one inside the other.
    var triggerDepth = 0

    private var types: [TypeID: PostgresType] = [:]
    /// What functions keep from call to call: compiled patterns, parsed descriptors.
    var memory = FunctionMemory()
    /// What a writer's file has of the tables' indexes.
    var indexes = TableIndexes()

    package init(session: Session, catalog: CatalogSnapshot, world: World, timeZone: TimeZoneRules = .utc) {
        self.session = session
        self.catalog = catalog
        self.world = world
        let now = world.now
        transactionStart = now
        statementStart = now
        valueContext = ValueContext(now: now, timeZone: timeZone)
        nameObjects()
    }

    /// Lets values of `regclass` and kin find their names in the catalog of the moment.
    private func nameObjects() { valueContext.objects = CatalogNames(catalog, session.effectivePath) }

    /// Takes another catalog instead of its own, which may be large: nobody waits for what only that one had to be freed.
    func replaceCatalog(by catalog: CatalogSnapshot) {
        let left = self.catalog
        self.catalog = catalog
        DispatchQueue.global().async { withExtendedLifetime(left) {} }
    }

    /// The shape of a type's values.
    package func postgresType(_ id: TypeID) -> PostgresType {
        if let type = types[id] { return type }
        let type = catalog.postgresType(of: id)
        types[id] = type
        return type
    }
}
