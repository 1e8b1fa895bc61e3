extension Lowering {
    func sequenceOptions(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> SequenceOptions {
        var options = SequenceOptions()
        for node in nodes {
            let option = try definition(node)
            switch option.name {
            case "as": options.type = option.argument.map(typeName)
            case "start": options.start = try wide(option)
            case "increment": options.increment = try wide(option)
            // NO MINVALUE and NO MAXVALUE have no argument: the type's own bound, as when nothing is said.
            case "minvalue": options.minimum = option.argument == nil ? nil : try wide(option)
            case "maxvalue": options.maximum = option.argument == nil ? nil : try wide(option)
            case "cache": options.cache = try wide(option)
            case "cycle": options.cycle = truth(option)
            case "restart":
                options.restart = option.argument == nil ? nil : try wide(option)
                options.restartsAtStart = option.argument == nil
            case "owned_by": options.ownedBy = names(listItems(option.argument))
            case "sequence_name": options.sequenceName = try qualifiedName(names(listItems(option.argument)))
            // ALTER COLUMN … SET GENERATED: the letter of `attidentity`.
            case "generated":
                options.generatedAlways = try wide(option) == Int64(UInt8(ascii: "a"))
            default: throw UnsupportedSyntax("sequence option \(option.name)")
            }
        }
        return options
    }

    func createSequence(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateSequence {
        var sequence = CreateSequence(
            name: try qualifiedName(fields["sequence"]), options: try sequenceOptions(fields.list("options")),
            ifNotExists: fields.flag("if_not_exists"))
        sequence.isTemporary = fields["sequence"]?.text("relpersistence") == "t"
        return sequence
    }

    func alterSequence(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterSequence {
        let options = fields.list("options")
        for node in options {
            // Going back to the type's bound is not the same as saying nothing, here.
            let option = try definition(node)
            if option.argument == nil, option.name == "minvalue" || option.name == "maxvalue" {
                throw UnsupportedSyntax("ALTER SEQUENCE … NO \(option.name.uppercased())")
            }
        }
        return AlterSequence(
            name: try qualifiedName(fields["sequence"]), options: try sequenceOptions(options),
            ifExists: fields.flag("missing_ok"))
    }
}

/// A `DefElem`: one `name = value` of an option list.
struct OptionDefinition {
    var name: String
    var argument: ParseNode?
    /// Where the option's name stands.
    var location: Int32
}

extension Lowering {
    func definition(_ node: ParseNode) throws(UnsupportedSyntax) -> OptionDefinition {
        guard let fields = node["DefElem"] else { throw UnsupportedSyntax(node.tagged?.tag ?? "an empty option") }
        return OptionDefinition(
            name: fields.text("defname") ?? "", argument: fields["arg"], location: location(fields))
    }

    /// An integer that may exceed int4, which the grammar then calls a float.
    func wide(_ option: OptionDefinition) throws(UnsupportedSyntax) -> Int64 {
        if let value = option.argument?["Integer"] { return Int64(integer(value, at: option.location)) }
        if let digits = option.argument?["Float"]?.text("fval"), let value = Int64(digits) { return value }
        throw UnsupportedSyntax("a value of \(option.name) that is not an integer")
    }

    /// An option's truth: one without a value is on.
    func truth(_ option: OptionDefinition) -> Bool {
        guard let argument = option.argument else { return true }
        if let value = argument["Boolean"] { return value.flag("boolval") }
        if let value = argument["Integer"] { return integer(value, at: option.location) != 0 }
        return ["true", "on", "yes", "1"].contains(argument["String"]?.text("sval")?.lowercased() ?? "")
    }

    /// An option's value in words: `true` for one without a value.
    func words(_ option: OptionDefinition) -> String {
        guard let argument = option.argument else { return "true" }
        switch argument.tagged {
        case ("String", let value)?: return value.text("sval") ?? ""
        case ("Integer", let value)?: return String(integer(value, at: option.location))
        case ("Float", let value)?: return value.text("fval") ?? ""
        case ("Boolean", let value)?: return value.flag("boolval") ? "true" : "false"
        case ("TypeName", _)?: return typeName(argument).names.joined(separator: ".")
        case ("List", _)?: return names(listItems(argument)).joined(separator: ",")
        case ("A_Star", _)?: return "*"
        case let other: return other?.tag ?? ""
        }
    }
}
