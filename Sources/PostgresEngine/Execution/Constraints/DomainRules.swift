import PostgresTypes
import SQLite

/// What a domain asks of a value, its base domains' rules first, as Postgres checks them.
struct DomainRules {
    var isNotNull: Bool
    var checks: [(name: String, condition: GeneratedSQL)]
    /// The domain this one is over, if it is one.
    var base: TypeID?
}

extension Transaction {
    /// Throws 23502 or 23514 when a value does not satisfy its domain.
    func checkDomain(_ type: TypeID, _ value: SQLValue) throws {
        guard let rules = try domainRules(of: type) else { return }
        if let base = rules.base { try checkDomain(base, value) }
        if rules.isNotNull && value.isNull {
            throw about(type, PostgresError("23502", "domain \(shownName(type)) does not allow null values"))
        }
        for check in rules.checks {
            guard case .integer(0) = try evaluate(check.condition, rows: [[value]])[0] else { continue }
            throw about(
                type,
                PostgresError(
                    "23514", "value for domain \(shownName(type)) violates check constraint \"\(check.name)\"",
                    constraint: check.name))
        }
    }

    private func about(_ type: TypeID, _ error: PostgresError) -> PostgresError {
        var error = error
        error.schema = catalog.types[type]?.schema
        error.dataType = catalog.types[type]?.name
        return error
    }

    private func shownName(_ type: TypeID) -> String {
        catalog.typeName(TypeReference(type), searchPath: session.effectivePath)
    }

    func domainRules(of type: TypeID) throws -> DomainRules? {
        if let known = domainRules[type] { return known }
        guard let entry = catalog.types[type], case .domain(let domain) = entry.kind else { return nil }
        let generator = SQLGenerator(catalog: catalog)
        let expressions = ColumnExpressions(catalog: catalog, context: valueContext)
        var checks: [(name: String, condition: GeneratedSQL)] = []
        for check in domain.checks.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            guard case .check(let condition) = check.kind else { continue }
            let typed = try expressions.bindDomainCheck(condition, base: domain.base, path: check.expressionPath)
            let image = RangeEntry(
                source: .functions([], withOrdinality: false), name: "",
                columns: [OutputColumn(name: "value", type: domain.base)])
            checks.append((check.name, try generator.expressions([typed], rowImages: [0], ranges: [image])))
        }
        let isOverDomain = catalog.types[domain.base.type]?.isDomain == true
        let rules = DomainRules(
            isNotNull: domain.isNotNull, checks: checks, base: isOverDomain ? domain.base.type : nil)
        domainRules[type] = rules
        return rules
    }
}
