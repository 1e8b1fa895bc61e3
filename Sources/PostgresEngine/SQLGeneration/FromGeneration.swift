import PostgresSyntax
import PostgresTypes
import SQLite

/// FROM: tables, subqueries, functions and joins.
extension Generation {
    struct RangeSource {
        /// The table or subquery with its alias.
        let table: String
        let text: RangeText
    }

    /// The SQL of every range. Aliases are handed out first, so that lateral references find them.
    func rangeTexts(
        _ entries: [RangeEntry], heapOrder: HeapOrder? = nil
    ) throws(PostgresError) -> [Int: RangeSource] {
        var result: [Int: RangeSource] = [:]
        for (index, entry) in entries.enumerated() {
            let source = try rangeSource(entry, heapOrder)
            result[index] = source
            scopes[scopes.count - 1].ranges[index] = source.text
        }
        return result
    }

    private func rangeSource(
        _ entry: RangeEntry, _ heapOrder: HeapOrder?
    ) throws(PostgresError) -> RangeSource {
        let alias = newAlias("r")
        let numbered = entry.columns.indices.map { "\(alias).c\($0)" }
        switch entry.source {
        case .table(let id), .excluded(let id):
            guard let relation = catalog[id] else {
                throw PostgresError("XX000", "relation with OID \(id.oid) does not exist")
            }
            var text = RangeText(columns: relation.columns.map { "\(alias).\($0.name.quotedName)" }, entry: entry)
            if relation.table != nil { text.rowNumber = "\(alias).\"#row\"" }
            return RangeSource(table: "\(relation.storageName.quotedName) AS \(alias)", text: text)
        case .view(_, let query):
            let text = try self.query(query, heapOrder: heapOrder)
            return RangeSource(table: "(\(text)) AS \(alias)", text: RangeText(columns: numbered, entry: entry))
        case .subquery(let query, let isLateral):
            guard isLateral && query.refersToSiblings else {
                let text = try self.query(query, heapOrder: heapOrder)
                return RangeSource(table: "(\(text)) AS \(alias)", text: RangeText(columns: numbered, entry: entry))
            }
            // A subquery in FROM cannot see its siblings in SQLite, but an argument of json_each can.
            let inner = newAlias("s")
            let columns = query.columns.indices.map { "\(inner).c\($0)" }.joined(separator: ", ")
            let rows = "(SELECT \"rows of\"(\(columns)) FROM (\(try self.query(query))) AS \(inner))"
            return rowsSource(rows, alias: alias, entry: entry, withOrdinality: false)
        case .commonTable(let name, let levelsUp):
            guard let table = commonTable(name, levelsUp: levelsUp) else {
                throw PostgresError("XX000", "common table \(name) is out of reach")
            }
            return RangeSource(table: "\(table) AS \(alias)", text: RangeText(columns: numbered, entry: entry))
        case .step(let number):
            return rowsSource(bind(.step(number)), alias: alias, entry: entry, withOrdinality: false)
        case .functions(let calls, let withOrdinality):
            return try functionSource(calls, alias: alias, entry: entry, withOrdinality: withOrdinality)
        case .xmlTable: throw .notSupported("XMLTABLE")
        }
    }

    private func commonTable(_ name: String, levelsUp: Int) -> String? {
        scopes.dropLast(min(levelsUp, scopes.count)).last { $0.commonTables[name] != nil }?.commonTables[name]
            ?? scopes.last { $0.commonTables[name] != nil }?.commonTables[name]
    }

    // MARK: Functions in FROM

    private func functionSource(
        _ calls: [FunctionCallNode], alias: String, entry: RangeEntry, withOrdinality: Bool
    ) throws(PostgresError) -> RangeSource {
        let columns = withOrdinality ? Array(entry.columns.dropLast()) : entry.columns
        if calls.count == 1 {
            let rows = try rowsExpression(calls[0], columns: columns)
            return rowsSource(rows, alias: alias, entry: entry, withOrdinality: withOrdinality)
        }
        // ROWS FROM: side by side, the shorter ones filled with NULLs.
        var rest = columns[...]
        var parts: [String] = []
        for call in calls {
            let width = max(1, rest.count - (calls.count - parts.count - 1))
            let own = calls.count == columns.count ? Array(rest.prefix(1)) : Array(rest.prefix(width))
            rest = rest.dropFirst(own.count)
            parts.append("\(own.count)")
            parts.append(try rowsExpression(call, columns: own))
        }
        guard calls.count == columns.count else {
            throw .notSupported("ROWS FROM with functions of several columns")
        }
        let zipped = "\"rows beside\"(\(parts.joined(separator: ", ")))"
        return rowsSource(zipped, alias: alias, entry: entry, withOrdinality: withOrdinality)
    }

    /// `json_each` over a JSON array of rows: bare values for one column, arrays for several.
    private func rowsSource(
        _ rows: String, alias: String, entry: RangeEntry, withOrdinality: Bool
    ) -> RangeSource {
        let columns = withOrdinality ? Array(entry.columns.dropLast()) : entry.columns
        var texts = columns.enumerated().map { index, column in
            let value = columns.count == 1 ? "\(alias).value" : "json_extract(\(alias).value, '$[\(index)]')"
            return unpacked(value, type: column.type.type)
        }
        if withOrdinality { texts.append("(\(alias).key + 1)") }
        return RangeSource(table: "json_each(\(rows)) AS \(alias)", text: RangeText(columns: texts, entry: entry))
    }

    /// A value out of packed rows: JSON carries integers and text faithfully, the rest as text.
    func unpacked(_ value: String, type: TypeID) -> String {
        switch postgresType(type).storageClass {
        case .any, .real: "\"unpack real\"(\(value))"
        case .blob: "\"unpack blob\"(\(value))"
        default: value
        }
    }

    /// The packed rows of one function in FROM.
    func rowsExpression(
        _ call: FunctionCallNode, columns: [OutputColumn], asValue: Bool = false
    ) throws(PostgresError) -> String {
        if call.function == .packedRows { return try expression(call.arguments[0]) }
        let function = try signature(of: call.function)
        if let rows = try setReturningCall(call, columns: columns, asValue: asValue) { return rows }
        let value = TypedExpression(.call(call), type: function.result)
        let text = try expression(value)
        let isComposite: Bool =
            switch postgresType(function.result.type) {
            case .composite, .record: true
            default: false
            }
        return isComposite
            ? typed("rows of composite", [text], [function.result], function.result) : "\"row as rows\"(\(text))"
    }

    // MARK: Joins

    func fromClause(_ items: [TypedFrom], _ ranges: [Int: RangeSource]) throws(PostgresError) -> String {
        var texts: [String] = []
        for item in items {
            let text = try from(item, ranges)
            // The comma binds no weaker than JOIN in SQLite, which matters to outer joins that keep the right side.
            texts.append(!texts.isEmpty && item.keepsRightSide ? "(\(text))" : text)
        }
        return texts.joined(separator: ", ")
    }

    private func from(_ item: TypedFrom, _ ranges: [Int: RangeSource]) throws(PostgresError) -> String {
        switch item {
        case .range(let index):
            guard let range = ranges[index] else { throw PostgresError("XX000", "range \(index) does not exist") }
            return range.table
        case .join(let kind, let left, let right, let condition):
            let leftText = try from(left, ranges)
            var rightText = try from(right, ranges)
            if case .join = right { rightText = "(\(rightText))" }
            let keyword =
                switch kind {
                case .inner: "JOIN"
                case .left: "LEFT JOIN"
                case .right: "RIGHT JOIN"
                case .full: "FULL JOIN"
                }
            guard let condition else { return "\(leftText) \(keyword) \(rightText)" + (kind == .inner ? "" : " ON 1") }
            return "\(leftText) \(keyword) \(rightText) ON \(try self.condition(condition))"
        }
    }

    // MARK: UPDATE and DELETE

    func targetRows(
        table: RelationID, ranges: [RangeEntry], from: [TypedFrom], filter: TypedExpression?,
        values: [TypedExpression], rowImages: Set<Int> = []
    ) throws(PostgresError) -> GeneratedSQL {
        guard let relation = catalog[table] else {
            throw PostgresError("XX000", "relation with OID \(table.oid) does not exist")
        }
        scopes.append(Scope(rowImages: rowImages, entries: ranges))
        let sources = try rangeTexts(ranges)
        let mentioned = from.reduce(into: Set<Int>()) { $0.formUnion($1.ranges) }
        let items = (mentioned.contains(0) ? [] : [TypedFrom.range(0)]) + from
        let target = sources[0]?.text.columns ?? []
        let alias = sources[0]?.table.split(separator: " ").last.map(String.init) ?? "r0"
        let rowID = "\(alias).\(relation.rowIDName)"
        var columns = [rowID] + target
        for value in values { columns.append(try expression(value)) }
        var sql = "SELECT \(columns.joined(separator: ", ")) FROM \(try fromClause(items, sources))"
        if let filter { sql += " WHERE \(try self.filter(filter))" }
        // A target row that several rows of FROM match is touched once, by any of them.
        if items.count > 1 || mentioned.count > 1 {
            sql += " GROUP BY \(rowID)"
        } else {
            let select = TypedSelect(targets: [], ranges: ranges, from: items, filter: filter)
            sql += heapOrder(select, sources, .byScan)
        }
        let output =
            [OutputColumn(name: "rowid", type: TypeReference(.int8))] + relation.columns
            + values.enumerated().map { OutputColumn(name: "c\($0.offset)", type: $0.element.type) }
        return result(sql, columns: output)
    }
}

extension Relation {
    /// A name of SQLite's row id that no column of the user hides.
    package var rowIDName: String {
        let names = Set(columns.map { $0.name.lowercased() })
        return ["rowid", "_rowid_", "oid"].first { !names.contains($0) } ?? "rowid"
    }
}

extension TypedFrom {
    var ranges: Set<Int> {
        switch self {
        case .range(let index): [index]
        case .join(_, let left, let right, _): left.ranges.union(right.ranges)
        }
    }

    /// Ranges that an outer join may leave without a row.
    var nullableRanges: Set<Int> {
        switch self {
        case .range: return []
        case .join(let kind, let left, let right, _):
            var result = left.nullableRanges.union(right.nullableRanges)
            if kind == .left || kind == .full { result.formUnion(right.ranges) }
            if kind == .right || kind == .full { result.formUnion(left.ranges) }
            return result
        }
    }

    /// Whether rows of its right side survive without a match.
    var keepsRightSide: Bool {
        switch self {
        case .range: false
        case .join(let kind, let left, let right, _):
            kind == .right || kind == .full || left.keepsRightSide || right.keepsRightSide
        }
    }
}
