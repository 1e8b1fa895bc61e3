import PostgresEngine
import PostgresSyntax
import PostgresTypes

extension SchemaCache {
    /// The function that a request calls: of those with its name the one whose parameters are the given ones, or else
    /// the one that takes the body as a whole.
    /// - Throws: PGRST202, PGRST203.
    func routine(
        _ name: String, in schema: String, _ arguments: CallArguments
    ) throws(RestError) -> (routine: Routine, takesWhole: Bool) {
        let overloads = catalog.routines(named: name).filter { $0.schema == schema && Self.isCallable($0) }
        let given = arguments.names
        let isRaw = arguments.unnamedType.map { $0 != "json/jsonb" } ?? false
        let matching = overloads.filter { Self.matches($0, given, isRaw: isRaw) }
        if matching.count == 1 { return (matching[0], false) }
        if matching.count > 1 { throw RestError.ambiguousRoutine(matching.map(signature)) }
        let whole = overloads.filter { takesWhole($0, arguments.unnamedType) }
        if whole.count == 1 { return (whole[0], true) }
        if whole.count > 1 { throw RestError.ambiguousRoutine(whole.map(signature)) }
        throw RestError.unknownRoutine(
            schema: schema, name: name, arguments: given.sorted(), unnamed: arguments.unnamedType,
            suggestion: suggestion(name, schema, given, overloads))
    }

    static func isCallable(_ routine: Routine) -> Bool { !routine.isProcedure && routine.result.type != .trigger }

    private static func matches(_ routine: Routine, _ given: Set<String>, isRaw: Bool) -> Bool {
        let parameters = routine.inputs
        if parameters.isEmpty { return given.isEmpty && !isRaw }
        // A parameter without a name can be given none.
        let required = Set(parameters.filter { $0.defaultValue == nil && $0.mode != .variadic }.map { $0.name ?? "" })
        let optional = Set(parameters.filter { $0.defaultValue != nil || $0.mode == .variadic }.map { $0.name ?? "" })
        return given.subtracting(optional) == required && given.isSubset(of: required.union(optional))
    }

    private func takesWhole(_ routine: Routine, _ type: String?) -> Bool {
        guard let type, routine.inputs.count == 1, routine.inputs[0].name == nil else { return false }
        let wanted: Set<TypeID> =
            switch type {
            case "json/jsonb": [.json, .jsonb]
            case "text": [.text]
            case "xml": [.xml]
            default: [.bytea]
            }
        return wanted.contains(routine.inputs[0].type.type)
    }

    /// `schema.f(a => integer)`.
    private func signature(_ routine: Routine) -> String {
        let parameters = routine.inputs.map { parameter in
            "\(parameter.name ?? "") => \(catalog.typeName(parameter.type, searchPath: ["pg_catalog"]))"
        }
        return "\(routine.schema).\(routine.name)(\(parameters.joined(separator: ", ")))"
    }

    /// A function that may have been meant: another name, or other parameters of this one.
    private func suggestion(
        _ name: String, _ schema: String, _ given: Set<String>, _ overloads: [Routine]
    ) -> String? {
        func list(_ names: [String]) -> String { "(" + names.sorted().joined(separator: ", ") + ")" }
        if overloads.isEmpty {
            let names = catalog.orderedRoutines.filter { $0.schema == schema && Self.isCallable($0) }.map(\.name)
            return FuzzySet(names).best(for: name, minimum: 0.75).map { "\(schema).\($0.name)" }
        }
        let lists = overloads.map { list($0.inputs.map { $0.name ?? "" }) }
        return FuzzySet(lists).best(for: list(given.sorted())).map { "\(schema).\(name)\($0.name)" }
    }
}
