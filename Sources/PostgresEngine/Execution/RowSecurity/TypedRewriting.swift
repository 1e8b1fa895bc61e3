import PostgresSyntax
import PostgresTypes

/// Rebuilds bound trees with something replaced in them: columns of a view by what they stand for, tables by what a
/// role may see of them.
///
/// `depth` counts the query levels between the level that columns are replaced for and the node at hand.
struct TypedRewriter {
    /// What stands for a column whose `levelsUp` leads to the level rewritten for; nil leaves it. The replacement is
    /// written for that level and moved to where it is needed.
    var column: (ColumnReference) -> TypedExpression? = { _ in nil }
    /// As `column`, for a row as a whole.
    var wholeRow: (_ range: Int) -> TypedExpression? = { _ in nil }
    /// The number a range of the level rewritten for gets.
    var renumbered: (Int) -> Int = { $0 }
    /// Query levels added to every reference that leaves the tree: what moving it further in asks for.
    var shift = 0
    /// What stands for a source of rows; `role` is whose rights it is read with.
    var source: (RangeEntry, _ role: String) -> RangeEntry.Source = { entry, _ in entry.source }
    /// What stands for a whole subquery of the level rewritten for; nil goes into it.
    var subquery: (TypedQuery) -> TypedQuery? = { _ in nil }
    /// What becomes of a condition on the rows of a query, once its ranges have been rewritten.
    var condition: (TypedExpression) -> TypedExpression = { $0 }
    /// Whose rights views are read with, nil for their reader's.
    var viewOwner: (RelationID) -> String? = { _ in nil }

    /// What stands for an expression that is computed at the level rewritten for, where it does not go into it.
    var computed: (_ value: TypedExpression, _ depth: Int) -> TypedExpression? = { _, _ in nil }

    // MARK: Expressions

    func expression(_ value: TypedExpression, depth: Int = 0, role: String) -> TypedExpression {
        if let replacement = computed(value, depth) { return moved(replacement, by: depth) }
        func go(_ value: TypedExpression) -> TypedExpression { expression(value, depth: depth, role: role) }
        func go(_ value: TypedExpression?) -> TypedExpression? { value.map(go) }
        func go(_ values: [TypedExpression]) -> [TypedExpression] { values.map(go) }
        func go(_ sorts: [TypedSort]) -> [TypedSort] {
            sorts.map { TypedSort(go($0.value), isDescending: $0.isDescending, nullsFirst: $0.nullsFirst) }
        }
        func go(_ node: AggregateNode) -> AggregateNode {
            AggregateNode(
                function: node.function, arguments: go(node.arguments), isStar: node.isStar,
                isDistinct: node.isDistinct, order: go(node.order), filter: go(node.filter),
                levelsUp: node.levelsUp > 0 && node.levelsUp >= depth ? node.levelsUp + shift : node.levelsUp)
        }
        var result = value
        switch value.node {
        case .constant, .parameter, .session, .outputColumn: break
        case .column(let reference):
            guard reference.levelsUp >= depth else { break }
            var moving = reference
            if reference.levelsUp == depth {
                moving.levelsUp = 0
                if let replacement = column(moving) { return moved(replacement, by: depth) }
                moving.range = renumbered(moving.range)
            }
            moving.levelsUp = reference.levelsUp + shift
            result.node = .column(moving)
        case .wholeRow(let levelsUp, let range):
            guard levelsUp >= depth else { break }
            if levelsUp == depth, let replacement = wholeRow(range) { return moved(replacement, by: depth) }
            result.node = .wholeRow(
                levelsUp: levelsUp + shift, range: levelsUp == depth ? renumbered(range) : range)
        case .call(let call):
            var changed = call
            changed.arguments = go(call.arguments)
            result.node = .call(changed)
        case .operation(let node, let left, let right): result.node = .operation(node, left: go(left), right: go(right))
        case .anyAll(let node, let left, let array, let isAll):
            result.node = .anyAll(node, left: go(left), array: go(array), isAll: isAll)
        case .inList(let node, let left, let items, let negated):
            result.node = .inList(node, go(left), go(items), negated: negated)
        case .and(let items): result.node = .and(go(items))
        case .or(let items): result.node = .or(go(items))
        case .not(let item): result.node = .not(go(item))
        case .isNull(let item, let negated): result.node = .isNull(go(item), negated: negated)
        case .isTruth(let item, let test, let negated): result.node = .isTruth(go(item), test, negated: negated)
        case .isDistinct(let node, let left, let right, let negated):
            result.node = .isDistinct(node, go(left), go(right), negated: negated)
        case .nullIf(let node, let left, let right): result.node = .nullIf(node, go(left), go(right))
        case .caseWhen(let branches, let otherwise):
            result.node = .caseWhen(
                branches.map { TypedBranch(condition: go($0.condition), result: go($0.result)) },
                otherwise: go(otherwise))
        case .coalesce(let items): result.node = .coalesce(go(items))
        case .extremum(let items, let isGreatest): result.node = .extremum(go(items), isGreatest: isGreatest)
        case .array(let items): result.node = .array(go(items))
        case .row(let items): result.node = .row(go(items))
        case .grouping(let items): result.node = .grouping(go(items))
        case .rowComparison(let symbol, let nodes, let left, let right):
            result.node = .rowComparison(symbol: symbol, nodes, go(left), go(right))
        case .subquery(let subquery):
            let kind: TypedSubquery.Kind =
                switch subquery.kind {
                case .any(let nodes, let left): .any(nodes, go(left))
                case .all(let nodes, let left): .all(nodes, go(left))
                case .scalar, .exists, .array: subquery.kind
                }
            let replaced = depth == 0 ? self.subquery(subquery.query) : nil
            result.node = .subquery(
                TypedSubquery(kind: kind, query: replaced ?? query(subquery.query, depth: depth + 1, role: role)))
        case .element(let item, let subscripts): result.node = .element(go(item), go(subscripts))
        case .slice(let item, let bounds): result.node = .slice(go(item), bounds.map { $0.map(go) })
        case .withPart(let container, let part, let item):
            result.node = .withPart(go(container), part.map(go), value: go(item))
        case .field(let item, let position): result.node = .field(go(item), position)
        case .aggregate(let node): result.node = .aggregate(go(node))
        case .window(let window):
            result.node = .window(
                WindowNode(
                    call: go(window.call), partition: go(window.partition), order: go(window.order),
                    frame: window.frame.map { $0.map(go) }))
        case .coercion(let step, let item, let isExplicit):
            result.node = .coercion(step, go(item), isExplicit: isExplicit)
        case .collate(let item, let name): result.node = .collate(go(item), name)
        case .withTies(let count): result.node = .withTies(go(count))
        }
        return result
    }

    /// An expression of one level as it reads from `levels` further in.
    private func moved(_ value: TypedExpression, by levels: Int) -> TypedExpression {
        levels == 0 ? value : TypedRewriter(shift: levels).expression(value, role: "")
    }

    // MARK: Queries

    func query(_ query: TypedQuery, depth: Int = 0, role: String) -> TypedQuery {
        func go(_ value: TypedExpression) -> TypedExpression { expression(value, depth: depth, role: role) }
        func inner(_ value: TypedQuery) -> TypedQuery { self.query(value, depth: depth + 1, role: role) }
        let commonTables = query.commonTables.map { table in
            var changed = table
            changed.query = inner(table.query)
            return changed
        }
        let body: TypedQuery.Body
        switch query.body {
        case .values(let rows): body = .values(rows.map { $0.map(go) })
        case .setOperation(let operation, let all, let left, let right):
            body = .setOperation(operation, all: all, left: inner(left), right: inner(right))
        case .select(let select):
            var changed = select
            if case .on(let keys) = select.distinct { changed.distinct = .on(keys.map(go)) }
            changed.targets = select.targets.map(go)
            changed.ranges = select.ranges.map { range($0, depth: depth, role: role) }
            changed.from = select.from.map { from($0, depth: depth, role: role) }
            changed.filter = select.filter.map { condition(go($0)) }
            changed.groupBy = select.groupBy.map(go)
            changed.having = select.having.map(go)
            body = .select(changed)
        }
        return TypedQuery(
            commonTables: commonTables, isRecursive: query.isRecursive, body: body, columns: query.columns,
            order: query.order.map {
                TypedSort(go($0.value), isDescending: $0.isDescending, nullsFirst: $0.nullsFirst)
            },
            limit: query.limit.map(go), offset: query.offset.map(go))
    }

    func range(_ entry: RangeEntry, depth: Int = 0, role: String) -> RangeEntry {
        var changed = entry
        switch source(entry, role) {
        case .view(let id, let view):
            // A view's query is bound by itself: it reaches nothing outside.
            changed.source = .view(id, query(view, depth: .max / 2, role: viewOwner(id) ?? role))
        case .subquery(let subquery, let isLateral):
            if case .table = entry.source {
                changed.source = .subquery(subquery, isLateral: isLateral)
            } else {
                changed.source = .subquery(query(subquery, depth: depth + 1, role: role), isLateral: isLateral)
            }
        case .functions(let calls, let withOrdinality):
            let rewritten = calls.map { call -> FunctionCallNode in
                var changed = call
                changed.arguments = call.arguments.map { expression($0, depth: depth, role: role) }
                return changed
            }
            changed.source = .functions(rewritten, withOrdinality: withOrdinality)
        case let other: changed.source = other
        }
        return changed
    }

    func from(_ item: TypedFrom, depth: Int = 0, role: String) -> TypedFrom {
        switch item {
        case .range: item
        case .join(let kind, let left, let right, let condition):
            .join(
                kind, left: from(left, depth: depth, role: role), right: from(right, depth: depth, role: role),
                condition: condition.map { self.condition(expression($0, depth: depth, role: role)) })
        }
    }
}
