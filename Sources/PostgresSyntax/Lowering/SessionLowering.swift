// What acts on the session rather than on objects: COPY, transactions, settings.

extension Lowering {
    func copy(_ fields: ParseNode) throws(UnsupportedSyntax) -> CopyFrom {
        guard fields.flag("is_from") else { throw UnsupportedSyntax("COPY TO") }
        if fields["filename"] != nil { throw UnsupportedSyntax("COPY FROM a file or program") }
        if fields["whereClause"] != nil { throw UnsupportedSyntax("COPY … WHERE") }
        return CopyFrom(
            table: try qualifiedName(fields["relation"]), columns: names(fields.list("attlist")),
            options: try optionWords(fields.list("options")))
    }

    /// Options by their lower-case names, values in words.
    func optionWords(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [String: String] {
        var options: [String: String] = [:]
        for node in nodes {
            let option = try definition(node)
            options[option.name.lowercased()] = words(option)
        }
        return options
    }

    func transaction(_ fields: ParseNode) throws(UnsupportedSyntax) -> TransactionCommand {
        if fields.flag("chain") { throw UnsupportedSyntax("AND CHAIN") }
        for node in fields.list("options") {
            // One writer at a time is as strict as SERIALIZABLE, so that every isolation level can be granted.
            let option = try definition(node)
            let isOn = option.argument?["A_Const"].map { constant in
                constant["ival"].map { integer($0, at: location(constant)) != 0 } ?? false
            }
            if option.name == "transaction_read_only", isOn == true { throw UnsupportedSyntax("BEGIN READ ONLY") }
        }
        let name = fields.text("savepoint_name") ?? ""
        switch fields.text("kind") {
        case "TRANS_STMT_BEGIN", "TRANS_STMT_START": return .begin
        case "TRANS_STMT_COMMIT": return .commit
        case "TRANS_STMT_ROLLBACK": return .rollback
        case "TRANS_STMT_SAVEPOINT": return .savepoint(name)
        case "TRANS_STMT_RELEASE": return .release(name)
        case "TRANS_STMT_ROLLBACK_TO": return .rollbackTo(name)
        default: throw UnsupportedSyntax("two-phase commit")
        }
    }

    func setVariable(_ fields: ParseNode) throws(UnsupportedSyntax) -> SetVariable {
        var variable = SetVariable(
            name: fields.text("name") ?? "", values: nil, isLocal: fields.flag("is_local"))
        switch fields.text("kind") {
        case "VAR_SET_VALUE": variable.values = try settingValues(fields.list("args"))
        case "VAR_SET_DEFAULT", "VAR_RESET": break
        case "VAR_RESET_ALL": variable.name = "all"
        case "VAR_SET_CURRENT": throw UnsupportedSyntax("SET … FROM CURRENT")
        case "VAR_SET_MULTI": try lowerTransactionModes(fields, into: &variable)
        case let kind: throw UnsupportedSyntax(kind ?? "VariableSetStmt")
        }
        return variable
    }

    /// The SET or RESET within ALTER ROLE and ALTER DATABASE.
    func settings(_ fields: ParseNode) throws(UnsupportedSyntax) -> SetVariable {
        guard let set = fields["setstmt"] else { throw UnsupportedSyntax("ALTER … SET without a setting") }
        return try setVariable(set)
    }

    func alterRoleSettings(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        if fields["database"] != nil { throw UnsupportedSyntax("ALTER ROLE … IN DATABASE") }
        return .alterRoleSettings(role: fields["role"].map(role), try settings(fields))
    }

    /// SET TRANSACTION and SET SESSION CHARACTERISTICS set ordinary variables, `transaction_isolation` and kin.
    private func lowerTransactionModes(
        _ fields: ParseNode, into variable: inout SetVariable
    ) throws(UnsupportedSyntax) {
        let isSession = variable.name == "SESSION CHARACTERISTICS"
        let modes = fields.list("args")
        guard modes.count == 1, isSession || variable.name == "TRANSACTION" else {
            throw UnsupportedSyntax("SET \(variable.name) with several modes")
        }
        let option = try definition(modes[0])
        variable.name = (isSession ? "default_" : "") + option.name
        variable.values = try settingValues(option.argument.map { [$0] } ?? [])
        variable.isLocal = !isSession
    }

    private func settingValues(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [String] {
        var values: [String] = []
        for node in nodes {
            switch expression(node).node {
            case .constant(.string(let text)), .constant(.number(let text)): values.append(text)
            case .constant(.integer(let value)): values.append(String(value))
            default: throw UnsupportedSyntax("SET to an interval")
            }
        }
        return values
    }

    func anonymousBlock(_ fields: ParseNode) throws(UnsupportedSyntax) -> String {
        var body = ""
        for node in fields.list("args") {
            let option = try definition(node)
            switch option.name {
            case "as": body = words(option)
            case "language" where words(option).lowercased() == "plpgsql": break
            default: throw UnsupportedSyntax("DO in language \(words(option))")
            }
        }
        return body
    }
}
