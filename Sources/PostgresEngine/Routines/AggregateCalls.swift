import PostgresSyntax
import PostgresTypes
import SQLite

/// The calls that an aggregate of a user's consists of, bound for the types of one use.
struct AggregatePlan {
    var version: Int
    var initial: SQLValue
    var step: PreparedStatement
    var final: PreparedStatement?
    /// A strict transition function sees no NULLs; its first value becomes the state where there is none yet.
    var isStrict: Bool
    var isFinalStrict: Bool
}

extension Transaction {
    /// A run over one group of an aggregate that a user made.
    func makeAggregate(_ id: FunctionID, _ types: CallTypes) throws -> any Accumulator {
        UserAggregate(try aggregatePlan(id, types), self)
    }

    private func aggregatePlan(_ id: FunctionID, _ types: CallTypes) throws -> AggregatePlan {
        let key = "\(id.oid) \(types.text)"
        if let known = aggregatePlans[key], known.version == catalog.version { return known }
        guard let routine = catalog[id], let aggregate = routine.aggregate else {
            throw PostgresError("42883", "aggregate with OID \(id.oid) does not exist")
        }
        guard catalog.allowsCall(of: routine, role: session.role) else {
            throw PostgresError.permissionDenied("aggregate", routine.name)
        }
        let state = stateType(aggregate, types)
        let system = TypeSystem(catalog: catalog)
        guard let transition = system.function(aggregate.transition) else {
            throw PostgresError("42883", "the transition function of aggregate \(routine.name) does not exist")
        }
        var initial = SQLValue.null
        if let text = aggregate.initial {
            initial = try catalog.postgresType(of: state.type).decode(text: text, modifier: -1, context: valueContext)
        }
        let final = aggregate.final.flatMap(system.function)
        let plan = AggregatePlan(
            version: catalog.version, initial: initial, step: try bindCall(of: transition, [state] + types.arguments),
            final: try final.map { try bindCall(of: $0, [state]) }, isStrict: transition.isStrict,
            isFinalStrict: final?.isStrict ?? false)
        aggregatePlans[key] = plan
        return plan
    }

    /// What a polymorphic state is with these arguments.
    private func stateType(_ aggregate: Aggregate, _ types: CallTypes) -> TypeReference {
        guard aggregate.stateType.type.polymorphicFamily != nil else { return aggregate.stateType }
        if aggregate.final == nil { return types.result }
        guard let first = types.arguments.first else { return aggregate.stateType }
        let system = TypeSystem(catalog: catalog)
        let isArray = ["anyarray", "anycompatiblearray"].contains(
            BuiltinCatalog.shared.type(aggregate.stateType.type)?.name ?? "")
        guard isArray, system.baseElement(of: first.type) == nil else { return first }
        return system.array(of: first.type).map { TypeReference($0) } ?? first
    }

    private func bindCall(of function: BuiltinFunction, _ types: [TypeReference]) throws -> PreparedStatement {
        let arguments = types.indices.map { FunctionCall.Argument(Expression(.parameter($0 + 1))) }
        var call = FunctionCall(name: [function.schema, function.name], arguments: arguments)
        call.function = function.id.oid
        let target = Target(Expression(.call(call)))
        return try bind(.select(SelectStatement(.select(PlainSelect(targets: [target])))), types)
    }

    /// The value of a call that `bindCall` made ready.
    fileprivate func value(of prepared: PreparedStatement, _ arguments: [SQLValue]) throws -> SQLValue {
        callDepth += 1
        defer { callDepth -= 1 }
        return try run(prepared, arguments: arguments).rows.first?.first ?? .null
    }
}

/// One group's run.
private final class UserAggregate: Accumulator {
    private let plan: AggregatePlan
    private unowned let transaction: Transaction
    private var state: SQLValue
    private var isStarted: Bool

    init(_ plan: AggregatePlan, _ transaction: Transaction) {
        self.plan = plan
        self.transaction = transaction
        state = plan.initial
        isStarted = !plan.initial.isNull
    }

    func add(_ values: [SQLValue]) throws {
        if plan.isStrict {
            if values.contains(.null) { return }
            if !isStarted {
                isStarted = true
                state = values.first ?? .null
                return
            }
            if state.isNull { return }
        }
        isStarted = true
        state = try transaction.value(of: plan.step, [state] + values)
    }

    func value() throws -> SQLValue {
        guard let final = plan.final else { return state }
        if plan.isFinalStrict, state.isNull { return .null }
        return try transaction.value(of: final, [state])
    }
}

/// Stands for an aggregate of a user's until the first row tells which: the last value of each row is its OID.
final class NamedAggregate: Accumulator {
    private let types: CallTypes?
    private unowned let context: ExecutionContext
    private var run: (any Accumulator)?

    init(_ types: CallTypes?, _ context: ExecutionContext) {
        self.types = types
        self.context = context
    }

    func add(_ values: [SQLValue]) throws {
        if run == nil, case .integer(let id)? = values.last, let types {
            run = try context.makeAggregate?(FunctionID(UInt32(id)), types)
        }
        try run?.add(Array(values.dropLast()))
    }

    func value() throws -> SQLValue { try run?.value() ?? .null }
}
