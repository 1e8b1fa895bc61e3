import PostgresSyntax
package import PostgresTypes

/// What makes a routine an aggregate: how a row changes the state, and what the state comes to.
package struct Aggregate: Hashable, Sendable {
    package var transition: FunctionID
    package var stateType: TypeReference
    package var final: FunctionID?
    package var initial: String?
}

/// CREATE AGGREGATE.
extension CatalogEditor {
    mutating func createAggregate(_ definition: CreateAggregate) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        var arguments: [TypeReference] = []
        for argument in definition.arguments {
            arguments.append(TypeReference(try catalog.resolveType(argument, searchPath: searchPath).type))
        }
        let state = TypeReference(try catalog.resolveType(definition.stateType, searchPath: searchPath).type)
        for type in arguments + [state] { try checkUsage(of: type) }
        let transition = try function(definition.transition, taking: [state] + arguments)
        guard transition.result == state.type || transition.result.polymorphicFamily != nil else {
            let shown = catalog.typeName(state, searchPath: searchPath)
            throw PostgresError(
                "42804", "return type of transition function \(transition.name) is not \(shown)")
        }
        if transition.isStrict, definition.initial == nil, arguments.first != state {
            throw PostgresError(
                "42P13",
                "must not omit initial value when transition function is strict and transition type is not compatible "
                    + "with input type")
        }
        var final: BuiltinFunction?
        if let wanted = definition.final { final = try function(wanted, taking: [state]) }
        let result = TypeReference(final?.result ?? state.type)
        let inputs = arguments.map(\.type)
        let old = catalog.routines(named: name).first {
            $0.schema == schema && $0.inputs.map(\.type.type) == inputs
        }
        if let old, !definition.orReplace || old.aggregate == nil {
            throw PostgresError("42723", "function \"\(name)\" already exists with same argument types")
        }
        var routine = Routine(
            id: old?.id ?? FunctionID(newOID()), schema: schema, name: name, owner: old?.owner ?? session.role,
            privileges: old?.privileges ?? defaultPrivileges(ofRoutineIn: schema), isProcedure: false,
            parameters: arguments.map { .init(name: nil, mode: .input, type: $0, defaultValue: nil) }, result: result,
            isSet: false, language: "internal", body: .text("aggregate_dummy"), volatility: .immutable, isStrict: false,
            isSecurityDefiner: false, settings: [], searchPath: searchPath, variadicElement: nil)
        routine.aggregate = Aggregate(
            transition: transition.id, stateType: state, final: final?.id, initial: definition.initial)
        enter(routine, isNew: old == nil)
    }

    /// The function of that name for these types: the one that takes just them, or a polymorphic one, or one that takes
    /// what their domains are over.
    private func function(
        _ name: QualifiedName, taking types: [TypeReference]
    ) throws(PostgresError) -> BuiltinFunction {
        let wanted = types.map(\.type)
        let found = TypeSystem(catalog: catalog).functions(named: name.name).filter { function in
            guard function.kind == .function, function.arguments.count == wanted.count else { return false }
            if let schema = name.schema { return catalog.schema(of: function) == schema }
            return catalog.isInReach(function, searchPath: searchPath)
        }
        if let exact = found.first(where: { $0.arguments == wanted }) { return exact }
        func fits(_ given: TypeID, _ declared: TypeID) -> Bool {
            declared == given || declared == .any
                || declared.polymorphicFamily != nil && given.polymorphicFamily == nil
        }
        let polymorphic = found.first { function in
            zip(wanted, function.arguments).allSatisfy { given, declared in fits(given, declared) }
        }
        if let polymorphic { return polymorphic }
        let system = TypeSystem(catalog: catalog)
        let overBase = found.first { function in
            zip(wanted, function.arguments).allSatisfy { given, declared in
                fits(given, declared) || system.base(of: TypeReference(given)).type == declared
            }
        }
        if let overBase { return overBase }
        let shown = types.map { catalog.typeName($0, searchPath: searchPath) }.joined(separator: ", ")
        throw PostgresError("42883", "function \(name.display)(\(shown)) does not exist")
    }
}
