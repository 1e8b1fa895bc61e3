import PostgresTypes
import SQLite

/// Implementations by signature, and how they become SQLite functions.
struct FunctionTable: Sendable {
    private(set) var implementations: [String: Implementation] = [:]
    /// Functions that only the generator calls, by name; no function of Postgres.
    private(set) var support: [String: ScalarFunction] = [:]
    private(set) var supportAggregates: [String: AggregateFunction] = [:]

    private mutating func add(_ signature: String, _ implementation: Implementation) {
        precondition(implementations[signature] == nil, "\(signature) is implemented twice")
        implementations[signature] = implementation
    }

    /// A function that is NULL whenever an argument is.
    mutating func scalar(_ signatures: String..., body: @escaping @Sendable (Invocation) throws -> SQLValue) {
        for signature in signatures { add(signature, .scalar(ScalarFunction(body: body))) }
    }

    /// A function that sees its NULLs.
    mutating func nullable(_ signatures: String..., body: @escaping @Sendable (Invocation) throws -> SQLValue) {
        for signature in signatures { add(signature, .scalar(ScalarFunction(isStrict: false, body: body))) }
    }

    /// A function that needs to know the types of its arguments.
    mutating func typed(
        _ signatures: String..., isStrict: Bool = true, body: @escaping @Sendable (Invocation) throws -> SQLValue
    ) {
        for signature in signatures {
            add(signature, .scalar(ScalarFunction(isStrict: isStrict, takesTypes: true, body: body)))
        }
    }

    /// A function whose every call may answer differently.
    mutating func volatile(
        _ signatures: String..., isStrict: Bool = true, body: @escaping @Sendable (Invocation) throws -> SQLValue
    ) {
        for signature in signatures {
            add(signature, .scalar(ScalarFunction(isStrict: isStrict, isVolatile: true, body: body)))
        }
    }

    mutating func native(_ signatures: String..., template: @escaping @Sendable ([String]) -> String) {
        for signature in signatures { add(signature, .native(template)) }
    }

    mutating func comparison(_ signature: String, _ comparison: Comparison, left: String? = nil, right: String? = nil) {
        add(signature, .comparison(comparison, left: left, right: right))
    }

    mutating func rows(
        _ signatures: String..., isStrict: Bool = true, takesTypes: Bool = false,
        body: @escaping @Sendable (Invocation) throws -> [[SQLValue]]
    ) {
        for signature in signatures {
            add(signature, .rows(SetFunction(isStrict: isStrict, takesTypes: takesTypes, body: body)))
        }
    }

    mutating func aggregate(
        _ signatures: String..., takesTypes: Bool = false,
        make: @escaping @Sendable (CallTypes?, ExecutionContext) throws -> any Accumulator
    ) {
        for signature in signatures {
            add(signature, .aggregate(AggregateFunction(takesTypes: takesTypes, make: make)))
        }
    }

    mutating func nativeAggregate(_ signatures: String..., template: @escaping @Sendable ([String]) -> String) {
        for signature in signatures { add(signature, .nativeAggregate(template)) }
    }

    mutating func extremum(_ signature: String, isMaximum: Bool) { add(signature, .extremum(isMaximum: isMaximum)) }

    mutating func window(_ signature: String, _ name: String) { add(signature, .window(name)) }

    mutating func support(
        _ name: String, isStrict: Bool = false, isVolatile: Bool = false, takesTypes: Bool = false,
        arity: Int? = nil, body: @escaping @Sendable (Invocation) throws -> SQLValue
    ) {
        support[name] = ScalarFunction(
            isStrict: isStrict, isVolatile: isVolatile, takesTypes: takesTypes, arity: arity, body: body)
    }

    mutating func supportAggregate(
        _ name: String, takesTypes: Bool = false,
        make: @escaping @Sendable (CallTypes?, ExecutionContext) throws -> any Accumulator
    ) {
        supportAggregates[name] = AggregateFunction(takesTypes: takesTypes, make: make)
    }

    // MARK: Registration

    func register(on connection: Connection) {
        for (signature, implementation) in implementations {
            switch implementation {
            case .scalar(let function): register(function, as: signature, on: connection)
            case .rows(let function):
                register(
                    ScalarFunction(isStrict: false, takesTypes: function.takesTypes) { call in
                        if function.isStrict, (0..<call.count).contains(where: call.isNull) { return .text("[]") }
                        return PackedRows.pack(try function.body(call))
                    }, as: signature, on: connection)
            case .aggregate(let function):
                register(function, as: signature, on: connection)
                connection.register(aggregate: "sorted " + signature) { [unowned connection] in
                    SortedAggregate(function, on: connection)
                }
                connection.register(window: "window " + signature) { [unowned connection] in
                    AggregateRun(function, on: connection, isWindow: true)
                }
            case .native, .comparison, .nativeAggregate, .extremum, .window: break
            }
        }
        connection.register(window: "framed") { [unowned connection] in FramedWindow(on: connection) }
        for (name, function) in support { register(function, as: name, on: connection) }
        for (name, function) in supportAggregates {
            register(function, as: name, on: connection)
            connection.register(aggregate: "sorted " + name) { [unowned connection] in
                SortedAggregate(function, on: connection)
            }
        }
    }

    private func register(_ function: ScalarFunction, as name: String, on connection: Connection) {
        let body = function.body
        let takesTypes = function.takesTypes
        let isStrict = function.isStrict
        connection.register(function: name, arguments: function.arity ?? -1, deterministic: !function.isVolatile) {
            [unowned(unsafe) connection] arguments in
            // The connection owns the registration, so it outlives every call.
            if isStrict {
                for index in 0..<(takesTypes ? arguments.count - 1 : arguments.count) where arguments.isNull(index) {
                    return .null
                }
            }
            return try body(Invocation(arguments, on: connection, takesTypes: takesTypes))
        }
    }

    private func register(_ function: AggregateFunction, as name: String, on connection: Connection) {
        connection.register(aggregate: name) { [unowned connection] in AggregateRun(function, on: connection) }
    }
}
