extension Lowering {
    func createFunction(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateFunction {
        var function = CreateFunction(
            name: try qualifiedName(names(fields.list("funcname"))), language: "",
            isProcedure: fields.flag("is_procedure"))
        function.orReplace = fields.flag("replace")
        function.parameters = try fields.list("parameters").map(parameter)
        function.returns = fields["returnType"].map(typeName)
        for node in fields.list("options") { try apply(try definition(node), to: &function) }
        if let body = fields["sql_body"] {
            function.body = try sqlBody(body)
            // A body in the statement can only be SQL.
            if function.language.isEmpty { function.language = "sql" }
        }
        return function
    }

    private func parameter(_ node: ParseNode) throws(UnsupportedSyntax) -> CreateFunction.Parameter {
        guard let fields = node["FunctionParameter"], let type = fields["argType"] else {
            throw UnsupportedSyntax("a parameter without a type")
        }
        let mode: CreateFunction.Parameter.Mode =
            switch fields.text("mode") {
            case "FUNC_PARAM_OUT": .output
            case "FUNC_PARAM_INOUT": .inputOutput
            case "FUNC_PARAM_VARIADIC": .variadic
            case "FUNC_PARAM_TABLE": .table
            default: .input
            }
        return CreateFunction.Parameter(
            name: fields.text("name"), mode: mode, type: typeName(type),
            defaultValue: expression(optional: fields["defexpr"]))
    }

    private func apply(
        _ option: OptionDefinition, to function: inout CreateFunction
    ) throws(UnsupportedSyntax) {
        switch option.name {
        case "as":
            let texts = listItems(option.argument)
            guard texts.count == 1 else { throw UnsupportedSyntax("a function in an object file") }
            function.body = .text(names(texts)[0])
        case "language": function.language = words(option).lowercased()
        case "volatility":
            switch words(option) {
            case "immutable": function.volatility = .immutable
            case "stable": function.volatility = .stable
            default: function.volatility = .volatile
            }
        case "strict": function.isStrict = truth(option)
        case "security": function.isSecurityDefiner = truth(option)
        case "set":
            guard let set = option.argument?["VariableSetStmt"] else { throw UnsupportedSyntax("SET in a function") }
            function.settings.append(try setVariable(set))
        case "rows": function.estimatedRows = Double(words(option))
        // Hints for the planner: no effect on results.
        case "cost": function.cost = Double(words(option))
        case "parallel": function.parallel = words(option).lowercased()
        case "leakproof", "support": break
        case "window": throw UnsupportedSyntax("CREATE FUNCTION … WINDOW")
        case "transform": throw UnsupportedSyntax("CREATE FUNCTION … TRANSFORM")
        default: throw UnsupportedSyntax("function option \(option.name)")
        }
    }

    func alterFunction(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterFunction {
        guard let object = fields["func"] else { throw UnsupportedSyntax("ALTER FUNCTION without a function") }
        var alter = AlterFunction(
            kind: try requiredKind(fields.text("objtype"), of: "ALTER"),
            name: try qualifiedName(names(object.list("objname"))),
            signature: object.flag("args_unspecified") ? nil : object.list("objargs").map(typeName))
        for node in fields.list("actions") {
            let option = try definition(node)
            var changed = CreateFunction(name: alter.name, language: "", isProcedure: false)
            try apply(option, to: &changed)
            switch option.name {
            case "volatility": alter.volatility = changed.volatility
            case "strict": alter.isStrict = changed.isStrict
            case "security": alter.isSecurityDefiner = changed.isSecurityDefiner
            case "rows": alter.estimatedRows = changed.estimatedRows
            case "cost": alter.cost = changed.cost
            case "parallel": alter.parallel = changed.parallel
            default: alter.settings += changed.settings
            }
        }
        return alter
    }

    /// RETURN expression, or the statements of BEGIN ATOMIC in a list within a list.
    private func sqlBody(_ node: ParseNode) throws(UnsupportedSyntax) -> CreateFunction.Body {
        if let value = node["ReturnStmt"] { return .returning(try operand(value, "returnval")) }
        guard let statements = listItems(node).first else { throw UnsupportedSyntax("an empty function body") }
        return .statements(listItems(statements).map(statement))
    }

    func createTrigger(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTrigger {
        var trigger = CreateTrigger(
            name: fields.text("trigname") ?? "", table: try qualifiedName(fields["relation"]))
        trigger.orReplace = fields.flag("replace")
        // Both are bits of `pg_trigger.tgtype`.
        let timing = fields.integer("timing") ?? 0
        trigger.timing = timing & 2 != 0 ? .before : timing & 64 != 0 ? .insteadOf : .after
        let events = fields.integer("events") ?? 0
        let bits: [(Int, CreateTrigger.Event)] = [(4, .insert), (16, .update), (8, .delete), (32, .truncate)]
        trigger.events = bits.filter { events & $0.0 != 0 }.map(\.1)
        trigger.columns = names(fields.list("columns"))
        trigger.isForEachRow = fields.flag("row")
        trigger.condition = expression(optional: fields["whenClause"])
        trigger.function = try qualifiedName(names(fields.list("funcname")))
        trigger.arguments = names(fields.list("args"))
        trigger.isConstraint = fields.flag("isconstraint")
        trigger.isDeferrable = fields.flag("deferrable")
        trigger.isInitiallyDeferred = fields.flag("initdeferred")
        for node in fields.list("transitionRels") {
            guard let table = node["TriggerTransition"], table.flag("isTable") else {
                throw UnsupportedSyntax("REFERENCING … ROW")
            }
            if table.flag("isNew") {
                trigger.newTable = table.text("name")
            } else {
                trigger.oldTable = table.text("name")
            }
        }
        return trigger
    }

    func createPolicy(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreatePolicy {
        var policy = CreatePolicy(name: fields.text("policy_name") ?? "", table: try qualifiedName(fields["table"]))
        guard let command = CreatePolicy.Command(rawValue: fields.text("cmd_name") ?? "") else {
            throw UnsupportedSyntax("CREATE POLICY FOR \(fields.text("cmd_name") ?? "")")
        }
        policy.command = command
        policy.isPermissive = fields.flag("permissive")
        policy.roles = fields.list("roles").map(role)
        policy.using = expression(optional: fields["qual"])
        policy.check = expression(optional: fields["with_check"])
        return policy
    }

    func alterPolicy(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterPolicy {
        var policy = AlterPolicy(name: fields.text("policy_name") ?? "", table: try qualifiedName(fields["table"]))
        policy.roles = fields["roles"].map { $0.items.map(role) }
        policy.using = expression(optional: fields["qual"])
        policy.check = expression(optional: fields["with_check"])
        return policy
    }
}
