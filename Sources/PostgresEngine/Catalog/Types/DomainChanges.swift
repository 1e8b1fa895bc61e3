import PostgresSyntax
import PostgresTypes

/// ALTER DOMAIN.
extension CatalogEditor {
    mutating func alterDomain(_ change: AlterTable) throws(PostgresError) {
        guard let type = catalog.userType(change.name, searchPath: searchPath) else {
            throw PostgresError("42704", "type \"\(change.name.display)\" does not exist")
        }
        guard type.isDomain else { throw .wrongKind(type.name, "a domain") }
        guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", type.name) }
        for action in change.actions {
            guard var changed = catalog.types[type.id], case .domain(var domain) = changed.kind else { return }
            switch action {
            case .setOwner: return try alterOwner(change)
            case .setDefault(_, let value):
                domain.defaultValue = value
                domain.expressionPath = searchPath
            case .setNotNull(_, let flag):
                domain.isNotNull = flag
                if flag { request(.checkDomain(type.id, constraint: nil)) }
            case .addConstraint(let definition):
                guard case .check(let condition) = definition.kind else {
                    throw .notSupported("this constraint of a domain")
                }
                let check = try domainCheck(condition, named: definition.name, domain: type.name, of: domain)
                domain.checks.append(check)
                if !definition.isNotValid { request(.checkDomain(type.id, constraint: check.name)) }
            case .dropConstraint(let name, let ifExists, _):
                guard domain.checks.contains(where: { $0.name == name }) else {
                    let message = "constraint \"\(name)\" of domain \"\(type.name)\" does not exist"
                    if ifExists {
                        notice("\(message), skipping")
                        continue
                    }
                    throw PostgresError("42704", message)
                }
                domain.checks.removeAll { $0.name == name }
            case .validateConstraint(let name): request(.checkDomain(type.id, constraint: name))
            default: throw .notSupported("this form of ALTER DOMAIN")
            }
            changed.kind = .domain(domain)
            updateType(changed)
        }
    }

    /// A CHECK of a domain with its name, given or made up.
    func domainCheck(
        _ condition: Expression, named given: String?, domain name: String, of domain: Domain
    ) throws(PostgresError) -> Constraint {
        if validates {
            _ = try ColumnExpressions(catalog: catalog, context: context).bindDomainCheck(
                condition, base: domain.base, path: searchPath)
        }
        let taken = domain.checks.map(\.name)
        let checkName = given ?? ObjectNames.choose(name, nil, label: "check") { taken.contains($0) }
        if taken.contains(checkName) {
            throw PostgresError("42710", "constraint \"\(checkName)\" for domain \"\(name)\" already exists")
        }
        var constraint = Constraint(name: checkName, kind: .check(condition))
        constraint.expressionPath = searchPath
        return constraint
    }
}
