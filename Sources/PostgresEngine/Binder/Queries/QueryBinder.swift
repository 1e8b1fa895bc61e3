import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// A query under `parent`, which it may be correlated with. Untyped literals left in its output become text,
    /// unless whoever asks wants to type them.
    func bindQuery(_ statement: SelectStatement, parent: QueryScope?, resolveUnknowns: Bool = true)
        throws(PostgresError)
        -> TypedQuery
    {
        let scope = QueryScope(parent: parent)
        var tables: [TypedCommonTable] = []
        if let with = statement.with { tables = try bindCommonTables(with, in: scope) }
        let isRecursive = statement.with?.isRecursive ?? false
        switch statement.body {
        case .select(let select):
            return try bindSelect(
                select, statement, tables: tables, isRecursive: isRecursive, resolveUnknowns: resolveUnknowns,
                in: scope)
        case .values(let rows):
            if let lock = statement.locking.first {
                throw BindError.notImplemented("\(Self.lockName(lock)) cannot be applied to VALUES")
            }
            let (body, columns) = try bindValues(rows, in: scope)
            return try finish(statement, body, columns, tables: tables, isRecursive: isRecursive, in: scope)
        case .setOperation(let kind, let all, let left, let right):
            try refuseLocks(of: statement, with: "UNION/INTERSECT/EXCEPT")
            let (body, columns) = try bindSetOperation(kind, all: all, left, right, in: scope)
            return try finish(statement, body, columns, tables: tables, isRecursive: isRecursive, in: scope)
        }
    }

    // MARK: FOR UPDATE

    /// `for update nowait` as messages have it: `FOR UPDATE`.
    private static func lockName(_ lock: String) -> String {
        lock.replacing(" nowait", with: "").replacing(" skip locked", with: "").uppercased()
    }

    private func refuseLocks(of statement: SelectStatement, with what: String) throws(PostgresError) {
        guard let lock = statement.locking.first else { return }
        throw BindError.notImplemented("\(Self.lockName(lock)) is not allowed with \(what)")
    }

    /// Locking a table's rows takes the right to change them.
    private func bindLocks(
        of statement: SelectStatement, _ select: PlainSelect, isGrouped: Bool, in scope: QueryScope
    ) throws(PostgresError) {
        if statement.locking.isEmpty { return }
        if select.distinct != nil { try refuseLocks(of: statement, with: "DISTINCT clause") }
        if !select.groupBy.isEmpty { try refuseLocks(of: statement, with: "GROUP BY clause") }
        if select.having != nil { try refuseLocks(of: statement, with: "HAVING clause") }
        if isGrouped { try refuseLocks(of: statement, with: "aggregate functions") }
        if scope.hasWindows { try refuseLocks(of: statement, with: "window functions") }
        if scope.returnsSet {
            try refuseLocks(of: statement, with: "set-returning functions in the target list")
        }
        for (lock, names) in zip(statement.locking, statement.lockedTables) {
            for name in names where !scope.ranges.contains(where: { $0.name == name }) {
                throw PostgresError(
                    "42P01", "relation \"\(name)\" in \(Self.lockName(lock)) clause not found in FROM clause")
            }
            for index in scope.ranges.indices where names.isEmpty || names.contains(scope.ranges[index].name) {
                switch scope.ranges[index].source {
                case .table(let id), .view(let id, _):
                    accesses.append(TableAccess(relation: id, privilege: .update, checkedAs: checkedAs))
                    scope.ranges[index].isLocked = true
                default: continue
                }
            }
        }
    }

    /// ORDER BY and LIMIT of VALUES and set operations: only output columns can be sorted by.
    private func finish(
        _ statement: SelectStatement, _ body: TypedQuery.Body, _ columns: [OutputColumn], tables: [TypedCommonTable],
        isRecursive: Bool, in scope: QueryScope
    ) throws(PostgresError) -> TypedQuery {
        var order: [TypedSort] = []
        for item in statement.order {
            let value = try outputColumn(item.value, columns, body, in: scope)
            try requireOrdering(value)
            order.append(TypedSort(value, item))
        }
        let (limit, offset) = try bindLimit(statement, in: scope)
        return TypedQuery(
            commonTables: tables, isRecursive: isRecursive, body: body, columns: columns, order: order, limit: limit,
            offset: offset)
    }

    private func outputColumn(
        _ expression: Expression, _ columns: [OutputColumn], _ body: TypedQuery.Body, in scope: QueryScope
    )
        throws(PostgresError) -> TypedExpression
    {
        switch expression.node {
        case .constant(.integer(let position)):
            guard columns.indices.contains(Int(position) - 1) else {
                throw BindError.columnReference("ORDER BY position \(position) is not in select list")
            }
            return TypedExpression(.outputColumn(Int(position) - 1), type: columns[Int(position) - 1].type)
        case .constant: throw BindError.syntax("non-integer constant in ORDER BY")
        case .column(let names) where names.count == 1:
            let matches = columns.indices.filter { columns[$0].name == names[0] }
            if matches.count > 1 { throw PostgresError("42702", "ORDER BY \"\(names[0])\" is ambiguous") }
            if let index = matches.first { return TypedExpression(.outputColumn(index), type: columns[index].type) }
            throw BindError.undefinedColumn(
                names[0], qualifier: nil, hint: columnHint(names[0], qualifier: nil, scope))
        default: break
        }
        if case .values = body { throw PostgresError.notSupported("ORDER BY an expression over VALUES") }
        throw BindError.notImplemented(
            "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
            detail: "Only result column names can be used, not expressions or functions.",
            hint: "Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
    }

    func bindLimit(_ statement: SelectStatement, in scope: QueryScope) throws(PostgresError) -> (
        limit: TypedExpression?, offset: TypedExpression?
    ) {
        func bound(_ expression: Expression?, _ clause: Clause, _ name: String) throws(PostgresError)
            -> TypedExpression?
        {
            guard let expression else { return nil }
            if case .withTies(let count) = expression.node {
                let value = try bound(count, clause, name)
                return value.map { TypedExpression(.withTies($0), type: $0.type) }
            }
            scope.clause = clause
            let value = try toType(bind(expression, in: scope), .int8, name)
            if hasColumns(value) {
                throw BindError.columnReference("argument of \(name) must not contain variables")
            }
            return value
        }
        let offset = try bound(statement.offset, .offset, "OFFSET")
        return (try bound(statement.limit, .limit, "LIMIT"), offset)
    }

    private func bindValues(_ rows: [[Expression]], in scope: QueryScope) throws(PostgresError) -> (
        TypedQuery.Body, [OutputColumn]
    ) {
        scope.clause = .values
        var bound: [[TypedExpression]] = []
        for row in rows {
            bound.append(try bindList(row, in: scope))
            guard bound[bound.count - 1].count == bound[0].count else {
                throw BindError.syntax("VALUES lists must all be the same length")
            }
        }
        var columns: [OutputColumn] = []
        for column in bound[0].indices {
            let (values, type) = try unify(bound.map { $0[column] }, "VALUES")
            for row in bound.indices { bound[row][column] = values[row] }
            columns.append(OutputColumn(name: "column\(column + 1)", type: type))
        }
        return (.values(bound), columns)
    }

    // MARK: SELECT

    private func bindSelect(
        _ select: PlainSelect, _ statement: SelectStatement, tables: [TypedCommonTable], isRecursive: Bool,
        resolveUnknowns: Bool, in scope: QueryScope
    ) throws(PostgresError) -> TypedQuery {
        if let feature = select.unsupported { throw .notSupported(feature) }
        scope.windows = select.windows
        let from = try bindFrom(select.from, in: scope)
        scope.clause = .select
        let setsBefore = scope.setFunctionCount
        var targets = try bindTargets(select.targets, in: scope)
        scope.returnsSet = scope.setFunctionCount > setsBefore
        scope.clause = .filter
        let filter: TypedExpression? =
            if let filter = select.filter { try toBoolean(bind(filter, in: scope), "WHERE") } else { nil }
        scope.clause = .having
        let having: TypedExpression? =
            if let having = select.having { try toBoolean(bind(having, in: scope), "HAVING") } else { nil }
        var order: [TypedSort] = []
        for item in statement.order {
            let value = try bindSortKey(item.value, "ORDER BY", .orderBy, &targets, in: scope)
            try requireOrdering(value)
            order.append(TypedSort(value, item))
        }
        var groupBy: [TypedExpression] = []
        for item in select.groupBy.flatMap(\.groupingItems) {
            let value = try bindSortKey(item, "GROUP BY", .groupBy, &targets, in: scope)
            try requireEquality(value)
            if !groupBy.contains(value) { groupBy.append(value) }
        }
        let sets = try bindGroupingSets(select.groupingSets, among: groupBy, &targets, in: scope)
        let distinct = try bindDistinctClause(select.distinct, order, &targets, in: scope)
        let (limit, offset) = try bindLimit(statement, in: scope)
        try checkWindows(in: scope)
        for index in targets.indices where resolveUnknowns {
            targets[index].value = try toTextIfUnknown(targets[index].value)
        }
        let isGrouped =
            scope.hasAggregates || scope.hasGrouping || !groupBy.isEmpty || sets != nil || having != nil
        if isGrouped {
            var checked = targets.map(\.value) + order.map(\.value)
            if case .on(let keys) = distinct { checked += keys }
            let always = groupBy.indices.filter { key in sets?.allSatisfy { $0.contains(key) } ?? true }
            try checkGrouping(
                checked + (having.map { [$0] } ?? []), groupBy: groupBy, always: always.map { groupBy[$0] }, in: scope)
        }
        try bindLocks(of: statement, select, isGrouped: isGrouped, in: scope)
        var body = TypedSelect(
            distinct: distinct, targets: targets.map(\.value), ranges: scope.ranges, from: from, filter: filter,
            groupBy: groupBy, having: having, isGrouped: isGrouped)
        body.groupingSets = sets
        return TypedQuery(
            commonTables: tables, isRecursive: isRecursive, body: .select(body),
            columns: targets.map { OutputColumn(name: $0.column.name, type: $0.value.type) }, order: order,
            limit: limit, offset: offset)
    }

    /// Each grouping set as positions among the keys.
    private func bindGroupingSets(
        _ sets: [[Expression]]?, among keys: [TypedExpression], _ targets: inout [TypedTarget], in scope: QueryScope
    ) throws(PostgresError) -> [[Int]]? {
        guard let sets else { return nil }
        var bound: [[Int]] = []
        for set in sets {
            var positions: [Int] = []
            for item in set.flatMap(\.groupingItems) {
                let value = try bindSortKey(item, "GROUP BY", .groupBy, &targets, in: scope)
                if let position = keys.firstIndex(of: value), !positions.contains(position) {
                    positions.append(position)
                }
            }
            bound.append(positions)
        }
        return bound
    }

    /// DISTINCT sorts whole rows: what ORDER BY names must be among the outputs.
    private func bindDistinctClause(
        _ distinct: PlainSelect.Distinct?, _ order: [TypedSort], _ targets: inout [TypedTarget], in scope: QueryScope
    ) throws(PostgresError) -> TypedSelect.Distinct? {
        switch distinct {
        case nil: return nil
        case .all:
            for sort in order where !targets.contains(where: { $0.value == sort.value }) {
                throw BindError.columnReference(
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
            }
            for index in targets.indices {
                targets[index].value = try toTextIfUnknown(targets[index].value)
                try requireEquality(targets[index].value)
            }
            return .all
        case .on(let expressions):
            var keys: [TypedExpression] = []
            for expression in expressions {
                let key = try bindSortKey(expression, "DISTINCT ON", .distinctOn, &targets, in: scope)
                if !keys.contains(key) { keys.append(key) }
            }
            // ORDER BY must begin with the keys, in any order.
            var isPast = false
            for sort in order {
                if !keys.contains(sort.value) { isPast = true } else if isPast { throw distinctOrder }
            }
            for key in keys where !order.contains(where: { $0.value == key }) {
                if isPast { throw distinctOrder }
                try requireEquality(key)
            }
            return .on(keys)
        }
    }

    private var distinctOrder: PostgresError {
        BindError.columnReference("SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
    }

    /// An item of ORDER BY, GROUP BY or DISTINCT ON: an output's name or position, else an expression. GROUP BY takes
    /// an input column of that name first.
    private func bindSortKey(
        _ expression: Expression, _ clauseName: String, _ clause: Clause, _ targets: inout [TypedTarget],
        in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        scope.clause = clause
        var match: Int?
        switch expression.node {
        case .column(let names) where names.count == 1:
            if clause == .groupBy, try findColumn(names[0], in: scope, onlyHere: true) != nil { break }
            for index in targets.indices where targets[index].column.name == names[0] {
                if let known = match, targets[known].value != targets[index].value {
                    throw PostgresError("42702", "\(clauseName) \"\(names[0])\" is ambiguous")
                }
                match = match ?? index
            }
        case .constant(.integer(let position)):
            match = Int(position) - 1
            if !targets.indices.contains(Int(position) - 1) {
                throw BindError.columnReference("\(clauseName) position \(position) is not in select list")
            }
        case .constant: throw BindError.syntax("non-integer constant in \(clauseName)")
        default: break
        }
        guard let match else { return try toTextIfUnknown(bind(expression, in: scope)) }
        targets[match].value = try toTextIfUnknown(targets[match].value)
        if clause == .groupBy { try refuseAggregates(targets[match].value, clauseName) }
        return targets[match].value
    }

    private func refuseAggregates(_ value: TypedExpression, _ clause: String) throws(PostgresError) {
        var problem: PostgresError?
        value.walk { node, depth in
            switch node.node {
            case .aggregate where depth == 0:
                problem = BindError.grouping("aggregate functions are not allowed in \(clause)")
                return .stop
            case .window where depth == 0:
                problem = BindError.windowing("window functions are not allowed in \(clause)")
                return .stop
            default: return .intoChildren
            }
        }
        if let problem { throw problem }
    }
}

extension Expression {
    /// `GROUP BY (a, b)` means a and b.
    fileprivate var groupingItems: [Expression] {
        if case .row(let fields) = node { fields.flatMap(\.groupingItems) } else { [self] }
    }
}
