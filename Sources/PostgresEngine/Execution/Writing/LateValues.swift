import PostgresSyntax
import PostgresTypes
import SQLite

// A VOLATILE function sees what the statement that calls it has done so far. So what a modification computes with one
// is computed row by row between the writes, while everything else sees the tables as they were before.

/// Values that are computed when the row's turn has come, over the rows that it was found in.
struct LateValues: Sendable {
    /// Their places among all values.
    let places: [Int]
    let values: GeneratedSQL

    /// - Parameter values: with their places.
    init?(
        _ values: [(place: Int, value: TypedExpression)], over ranges: [RangeEntry], _ generator: SQLGenerator
    ) throws(PostgresError) {
        if values.isEmpty { return nil }
        places = values.map(\.place)
        self.values = try generator.expressions(values.map(\.value), rowImages: Set(ranges.indices), ranges: ranges)
    }
}

extension Transaction {
    /// Puts late values in their places of `values`.
    func compute(_ late: LateValues?, _ parameters: [SQLValue], over rows: [[SQLValue]], into values: inout [SQLValue])
        throws
    {
        guard let late else { return }
        for (place, value) in zip(late.places, try evaluate(late.values, parameters: parameters, rows: rows)) {
            values[place] = value
        }
    }
}

extension TypedExpression {
    /// Whether it calls a VOLATILE function of a user.
    func callsVolatile(_ catalog: CatalogSnapshot) -> Bool {
        !walk { node, _ in
            guard case .call(let call) = node.node, let routine = catalog[call.function] else { return .intoChildren }
            return routine.volatility == .volatile ? .stop : .intoChildren
        }
    }

    /// Whether it is to be computed between the writes to a table: it calls a VOLATILE function, and does not read the
    /// table itself, which would have to be as it was before.
    func sees(writesTo table: RelationID, _ catalog: CatalogSnapshot) -> Bool {
        guard callsVolatile(catalog) else { return false }
        return walk { node, _ in
            switch node.node {
            case .aggregate, .window: return .stop
            case .call(let call): return catalog[call.function]?.isSet == true ? .stop : .intoChildren
            case .subquery(let subquery):
                return subquery.query.readsOthers(than: table, catalog) ? .intoChildren : .stop
            default: return .intoChildren
            }
        }
    }

    /// The conditions that all have to be true.
    fileprivate var conjuncts: [TypedExpression] {
        if case .and(let items) = node { items.flatMap(\.conjuncts) } else { [self] }
    }

    fileprivate static func all(_ conditions: [TypedExpression]) -> TypedExpression? {
        conditions.count < 2 ? conditions.first : TypedExpression(.and(conditions), type: TypeReference(.bool))
    }

    /// The condition as one that finds rows, and one that is looked at between the writes to them.
    func split(byWritesTo table: RelationID, _ catalog: CatalogSnapshot) -> (early: Self?, late: Self?) {
        var (early, late): ([TypedExpression], [TypedExpression]) = ([], [])
        for condition in conjuncts {
            // What waits for a row's policies waits for those that are late too.
            let waits = !late.isEmpty && condition.waitsForPolicies
            if condition.sees(writesTo: table, catalog) || waits {
                late.append(condition)
            } else {
                early.append(condition)
            }
        }
        return (Self.all(early), Self.all(late))
    }

    /// Whether it was put behind policies (`afterPolicies`).
    private var waitsForPolicies: Bool {
        guard case .subquery(let subquery) = node, case .select(let select) = subquery.query.body else { return false }
        return select.ranges.isEmpty
    }
}

extension TypedQuery {
    /// Whether it reads no more than other tables.
    fileprivate func readsOthers(than table: RelationID, _ catalog: CatalogSnapshot) -> Bool {
        guard commonTables.isEmpty, case .select(let select) = body else { return false }
        return select.ranges.allSatisfy { range in
            switch range.source {
            case .table(let id): catalog.partitionRoot(of: id) != catalog.partitionRoot(of: table)
            case .subquery(let query, _): query.readsOthers(than: table, catalog)
            case .step: true
            default: false
            }
        }
    }

    /// The query with NULL in the place of what is computed late, and with what that needs as more columns; nil where
    /// nothing is late.
    func withoutLateTargets(
        _ table: RelationID, _ catalog: CatalogSnapshot
    ) -> (query: TypedQuery, late: [(place: Int, value: TypedExpression)])? {
        guard case .select(var select) = body else { return nil }
        // What converts the columns of a query is part of it.
        if select.ranges.count == 1, select.filter == nil, order.isEmpty, limit == nil, offset == nil,
            case .subquery(let inner, false) = select.ranges[0].source, select.ranges[0].name == "*SELECT*",
            let plain = inner.converted(by: select.targets, columns)
        {
            return plain.withoutLateTargets(table, catalog)
        }
        guard isPlain(select) else { return nil }
        var late: [(place: Int, value: TypedExpression)] = []
        let needed = NeededColumns(select.targets.count)
        for (place, target) in select.targets.enumerated() where target.sees(writesTo: table, catalog) {
            let isSorted = order.contains {
                $0.value == target || $0.value.node == .outputColumn(place)
            }
            if isSorted || target.readsWholeRow { return nil }
            late.append((place, needed.rewriter.expression(target, role: "")))
            select.targets[place] = TypedExpression(.constant(.null), type: target.type)
        }
        if late.isEmpty { return nil }
        select.targets += needed.columns
        let hidden = needed.columns.map { OutputColumn(name: "", type: $0.type) }
        return (with(select, columns + hidden), late)
    }

    /// Whether each of its rows is one row of what it reads.
    private func isPlain(_ select: TypedSelect) -> Bool {
        guard select.distinct == nil, !select.isGrouped, select.groupBy.isEmpty, select.groupingSets == nil,
            select.having == nil, countWithTies == nil
        else { return false }
        return select.targets.allSatisfy { target in
            target.walk { node, _ in
                switch node.node {
                case .aggregate, .window: .stop
                default: .intoChildren
                }
            }
        }
    }

    /// The query with `conversions` of its columns as its targets.
    private func converted(by conversions: [TypedExpression], _ columns: [OutputColumn]) -> TypedQuery? {
        guard case .select(var select) = body, isPlain(select), order.isEmpty, conversions.count == select.targets.count
        else { return nil }
        let targets = select.targets
        var isOnce = true
        select.targets = conversions.enumerated().map { index, conversion in
            TypedRewriter(column: { reference in
                if reference.column != index { isOnce = false }
                return targets[reference.column]
            }).expression(conversion, role: "")
        }
        guard isOnce else { return nil }
        return with(select, columns)
    }

    private func with(_ select: TypedSelect, _ columns: [OutputColumn]) -> TypedQuery {
        TypedQuery(
            commonTables: commonTables, isRecursive: isRecursive, body: .select(select), columns: columns,
            order: order, limit: limit, offset: offset)
    }
}

/// Collects the columns that late values read, which become columns of the row that they are computed over.
private final class NeededColumns {
    private let first: Int
    private(set) var columns: [TypedExpression] = []

    init(_ first: Int) { self.first = first }

    var rewriter: TypedRewriter {
        var rewriter = TypedRewriter()
        rewriter.computed = { [self] value, depth in
            guard case .column(let reference) = value.node, reference.levelsUp == depth else { return nil }
            var own = value
            own.node = .column(ColumnReference(range: reference.range, column: reference.column))
            let known = columns.firstIndex(of: own)
            if known == nil { columns.append(own) }
            let place = first + (known ?? columns.count - 1)
            return TypedExpression(.column(ColumnReference(range: 0, column: place)), type: value.type)
        }
        return rewriter
    }
}

extension TypedExpression {
    fileprivate var readsWholeRow: Bool {
        !walk { node, _ in if case .wholeRow = node.node { .stop } else { .intoChildren } }
    }
}
