import PostgresSyntax
import PostgresTypes
import SQLite

/// Queries. Every generated query names its output columns c0, c1 …, whatever Postgres calls them.
extension Generation {
    /// - Parameter heapOrder: whether rows without an order of their own are seen by the user, and so come as they
    ///   were written.
    func query(_ query: TypedQuery, heapOrder: HeapOrder? = nil) throws(PostgresError) -> String {
        let outer = (omittedKeys, replacements)
        (omittedKeys, replacements) = ([], [])
        defer { (omittedKeys, replacements) = outer }
        return try inScope(Scope()) { () throws(PostgresError) in
            let query = try query.withoutOuterAggregates()
            let with = try commonTables(query, heapOrder)
            return try with + body(of: query, heapOrder)
        }
    }

    /// The outermost query: a `record` leaves the statement as its text, because only it knows its shape.
    func withRecordsAsText(_ text: String, columns: [OutputColumn]) -> String {
        guard columns.contains(where: \.type.type.isAnonymous) else { return text }
        let alias = newAlias("s")
        let items = columns.enumerated().map { index, column in
            let value = "\(alias).c\(index)"
            return column.type.type.isAnonymous ? typed("record text", [value], [column.type], column.type) : value
        }
        return "SELECT \(columnList(items)) FROM (\(text)) AS \(alias)"
    }

    private func body(of query: TypedQuery, _ heapOrder: HeapOrder?) throws(PostgresError) -> String {
        switch query.body {
        case .select(let select):
            let isUnordered = query.order.isEmpty && select.keepsOrderOfSource
            return try self.select(select, in: query, isUnordered ? heapOrder : nil)
        case .values(let rows):
            let text = try values(rows)
            guard !query.order.isEmpty || query.limit != nil || query.offset != nil else { return text }
            return try sorted(text, query)
        case .setOperation(let kind, let all, let left, let right):
            let text = try setOperation(kind, all: all, left, right, types: query.columns.map(\.type))
            guard !query.order.isEmpty || query.limit != nil || query.offset != nil else { return text }
            return try sorted(text, query)
        }
    }

    /// `SELECT c0, c1 … FROM (text) ORDER BY … LIMIT …`: for bodies whose ORDER BY can only see output columns.
    private func sorted(_ text: String, _ query: TypedQuery) throws(PostgresError) -> String {
        let alias = newAlias("s")
        let columns = query.columns.indices.map { "\(alias).c\($0)" }
        scopes[scopes.count - 1].outputColumns = columns
        let order = try orderBy(query.order)
        let clauses = " FROM (\(text)) AS \(alias)"
        if let count = query.countWithTies { return try withTies(count, columns, clauses, order: order, query) }
        return "SELECT \(columnList(columns))" + clauses + order + (try limits(query))
    }

    /// `a AS c0, b AS c1 …`; a query without columns has a constant one, because SQLite needs one.
    func columnList(_ columns: [String]) -> String {
        if columns.isEmpty { return "1" }
        return columns.enumerated().map { "\($0.element) AS c\($0.offset)" }.joined(separator: ", ")
    }

    // MARK: WITH

    private func commonTables(_ query: TypedQuery, _ heapOrder: HeapOrder?) throws(PostgresError) -> String {
        guard !query.commonTables.isEmpty else { return "" }
        var parts: [String] = []
        for table in query.commonTables {
            // With a blank in it, so that it hides no table of the user.
            let alias = newAlias("with ").quotedName
            // A recursive table sees itself; otherwise only the ones before it.
            if query.isRecursive { scopes[scopes.count - 1].commonTables[table.name] = alias }
            let order = query.isInOrder(of: table) ? heapOrder : nil
            let inner = try table.expanded(catalog)
            let text = try query.isRecursive ? recursiveQuery(inner) : self.query(inner, heapOrder: order)
            scopes[scopes.count - 1].commonTables[table.name] = alias
            let names = table.columns.indices.map { "c\($0)" }.joined(separator: ", ")
            parts.append("\(alias)(\(names.isEmpty ? "c0" : names)) AS (\(text))")
        }
        return "WITH " + (query.isRecursive ? "RECURSIVE " : "") + parts.joined(separator: ", ") + " "
    }

    /// The query of a common table that may refer to itself. SQLite wants to see such a UNION as it is, so its rows
    /// are told apart by their bytes, without collations.
    private func recursiveQuery(_ query: TypedQuery) throws(PostgresError) -> String {
        guard case .setOperation(.union, let all, let left, let right) = query.body, query.order.isEmpty,
            query.limit == nil, query.offset == nil, query.commonTables.isEmpty
        else { return try self.query(query) }
        return try inScope(Scope()) { () throws(PostgresError) in
            let count = query.columns.count
            return try arm(left, isLeft: true, [], count: count) + (all ? " UNION ALL " : " UNION ")
                + arm(right, isLeft: false, [], count: count)
        }
    }

    // MARK: SELECT

    private func select(
        _ select: TypedSelect, in query: TypedQuery, _ heapOrder: HeapOrder?
    ) throws(PostgresError) -> String {
        if let sets = select.groupingSets { return try groupedBySets(select, sets, in: query) }
        let inner = heapOrder == .byScan && !select.rangeColumns.isEmpty ? .bySort : heapOrder
        var ranges: [Int: RangeSource] = [:]
        var from = try openRanges(select, heapOrder: inner, &ranges)
        let known = replacements
        defer { replacements = known }
        try addSetReturningTargets(select, to: &from)
        var targets = try texts(select.targets)
        if select.distinct != nil {
            for (index, target) in select.targets.enumerated() { targets[index] += try equalityCollation(target) }
        }
        var clauses = from.isEmpty ? "" : " FROM \(from)"
        // The checks first: SQLite looks at what no row decides before any row, in this order.
        var conditions = try frameChecks(select.targets + query.order.map(\.value))
        if let filter = select.filter {
            let text = try self.filter(filter)
            conditions.append(conditions.isEmpty ? text : "(\(text))")
        }
        if !conditions.isEmpty { clauses += " WHERE " + conditions.joined(separator: " AND ") }
        if !select.groupBy.isEmpty {
            var keys: [String] = []
            for key in select.groupBy { keys.append(try groupingKey(key)) }
            clauses += " GROUP BY " + keys.joined(separator: ", ")
        }
        if let having = select.having { clauses += " HAVING \(try condition(having))" }

        switch select.distinct {
        case .on(let keys): return try distinctOn(keys, targets: targets, clauses: clauses, query)
        case .all where query.countWithTies != nil:
            let order = query.order.map { sort in
                guard let position = select.targets.firstIndex(of: sort.value) else { return sort }
                let column = TypedExpression(.outputColumn(position), type: sort.value.type)
                return TypedSort(column, isDescending: sort.isDescending, nullsFirst: sort.nullsFirst)
            }
            let distinct = TypedQuery(
                body: query.body, columns: query.columns, order: order, limit: query.limit, offset: query.offset)
            return try sorted("SELECT DISTINCT \(columnList(targets))\(clauses)", distinct)
        case .all:
            let order = try orderBy(query.order, targets: select.targets)
            return "SELECT DISTINCT \(columnList(targets))\(clauses)\(order)" + (try limits(query))
        case nil:
            if let count = query.countWithTies {
                return try withTies(count, targets, clauses, order: orderBy(query.order), query)
            }
            var order = try orderBy(query.order, targets: select.targets)
            if let heapOrder { order = self.heapOrder(select, ranges, heapOrder) }
            return "SELECT \(columnList(targets))\(clauses)\(order)" + (try limits(query))
        }
    }

    /// Puts the ranges of a query in reach and writes its FROM.
    func openRanges(_ select: TypedSelect) throws(PostgresError) -> String {
        var ranges: [Int: RangeSource] = [:]
        return try openRanges(select, heapOrder: nil, &ranges)
    }

    private func openRanges(
        _ select: TypedSelect, heapOrder: HeapOrder?, _ ranges: inout [Int: RangeSource]
    ) throws(PostgresError) -> String {
        let isCollecting = collects(select)
        ranges = try rangeTexts(select.ranges, heapOrder: isCollecting ? .bySort : heapOrder)
        scopes[scopes.count - 1].collectingOrder = isCollecting ? collectingOrder(select, ranges) : nil
        if readsInOrder(select), let source = ranges[0] {
            // What an index holds would be read in the index's order.
            ranges[0] = RangeSource(table: "\(source.table) NOT INDEXED", text: source.text)
        }
        scopes[scopes.count - 1].ranges = ranges.mapValues(\.text)
        for range in select.from.reduce(into: Set<Int>(), { $0.formUnion($1.nullableRanges) }) {
            scopes[scopes.count - 1].ranges[range]?.isNullable = true
        }
        scopes[scopes.count - 1].entries = select.ranges
        return try fromClause(select.from, ranges)
    }

    /// FETCH FIRST … WITH TIES: what ranks no lower than the last row that is counted.
    private func withTies(
        _ count: TypedExpression, _ targets: [String], _ clauses: String, order: String, _ query: TypedQuery
    ) throws(PostgresError) -> String {
        let alias = newAlias("s")
        let columns = targets.indices.map { "\(alias).c\($0)" }
        let window = "OVER (\(order.dropFirst()))"
        let limit = try limitValue(count, "ties")
        let offset = try query.offset.map { (offset) throws(PostgresError) in try limitValue(offset, "offset") } ?? "0"
        return "SELECT \(columnList(columns)) FROM (SELECT \(columnList(targets)), rank() \(window) AS k, "
            + "row_number() \(window) AS n\(clauses)) AS \(alias) "
            + "WHERE \(alias).k <= \(offset) + \(limit) AND \(alias).n > \(offset) AND \(limit) > 0 ORDER BY \(alias).n"
    }

    /// The first row of every group that DISTINCT ON names, in the order of ORDER BY.
    private func distinctOn(
        _ keys: [TypedExpression], targets: [String], clauses: String, _ query: TypedQuery
    ) throws(PostgresError) -> String {
        var partition: [String] = []
        for key in keys { partition.append(try expression(key) + equalityCollation(key)) }
        let order = try orderBy(query.order)
        guard query.countWithTies == nil else { throw .notSupported("DISTINCT ON with WITH TIES") }
        let alias = newAlias("s")
        let number = "row_number() OVER (PARTITION BY \(partition.joined(separator: ", "))\(order)) AS n"
        let position = order.isEmpty ? "" : ", row_number() OVER (\(order.dropFirst())) AS o"
        let columns = targets.indices.map { "\(alias).c\($0)" }
        return "SELECT \(columnList(columns)) FROM (SELECT \(columnList(targets)), \(number)\(position)\(clauses)) "
            + "AS \(alias) WHERE \(alias).n = 1" + (order.isEmpty ? "" : " ORDER BY \(alias).o") + (try limits(query))
    }

    /// A bare integer would be a position to SQLite.
    func groupingKey(_ key: TypedExpression) throws(PostgresError) -> String {
        if case .constant(let value) = key.node { return "(SELECT \(bind(.constant(value))))" }
        return try expression(key) + equalityCollation(key)
    }

    // MARK: ORDER BY, LIMIT

    /// ` ORDER BY …`, empty without keys.
    /// - Parameter targets: the output columns; a key equal to one is sorted by its name, as DISTINCT requires.
    func orderBy(_ order: [TypedSort], targets: [TypedExpression] = []) throws(PostgresError) -> String {
        var keys: [String] = []
        for sort in order {
            if case .constant = sort.value.node { continue }
            keys.append(try sortKey(sort, targets: targets))
        }
        return keys.isEmpty ? "" : " ORDER BY " + keys.joined(separator: ", ")
    }

    private func sortKey(_ sort: TypedSort, targets: [TypedExpression]) throws(PostgresError) -> String {
        let text: String
        if let position = targets.firstIndex(of: sort.value), !isEnumeration(sort.value.type.type) {
            text = "c\(position)" + (try orderCollation(sort.value))
        } else {
            text = try orderable(sort.value)
        }
        return text + (sort.isDescending ? " DESC" : " ASC") + (sort.nullsFirst ? " NULLS FIRST" : " NULLS LAST")
    }

    func limits(_ query: TypedQuery) throws(PostgresError) -> String {
        guard query.countWithTies == nil else { throw .notSupported("WITH TIES in this place") }
        guard query.limit != nil || query.offset != nil else { return "" }
        var text = " LIMIT "
        if let limit = query.limit { text += try limitValue(limit, "limit") } else { text += "-1" }
        if let offset = query.offset { text += " OFFSET " + (try limitValue(offset, "offset")) }
        return text
    }

    /// SQLite takes a negative LIMIT for none; Postgres refuses it and takes NULL for none.
    private func limitValue(_ value: TypedExpression, _ clause: String) throws(PostgresError) -> String {
        if case .constant(.integer(let number)) = value.node, number >= 0 { return "\(number)" }
        return "\"\(clause) rows\"(\(try expression(value)))"
    }

    // MARK: VALUES and set operations

    private func values(_ rows: [[TypedExpression]]) throws(PostgresError) -> String {
        var texts: [String] = []
        for (index, row) in rows.enumerated() {
            var items: [String] = []
            for value in row { items.append(try expression(value)) }
            texts.append("SELECT " + (index == 0 ? columnList(items) : items.joined(separator: ", ")))
        }
        guard rows.count > 400 else { return texts.joined(separator: " UNION ALL ") }
        // SQLite allows 500 arms of a compound.
        var chunks: [String] = []
        var start = 0
        while start < texts.count {
            let part = texts[start..<min(start + 400, texts.count)].joined(separator: " UNION ALL ")
            chunks.append("SELECT * FROM (\(part))")
            start += 400
        }
        return chunks.joined(separator: " UNION ALL ")
    }

    private func setOperation(
        _ kind: SetOperator, all: Bool, _ left: TypedQuery, _ right: TypedQuery, types: [TypeReference]
    ) throws(PostgresError) -> String {
        let collations = try types.map { (type) throws(PostgresError) in try equalityCollation(type.type) }
        if all && kind != .union {
            // Numbering equal rows makes the n-th copy on one side meet the n-th on the other.
            let keyword = kind == .intersect ? "INTERSECT" : "EXCEPT"
            let numbered = try [left, right].map { (side) throws(PostgresError) -> String in
                let alias = newAlias("s")
                let keys = collations.enumerated().map { "\(alias).c\($0.offset)\($0.element)" }
                let list = keys.enumerated().map { "\($0.element) AS c\($0.offset)" }.joined(separator: ", ")
                let partition = keys.joined(separator: ", ")
                return "SELECT \(list), row_number() OVER (PARTITION BY \(partition)) AS n FROM "
                    + "(\(try query(side))) AS \(alias)"
            }
            let alias = newAlias("s")
            return "SELECT \(columnList(types.indices.map { "\(alias).c\($0)" })) FROM "
                + "(\(numbered.joined(separator: " \(keyword) "))) AS \(alias)"
        }
        let keyword =
            switch kind {
            case .union: all ? "UNION ALL" : "UNION"
            case .intersect: "INTERSECT"
            case .except: "EXCEPT"
            }
        let needsCollation = !all && collations.contains { !$0.isEmpty }
        if kind == .union && needsCollation {
            // Of values that are equal but look different, Postgres keeps the first and SQLite's UNION the last.
            let alias = newAlias("s")
            let columns = types.indices.map { "\(alias).c\($0)\(collations[$0])" }
            let both = try setOperation(kind, all: true, left, right, types: types)
            return "SELECT DISTINCT \(columnList(columns)) FROM (\(both)) AS \(alias)"
        }
        return try arm(left, isLeft: true, needsCollation ? collations : [], count: types.count) + " \(keyword) "
            + arm(right, isLeft: false, needsCollation ? collations : [], count: types.count)
    }

    /// One side of a set operation. SQLite has no parentheses there and reads from left to right.
    private func arm(
        _ side: TypedQuery, isLeft: Bool, _ collations: [String], count: Int
    ) throws(PostgresError) -> String {
        let isBare = side.commonTables.isEmpty && side.order.isEmpty && side.limit == nil && side.offset == nil
        var isPlain = isBare && collations.isEmpty
        switch side.body {
        case .select(let select): if case .on = select.distinct { isPlain = false }
        case .values: isPlain = false
        case .setOperation(_, let all, _, _):
            if !isLeft || all { isPlain = false }
            for column in side.columns where try !equalityCollation(column.type.type).isEmpty { isPlain = false }
        }
        let text = try query(side)
        if isPlain { return text }
        let alias = newAlias("s")
        let columns = (0..<count).map { "\(alias).c\($0)" + (collations.isEmpty ? "" : collations[$0]) }
        return "SELECT \(columnList(columns)) FROM (\(text)) AS \(alias)"
    }
}
