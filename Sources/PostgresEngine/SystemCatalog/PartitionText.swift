import PostgresSyntax
import PostgresTypes
import SQLite

// Partition keys and bounds as PostgreSQL prints them.
extension DefinitionText {
    /// `RANGE (at)`: nil for what has no partitions.
    func partitionKey(of relation: Relation) -> String? {
        guard let key = relation.table?.partitionKey else { return nil }
        let parts = partitionKeyParts(of: relation, isBare: false)
        return "\(key.strategy.uppercased()) (\(parts.joined(separator: ", ")))"
    }

    /// The parts of a key: a column by name, a call as it is, anything else in parentheses.
    /// - Parameter isBare: without those.
    func partitionKeyParts(of relation: Relation, isBare: Bool) -> [String] {
        guard let key = relation.table?.partitionKey else { return [] }
        let bound: [TypedExpression]
        do throws(PostgresError) {
            bound = try catalog.boundKey(of: relation, context: context)
        } catch { return key.parts.map { _ in "?" } }
        return zip(key.columns, bound).map { column, typed in
            if let column { return ObjectNames.quoted(column) }
            let text = text(typed, over: relation)
            switch typed.node {
            case .call, .coalesce, .extremum, .nullIf, .session: return text
            default: return isBare ? text : "(\(text))"
            }
        }
    }

    /// `FOR VALUES FROM (1) TO (10)`, `DEFAULT`: nil for what is no partition.
    func partitionBound(of relation: Relation) -> String? {
        guard let bound = relation.table?.partitionBound, let parent = relation.table?.partitionOf,
            let above = catalog[parent]
        else { return nil }
        if relation.isDefaultPartition { return "DEFAULT" }
        if let place = PartitionBound.hashPlace(bound) {
            return "FOR VALUES WITH (modulus \(place.modulus), remainder \(place.remainder))"
        }
        do throws(PostgresError) {
            let groups = try PartitionBound.bind(bound, of: above, catalog: catalog, context: context)
            let lists = groups.map { group in "(" + group.map(text).joined(separator: ", ") + ")" }
            return "FOR VALUES "
                + (lists.count == 2 ? "FROM \(lists[0]) TO \(lists[1])" : "IN \(lists.joined())")
        } catch { return nil }
    }

    private func text(_ value: PartitionBound.Value) -> String {
        switch value {
        case .minimum: "MINVALUE"
        case .maximum: "MAXVALUE"
        case .value(let expression):
            ExpressionText(catalog: catalog, searchPath: searchPath, context: context).bareConstant(expression)
        }
    }

    /// What the rows of a partition satisfy, as an expression.
    func partitionConstraint(of relation: Relation) -> String? {
        guard let parent = relation.table?.partitionOf else { return nil }
        do throws(PostgresError) {
            var conditions: [Expression] = []
            var path: [String] = []
            for id in [relation.id] + catalog.ancestors(of: relation.id).dropLast() {
                guard let partition = catalog[id], let above = partition.table?.partitionOf else { continue }
                path += catalog[above]?.table?.partitionKey?.path ?? []
                conditions.insert(contentsOf: try shownCondition(of: partition), at: 0)
            }
            guard !conditions.isEmpty else { return nil }
            let typed = try Binder(catalog: catalog, searchPath: path, context: context)
                .bindCondition(
                    conditions.count == 1 ? conditions[0] : Expression(.and(conditions)), overTable: parent)
            return text(typed, over: catalog[parent])
        } catch { return nil }
    }

    /// What a partition's rows satisfy among those of its parent, part by part.
    private func shownCondition(of partition: Relation) throws(PostgresError) -> [Expression] {
        guard let parent = partition.table?.partitionOf else { return [] }
        var condition = try catalog.partitionCondition(partition.id)
        if partition.isDefaultPartition {
            let others = catalog.partitions(of: parent).filter { !$0.isDefaultPartition }
            guard !others.isEmpty else { return [] }
            var conditions: [Expression] = []
            for other in others { conditions.append(try catalog.partitionCondition(other.id)) }
            condition = Expression(.not(alternatives(conditions)))
        } else {
            condition = shown(condition)
        }
        if case .and(let parts) = condition.node { return parts }
        return [condition]
    }

    /// The condition of a list with what PostgreSQL says about NULL.
    private func shown(_ condition: Expression) -> Expression {
        switch condition.node {
        case .inList(let key, let items, _):
            let test =
                items.count == 1
                ? Expression(.operation(OperatorName("="), left: key, right: items[0])) : condition
            return Expression(.and([Expression(.isNull(key, negated: true)), test]))
        case .or(let parts): return Expression(.or(parts.reversed()))
        case .and(let parts): return Expression(.and(expanded(parts)))
        default: return condition
        }
    }

    /// What the partitions beside a default one hold together, in the order of their bounds.
    private func alternatives(_ conditions: [Expression]) -> Expression {
        func joined(_ parts: [Expression], _ make: ([Expression]) -> Expression.Node) -> Expression {
            parts.count == 1 ? parts[0] : Expression(make(parts))
        }
        var lists: [Expression] = []
        var key: Expression?
        var isNull = false
        var ranges: [(parts: [Expression], order: BoundOrder)] = []
        for condition in conditions {
            let parts = if case .or(let parts) = condition.node { parts } else { [condition] }
            for part in parts {
                switch part.node {
                case .inList(let left, let items, _): (key, lists) = (left, lists + items)
                case .isNull: isNull = true
                case .and(let tests):
                    ranges.append((expanded(tests), BoundOrder(value: lowerEnd(tests))))
                default: return joined(conditions.map(shown), Expression.Node.or)
                }
            }
        }
        guard ranges.isEmpty else {
            func isTest(_ part: Expression) -> Bool { if case .isNull = part.node { true } else { false } }
            let bodies = ranges.sorted { $0.order < $1.order }.map { range in
                joined(range.parts.filter { !isTest($0) }, Expression.Node.and)
            }
            return joined(ranges[0].parts.filter(isTest) + [joined(bodies, Expression.Node.or)], Expression.Node.and)
        }
        guard let key else { return conditions[0] }
        let sorted = lists.sorted { BoundOrder(value: $0) < BoundOrder(value: $1) }
        let list = Expression(.inList(key, sorted, negated: false))
        guard isNull else { return shown(list) }
        return Expression(.or([Expression(.isNull(key, negated: false)), list]))
    }

    /// What the rows of a range are not below; nil where that is MINVALUE.
    private func lowerEnd(_ tests: [Expression]) -> Expression? {
        for test in tests {
            if case .operation(let name, _, let right) = test.node, name.symbol.hasPrefix(">") { return right }
        }
        return nil
    }

    /// The ends of a range over several columns as PostgreSQL writes them: what both have in common as equalities, and
    /// instead of a comparison of rows one alternative for each column.
    private func expanded(_ parts: [Expression]) -> [Expression] {
        let ends = parts.compactMap(RowComparison.init)
        guard !ends.isEmpty else { return parts }
        var common = 0
        if ends.count == 2 {
            let pairs = zip(ends[0].pairs, ends[1].pairs)
            common = min(pairs.prefix { $0.value == $1.value }.count, ends.map(\.pairs.count).min()! - 1)
        }
        let others = parts.filter { RowComparison($0) == nil }
        return others + ends[0].pairs[..<common].map { RowComparison.compare("=", $0) }
            + ends.map { $0.alternatives(after: common) }
    }
}

/// Where a bound stands among others: whole numbers by their values, anything else by its text.
private struct BoundOrder: Comparable {
    private var number: Int
    private var text: String

    init(value: Expression?) {
        switch value?.node {
        case nil: (number, text) = (.min, "")
        case .constant(.string(let string)): (number, text) = Int(string).map { ($0, "") } ?? (.max, string)
        case .row(let values): self = BoundOrder(value: values.first)
        case let node?: (number, text) = (.max, String(describing: node))
        }
    }

    static func < (left: Self, right: Self) -> Bool { (left.number, left.text) < (right.number, right.text) }
}

/// `(a, b) < (1, 2)`.
private struct RowComparison {
    var symbol: String
    var pairs: [(key: Expression, value: Expression)]

    init?(_ expression: Expression) {
        guard case .operation(let name, let left?, let right) = expression.node, case .row(let keys) = left.node,
            case .row(let values) = right.node
        else { return nil }
        symbol = name.symbol
        pairs = Array(zip(keys, values)).map { (key: $0, value: $1) }
    }

    static func compare(_ symbol: String, _ pair: (key: Expression, value: Expression)) -> Expression {
        Expression(.operation(OperatorName(symbol), left: pair.key, right: pair.value))
    }

    func alternatives(after common: Int) -> Expression {
        let arms = (common..<pairs.count).map { last in
            let test = Self.compare(last == pairs.count - 1 ? symbol : String(symbol.prefix(1)), pairs[last])
            let parts = pairs[common..<last].map { Self.compare("=", $0) } + [test]
            return parts.count == 1 ? parts[0] : Expression(.and(parts))
        }
        return arms.count == 1 ? arms[0] : Expression(.or(arms))
    }
}

extension ExpressionText {
    /// A constant without its type, after whatever conversions it went through.
    func bareConstant(_ value: TypedExpression) -> String {
        var inner = value
        while case .coercion(_, let source, _) = inner.node { inner = source }
        guard case .constant(let constant) = inner.node else { return Self.finished(text(value)) }
        if constant.isNull { return "NULL" }
        let text = catalog.postgresType(of: inner.type.type).encode(constant, context: context)
        switch value.type.type {
        case .bool: return text == "t" ? "true" : "false"
        case .int4 where !text.hasPrefix("-"): return text
        case .numeric where text.first?.isNumber == true && text.contains("."): return text
        default: return Quoting.literal(text)
        }
    }
}

extension FunctionTable {
    /// `pg_get_partkeydef` and its kin.
    mutating func addPartitionTexts() {
        scalar("pg_get_partkeydef(oid)") { call in
            guard let relation = try call.relation(0) else { return .null }
            return .optional(try call.definitions.partitionKey(of: relation))
        }
        scalar("pg_get_partition_constraintdef(oid)") { call in
            .optional(try call.relation(0).flatMap { try call.definitions.partitionConstraint(of: $0) })
        }
        scalar("pg_partition_root(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return .null }
            return .number(try call.context.catalog.partitionRoot(of: relation.id).oid)
        }
        rows("pg_partition_ancestors(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return [] }
            return ([relation.id] + (try call.context.catalog.ancestors(of: relation.id))).map { [.number($0.oid)] }
        }
        rows("pg_partition_tree(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return [] }
            let catalog = try call.context.catalog
            let above = catalog.ancestors(of: relation.id).count
            return ([relation] + catalog.descendants(of: relation.id)).map { partition in
                let parent = partition.table?.partitionOf
                return [
                    .number(partition.id.oid), parent.map { .number($0.oid) } ?? .null,
                    .bool(partition.table?.partitionKey == nil),
                    .number(catalog.ancestors(of: partition.id).count - above),
                ]
            }
        }
    }
}

extension Relation {
    fileprivate var isInPartitionTree: Bool { table?.partitionKey != nil || table?.partitionOf != nil }
}

extension SystemRows {
    /// `pg_partitioned_table`.
    @Sendable static func partitionedTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let table = relation.table, let key = table.partitionKey else { return nil }
            let columns = key.columns
            let expressions = zip(columns, facts.definitions.partitionKeyParts(of: relation, isBare: false))
                .compactMap { $0 == nil ? $1 : nil }
            let rest = facts.catalog.partitions(of: relation.id).first(where: \.isDefaultPartition)
            return [
                "partrelid": .number(relation.id.oid),
                "partstrat": .text(String(key.strategy.prefix(1))),
                "partnatts": .number(columns.count), "partdefid": .number(rest?.id.oid ?? 0),
                "partattrs": .vector(columns.map { ($0.flatMap(table.position) ?? -1) + 1 }),
                "partexprs": .optional(expressions.isEmpty ? nil : expressions.joined(separator: ", ")),
                "partclass": .array(columns.map { _ in 0 }), "partcollation": .array(columns.map { _ in 0 }),
            ]
        }
    }
}
