import PostgresSyntax
import PostgresTypes
import SQLite

// Functions, procedures and triggers as `pg_get_functiondef` and its kin print them.
extension DefinitionText {
    /// The body as it was written.
    func source(of routine: Routine) -> String {
        if case .text(let text) = routine.body { text } else { "" }
    }

    /// What a parameter left out has, as an expression.
    func defaultText(of parameter: Routine.Parameter, _ routine: Routine) -> String? {
        guard let value = parameter.defaultValue else { return nil }
        do throws(PostgresError) {
            let typed = try Binder(catalog: catalog, searchPath: routine.searchPath, context: context).bindExpression(
                value, target: OutputColumn(name: parameter.name ?? "", type: parameter.type), purpose: .columnDefault)
            return text(typed, over: nil)
        } catch { return nil }
    }

    private static func shown(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? "\(number)"
    }

    private func shown(_ type: TypeReference) -> String {
        catalog.typeName(TypeReference(type.type), searchPath: searchPath)
    }

    /// `a integer, b text DEFAULT 'x'::text`: what `pg_get_function_arguments` answers.
    func arguments(of routine: Routine, withDefaults: Bool) -> String {
        routine.parameters.filter { $0.mode != .table }
            .map { parameter in
                let mode =
                    switch parameter.mode {
                    case .output: "OUT "
                    case .inputOutput: "INOUT "
                    case .variadic: "VARIADIC "
                    case .input, .table: routine.isProcedure ? "IN " : ""
                    }
                let name = parameter.name.map { ObjectNames.quoted($0) + " " } ?? ""
                let value = withDefaults ? defaultText(of: parameter, routine).map { " DEFAULT \($0)" } ?? "" : ""
                return mode + name + shown(parameter.type) + value
            }.joined(separator: ", ")
    }

    /// What comes after RETURNS; nil for a procedure.
    func result(of routine: Routine) -> String? {
        if routine.isProcedure { return nil }
        let table = routine.parameters.filter { $0.mode == .table }
        if !table.isEmpty {
            let columns = table.map { "\(ObjectNames.quoted($0.name ?? "")) \(shown($0.type))" }
            return "TABLE(\(columns.joined(separator: ", ")))"
        }
        return (routine.isSet ? "SETOF " : "") + shown(routine.result)
    }

    /// The whole statement that makes it.
    func function(_ routine: Routine) -> String {
        let name = "\(ObjectNames.quoted(routine.schema)).\(ObjectNames.quoted(routine.name))"
        var text =
            "CREATE OR REPLACE \(routine.isProcedure ? "PROCEDURE" : "FUNCTION") \(name)"
            + "(\(arguments(of: routine, withDefaults: true)))\n"
        if let result = result(of: routine) { text += " RETURNS \(result)\n" }
        text += " LANGUAGE \(routine.language)\n"
        var properties: [String] = []
        if routine.volatility == .immutable { properties.append("IMMUTABLE") }
        if routine.volatility == .stable { properties.append("STABLE") }
        if let parallel = routine.parallel, parallel != "unsafe" {
            properties.append("PARALLEL \(parallel.uppercased())")
        }
        if routine.isStrict { properties.append("STRICT") }
        if routine.isSecurityDefiner { properties.append("SECURITY DEFINER") }
        if let cost = routine.cost, cost != 100 { properties.append("COST \(Self.shown(cost))") }
        if routine.isSet, let rows = routine.estimatedRows, rows != 1000 {
            properties.append("ROWS \(Self.shown(rows))")
        }
        if !properties.isEmpty { text += " \(properties.joined(separator: " "))\n" }
        for setting in routine.settings {
            let values = (setting.values ?? []).map(Quoting.literal).joined(separator: ", ")
            text += " SET \(setting.name) TO \(values)\n"
        }
        guard case .text(let source) = routine.body else { return text }
        let tag = routine.isProcedure ? "$procedure$" : "$function$"
        return text + "AS \(tag)\(source)\(tag)\n"
    }
}

extension FunctionTable {
    /// `pg_get_functiondef`, `pg_get_function_arguments`, `pg_get_triggerdef` and kin.
    mutating func addRoutineTexts() {
        scalar("pg_get_functiondef(oid)") { call in
            .optional(try Self.routine(call).map { try call.definitions.function($0) })
        }
        scalar("pg_get_function_arguments(oid)") { call in
            .optional(try Self.routine(call).map { try call.definitions.arguments(of: $0, withDefaults: true) })
        }
        scalar("pg_get_function_identity_arguments(oid)") { call in
            .optional(try Self.routine(call).map { try call.definitions.arguments(of: $0, withDefaults: false) })
        }
        scalar("pg_get_function_result(oid)") { call in
            .optional(try Self.routine(call).flatMap { try call.definitions.result(of: $0) })
        }
        scalar("pg_get_function_arg_default(oid,int4)") { call in
            guard let routine = try Self.routine(call) else { return .null }
            let inputs = routine.parameters.filter(\.isInput)
            let position = Int(call.integer(1)) - 1
            guard inputs.indices.contains(position) else { return .null }
            return .optional(try call.definitions.defaultText(of: inputs[position], routine))
        }
        scalar("pg_get_function_sqlbody(oid)") { call in
            guard let routine = try Self.routine(call) else { return .null }
            if case .text = routine.body { return .null }
            throw PostgresError.notSupported("pg_get_function_sqlbody of a function with a BEGIN ATOMIC body")
        }
        // What there is none of.
        scalar("pg_get_statisticsobjdef(oid)", "pg_get_statisticsobjdef_columns(oid)") { _ in .null }
        for arguments in ["oid", "oid,bool"] {
            scalar("pg_get_triggerdef(\(arguments))") { call in
                let id = UInt32(truncatingIfNeeded: call.integer(0))
                for relation in try call.context.catalog.orderedRelations {
                    for trigger in relation.triggers where trigger.oid == id {
                        return .text(try call.definitions(prettyAt: 1).trigger(trigger, of: relation))
                    }
                }
                return .null
            }
        }
    }

    private static func routine(_ call: Invocation) throws -> Routine? {
        try call.context.catalog[FunctionID(UInt32(truncatingIfNeeded: call.integer(0)))]
    }
}
