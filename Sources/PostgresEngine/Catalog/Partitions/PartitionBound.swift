import PostgresSyntax
import PostgresTypes

/// FOR VALUES … as a condition on the partition key.
enum PartitionBound {
    /// One value of a bound.
    enum Value {
        case minimum, maximum
        case value(TypedExpression)
    }

    /// The values of a bound, converted to the types of the key's columns: those of a list, or the lower and the upper
    /// ones of a range.
    static func bind(
        _ bound: String, of parent: Relation, catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) -> [[Value]] {
        guard let key = parent.table?.partitionKey, key.strategy != "hash" else { return [] }
        let keys = try catalog.boundKey(of: parent, context: context)
        let isList = bound.uppercased().hasPrefix("IN")
        let binder = Binder(catalog: catalog, searchPath: [], context: context)
        var result: [[Value]] = []
        for group in groups(bound) {
            var values: [Value] = []
            let items = try parse(group)
            if !isList { try checkRange(items, keys.count, isLower: result.isEmpty) }
            for (position, item) in items.enumerated() {
                if !isList, case .column(let words) = item.node, words == ["minvalue"] || words == ["maxvalue"] {
                    values.append(words == ["minvalue"] ? .minimum : .maximum)
                    continue
                }
                let place = isList ? 0 : min(position, keys.count - 1)
                let name =
                    key.columns[place]
                    ?? DefinitionText(catalog: catalog, searchPath: [], context: context)
                    .text(keys[place], over: parent)
                guard item.columnNames.isEmpty else {
                    throw PostgresError("0A000", "cannot use column reference in partition bound expression")
                }
                let target = OutputColumn(name: name, type: TypeReference(keys[place].type.type, modifier: -1))
                values.append(
                    .value(try binder.bindExpression(item, target: target, purpose: .partitionBound)))
            }
            result.append(values)
        }
        return result
    }

    /// That an end of a range has a value for each column of the key.
    private static func checkRange(_ items: [Expression], _ count: Int, isLower: Bool) throws(PostgresError) {
        guard items.count == count else {
            throw PostgresError(
                "42P16", "\(isLower ? "FROM" : "TO") must specify exactly one value per partitioning column")
        }
        if items.contains(where: { $0.node == .constant(.null) }) {
            throw PostgresError("42P17", "cannot specify NULL in range bound")
        }
    }

    /// - Parameter parent: the partitioned table.
    static func condition(
        key: PartitionKey, bound: String, of parent: RelationID
    ) throws(PostgresError) -> Expression {
        let columns = key.parts
        switch key.strategy {
        case "list" where columns.count == 1: return try list(columns[0], bound)
        case "range": return try range(columns, bound)
        case "hash":
            guard let place = hashPlace(bound) else { throw .notSupported("the partition bound \(bound)") }
            let table = Expression(
                .cast(Expression(.constant(.number(String(parent.oid)))), TypeName(["pg_catalog", "oid"])))
            let numbers = [place.modulus, place.remainder].map { Expression(.constant(.number(String($0)))) }
            return Expression(
                .call(
                    FunctionCall(
                        name: ["pg_catalog", "satisfies_hash_partition"],
                        arguments: ([table] + numbers + columns).map { FunctionCall.Argument($0) })))
        default: throw .notSupported("PARTITION BY \(key.strategy)")
        }
    }

    /// What `(MODULUS 4, REMAINDER 1)` says, behind WITH; nil for another bound.
    static func hashPlace(_ bound: String) -> (modulus: Int, remainder: Int)? {
        guard let group = groups(bound).first else { return nil }
        var numbers: [String: Int] = [:]
        for item in group.split(separator: ",") {
            let words = item.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, let number = Int(words[1]) else { return nil }
            numbers[words[0].lowercased()] = number
        }
        guard let modulus = numbers["modulus"], let remainder = numbers["remainder"] else { return nil }
        return (modulus, remainder)
    }

    private static func list(_ key: Expression, _ bound: String) throws(PostgresError) -> Expression {
        guard bound.uppercased().hasPrefix("IN"), let items = groups(bound).first else {
            throw .notSupported("the partition bound \(bound)")
        }
        let values = try parse(items).map(untyped)
        let isNull = values.contains { $0.node == .constant(.null) }
        let others = values.filter { $0.node != .constant(.null) }
        var conditions: [Expression] = []
        if !others.isEmpty { conditions.append(Expression(.inList(key, others, negated: false))) }
        if isNull { conditions.append(Expression(.isNull(key, negated: false))) }
        return conditions.count == 1 ? conditions[0] : Expression(.or(conditions))
    }

    private static func range(_ keys: [Expression], _ bound: String) throws(PostgresError) -> Expression {
        let parts = groups(bound)
        guard bound.uppercased().hasPrefix("FROM"), parts.count == 2 else {
            throw .notSupported("the partition bound \(bound)")
        }
        var conditions = keys.map { Expression(.isNull($0, negated: true)) }
        for (part, isLower) in [(parts[0], true), (parts[1], false)] {
            let values = try parse(part).map(untyped)
            guard values.count == keys.count else { throw .notSupported("the partition bound \(bound)") }
            // What follows a MINVALUE or MAXVALUE does not count: it lies before or after all values.
            let end = values.firstIndex { if case .column = $0.node { true } else { false } }
            var isMaximum = false
            if let end, case .column(["maxvalue"]) = values[end].node { isMaximum = true }
            let count = end ?? values.count
            guard count > 0 else {
                if isMaximum == isLower { conditions.append(Expression(.constant(.bool(false)))) }
                continue
            }
            let symbol = isLower ? (isMaximum ? ">" : ">=") : (isMaximum ? "<=" : "<")
            conditions.append(
                Expression(
                    .operation(
                        OperatorName(symbol), left: count == 1 ? keys[0] : Expression(.row(Array(keys[..<count]))),
                        right: count == 1 ? values[0] : Expression(.row(Array(values[..<count]))))))
        }
        return Expression(.and(conditions))
    }

    /// What stands between the outer parentheses, group by group.
    private static func groups(_ text: String) -> [String] {
        var groups: [String] = []
        var current = ""
        var depth = 0
        var isQuoted = false
        for character in text {
            if character == "'" { isQuoted.toggle() }
            if !isQuoted && character == ")" {
                depth -= 1
                if depth == 0 {
                    groups.append(current)
                    current = ""
                }
            }
            if depth > 0 { current.append(character) }
            if !isQuoted && character == "(" { depth += 1 }
        }
        return groups
    }

    /// A whole number as a literal of the key's type, whatever that is: `IN (1)` of a text.
    private static func untyped(_ value: Expression) -> Expression {
        func digits(_ value: Expression) -> String? {
            switch value.node {
            case .constant(.integer(let number)): String(number)
            case .constant(.number(let number)) where number.allSatisfy(\.isNumber): number
            default: nil
            }
        }
        if case .operation(let name, nil, let operand) = value.node, name.symbol == "-", let number = digits(operand) {
            return Expression(.constant(.string("-" + number)))
        }
        return digits(value).map { Expression(.constant(.string($0))) } ?? value
    }

    private static func parse(_ items: String) throws(PostgresError) -> [Expression] {
        do throws(SyntaxError) {
            guard case .row(let values) = try Script.parseExpression("ROW(\(items))").node else {
                throw SyntaxError(message: "not a list", line: 1, position: nil, text: items)
            }
            return values
        } catch {
            throw .notSupported("the partition bound (\(items))")
        }
    }
}
