extension Lowering {
    /// A statement's node as IR; what has no case, or holds something without one, is `.unsupported` by name.
    func statement(_ node: ParseNode) -> Statement {
        guard let (tag, fields) = node.tagged else { return .unsupported(tag: "an empty statement") }
        do throws(UnsupportedSyntax) {
            if let statement = try query(tag, fields) { return statement }
            if let statement = try definition(tag, fields) { return statement }
            if let statement = try change(tag, fields) { return statement }
            if let statement = try session(tag, fields) { return statement }
            return .unsupported(tag: Self.refusedStatements[tag] ?? tag)
        } catch {
            return .unsupported(tag: error.feature)
        }
    }

    /// What refusals call statements that there is nothing for.
    private static let refusedStatements = [
        "CreateConversionStmt": "CREATE CONVERSION",
        "CreateAmStmt": "CREATE ACCESS METHOD", "CreateTransformStmt": "CREATE TRANSFORM",
        "CreateOpClassStmt": "CREATE OPERATOR CLASS", "CreateOpFamilyStmt": "CREATE OPERATOR FAMILY",
        "CreateForeignServerStmt": "CREATE SERVER", "AlterForeignServerStmt": "ALTER SERVER",
        "CreateForeignTableStmt": "CREATE FOREIGN TABLE", "CreateFdwStmt": "CREATE FOREIGN DATA WRAPPER",
        "CreateUserMappingStmt": "CREATE USER MAPPING", "ImportForeignSchemaStmt": "IMPORT FOREIGN SCHEMA",
        "CreateSubscriptionStmt": "CREATE SUBSCRIPTION", "CreateTableSpaceStmt": "CREATE TABLESPACE",
        "CreatedbStmt": "CREATE DATABASE", "DropdbStmt": "DROP DATABASE", "AlterSystemStmt": "ALTER SYSTEM",
        "LoadStmt": "LOAD",
        "AlterExtensionContentsStmt": "ALTER EXTENSION … ADD",
        "AlterTSConfigurationStmt": "ALTER TEXT SEARCH CONFIGURATION",
    ]

    private func query(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "SelectStmt":
            if let table = try selectInto(fields) { .createTableAs(table) } else { .select(try select(fields)) }
        case "InsertStmt": .insert(try insert(fields))
        case "UpdateStmt": .update(try update(fields))
        case "DeleteStmt": .delete(try delete(fields))
        case "MergeStmt": .merge(try merge(fields))
        default: nil
        }
    }

    private func definition(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "CreateSchemaStmt": .createSchema(try createSchema(fields))
        case "CreateStmt": .createTable(try createTable(fields))
        case "CreateTableAsStmt": .createTableAs(try createTableAs(fields))
        case "ViewStmt": .createView(try createView(fields))
        case "IndexStmt": .createIndex(try createIndex(fields))
        case "CreateSeqStmt": .createSequence(try createSequence(fields))
        case "CreateEnumStmt":
            .createEnum(try qualifiedName(names(fields.list("typeName"))), labels: names(fields.list("vals")))
        case "CreateDomainStmt": .createDomain(try createDomain(fields))
        case "CompositeTypeStmt": try createComposite(fields)
        case "CreateRangeStmt": .createRange(try createRange(fields))
        case "CreateExtensionStmt": try createExtension(fields)
        case "CreateRoleStmt": try createRole(fields)
        case "CreateFunctionStmt": .createFunction(try createFunction(fields))
        case "CreateTrigStmt": .createTrigger(try createTrigger(fields))
        case "CreatePolicyStmt": .createPolicy(try createPolicy(fields))
        case "CreatePublicationStmt": .createPublication(try publication(fields))
        case "CreateStatsStmt":
            .createStatistics(
                try qualifiedName(names(fields.list("defnames"))),
                on: try qualifiedName(fields.list("relations").first?["RangeVar"]),
                ifNotExists: fields.flag("if_not_exists"))
        case "CreateEventTrigStmt": .createEventTrigger(try createEventTrigger(fields))
        case "CreateCastStmt": .createCast(try createCast(fields))
        case "RuleStmt": .createRule(try createRule(fields))
        case "SecLabelStmt": .unsupported(tag: "SECURITY LABEL")
        case "DefineStmt" where fields.text("kind") == "OBJECT_AGGREGATE":
            .createAggregate(try createAggregate(fields))
        case "DefineStmt" where ["OBJECT_TSCONFIGURATION", "OBJECT_TSDICTIONARY"].contains(fields.text("kind")):
            .createTextSearch(try createTextSearch(fields))
        // One node for CREATE AGGREGATE, OPERATOR, COLLATION, TEXT SEARCH …
        case "DefineStmt": .unsupported(tag: "CREATE \(kindWords(fields.text("kind")))")
        default: nil
        }
    }

    private func change(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "AlterTableStmt": .alterTable(try alterTable(fields))
        case "AlterOwnerStmt": .alterTable(try alterOwner(fields))
        case "AlterSeqStmt": .alterSequence(try alterSequence(fields))
        case "AlterTSConfigurationStmt": .alterTextSearchMapping(try alterTextSearch(fields))
        case "AlterEventTrigStmt": .alterEventTrigger(alterEventTrigger(fields))
        case "AlterEnumStmt": .alterEnum(try alterEnum(fields))
        case "AlterRoleStmt": try alterRole(fields)
        case "AlterDomainStmt": .alterTable(try alterDomain(fields))
        case "AlterFunctionStmt": .alterFunction(try alterFunction(fields))
        case "AlterPolicyStmt": .alterPolicy(try alterPolicy(fields))
        case "AlterPublicationStmt": .alterPublication(try alterPublication(fields))
        case "AlterRoleSetStmt": try alterRoleSettings(fields)
        case "AlterDatabaseSetStmt": .alterDatabaseSettings(try settings(fields))
        case "RenameStmt": .rename(try rename(fields))
        case "AlterObjectSchemaStmt": .rename(try setSchema(fields))
        case "DropStmt" where fields.text("removeType") == "OBJECT_CAST": .dropCast(try dropCast(fields))
        case "DropStmt": if let absence = absence(fields) { absence } else { .drop(try drop(fields)) }
        case "DropRoleStmt": .drop(dropRoles(fields))
        case "DropOwnedStmt", "ReassignOwnedStmt": .owned(ownedObjects(fields))
        case "TruncateStmt": try truncate(fields)
        case "CommentStmt": try comment(fields)
        case "GrantStmt": .grant(try grant(fields))
        case "GrantRoleStmt": .grant(grantRoles(fields))
        case "AlterDefaultPrivilegesStmt": try alterDefaultPrivileges(fields)
        default: nil
        }
    }

    private func qualifiedNames(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [QualifiedName] {
        var names: [QualifiedName] = []
        for node in nodes { names.append(try qualifiedName(node["RangeVar"] ?? node)) }
        return names
    }

    private func session(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "CopyStmt":
            if fields.flag("is_from") {
                .copyFromStandardInput(try copy(fields))
            } else {
                .copyToStandardOutput(try copyTo(fields))
            }
        case "ExplainStmt": .explain(try explain(fields))
        case "PrepareStmt": .prepare(try prepare(fields))
        case "ExecuteStmt": .executePrepared(fields.text("name") ?? "", expressions(fields.list("params")))
        case "DeallocateStmt": .deallocate(fields.text("name"))
        case "DeclareCursorStmt": .declareCursor(try declareCursor(fields))
        case "FetchStmt": .fetch(fetch(fields))
        case "ClosePortalStmt": .closeCursor(fields.text("portalname"))
        case "DiscardStmt":
            .discard((fields.text("target") ?? "").replacing("DISCARD_", with: "").lowercased())
        case "TransactionStmt": .transaction(try transaction(fields))
        case "VariableSetStmt": .set(try setVariable(fields))
        case "VariableShowStmt": .show(fields.text("name") ?? "")
        case "NotifyStmt": .notify(channel: fields.text("conditionname") ?? "")
        case "ConstraintsSetStmt":
            .setConstraints(try qualifiedNames(fields.list("constraints")), isDeferred: fields.flag("deferred"))
        case "VacuumStmt":
            .withoutEffect(
                tag: fields.flag("is_vacuumcmd") ? "VACUUM" : "ANALYZE",
                relations: try qualifiedNames(fields.list("rels").compactMap { $0["VacuumRelation"]?["relation"] }))
        case "ListenStmt": .withoutEffect(tag: "LISTEN", relations: [])
        case "UnlistenStmt": .withoutEffect(tag: "UNLISTEN", relations: [])
        case "CheckPointStmt": .withoutEffect(tag: "CHECKPOINT", relations: [])
        case "ReindexStmt":
            .withoutEffect(
                tag: "REINDEX",
                relations: fields["relation"] == nil ? [] : [try qualifiedName(fields["relation"])])
        case "ClusterStmt":
            .withoutEffect(
                tag: "CLUSTER",
                relations: fields["relation"] == nil ? [] : [try qualifiedName(fields["relation"])])
        case "LockStmt":
            .withoutEffect(tag: "LOCK TABLE", relations: try qualifiedNames(fields.list("relations")))
        case "AlterExtensionStmt":
            .updateExtension(
                name: fields.text("extname") ?? "",
                version: try optionWords(fields.list("options"))["new_version"])
        case "DoStmt": .anonymousBlock(try anonymousBlock(fields))
        case "CallStmt":
            if let call = fields["funccall"] {
                .call(try functionCall(call))
            } else {
                throw UnsupportedSyntax("CALL without a procedure")
            }
        case "RefreshMatViewStmt":
            if fields.flag("skipData") {
                throw UnsupportedSyntax("REFRESH MATERIALIZED VIEW … WITH NO DATA")
            } else {
                .refreshMaterializedView(
                    try qualifiedName(fields["relation"]), concurrently: fields.flag("concurrent"))
            }
        default: nil
        }
    }
}
