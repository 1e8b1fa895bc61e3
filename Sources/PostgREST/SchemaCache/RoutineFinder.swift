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
        if matching.count > 1 { throw RestError.ambiguousRoutine(signatures(matching)) }
        let whole = overloads.filter { takesWhole($0, arguments.unnamedType) }
        if whole.count == 1 { return (whole[0], true) }
        if whole.count > 1 { throw RestError.ambiguousRoutine(signatures(whole)) }
        throw RestError.unknownRoutine(
            schema: schema, name: name, arguments: given.sorted(), unnamed: arguments.unnamedType,
            suggestion: isRaw ? nil : suggestion(name, schema, given, overloads))
    }

    /// Whether requests can name the function: no aggregate, no trigger's, and not one with parameters that have no
    /// name, but for a single one that takes a whole body.
    static func isCallable(_ routine: Routine) -> Bool {
        guard !routine.isProcedure, routine.aggregate == nil, routine.result.type != .trigger else { return false }
        let unnamed = routine.inputs.filter { $0.name == nil }
        return unnamed.isEmpty || unnamed.count == 1 && bodyTypes.contains(unnamed[0].type.type)
    }

    private static let bodyTypes: Set<TypeID> = [.json, .jsonb, .text, .xml, .bytea]

    private static func matches(_ routine: Routine, _ given: Set<String>, isRaw: Bool) -> Bool {
        let parameters = routine.inputs
        if parameters.isEmpty { return given.isEmpty && !isRaw }
        // A parameter without a name can be given none.
        let required = Set(parameters.filter { $0.defaultValue == nil }.map { $0.name ?? "" })
        let optional = Set(parameters.filter { $0.defaultValue != nil }.map { $0.name ?? "" })
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

    /// The candidates as a message lists them: those with fewer parameters first, then by names and types.
    private func signatures(_ routines: [Routine]) -> [String] {
        routines.map { (count: $0.inputs.count, text: signature($0)) }
            .sorted { ($0.count, $0.text) < ($1.count, $1.text) }.map(\.text)
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
