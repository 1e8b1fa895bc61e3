import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// UNION, INTERSECT, EXCEPT: both sides meet column by column. Longer chains resolve pair by pair from the left.
    func bindSetOperation(
        _ kind: SetOperator, all: Bool, _ left: SelectStatement, _ right: SelectStatement, in scope: QueryScope
    ) throws(PostgresError) -> (TypedQuery.Body, [OutputColumn]) {
        let leftQuery = try bindQuery(left, parent: scope, resolveUnknowns: false)
        scope.addArms(of: leftQuery)
        let rightQuery = try bindQuery(right, parent: scope, resolveUnknowns: false)
        scope.addArms(of: rightQuery)
        return try combine(kind, all: all, leftQuery, rightQuery)
    }

    func combine(_ kind: SetOperator, all: Bool, _ left: TypedQuery, _ right: TypedQuery) throws(PostgresError) -> (
        TypedQuery.Body, [OutputColumn]
    ) {
        let name =
            switch kind {
            case .union: "UNION"
            case .intersect: "INTERSECT"
            case .except: "EXCEPT"
            }
        guard left.columns.count == right.columns.count else {
            throw BindError.syntax("each \(name) query must have the same number of columns")
        }
        var common: [TypeReference] = []
        var (left, right) = (left, right)
        for index in left.columns.indices {
            let pair = (left.columns[index].type, right.columns[index].type)
            let standIns = [pair.0, pair.1].map { TypedExpression(.outputColumn(0), type: $0) }
            let type = try commonType(standIns, name)
            // The modifier survives only when both sides already have this type and agree.
            common.append(pair.0 == pair.1 && pair.0.type == type ? pair.0 : TypeReference(type))
            left = try convertOutput(index, of: left, to: type, name)
            right = try convertOutput(index, of: right, to: type, name)
            if !(kind == .union && all), !types.hasEquality(type) {
                throw BindError.undefinedSorting("an equality", type: typeName(type))
            }
        }
        let columns = zip(left.columns, common).map { OutputColumn(name: $0.name, type: $1) }
        return (.setOperation(kind, all: all, left: left, right: right), columns)
    }

    private func convertOutput(_ column: Int, of query: TypedQuery, to type: TypeID, _ context: String)
        throws(PostgresError) -> TypedQuery
    {
        if query.columns[column].type.type == type { return query }
        return try query.mapOutputs { (index, value) throws(PostgresError) in
            index == column ? try self.toCommonType(value, type, context) : value
        }
    }
}

extension TypedQuery {
    /// The query with its outputs changed where they are computed: in every arm of a set operation.
    func mapOutputs(_ change: (Int, TypedExpression) throws(PostgresError) -> TypedExpression) throws(PostgresError)
        -> TypedQuery
    {
        var types = columns.map(\.type)
        let newBody: Body
        switch body {
        case .select(var select):
            var hasChanged = false
            for index in select.targets.indices {
                let value = try change(index, select.targets[index])
                if value != select.targets[index] { hasChanged = true }
                select.targets[index] = value
                types[index] = value.type
            }
            if !hasChanged { return self }
            newBody = .select(select)
        case .values(var rows):
            for row in rows.indices {
                for index in rows[row].indices { rows[row][index] = try change(index, rows[row][index]) }
            }
            for index in types.indices {
                types[index] = Analysis.commonReference(rows.map { $0[index] }, rows[0][index].type.type)
            }
            newBody = .values(rows)
        case .setOperation(let kind, let all, let left, let right):
            let (newLeft, newRight) = (try left.mapOutputs(change), try right.mapOutputs(change))
            for index in types.indices {
                let (left, right) = (newLeft.columns[index].type, newRight.columns[index].type)
                types[index] = left == right ? left : TypeReference(left.type)
            }
            newBody = .setOperation(kind, all: all, left: newLeft, right: newRight)
        }
        return TypedQuery(
            commonTables: commonTables, isRecursive: isRecursive, body: newBody,
            columns: zip(columns, types).map { OutputColumn(name: $0.name, type: $1) }, order: order, limit: limit,
            offset: offset)
    }
}

extension QueryScope {
    /// What a misspelled column may have meant in a set operation: its arms, under names of Postgres' making.
    fileprivate func addArms(of query: TypedQuery) {
        for arm in query.arms {
            _ = addRange(
                RangeEntry(
                    source: .subquery(arm, isLateral: false), name: "*SELECT* \(ranges.count + 1)",
                    columns: arm.columns))
        }
    }
}

extension TypedQuery {
    /// The queries that a chain of set operations is made of; the query itself when it is none.
    fileprivate var arms: [TypedQuery] {
        guard case .setOperation(_, _, let left, let right) = body, order.isEmpty, limit == nil else { return [self] }
        return left.arms + right.arms
    }
}
