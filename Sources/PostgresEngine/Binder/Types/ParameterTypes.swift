import PostgresTypes

/// What is known of `$1`, `$2` …: unknown until first used, then what that use made of them.
final class ParameterTypes {
    /// nil: never mentioned.
    private(set) var types: [TypeID?]
    private let hints: [TypeReference]
    /// Mentions of a parameter that no context has typed yet.
    private var undetermined: [Int: Int] = [:]

    init(hints: [TypeReference]) {
        self.hints = hints
        types = hints.map { $0.type == .unknown ? nil : $0.type }
    }

    /// A mention of `$number`: of its known type, else unknown.
    func mention(_ number: Int) throws(PostgresError) -> TypedExpression {
        guard number > 0, number <= 65535 else { throw PostgresError("42P02", "there is no parameter $\(number)") }
        while types.count < number { types.append(nil) }
        let type = types[number - 1] ?? .unknown
        types[number - 1] = type
        if type == .unknown { undetermined[number, default: 0] += 1 }
        return TypedExpression(.parameter(number), type: TypeReference(type))
    }

    /// A context gives the untyped mention a type: the first one counts, a later one must agree.
    func determine(_ number: Int, as type: TypeID, name: (TypeID) -> String) throws(PostgresError) -> TypedExpression {
        let known = types[number - 1] ?? .unknown
        if known != .unknown, known != type {
            throw BindError.inconsistentParameter(number, name(known), name(type))
        }
        types[number - 1] = type
        undetermined[number, default: 1] -= 1
        return TypedExpression(.parameter(number), type: TypeReference(type))
    }

    /// The types of all parameters when the statement is bound.
    func resolved() throws(PostgresError) -> [TypeReference] {
        for (number, count) in undetermined.sorted(by: { $0.key < $1.key }) where count > 0 {
            if let known = types[number - 1], known != .unknown {
                throw BindError.undeterminedParameter(number, code: "42P08")
            }
        }
        var result: [TypeReference] = []
        for index in types.indices {
            guard let type = types[index], type != .unknown else {
                throw BindError.undeterminedParameter(index + 1)
            }
            result.append(
                hints.indices.contains(index) && hints[index].type == type ? hints[index] : TypeReference(type))
        }
        return result
    }
}
