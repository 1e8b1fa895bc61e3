import PostgresSyntax
import PostgresTypes
import Synchronization

/// Bound statements and table rules by what they were made from. Those of older catalogs go when a new one comes.
final class PlanCache: Sendable {
    struct Key: Hashable, Sendable {
        var statement: PostgresSyntax.Statement
        var searchPath: [String]
        var role: String
        var timeZone: String?
    }

    fileprivate struct State {
        var version = 0
        var statements: [Key: PreparedStatement] = [:]
        var tables: [RelationID: TableRules] = [:]
        var policies: [PolicyKey: Binder.BoundPolicy] = [:]
        /// Each with the version of the catalog it was made for: one that is not committed yet, perhaps.
        var routines: [RoutineKey: (version: Int, routine: CompiledRoutine)] = [:]
    }

    private static let capacity = 2000
    private let state = Mutex(State())

    func statement(_ key: Key, version: Int) -> PreparedStatement? {
        state.withLock { $0.version == version ? $0.statements[key] : nil }
    }

    func keep(_ statement: PreparedStatement, for key: Key, version: Int) {
        state.withLock { state in
            guard state.version <= version else { return }
            state.advance(to: version)
            if state.statements.count >= Self.capacity { state.statements.removeAll(keepingCapacity: true) }
            state.statements[key] = statement
        }
    }

    /// What a policy's expression means depends on, beside the catalog.
    struct PolicyKey: Hashable {
        var expression: PolicyExpression
        var table: RelationID
        /// Of the session: literals such as `'notes'::regclass` are looked up in it.
        var searchPath: [String]
    }

    /// A policy's expression over its table, bound by `make` when it is not there.
    func policy(
        _ key: PolicyKey, version: Int, make: () throws(PostgresError) -> Binder.BoundPolicy
    ) throws(PostgresError) -> Binder.BoundPolicy {
        if let known = state.withLock({ $0.version == version ? $0.policies[key] : nil }) { return known }
        let bound = try make()
        // A literal such as 'today' is good for this once.
        if bound.dependsOnMoment { return bound }
        state.withLock { state in
            guard state.version <= version else { return }
            state.advance(to: version)
            state.policies[key] = bound
        }
        return bound
    }

    fileprivate struct RoutineKey: Hashable {
        var id: FunctionID
        /// Of a polymorphic one: the types it is called with.
        var types: String
    }

    /// A routine made ready to run.
    func routine(
        _ id: FunctionID, types: String = "", version: Int, make: () throws -> CompiledRoutine
    ) throws -> CompiledRoutine {
        let key = RoutineKey(id: id, types: types)
        if let known = state.withLock({ $0.routines[key] }), known.version == version { return known.routine }
        let routine = try make()
        state.withLock { $0.routines[key] = (version, routine) }
        return routine
    }

    /// The rules of a table, made by `make` when they are not there.
    func rules(
        _ id: RelationID, version: Int, make: () throws -> TableRules
    ) throws -> TableRules {
        if let known = state.withLock({ $0.version == version ? $0.tables[id] : nil }) { return known }
        let rules = try make()
        state.withLock { state in
            guard state.version <= version else { return }
            state.advance(to: version)
            state.tables[id] = rules
        }
        return rules
    }
}

extension PlanCache.State {
    fileprivate mutating func advance(to version: Int) {
        guard self.version != version else { return }
        self = .init(version: version, routines: routines)
    }
}
