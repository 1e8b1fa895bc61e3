import PostgresTypes
import SQLite

/// AND and OR, which Postgres leaves at the first operand that decides: what stands behind it is not computed, so it
/// cannot fail and has no effect.
extension Generation {
    /// A condition of which only matters whether it is true: of WHERE, ON, FILTER, WHEN. SQLite jumps there, operand
    /// by operand, as Postgres does.
    func condition(_ expression: TypedExpression) throws(PostgresError) -> String {
        if try isKnown(expression) { return try self.expression(expression) }
        switch expression.node {
        case .and(let items) where !items.isEmpty: return try conditions(items, " AND ")
        case .or(let items) where !items.isEmpty: return try conditions(items, " OR ")
        case .not(let value): return "(NOT \(try condition(value)))"
        default: return try self.expression(expression)
        }
    }

    /// The condition of a WHERE. Postgres looks at what is cheap first: at functions of the user's after the rest.
    func filter(_ expression: TypedExpression) throws(PostgresError) -> String {
        guard case .and(let items) = expression.node, try !isKnown(expression) else { return try condition(expression) }
        let late = items.filter(\.callsRoutine)
        guard !late.isEmpty, late.count < items.count else { return try condition(expression) }
        return try conditions(items.filter { !$0.callsRoutine } + late, " AND ")
    }

    private func conditions(_ items: [TypedExpression], _ separator: String) throws(PostgresError) -> String {
        var texts: [String] = []
        for item in items { texts.append(try condition(item)) }
        return "(" + texts.joined(separator: separator) + ")"
    }

    /// AND or OR as a value. SQLite would compute every operand, so those that can fail or do something stand in the
    /// branches of a CASE over what comes before them.
    func value(ofAnd items: [TypedExpression]) throws(PostgresError) -> String {
        try folded(items[...], "AND", deciding: "0", other: "1")
    }

    func value(ofOr items: [TypedExpression]) throws(PostgresError) -> String {
        try folded(items[...], "OR", deciding: "1", other: "0")
    }

    private func folded(
        _ items: ArraySlice<TypedExpression>, _ word: String, deciding: String, other: String
    ) throws(PostgresError) -> String {
        guard let first = items.first else { return other }
        guard let late = items.dropFirst().firstIndex(where: \.mayFail) else {
            if items.count == 1 { return try expression(first) }
            return "(" + (try texts(Array(items)).joined(separator: " \(word) ")) + ")"
        }
        let before = items[..<late]
        var head = try texts(Array(before)).joined(separator: " \(word) ")
        if before.count > 1 { head = "(\(head))" }
        let rest = try folded(items[late...], word, deciding: deciding, other: other)
        if before.allSatisfy(\.isNeverNull) {
            return "(CASE \(head) WHEN \(deciding) THEN \(deciding) ELSE \(rest) END)"
        }
        return "(CASE \(head) WHEN \(deciding) THEN \(deciding) WHEN \(other) THEN \(rest) "
            + "ELSE (\(rest) \(word) NULL) END)"
    }
}

extension TypedExpression {
    /// Whether computing it can raise an error or do something.
    fileprivate var mayFail: Bool { !walk { node, _ in node.isTelling ? .stop : .intoChildren } }

    /// Whether a function of the user's is called, which costs a hundred operators unless told otherwise.
    fileprivate var callsRoutine: Bool {
        !walk { node, _ in
            switch node.node {
            case .call(let call) where call.function.oid >= TypeID.firstUserOID: .stop
            case .subquery: .pastChildren
            default: .intoChildren
            }
        }
    }

    fileprivate var isNeverNull: Bool {
        switch node {
        case .isNull, .isTruth, .isDistinct: true
        case .constant(let value): !value.isNull
        case .subquery(let subquery): subquery.kind == .exists
        case .and(let items), .or(let items): items.allSatisfy(\.isNeverNull)
        case .not(let value): value.isNeverNull
        default: false
        }
    }
}
