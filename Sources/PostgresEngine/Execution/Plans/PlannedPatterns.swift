import PostgresTypes
import SQLite

/// A regular expression that a condition compares rows with.
///
/// PostgreSQL's planner reads it to estimate how many rows match, so one that is none fails the statement even where no
/// row would be compared with it: in an empty table, or behind an OR that is decided before.
struct PlannedPattern: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        case constant(SQLValue)
        /// Counted from 1.
        case parameter(Int)
    }

    var source: Source
    var flags: String
}

extension TypedStatement {
    /// The patterns in the conditions of the statement and of the queries in it that are given with it.
    var plannedPatterns: [PlannedPattern] {
        var patterns: [PlannedPattern] = []
        for body in [body] + steps.map(\.body) {
            switch body {
            case .query(let query): query.collect(&patterns)
            case .update(let update): update.filter?.collect(&patterns)
            case .delete(let delete): delete.filter?.collect(&patterns)
            default: break
            }
        }
        return patterns
    }
}

extension TypedQuery {
    fileprivate func collect(_ patterns: inout [PlannedPattern]) {
        for table in commonTables { table.query.collect(&patterns) }
        switch body {
        case .values: break
        case .setOperation(_, _, let left, let right):
            left.collect(&patterns)
            right.collect(&patterns)
        case .select(let select):
            select.filter?.collect(&patterns)
            for target in select.targets { target.collectFromSubqueries(&patterns) }
            for range in select.ranges {
                if case .subquery(let query, _) = range.source { query.collect(&patterns) }
            }
        }
    }
}

extension TypedExpression {
    /// The patterns of a condition, as far as its selectivity is that of its parts. A condition that a constant decides
    /// is not estimated at all.
    fileprivate func collect(_ patterns: inout [PlannedPattern]) {
        switch node {
        case .and(let items):
            guard !items.contains(where: { $0.isConstant && !$0.isConstantTruth(true) }) else { return }
            for item in items { item.collect(&patterns) }
        case .or(let items):
            guard !items.contains(where: { $0.isConstantTruth(true) }) else { return }
            for item in items { item.collect(&patterns) }
        case .not(let value), .isTruth(let value, _, _): value.collect(&patterns)
        case .subquery(let subquery): subquery.query.collect(&patterns)
        case .operation(let operation, let left?, let right):
            guard let flags = Self.regexFlags[operation.symbol], Self.regexTypes.contains(operation.right),
                let source = right.patternSource, left.readsColumn
            else { return }
            patterns.append(PlannedPattern(source: source, flags: flags))
        default: break
        }
    }

    fileprivate func collectFromSubqueries(_ patterns: inout [PlannedPattern]) {
        walk { node, _ in
            guard case .subquery(let subquery) = node.node else { return .intoChildren }
            subquery.query.collect(&patterns)
            return .pastChildren
        }
    }

    private static let regexFlags = ["~": "", "!~": "", "~*": "i", "!~*": "i"]
    /// `~` of other types is none of regular expressions.
    private static let regexTypes: Set<TypeID> = [.text]

    private func isConstantTruth(_ truth: Bool) -> Bool {
        if case .constant(let value) = node { value == .integer(truth ? 1 : 0) } else { false }
    }

    private var patternSource: PlannedPattern.Source? {
        switch node {
        case .constant(let value): .constant(value)
        case .parameter(let number): .parameter(number)
        default: nil
        }
    }

    private var readsColumn: Bool {
        !walk { node, _ in if case .column = node.node { .stop } else { .intoChildren } }
    }
}

extension Transaction {
    /// Fails where a pattern is no regular expression, as planning does.
    func checkPatterns(of prepared: PreparedStatement, _ parameters: [SQLValue]) throws {
        for pattern in prepared.patterns {
            let value =
                switch pattern.source {
                case .constant(let value): value
                case .parameter(let number): try Self.parameter(number, of: parameters)
                }
            guard case .text(let text) = value else { continue }
            _ = try FunctionTable.regex(text, flags: pattern.flags, context)
        }
    }
}
