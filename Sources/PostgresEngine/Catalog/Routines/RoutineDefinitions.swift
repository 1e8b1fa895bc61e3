import PostgresSyntax
import PostgresTypes

/// CREATE of functions and procedures.
extension CatalogEditor {
    mutating func createFunction(_ definition: CreateFunction) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        var routine = try routine(definition, schema: schema, name: name)
        let inputs = routine.inputs.map(\.type.type)
        let old = catalog.routines(named: name).first {
            $0.schema == schema && $0.inputs.map(\.type.type) == inputs
        }
        if let old {
            guard definition.orReplace else {
                throw PostgresError("42723", "function \"\(name)\" already exists with same argument types")
            }
            guard catalog.isMember(session.role, of: old.owner) else { throw .mustBeOwner(old.kindName, name) }
            try checkReplacement(of: old, by: routine)
            routine.id = old.id
            routine.owner = old.owner
            routine.privileges = old.privileges
        } else {
            routine.id = FunctionID(newOID())
            routine.privileges = defaultPrivileges(ofRoutineIn: schema)
        }
        enter(routine, isNew: old == nil)
        guard validates else { return }
        // The literals of a body are read when it is called.
        var ofCalls = context
        ofCalls.definitionZone = nil
        try RoutineCheck(catalog: catalog, session: session, context: ofCalls)
            .check(routine, reading: definition.reading)
    }

    mutating func enter(_ routine: Routine, isNew: Bool) {
        edit { catalog in
            catalog.routines[routine.id] = routine
            if isNew { catalog.routineIDs[routine.name, default: []].append(routine.id) }
        }
    }

    /// PUBLIC may call what is new, and whoever ALTER DEFAULT PRIVILEGES names.
    func defaultPrivileges(ofRoutineIn schema: String) -> [PrivilegeEntry] {
        let isClosed = catalog.defaultPrivileges.contains { entry in
            entry.role == session.role && entry.kind.isRoutine && entry.schema == nil
                && entry.entry.grantee == "public" && entry.entry.privileges.isEmpty
        }
        var privileges: [PrivilegeEntry] = []
        if !isClosed { privileges.append(PrivilegeEntry(grantee: "public", privileges: ["execute"])) }
        for entry in catalog.defaultPrivileges
        where entry.role == session.role && entry.kind.isRoutine && (entry.schema == nil || entry.schema == schema) {
            if !entry.entry.privileges.isEmpty { privileges.add(entry.entry) }
        }
        return privileges
    }

    func routine(
        _ definition: CreateFunction, schema: String, name: String
    ) throws(PostgresError) -> Routine {
        guard !definition.language.isEmpty else { throw .routine("no language specified") }
        guard let body = definition.body else { throw .routine("no function body specified") }
        guard ["sql", "plpgsql"].contains(definition.language) else {
            if ["c", "internal"].contains(definition.language) {
                throw .notSupported("a function in language \(definition.language)")
            }
            throw PostgresError("42704", "language \"\(definition.language)\" does not exist")
        }
        var parameters: [Routine.Parameter] = []
        for parameter in definition.parameters {
            var type: TypeReference
            do throws(PostgresError) {
                type = try catalog.resolveType(parameter.type, searchPath: searchPath)
            } catch {
                guard error.code == "42704" else { throw error }
                // The one place where Postgres names a type without quotes.
                throw PostgresError("42704", "type \(parameter.type.names.joined(separator: ".")) does not exist")
            }
            // Lengths mean nothing to parameters.
            type.modifier = -1
            try refusePseudoType(type.type, of: definition, isResult: false)
            try checkUsage(of: type)
            parameters.append(
                Routine.Parameter(
                    name: parameter.name, mode: parameter.mode, type: type, defaultValue: parameter.defaultValue))
        }
        let returned = try result(definition, parameters)
        var routine = Routine(
            id: FunctionID(0), schema: schema, name: name, owner: session.role, privileges: [],
            isProcedure: definition.isProcedure, parameters: parameters, result: returned.type,
            isSet: returned.isSet, language: definition.language, body: body, volatility: definition.volatility,
            isStrict: definition.isStrict, isSecurityDefiner: definition.isSecurityDefiner,
            settings: try currentValues(definition.settings), searchPath: searchPath, variadicElement: nil)
        routine.estimatedRows = definition.estimatedRows
        routine.cost = definition.cost
        routine.parallel = definition.parallel
        try checkParameters(&routine)
        return routine
    }

    /// SET … FROM CURRENT fixes what is in force now.
    private func currentValues(_ settings: [SetVariable]) throws(PostgresError) -> [SetVariable] {
        var result: [SetVariable] = []
        for setting in settings {
            if setting.values == nil { throw .notSupported("SET \(setting.name) FROM CURRENT or TO DEFAULT") }
            result.append(setting)
        }
        return result
    }

    private func refusePseudoType(
        _ type: TypeID, of definition: CreateFunction, isResult: Bool
    ) throws(PostgresError) {
        guard let builtin = BuiltinCatalog.shared.type(type), builtin.kind == .pseudo else { return }
        let allowed: Set<String> = isResult ? ["void", "record", "trigger", "event_trigger"] : ["record"]
        if allowed.contains(builtin.name) && (isResult || definition.language != "sql") { return }
        // Outputs of such types would have to be worked out for every call.
        let hasOutputs = definition.parameters.contains { $0.mode != .input && $0.mode != .variadic }
        if type.polymorphicFamily != nil, !definition.isProcedure, !hasOutputs {
            let isGiven = definition.parameters.contains {
                (try? catalog.resolveType($0.type, searchPath: searchPath))?.type.polymorphicFamily != nil
            }
            if !isResult || isGiven { return }
            throw PostgresError(
                "42P13", "cannot determine result data type",
                detail: "A result of type \(builtin.display) requires at least one input of type anyelement, anyarray, "
                    + "anynonarray, anyenum, anyrange, or anymultirange.")
        }
        if builtin.name.hasPrefix("any") {
            throw .notSupported("a function with the pseudo-type \(builtin.name)")
        }
        let language = definition.language == "sql" ? "SQL" : "PL/pgSQL"
        let verb = isResult ? "return" : "accept"
        throw PostgresError(
            definition.language == "sql" && !isResult
                ? "42P13" : isResult && definition.language == "sql" ? "42P13" : "0A000",
            "\(language) function\(definition.language == "sql" ? "s" : "s") cannot \(verb) type \(builtin.display)")
    }

    private func result(
        _ definition: CreateFunction, _ parameters: [Routine.Parameter]
    ) throws(PostgresError) -> (type: TypeReference, isSet: Bool) {
        let outputs = parameters.filter(\.isOutput)
        let implied =
            outputs.isEmpty
            ? nil : outputs.count == 1 ? TypeReference(outputs[0].type.type) : TypeReference(.record)
        if definition.isProcedure {
            return (implied.map { _ in TypeReference(.record) } ?? TypeReference(.void), false)
        }
        guard let returns = definition.returns else {
            guard let implied else { throw .routine("function result type must be specified") }
            return (implied, false)
        }
        if parameters.contains(where: { $0.mode == .table }) {
            return (implied ?? TypeReference(.record), true)
        }
        var type: TypeReference
        do throws(PostgresError) {
            type = try catalog.resolveType(returns, searchPath: searchPath)
        } catch {
            guard error.code == "42704" else { throw error }
            throw PostgresError("42704", error.message)
        }
        type.modifier = -1
        try checkUsage(of: type)
        if let implied, implied.type != type.type {
            throw .routine(
                "function result type must be \(catalog.typeName(implied, searchPath: searchPath)) "
                    + "because of OUT parameters")
        }
        try refusePseudoType(type.type, of: definition, isResult: true)
        return (type, returns.isSetOf)
    }

    private func checkParameters(_ routine: inout Routine) throws(PostgresError) {
        var hasDefault = false
        let lastInput = routine.parameters.lastIndex { $0.isInput }
        for (position, parameter) in routine.parameters.enumerated() {
            if parameter.mode == .variadic {
                guard position == lastInput else {
                    throw .routine("VARIADIC parameter must be the last input parameter")
                }
                let element: TypeID? =
                    switch parameter.type.type {
                    case .anyarray: .anyelement
                    case .anycompatiblearray: .anycompatible
                    case let type: TypeSystem(catalog: catalog).element(of: type)
                    }
                guard let element else { throw .routine("VARIADIC parameter must be an array") }
                routine.variadicElement = element
            }
            if let name = parameter.name,
                routine.parameters[..<position].contains(where: { $0.clashes(with: parameter, in: routine.language) })
            {
                throw .routine("parameter name \"\(name)\" used more than once")
            }
            if parameter.defaultValue != nil {
                guard parameter.isInput else { throw .routine("only input parameters can have default values") }
                hasDefault = true
                if validates { _ = try boundDefault(parameter, searchPath: searchPath) }
            } else if parameter.isInput, hasDefault {
                throw .routine("input parameters after one with a default value must also have defaults")
            }
        }
    }

    private func boundDefault(
        _ parameter: Routine.Parameter, searchPath: [String]
    ) throws(PostgresError) -> TypedExpression? {
        guard let value = parameter.defaultValue else { return nil }
        return try Binder(catalog: catalog, searchPath: searchPath, context: context)
            .bindParameterDefault(value, type: parameter.type)
    }

    private func checkReplacement(of old: Routine, by new: Routine) throws(PostgresError) {
        let types = old.parameters.filter(\.isInput).map { catalog.typeName($0.type, searchPath: searchPath) }
        let hint = "Use DROP \(old.kindName.uppercased()) \(old.name)(\(types.joined(separator: ","))) first."
        guard old.isProcedure == new.isProcedure else {
            throw PostgresError(
                "42809", "cannot change routine kind",
                detail: "\"\(old.name)\" is a \(old.kindName).")
        }
        if old.result.type != new.result.type || old.isSet != new.isSet {
            throw PostgresError("42P13", "cannot change return type of existing function", hint: hint)
        }
        // A single output makes no row.
        let makesRows = max(old.outputs.count, new.outputs.count) > 1
        if makesRows,
            old.outputs.map(\.type.type) != new.outputs.map(\.type.type)
                || old.outputs.map(\.name) != new.outputs.map(\.name)
        {
            throw PostgresError(
                "42P13", "cannot change return type of existing function",
                detail: "Row type defined by OUT parameters is different.", hint: hint)
        }
        for (before, after) in zip(old.inputs, new.inputs) {
            if let name = before.name, name != after.name {
                throw PostgresError("42P13", "cannot change name of input parameter \"\(name)\"", hint: hint)
            }
            if before.defaultValue != nil, after.defaultValue == nil {
                throw PostgresError("42P13", "cannot remove parameter defaults from existing function", hint: hint)
            }
        }
    }
}

extension Routine {
    var kindName: String { aggregate != nil ? "aggregate" : isProcedure ? "procedure" : "function" }
}

extension ObjectKind {
    var isRoutine: Bool { self == .function || self == .procedure || self == .routine || self == .aggregate }
}

extension PostgresError {
    /// A definition of a function that contradicts itself.
    static func routine(_ message: String) -> PostgresError { PostgresError("42P13", message) }
}
