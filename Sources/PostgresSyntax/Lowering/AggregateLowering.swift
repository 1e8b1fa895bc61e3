extension Lowering {
    /// CREATE AGGREGATE in its form with an argument list.
    func createAggregate(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateAggregate {
        guard !fields.flag("oldstyle") else { throw UnsupportedSyntax("CREATE AGGREGATE with BASETYPE") }
        var arguments: [TypeName] = []
        for node in listItems(fields.list("args").first) {
            guard let parameter = node["FunctionParameter"], let type = parameter["argType"] else {
                throw UnsupportedSyntax("an aggregate's argument without a type")
            }
            if parameter.text("mode") == "FUNC_PARAM_VARIADIC" { throw UnsupportedSyntax("a variadic aggregate") }
            arguments.append(typeName(type))
        }
        var transition: QualifiedName?
        var stateType: TypeName?
        var final: QualifiedName?
        var initial: String?
        for node in fields.list("definition") {
            let option = try definition(node)
            switch option.name.lowercased() {
            case "sfunc", "sfunc1": transition = try functionName(option)
            case "stype", "stype1": stateType = option.argument.map(typeName)
            case "finalfunc": final = try functionName(option)
            case "initcond", "initcond1": initial = words(option)
            // How it could be run faster, or in parallel.
            case "combinefunc", "serialfunc", "deserialfunc", "parallel", "sspace", "sortop", "msfunc", "minvfunc",
                "mstype", "msspace", "mfinalfunc", "minitcond", "finalfunc_modify", "mfinalfunc_modify":
                break
            default: throw UnsupportedSyntax("aggregate attribute \(option.name)")
            }
        }
        guard let transition, let stateType else {
            throw UnsupportedSyntax("CREATE AGGREGATE without SFUNC and STYPE")
        }
        var aggregate = CreateAggregate(
            name: try qualifiedName(names(fields.list("defnames"))), arguments: arguments,
            orReplace: fields.flag("replace"), transition: transition, stateType: stateType)
        aggregate.final = final
        aggregate.initial = initial
        return aggregate
    }

    /// The grammar takes a function's name for a type's.
    private func functionName(_ option: OptionDefinition) throws(UnsupportedSyntax) -> QualifiedName {
        guard let argument = option.argument else { throw UnsupportedSyntax("\(option.name) without a function") }
        if let text = argument["String"]?.text("sval") { return QualifiedName(text) }
        return try qualifiedName(typeName(argument).names)
    }
}
