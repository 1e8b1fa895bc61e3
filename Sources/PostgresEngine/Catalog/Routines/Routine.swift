package import PostgresSyntax
package import PostgresTypes

/// A function or procedure that a user made.
package struct Routine: Sendable {
    package struct Parameter: Hashable, Sendable {
        package var name: String?
        package var mode: CreateFunction.Parameter.Mode
        package var type: TypeReference
        package var defaultValue: Expression?

        /// `pg_proc.proargmodes`.
        var modeLetter: UInt8 {
            switch mode {
            case .input: 105
            case .output: 111
            case .inputOutput: 98
            case .variadic: 118
            case .table: 116
            }
        }

        var isInput: Bool { mode != .output && mode != .table }
        var isOutput: Bool { mode != .input && mode != .variadic }

        /// Whether another may not have its name. What only goes in may share it with what only comes out, except in
        /// PL/pgSQL, where both are variables.
        func clashes(with other: Self, in language: String) -> Bool {
            name == other.name
                && (language == "plpgsql" || isInput && other.isInput || isOutput && other.isOutput)
        }
    }

    package var id: FunctionID
    package var schema: String
    package var name: String
    package var owner: String
    package var privileges: [PrivilegeEntry]
    package var isProcedure: Bool
    /// In their order, the columns of RETURNS TABLE last.
    package var parameters: [Parameter]
    /// `void` for what returns nothing, `record` for several outputs.
    package var result: TypeReference
    package var isSet: Bool
    package var language: String
    package var body: CreateFunction.Body
    package var volatility: CreateFunction.Volatility
    package var isStrict: Bool
    package var isSecurityDefiner: Bool
    /// SET clauses, in force during a call.
    package var settings: [SetVariable]
    /// The search path it was made under: defaults and a BEGIN ATOMIC body are bound under it.
    package var searchPath: [String]
    /// The element type of a VARIADIC parameter's array.
    package var variadicElement: TypeID?
    /// COST and PARALLEL, where they were said. Nothing depends on them.
    package var cost: Double?
    package var parallel: String?
    /// ROWS, where it was said.
    package var estimatedRows: Double?
    /// Of an aggregate.
    package var aggregate: Aggregate?
    /// As calls see it.
    package var signature: BuiltinFunction { BuiltinFunction(self) }

    /// What a caller gives; a procedure's OUT parameters too, since CALL names them all.
    package var inputs: [Parameter] { parameters.filter { $0.isInput || isProcedure } }

    package var outputs: [Parameter] { parameters.filter(\.isOutput) }

    /// Whether a caller gets a row of several named values. One output is the value itself, also as the only column of
    /// RETURNS TABLE.
    package var returnsOutputs: Bool { outputs.count > 1 }

    /// Whether it returns `record` and nothing says of what columns: its rows are values that say it themselves.
    package var returnsAnyRecord: Bool { result.type == .record && outputs.isEmpty }
}

/// A trigger of a table or view.
package struct Trigger: Hashable, Sendable {
    package var name: String
    package var definition: CreateTrigger
    package var function: FunctionID
    /// The search path under which its condition was written.
    package var expressionPath: [String]
    /// What ALTER TABLE … ENABLE and DISABLE TRIGGER set.
    package var firing = TriggerFiring.origin
    package var oid: UInt32 = 0
}

extension CatalogSnapshot {
    package subscript(id: FunctionID) -> Routine? { routines[id] }

    /// The routines of a name in every schema, oldest first.
    package func routines(named name: String) -> [Routine] {
        (routineIDs[name] ?? []).compactMap { routines[$0] }
    }

    /// The routines that a name means under a search path: those of the first schema that has any.
    package func routines(_ name: QualifiedName, searchPath: [String]) -> [Routine] {
        let all = routines(named: name.name)
        if let schema = name.schema.map(Self.actualSchema) { return all.filter { $0.schema == schema } }
        var found: [Routine] = []
        // One with the same input types in an earlier schema hides a later one.
        for schema in searchPath {
            for routine in all where routine.schema == schema {
                let types = routine.inputs.map(\.type.type)
                if !found.contains(where: { $0.inputs.map(\.type.type) == types }) { found.append(routine) }
            }
        }
        return found
    }

    package var orderedRoutines: [Routine] { routines.values.sorted { $0.id.oid < $1.id.oid } }

    /// The columns of the rows a routine returns: its outputs, the fields of its row type, or its one value.
    package func resultColumns(of routine: Routine) -> [OutputColumn] {
        if routine.returnsOutputs {
            return routine.outputs.map { OutputColumn(name: $0.name ?? "", type: $0.type) }
        }
        if let fields = TypeSystem(catalog: self).fields(of: routine.result.type) {
            return fields.map { OutputColumn(name: $0.name, type: $0.type) }
        }
        let name = routine.outputs.first?.name ?? ""
        return [OutputColumn(name: name.isEmpty ? routine.name : name, type: routine.result)]
    }

    /// `f(integer, text)` as messages print it.
    package func display(_ routine: Routine, searchPath: [String]) -> String {
        let types = routine.parameters.filter(\.isInput).map {
            typeName(TypeReference($0.type.type), searchPath: searchPath)
        }
        return "\(routine.name)(\(types.joined(separator: ", ")))"
    }
}

extension TypeSystem {
    func function(_ id: FunctionID) -> BuiltinFunction? {
        id.oid < TypeID.firstUserOID ? builtin.function(id) : catalog.routines[id]?.signature
    }

    func functions(named name: String) -> [BuiltinFunction] {
        let own = builtin.functions(named: name)
        return catalog.routineIDs[name] == nil ? own : own + catalog.routines(named: name).map(\.signature)
    }
}

extension BuiltinFunction {
    /// The user's function as the rules of resolution see it.
    init(_ routine: Routine) {
        id = routine.id
        name = routine.name
        schema = routine.schema
        kind = routine.aggregate != nil ? .aggregate : routine.isProcedure ? .procedure : .function
        let inputs = routine.inputs
        arguments = inputs.map(\.type.type)
        variadic = routine.variadicElement
        defaultCount = inputs.count { $0.defaultValue != nil }
        result = routine.result.type
        isSet = routine.isSet
        isStrict = routine.isStrict
        volatility =
            switch routine.volatility {
            case .volatile: 118
            case .stable: 115
            case .immutable: 105
            }
        let hasNames = routine.parameters.contains { $0.name != nil }
        names = hasNames ? routine.parameters.map { $0.name ?? "" } : []
        let hasOutputs = routine.parameters.contains { $0.mode != .input && $0.mode != .variadic }
        modes = hasOutputs ? routine.parameters.map(\.modeLetter) : []
        allArguments = hasOutputs ? routine.parameters.map(\.type.type) : []
        defaults = ""
        aggregateKind = routine.aggregate == nil ? nil : .normal
        directArguments = 0
        extensionName = nil
    }
}
