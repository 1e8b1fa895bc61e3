import PostgresSyntax
import PostgresTypes
import SQLite
import Synchronization

/// A routine made ready to run, kept as long as the catalog stays as it is: its parsed body and the plans of its
/// statements.
final class CompiledRoutine: Sendable {
    enum Code: Sendable {
        /// The statements of a body in SQL.
        case sql([(statement: PostgresSyntax.Statement, text: String)])
        case procedural(ProcedureBody)
    }

    let routine: Routine
    let code: Code
    /// The columns of the rows it returns.
    let columns: [OutputColumn]
    private let plans = Mutex<(all: [RoutinePlans.Key: RoutinePlans], latest: RoutinePlans?)>(([:], nil))
    private let triggerFrames = Mutex<[TriggerFrame.Key: TriggerFrame]>([:])
    private let rowPrograms = Mutex<[RowProgramKey: RowProgram]>([:])
    private let blocks = Mutex<[Int: BlockPlan]>([:])

    init(_ routine: Routine, catalog: CatalogSnapshot) throws(PostgresError) {
        self.routine = routine
        code = try Self.code(of: routine)
        columns = catalog.resultColumns(of: routine)
    }

    static func code(of routine: Routine) throws(PostgresError) -> Code {
        switch routine.body {
        case .returning(let value):
            let select = SelectStatement(.select(PlainSelect(targets: [Target(value)])))
            return .sql([(.select(select), "RETURN")])
        case .statements(let statements): return .sql(statements.map { ($0, "") })
        case .text(let text):
            if routine.language == "plpgsql" {
                do {
                    return .procedural(try ProcedureParser.parse(text))
                } catch {
                    throw PostgresError(error.sqlState, error.message)
                }
            }
            var statements: [(statement: PostgresSyntax.Statement, text: String)] = []
            for parsed in Script.parse(text) {
                switch parsed {
                case .success(let statement): statements.append((statement.statement, statement.text))
                case .failure(let error): throw PostgresError(error.sqlState, error.message)
                }
            }
            return .sql(statements)
        }
    }

    /// The plans made for whoever calls now.
    func plans(for session: Session) -> RoutinePlans {
        plans.withLock { plans in
            // Most often the one who called last calls again.
            if let latest = plans.latest, latest.isCurrent(for: session) { return latest }
            let key = RoutinePlans.Key(session)
            let found = plans.all[key] ?? RoutinePlans(key)
            plans.all[key] = found
            plans.latest = found
            return found
        }
    }

    func triggerFrame(for key: TriggerFrame.Key, make: () -> TriggerFrame) -> TriggerFrame {
        triggerFrames.withLock { frames in
            if let known = frames[key] { return known }
            let frame = make()
            frames[key] = frame
            return frame
        }
    }

    private struct RowProgramKey: Hashable {
        var entry: ObjectIdentifier
        var event: CreateTrigger.Event
    }

    /// What a trigger's body does to rows; of most bodies there is nothing.
    private struct RowProgram {
        /// Keeps the identity of the entry its own.
        var entry: TriggerRules.Entry
        var catalogVersion: Int
        /// Those who called when it was made.
        var plans: RoutinePlans
        var program: RowTriggerProgram?
    }

    /// The program of the body for a trigger, as the session is now.
    func rowProgram(
        for entry: TriggerRules.Entry, _ event: CreateTrigger.Event, _ transaction: Transaction,
        make: () throws -> RowTriggerProgram?
    ) throws -> RowTriggerProgram? {
        let key = RowProgramKey(entry: ObjectIdentifier(entry), event: event)
        if let known = rowPrograms.withLock({ $0[key] }), known.catalogVersion == transaction.catalog.version,
            known.plans.isCurrent(for: transaction.session)
        {
            return known.program
        }
        let made = RowProgram(
            entry: entry, catalogVersion: transaction.catalog.version, plans: plans(for: transaction.session),
            program: try make())
        rowPrograms.withLock { programs in
            programs = programs.filter { $0.value.catalogVersion == made.catalogVersion }
            programs[key] = made
        }
        return made.program
    }

    func block(_ number: Int, make: () throws -> BlockPlan) throws -> BlockPlan {
        if let known = blocks.withLock({ $0[number] }) { return known }
        let block = try make()
        blocks.withLock { $0[number] = block }
        return block
    }
}

/// The plans of a routine's statements under one role, search path and time zone.
final class RoutinePlans: Sendable {
    struct Key: Hashable, Sendable {
        var role: String
        var searchPath: [String]
        var timeZone: String?

        init(_ session: Session) {
            role = session.role
            searchPath = session.searchPath
            timeZone = session.literalForms
        }
    }

    struct Plan: Sendable {
        let statement: PreparedStatement
        /// The records it uses, with the shapes they had when it was made.
        let shapes: [(variable: Int, shape: RecordShape)]
    }

    let key: Key
    private let plans = Mutex<[Int: [Plan]]>([:])

    init(_ key: Key) { self.key = key }

    func isCurrent(for session: Session) -> Bool {
        key.role == session.role && key.searchPath == session.searchPath
            && key.timeZone == session.literalForms
    }

    subscript(number: Int) -> [Plan] { plans.withLock { $0[number] ?? [] } }

    func keep(_ plan: Plan, for number: Int) {
        plans.withLock { all in
            var known = (all[number] ?? []).filter { $0.statement.catalogVersion == plan.statement.catalogVersion }
            // A record that changes its shape all the time is planned for the latest ones.
            if known.count > 8 { known.removeFirst() }
            all[number] = known + [plan]
        }
    }
}

/// The columns of a record, told apart by identity where possible.
final class RecordShape: Sendable {
    let columns: [OutputColumn]
    /// `record`, or the named row type.
    let type: TypeReference

    init(columns: [OutputColumn], type: TypeReference) {
        self.columns = columns
        self.type = type
    }

    static func == (left: RecordShape, right: RecordShape) -> Bool {
        left === right || left.type == right.type && left.columns == right.columns
    }
}

/// What a block declares, worked out once: the names in reach inside it, and its variables.
final class BlockPlan: Sendable {
    let names: [String: Int]
    let variables: [DeclaredVariable]

    init(names: [String: Int], variables: [DeclaredVariable]) {
        self.names = names
        self.variables = variables
    }
}

/// A variable as it was declared.
struct DeclaredVariable: Sendable {
    var name: String
    var type: TypeReference
    /// The fields of a row type; nil for plain variables, and for a record, which takes any.
    var shape: RecordShape?
    var isRow = false
    var isConstant = false
    var isNotNull = false
    /// A cursor's parameter: set when that is opened, not when its block begins.
    var isHidden = false
    var initial: ProcedureQuery?
    /// Where DECLARE has it.
    var line = 0
    var cursor: BoundCursor?
}

/// What a declared cursor is for.
struct BoundCursor: Sendable {
    var parameters: [(name: String, type: TypeReference)]
    var query: ProcedureQuery
    var isScrollable: Bool?
    /// The place of its first parameter among the variables: the others follow. They keep their places wherever it is
    /// opened, as plans of its query count on them.
    var firstParameter: Int
    /// What its query has in reach: what was declared before it, and its parameters.
    var names: [String: Int]
}
