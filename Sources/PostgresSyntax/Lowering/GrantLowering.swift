extension Lowering {
    func grant(_ fields: ParseNode) throws(UnsupportedSyntax) -> Grant {
        let kind = try requiredKind(fields.text("objtype"), of: "GRANT")
        let nodes = fields.list("objects")
        var signatures: [[TypeName]?] = []
        let objects: Grant.Objects
        switch fields.text("targtype") {
        case "ACL_TARGET_OBJECT":
            objects = .named(kind, try nodes.map(objectName))
            if nodes.contains(where: { $0["ObjectWithArgs"] != nil }) { signatures = nodes.map(signature) }
        case "ACL_TARGET_ALL_IN_SCHEMA": objects = .allInSchema(kind, names(nodes))
        case "ACL_TARGET_DEFAULTS": objects = .defaults(kind)
        case let target: throw UnsupportedSyntax(target ?? "GRANT")
        }
        // No list of privileges means ALL.
        let privileges = fields.list("privileges").map(privilege)
        var grant = Grant(
            isGrant: fields.flag("is_grant"),
            privileges: privileges.isEmpty ? [Grant.Privilege(name: "all")] : privileges,
            objects: objects, grantees: fields.list("grantees").map(role), withGrantOption: fields.flag("grant_option"))
        grant.signatures = signatures
        grant.cascades = fields.text("behavior") == "DROP_CASCADE"
        return grant
    }

    /// ALL (columns) is a privilege without a name.
    private func privilege(_ node: ParseNode) -> Grant.Privilege {
        let fields = node["AccessPriv"] ?? node
        return Grant.Privilege(
            name: fields.text("priv_name")?.lowercased() ?? "all", columns: names(fields.list("cols")))
    }

    func grantRoles(_ fields: ParseNode) -> Grant {
        let roles = fields.list("granted_roles").map { $0["AccessPriv"]?.text("priv_name") ?? "" }
        var grant = Grant(
            isGrant: fields.flag("is_grant"), privileges: [], objects: .roles(roles),
            grantees: fields.list("grantee_roles").map(role), withGrantOption: fields.flag("admin_opt"))
        grant.cascades = fields.text("behavior") == "DROP_CASCADE"
        return grant
    }

    func alterDefaultPrivileges(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        guard let action = fields["action"] else { throw UnsupportedSyntax("ALTER DEFAULT PRIVILEGES") }
        var grant = try grant(action)
        var schemas: [String] = []
        for node in fields.list("options") {
            let option = try definition(node)
            let items = listItems(option.argument)
            if option.name == "schemas" { schemas = names(items) } else { grant.forRoles = items.map(role) }
        }
        return .alterDefaultPrivileges(schemas: schemas, grant)
    }

    /// DROP OWNED and REASSIGN OWNED, which alone has a new role.
    func ownedObjects(_ fields: ParseNode) -> OwnedObjects {
        OwnedObjects(
            roles: fields.list("roles").map(role), newOwner: fields["newrole"].map(role),
            cascades: fields.text("behavior") == "DROP_CASCADE")
    }

    func createRole(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        // CREATE USER is CREATE ROLE … LOGIN.
        let implied: [RoleOption] = fields.text("stmt_type") == "ROLESTMT_USER" ? [.login(true)] : []
        return .createRole(
            name: fields.text("role") ?? "", options: implied + (try roleOptions(fields.list("options"))))
    }

    func alterRole(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        let options = try roleOptions(fields.list("options"))
        // ALTER GROUP … DROP USER is written as a negative action.
        if (fields.integer("action") ?? 0) < 0 { throw UnsupportedSyntax("ALTER GROUP … DROP USER") }
        return .alterRole(name: fields["role"].map(role) ?? "", options: options)
    }

    private func roleOptions(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [RoleOption] {
        var options: [RoleOption] = []
        for node in nodes {
            let option = try definition(node)
            switch option.name {
            case "canlogin": options.append(.login(truth(option)))
            case "superuser": options.append(.superuser(truth(option)))
            case "bypassrls": options.append(.bypassRowSecurity(truth(option)))
            case "inherit": options.append(.inherit(truth(option)))
            case "createrole": options.append(.createRole(truth(option)))
            case "createdb": options.append(.createDatabase(truth(option)))
            case "addroleto": options.append(.memberOf(listItems(option.argument).map(role)))
            case "rolemembers", "adminmembers": options.append(.members(listItems(option.argument).map(role)))
            default: options.append(.other(option.name))
            }
        }
        return options
    }
}
