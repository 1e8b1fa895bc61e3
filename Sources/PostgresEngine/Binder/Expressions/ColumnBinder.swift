import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    /// A column reference: a column, a field of a row, or a whole row.
    func bindColumn(_ names: [String], in scope: QueryScope) throws(PostgresError) -> TypedExpression {
        switch names.count {
        case 1:
            if let column = try findColumn(names[0], in: scope) { return column }
            if let (item, levelsUp, owner) = try findItem(names[0], schema: nil, in: scope) {
                return wholeRow(item, levelsUp: levelsUp, in: owner)
            }
            throw BindError.undefinedColumn(names[0], qualifier: nil, hint: columnHint(names[0], qualifier: nil, scope))
        case 2: return try bindQualified(names[1], table: names[0], schema: nil, in: scope)
        case 3: return try bindQualified(names[2], table: names[1], schema: names[0], in: scope)
        default:
            throw BindError.notImplemented(
                "cross-database references are not implemented: \(names.joined(separator: "."))")
        }
    }

    private func bindQualified(_ column: String, table: String, schema: String?, in scope: QueryScope)
        throws(PostgresError)
        -> TypedExpression
    {
        guard let (item, levelsUp, owner) = try findItem(table, schema: schema, in: scope) else {
            throw missingTable(table, schema: schema, in: scope)
        }
        if let found = try self.column(column, of: item, levelsUp: levelsUp, in: owner) { return found }
        // `t.f` may also mean f(t).
        let row = wholeRow(item, levelsUp: levelsUp, in: owner)
        if let projected = try project(column, of: row, in: scope) { return projected }
        throw BindError.undefinedColumn(
            column, qualifier: table, hint: columnHint(column, qualifier: table, scope))
    }

    /// A bare column name, innermost level first.
    func findColumn(_ name: String, in scope: QueryScope, onlyHere: Bool = false) throws(PostgresError)
        -> TypedExpression?
    {
        var level: QueryScope? = scope
        var levelsUp = 0
        while let owner = level {
            var found: TypedExpression?
            for item in owner.items where item.areColumnsVisible {
                if item.isLateralOnly, !owner.isLateralActive { continue }
                guard let column = try column(name, of: item, levelsUp: levelsUp, in: owner) else { continue }
                if found != nil { throw BindError.ambiguousColumn(name) }
                if item.isLateralOnly, !item.isLateralAllowed { throw invalidLateral(item.name) }
                found = column
            }
            if let found { return found }
            if onlyHere { return nil }
            level = owner.parent
            levelsUp += 1
        }
        return nil
    }

    /// A column of one item; two of the same name are ambiguous.
    private func column(_ name: String, of item: NamespaceItem, levelsUp: Int, in owner: QueryScope)
        throws(PostgresError)
        -> TypedExpression?
    {
        var found: TypedExpression?
        for column in item.columns where column.name == name {
            if found != nil { throw BindError.ambiguousColumn(name) }
            found = column.value
        }
        guard let found else {
            guard systemColumns.contains(name), let range = item.range, case .table(let id) = owner.ranges[range].source
            else { return nil }
            return try systemColumn(name, range, id, in: owner).shifted(by: levelsUp)
        }
        markColumns(of: found, in: owner)
        return found.shifted(by: levelsUp)
    }

    /// `ctid` is the number of the row, `tableoid` its table's; `xmax` tells an upsert's inserted rows from updated ones.
    private func systemColumn(
        _ name: String, _ range: Int, _ id: RelationID, in owner: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        guard let table = catalog[id]?.table else {
            throw PostgresError.notSupported("system column \"\(name)\" of this relation")
        }
        markUsed(range, table.columns.indices.prefix(1), in: owner)
        let isWhole = table.partitionKey == nil && table.partitionOf == nil
        switch name {
        case "ctid" where isWhole:
            return TypedExpression(
                .column(ColumnReference(range: range, column: ColumnReference.rowNumber)), type: TypeReference(.tid))
        case "xmax" where isWhole:
            return TypedExpression(
                .column(ColumnReference(range: range, column: ColumnReference.updater)), type: TypeReference(.xid))
        case "tableoid" where table.partitionKey != nil: return try partition(of: id, range)
        case "tableoid": return TypedExpression(.constant(.integer(Int64(id.oid))), type: TypeReference(.oid))
        default: throw PostgresError.notSupported("system column \"\(name)\"")
        }
    }

    /// The partition that a row of a partitioned table is in, by what it satisfies.
    private func partition(of id: RelationID, _ range: Int) throws(PostgresError) -> TypedExpression {
        let rewriter = TypedRewriter(renumbered: { _ in range })
        var branches: [TypedBranch] = []
        for partition in catalog.descendants(of: id) where partition.table?.partitionKey == nil {
            let condition = try catalog.boundPartitionCondition(partition.id, below: id, context: context)
            branches.append(
                TypedBranch(
                    condition: rewriter.expression(condition, role: ""),
                    result: TypedExpression(
                        .constant(.integer(Int64(partition.id.oid))), type: TypeReference(.oid))))
        }
        let none = TypedExpression(.constant(.null), type: TypeReference(.oid))
        if branches.isEmpty { return none }
        return TypedExpression(.caseWhen(branches, otherwise: none), type: TypeReference(.oid))
    }

    /// Notes the use of the columns that a name stands for.
    func markColumns(of value: TypedExpression, in owner: QueryScope) {
        value.walk { node, depth in
            if case .column(let reference) = node.node, depth == 0 {
                self.markUsed(reference.range, [reference.column], in: owner)
            }
            return .intoChildren
        }
    }

    /// The item of a name, innermost level first.
    func findItem(_ name: String, schema: String?, in scope: QueryScope) throws(PostgresError) -> (
        item: NamespaceItem, levelsUp: Int, owner: QueryScope
    )? {
        var level: QueryScope? = scope
        var levelsUp = 0
        while let owner = level {
            var found: NamespaceItem?
            for item in owner.items where item.isQualifierVisible && item.name == name {
                if let schema, item.schema != schema { continue }
                if item.isLateralOnly, !owner.isLateralActive { continue }
                if found != nil { throw PostgresError("42P09", "table reference \"\(name)\" is ambiguous") }
                if item.isLateralOnly, !item.isLateralAllowed { throw invalidLateral(name) }
                found = item
            }
            if let found { return (found, levelsUp, owner) }
            level = owner.parent
            levelsUp += 1
        }
        return nil
    }

    private func invalidLateral(_ name: String) -> PostgresError {
        PostgresError(
            "42P10", "invalid reference to FROM-clause entry for table \"\(name)\"",
            detail: "The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
    }

    /// The row of an item as one value: a composite, or the value of a function that returns one.
    func wholeRow(_ item: NamespaceItem, levelsUp: Int, in owner: QueryScope) -> TypedExpression {
        guard let range = item.range else {
            let values = item.columns.map(\.value)
            for value in values { markColumns(of: value, in: owner) }
            return TypedExpression(.row(values), type: TypeReference(.record)).shifted(by: levelsUp)
        }
        let entry = owner.ranges[range]
        markUsed(range, entry.columns.indices, in: owner)
        var type = TypeReference(.record)
        switch entry.source {
        case .table(let relation), .view(let relation, _), .excluded(let relation):
            let relation = catalog[relation]
            if let row = relation?.table?.rowType ?? relation?.view?.rowType { type = TypeReference(row) }
        case .functions(let calls, let withOrdinality):
            guard calls.count == 1, !withOrdinality, let function = types.function(calls[0].function) else {
                break
            }
            if let composite = rowType(of: function, calls[0]) {
                type = TypeReference(composite)
            } else if entry.columns.count == 1, function.outputs.count <= 1, function.result != .record {
                return item.columns[0].value.shifted(by: levelsUp)
            }
        case .subquery, .commonTable, .step, .xmlTable: break
        }
        return TypedExpression(.wholeRow(levelsUp: levelsUp, range: range), type: type)
    }

    /// The named row type that a call returns, if it does.
    func rowType(of function: BuiltinFunction, _ call: FunctionCallNode) -> TypeID? {
        if types.isComposite(function.result) { return function.result }
        guard function.result == .anyelement,
            let index = function.arguments.firstIndex(of: .anyelement), call.arguments.indices.contains(index)
        else { return nil }
        let type = call.arguments[index].type.type
        return types.isComposite(type) ? type : nil
    }

    /// `(row).field` or `field(row)`.
    func project(_ field: String, of row: TypedExpression, in scope: QueryScope) throws(PostgresError)
        -> TypedExpression?
    {
        if case .wholeRow(let levelsUp, let range) = row.node {
            var owner: QueryScope? = scope
            for _ in 0..<levelsUp { owner = owner?.parent }
            if let entry = owner?.ranges[range], let column = entry.columns.firstIndex(where: { $0.name == field }) {
                return TypedExpression(
                    .column(ColumnReference(levelsUp: levelsUp, range: range, column: column)),
                    type: entry.columns[column].type)
            }
            return try computedField(field, of: row)
        }
        if let columns = recordColumns(of: row, in: scope), let index = columns.firstIndex(where: { $0.name == field })
        {
            return TypedExpression(.field(row, index), type: columns[index].type)
        }
        guard let fields = types.fields(of: row.type.type),
            let index = fields.firstIndex(where: { $0.name == field })
        else { return try computedField(field, of: row) }
        return TypedExpression(.field(row, index), type: fields[index].type)
    }

    /// The columns of a `record` that a function with OUT parameters gives: of a call, or of a subquery's column that
    /// is one.
    func recordColumns(of row: TypedExpression, in scope: QueryScope) -> [OutputColumn]? {
        guard row.type.type == .record else { return nil }
        switch row.node {
        case .call(let call):
            guard let outputs = types.function(call.function)?.outputs, outputs.count > 1 else { return nil }
            return outputs.map { OutputColumn(name: $0.name, type: TypeReference($0.type)) }
        case .column(let reference):
            var owner: QueryScope? = scope
            for _ in 0..<reference.levelsUp { owner = owner?.parent }
            guard let entry = owner?.ranges[reference.range], case .subquery(let query, _) = entry.source,
                case .select(let select) = query.body, select.targets.indices.contains(reference.column)
            else { return nil }
            return recordColumns(of: select.targets[reference.column], in: scope)
        default: return nil
        }
    }

    /// `row.f` where a function f takes the row: its value.
    private func computedField(_ name: String, of row: TypedExpression) throws(PostgresError) -> TypedExpression? {
        guard types.isComposite(row.type.type),
            case .function(let candidate) = try resolveFunction(
                [name], [row.type.type], names: [nil], expandVariadic: true),
            candidate.function.kind == .function, candidate.arguments == [row.type.type]
        else { return nil }
        return TypedExpression(
            .call(FunctionCallNode(function: candidate.function.id, arguments: [row])),
            type: TypeReference(candidate.function.result))
    }

    /// Why a table name isn't known here.
    func missingTable(_ table: String, schema: String?, in scope: QueryScope) -> PostgresError {
        var level: QueryScope? = scope
        while let owner = level {
            for range in owner.ranges {
                if range.name != table, case .table(let id) = range.source, let relation = catalog[id],
                    relation.name == table, schema == nil || relation.schema == schema
                {
                    return PostgresError(
                        "42P01", "invalid reference to FROM-clause entry for table \"\(table)\"",
                        hint: "Perhaps you meant to reference the table alias \"\(range.name)\".")
                }
                if range.name == table {
                    return PostgresError(
                        "42P01", "invalid reference to FROM-clause entry for table \"\(table)\"",
                        hint:
                            "There is an entry for table \"\(table)\", but it cannot be referenced from this part of the query."
                    )
                }
            }
            level = owner.parent
        }
        return BindError.missingFrom(table)
    }
}

private let systemColumns: Set<String> = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"]
