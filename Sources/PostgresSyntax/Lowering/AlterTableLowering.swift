extension Lowering {
    func alterTable(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterTable {
        let kind = try requiredKind(fields.text("objtype"), of: "ALTER")
        var alter = AlterTable(
            kind: kind, name: try qualifiedName(fields["relation"]),
            actions: fields.list("cmds").map { action($0, of: kind) }, ifExists: fields.flag("missing_ok"))
        alter.isOnly = fields["relation"].map { !$0.flag("inh") } ?? false
        return alter
    }

    private func action(_ node: ParseNode, of kind: ObjectKind) -> AlterTable.Action {
        let fields = node["AlterTableCmd"] ?? node
        let subtype = fields.text("subtype") ?? ""
        do throws(UnsupportedSyntax) {
            if let action = try columnAction(subtype, fields) { return action }
            if let action = try tableAction(subtype, fields) { return action }
            if kind == .view, let action = try viewAction(subtype, fields) { return action }
        } catch {
            return .unsupported(error.feature)
        }
        if let words = Self.ignorableActions[subtype] { return .ignorable(words) }
        return .unsupported(Self.refusedActions[subtype] ?? subtype)
    }

    private func columnAction(
        _ subtype: String, _ fields: ParseNode
    ) throws(UnsupportedSyntax) -> AlterTable.Action? {
        let name = fields.text("name") ?? ""
        let isLenient = fields.flag("missing_ok")
        let detail = fields["def"]
        switch subtype {
        case "AT_AddColumn":
            guard let detail else { throw UnsupportedSyntax("ADD COLUMN without a column") }
            return .addColumn(try columnDefinition(detail), ifNotExists: isLenient)
        case "AT_DropColumn": return .dropColumn(name, ifExists: isLenient, cascade: isCascade(fields))
        case "AT_ColumnDefault": return .setDefault(column: name, expression(optional: detail))
        case "AT_SetNotNull": return .setNotNull(column: name, true)
        case "AT_DropNotNull": return .setNotNull(column: name, false)
        case "AT_AlterColumnType": return try setType(name, detail?["ColumnDef"])
        case "AT_AddIdentity":
            guard let identity = detail?["Constraint"] else { throw UnsupportedSyntax("ADD GENERATED") }
            return .addIdentity(
                column: name, always: identity.text("generated_when") == "a",
                try sequenceOptions(identity.list("options")))
        case "AT_SetIdentity": return .setIdentity(column: name, try sequenceOptions(listItems(detail)))
        case "AT_DropIdentity": return .dropIdentity(column: name, ifExists: isLenient)
        case "AT_DropExpression": return .dropExpression(column: name, ifExists: isLenient)
        default: return nil
        }
    }

    private func setType(_ column: String, _ fields: ParseNode?) throws(UnsupportedSyntax) -> AlterTable.Action {
        guard let fields, let type = fields["typeName"] else { throw UnsupportedSyntax("ALTER COLUMN without a type") }
        return .setType(
            column: column, typeName(type), using: expression(optional: fields["raw_default"]),
            collation: fields["collClause"].map { names($0.list("collname")) })
    }

    private func tableAction(
        _ subtype: String, _ fields: ParseNode
    ) throws(UnsupportedSyntax) -> AlterTable.Action? {
        let name = fields.text("name") ?? ""
        let detail = fields["def"]
        switch subtype {
        case "AT_AddConstraint":
            guard let detail = detail?["Constraint"] else { throw UnsupportedSyntax("ADD CONSTRAINT") }
            return .addConstraint(try constraint(detail))
        case "AT_DropConstraint":
            return .dropConstraint(name, ifExists: fields.flag("missing_ok"), cascade: isCascade(fields))
        case "AT_ValidateConstraint": return .validateConstraint(name)
        case "AT_ChangeOwner": return .setOwner(fields["newowner"].map(role) ?? "")
        case "AT_EnableRowSecurity": return .enableRowSecurity(true)
        case "AT_DisableRowSecurity": return .enableRowSecurity(false)
        case "AT_ForceRowSecurity": return .forceRowSecurity(true)
        case "AT_NoForceRowSecurity": return .forceRowSecurity(false)
        case "AT_EnableTrig": return .setTriggers(.named(name), .origin)
        case "AT_EnableAlwaysTrig": return .setTriggers(.named(name), .always)
        case "AT_EnableReplicaTrig": return .setTriggers(.named(name), .replica)
        case "AT_DisableTrig": return .setTriggers(.named(name), .disabled)
        case "AT_EnableTrigAll": return .setTriggers(.all, .origin)
        case "AT_DisableTrigAll": return .setTriggers(.all, .disabled)
        case "AT_EnableTrigUser": return .setTriggers(.user, .origin)
        case "AT_DisableTrigUser": return .setTriggers(.user, .disabled)
        case "AT_ReplicaIdentity":
            let identity = detail?["ReplicaIdentityStmt"]
            switch identity?.text("identity_type") {
            case "f": return .replicaIdentity(.full)
            case "n": return .replicaIdentity(.nothing)
            case "i": return .replicaIdentity(.index(identity?.text("name") ?? ""))
            default: return .replicaIdentity(.standard)
            }
        case "AT_AttachPartition":
            guard let partition = detail?["PartitionCmd"] else { throw UnsupportedSyntax("ATTACH PARTITION") }
            // An index is attached without a bound.
            let bound = partition["bound"].map { $0.flag("is_default") ? "default" : sourceTail(from: location($0)) }
            return .attachPartition(try qualifiedName(partition["name"]), bound: bound ?? "")
        case "AT_DetachPartition":
            guard let partition = detail?["PartitionCmd"] else { throw UnsupportedSyntax("DETACH PARTITION") }
            return .detachPartition(try qualifiedName(partition["name"]))
        case "AT_DetachPartitionFinalize": throw UnsupportedSyntax("DETACH PARTITION … FINALIZE")
        case "AT_AlterConstraint":
            guard let detail = detail?["Constraint"] else { throw UnsupportedSyntax("ALTER CONSTRAINT") }
            return .alterConstraint(
                detail.text("conname") ?? "", isDeferrable: detail.flag("deferrable"),
                isInitiallyDeferred: detail.flag("initdeferred"))
        default: return nil
        }
    }

    /// A view's options change its results (security_invoker), a table's do not.
    private func viewAction(
        _ subtype: String, _ fields: ParseNode
    ) throws(UnsupportedSyntax) -> AlterTable.Action? {
        let options = try optionWords(listItems(fields["def"]))
        switch subtype {
        case "AT_SetRelOptions": return .setOptions(options)
        case "AT_ResetRelOptions": return .resetOptions(options.keys.sorted())
        default: return nil
        }
    }

    /// ALTER DOMAIN, whose actions are one-letter codes.
    func alterDomain(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterTable {
        let name = fields.text("name") ?? ""
        let action: AlterTable.Action
        switch fields.text("subtype") {
        case "T": action = .setDefault(column: "", expression(optional: fields["def"]))
        case "N": action = .setNotNull(column: "", false)
        case "O": action = .setNotNull(column: "", true)
        case "C":
            guard let detail = fields["def"]?["Constraint"] else { throw UnsupportedSyntax("ADD CONSTRAINT") }
            action = .addConstraint(try constraint(detail))
        case "X":
            action = .dropConstraint(name, ifExists: fields.flag("missing_ok"), cascade: isCascade(fields))
        case "V": action = .validateConstraint(name)
        default: throw UnsupportedSyntax("ALTER DOMAIN")
        }
        return AlterTable(
            kind: .domain, name: try qualifiedName(names(fields.list("typeName"))), actions: [action], ifExists: false)
    }

    /// Storage, statistics and replication: nothing a query can see.
    private static let ignorableActions: [String: String] = [
        "AT_SetRelOptions": "SET (…)", "AT_ResetRelOptions": "RESET (…)", "AT_SetStatistics": "SET STATISTICS",
        "AT_SetStorage": "SET STORAGE", "AT_SetCompression": "SET COMPRESSION", "AT_SetOptions": "SET (…)",
        "AT_ResetOptions": "RESET (…)", "AT_ClusterOn": "CLUSTER ON",
        "AT_DropCluster": "SET WITHOUT CLUSTER", "AT_SetLogged": "SET LOGGED", "AT_SetUnLogged": "SET UNLOGGED",
        "AT_SetTableSpace": "SET TABLESPACE", "AT_SetAccessMethod": "SET ACCESS METHOD",
    ]

    private static let refusedActions: [String: String] = [
        "AT_AddInherit": "INHERIT", "AT_DropInherit": "NO INHERIT",
        "AT_AddOf": "OF a type", "AT_DropOf": "NOT OF",
    ]
}
