import PostgresTypes
import SQLite

/// One call of a Swift function from generated SQL.
struct Invocation {
    let arguments: FunctionArguments
    let connection: Connection
    /// Without the hidden last argument of functions that take types.
    let count: Int
    private let givenTypes: CallTypes?

    /// The types around the call, which functions that say `takesTypes` are called with, and no others.
    var types: CallTypes {
        guard let givenTypes else { preconditionFailure("a function that takes no types asks for them") }
        return givenTypes
    }

    init(_ arguments: FunctionArguments, on connection: Connection, takesTypes: Bool) throws {
        self.arguments = arguments
        self.connection = connection
        count = takesTypes ? arguments.count - 1 : arguments.count
        guard takesTypes else {
            givenTypes = nil
            return
        }
        if let known = arguments.remembered(count) {
            givenTypes = unsafeDowncast(known, to: KnownTypes.self).types
            return
        }
        let text = arguments.text(count)
        let context = try Self.context(of: connection)
        let types: CallTypes
        if let known = context.memory.callTypes[text] {
            types = known
        } else {
            guard let parsed = CallTypes(text: text) else { throw PostgresError("XX000", "bad call types: \(text)") }
            context.memory.callTypes[text] = parsed
            types = parsed
        }
        givenTypes = types
        arguments.remember(KnownTypes(types), for: count)
    }

    /// The types of one call in a statement, as the call keeps them from row to row.
    private final class KnownTypes {
        let types: CallTypes

        init(_ types: CallTypes) { self.types = types }
    }

    static func context(of connection: Connection) throws -> ExecutionContext {
        // Asked at every call: a comparison of types is much cheaper than a cast.
        guard let context = connection.context, Swift.type(of: context) == ExecutionContext.self else {
            throw PostgresError("XX000", "a function was called outside a session")
        }
        return unsafeDowncast(context, to: ExecutionContext.self)
    }

    var context: ExecutionContext {
        get throws { try Self.context(of: connection) }
    }

    func isNull(_ index: Int) -> Bool { arguments.isNull(index) }
    func integer(_ index: Int) -> Int64 { arguments.integer(index) }
    func text(_ index: Int) -> String { arguments.text(index) }
    func bool(_ index: Int) -> Bool { arguments.integer(index) != 0 }
    subscript(index: Int) -> SQLValue { arguments[index] }

    /// A float4 or float8; NaN is stored as text, because SQLite would turn it into NULL.
    func double(_ index: Int) -> Double {
        if case .text = arguments[index] { return .nan }
        return arguments.real(index)
    }

    func decimal(_ index: Int) -> Decimal { arguments.withBytes(index) { Decimal(stored: $0) } }

    /// The type of an argument, for functions registered as taking types.
    func type(_ index: Int) throws -> PostgresType { try context.postgresType(types.arguments[index].type) }

    var resultType: PostgresType {
        get throws { try context.postgresType(types.result.type) }
    }
}

extension SQLValue {
    static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// A float8 in its stored form.
    static func float(_ value: Double) -> SQLValue { value.isNaN ? .text("NaN") : .real(value) }

    /// A stored float4 or float8; nil for NULL. NaN is stored as text.
    var double: Double? {
        switch self {
        case .real(let number): number
        case .integer(let number): Double(number)
        case .text: .nan
        default: nil
        }
    }
}
