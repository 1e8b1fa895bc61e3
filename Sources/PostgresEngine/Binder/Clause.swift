/// Where in a statement an expression stands: decides what may occur in it, and what messages call the place.
enum Clause {
    case select, having, orderBy, distinctOn
    case filter, groupBy, limit, offset, joinCondition, functionInFrom, subqueryInFrom
    case aggregateFilter, windowPartition, windowOrder, windowRows, windowRange, windowGroups
    case values, insertValues, update, returning
    case check, domainCheck, columnDefault, parameterDefault, indexExpression, indexPredicate, generated, policy
    case partitionBound, partitionKey

    /// `aggregate functions are not allowed in …`, nil where they are.
    var aggregateRefusal: String? {
        switch self {
        case .select, .having, .orderBy, .distinctOn, .windowPartition, .windowOrder: nil
        case .subqueryInFrom: "FROM clause of their own query level"
        default: phrase
        }
    }

    /// `window functions are not allowed in …`, nil where they are.
    var windowRefusal: String? {
        switch self {
        case .select, .orderBy, .distinctOn: nil
        case .windowPartition, .windowOrder, .windowRows, .windowRange, .windowGroups: "window definitions"
        default: phrase
        }
    }

    /// `set-returning functions are not allowed in …`, nil where they are.
    var setRefusal: String? {
        switch self {
        case .select, .orderBy, .distinctOn, .groupBy, .windowPartition, .windowOrder, .insertValues, .functionInFrom:
            nil
        case .windowRows, .windowRange, .windowGroups: "window definitions"
        default: phrase
        }
    }

    /// `cannot use subquery in …`, nil where it may.
    var subqueryRefusal: String? {
        switch self {
        case .check, .domainCheck: "check constraint"
        case .columnDefault, .parameterDefault: "DEFAULT expression"
        case .indexExpression: "index expression"
        case .indexPredicate: "index predicate"
        case .generated: "column generation expression"
        case .partitionBound: "partition bound"
        case .partitionKey: "partition key expression"
        default: nil
        }
    }

    var phrase: String {
        switch self {
        case .select: "SELECT"
        case .having: "HAVING"
        case .orderBy: "ORDER BY"
        case .distinctOn: "DISTINCT ON"
        case .filter: "WHERE"
        case .groupBy: "GROUP BY"
        case .limit: "LIMIT"
        case .offset: "OFFSET"
        case .joinCondition: "JOIN conditions"
        case .functionInFrom: "functions in FROM"
        case .subqueryInFrom: "FROM"
        case .aggregateFilter: "FILTER"
        case .windowPartition: "PARTITION BY"
        case .windowOrder: "ORDER BY"
        case .windowRows: "window ROWS"
        case .windowRange: "window RANGE"
        case .windowGroups: "window GROUPS"
        case .values, .insertValues: "VALUES"
        case .update: "UPDATE"
        case .returning: "RETURNING"
        case .check, .domainCheck: "check constraints"
        case .columnDefault, .parameterDefault: "DEFAULT expressions"
        case .indexExpression: "index expressions"
        case .indexPredicate: "index predicates"
        case .generated: "column generation expressions"
        case .policy: "policy expressions"
        case .partitionBound: "partition bound"
        case .partitionKey: "partition key expressions"
        }
    }
}
