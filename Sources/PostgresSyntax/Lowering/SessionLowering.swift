// What acts on the session rather than on objects: COPY, transactions, settings.

extension Lowering {
    func copy(_ fields: ParseNode) throws(UnsupportedSyntax) -> CopyFrom {
        if fields["filename"] != nil { throw UnsupportedSyntax("COPY FROM a file or program") }
        if fields["whereClause"] != nil { throw UnsupportedSyntax("COPY … WHERE") }
        return CopyFrom(
            table: try qualifiedName(fields["relation"]), columns: names(fields.list("attlist")),
            options: try optionWords(fields.list("options")))
    }

    func copyTo(_ fields: ParseNode) throws(UnsupportedSyntax) -> CopyTo {
        if fields["filename"] != nil { throw UnsupportedSyntax("COPY TO a file or program") }
        let options = try optionWords(fields.list("options"))
        if let query = fields["query"] { return CopyTo(source: .query(statement(query)), options: options) }
        let columns = names(fields.list("attlist"))
        return CopyTo(source: .table(try qualifiedName(fields["relation"]), columns: columns), options: options)
    }

    func explain(_ fields: ParseNode) throws(UnsupportedSyntax) -> Explain {
        guard let query = fields["query"] else { throw UnsupportedSyntax("EXPLAIN without a statement") }
        return Explain(statement(query), options: try optionWords(fields.list("options")))
    }

    func prepare(_ fields: ParseNode) throws(UnsupportedSyntax) -> Prepare {
        guard let query = fields["query"] else { throw UnsupportedSyntax("PREPARE without a statement") }
        return Prepare(
            name: fields.text("name") ?? "", types: fields.list("argtypes").map(typeName), statement: statement(query))
    }

    func declareCursor(_ fields: ParseNode) throws(UnsupportedSyntax) -> DeclareCursor {
        // The bits of `cursorOptions`.
        let options = fields.integer("options") ?? 0
        if options & 1 != 0 { throw UnsupportedSyntax("a binary cursor") }
        return DeclareCursor(
            name: fields.text("portalname") ?? "", query: try select(tagged: fields["query"]),
            isScrollable: options & 2 != 0 ? true : options & 4 != 0 ? false : nil, isHeld: options & 32 != 0)
    }

    func fetch(_ fields: ParseNode) -> FetchCursor {
        let direction: FetchCursor.Direction =
            switch fields.text("direction") {
            case "FETCH_BACKWARD": .backward
            case "FETCH_ABSOLUTE": .absolute
            case "FETCH_RELATIVE": .relative
            default: .forward
            }
        return FetchCursor(
            name: fields.text("portalname") ?? "", direction: direction, count: fields.integer("howMany") ?? 0,
            isMove: fields.flag("ismove"))
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
        if fields.flag("chain") { return .chain(isCommit: fields.text("kind") == "TRANS_STMT_COMMIT") }
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
