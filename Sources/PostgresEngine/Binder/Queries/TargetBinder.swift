import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// A SELECT list or RETURNING, stars expanded.
    func bindTargets(_ targets: [Target], in scope: QueryScope) throws(PostgresError) -> [TypedTarget] {
        var bound: [TypedTarget] = []
        for target in targets {
            switch target.value.node {
            case .star(let qualifier): bound += try expandStar(qualifier, in: scope)
            case .allFields(let row): bound += try expandFields(row, in: scope)
            default:
                let value = try bind(target.value, in: scope)
                let name = target.alias ?? columnName(target.value, bound: value)
                bound.append(TypedTarget(column: OutputColumn(name: name, type: value.type), value: value))
            }
        }
        return bound
    }

    /// The values of a list, with `row.*` in it taken apart: of VALUES and of ROW.
    func bindList(_ expressions: [Expression], in scope: QueryScope) throws(PostgresError) -> [TypedExpression] {
        var bound: [TypedExpression] = []
        bound.reserveCapacity(expressions.count)
        for expression in expressions {
            switch expression.node {
            case .star(let qualifier) where !qualifier.isEmpty:
                bound += try expandStar(qualifier, in: scope).map(\.value)
            case .allFields(let row): bound += try expandFields(row, in: scope).map(\.value)
            default: bound.append(try bind(expression, in: scope))
            }
        }
        return bound
    }

    private func expandStar(_ qualifier: [String], in scope: QueryScope) throws(PostgresError) -> [TypedTarget] {
        if let name = qualifier.last {
            let schema = qualifier.count > 1 ? qualifier[qualifier.count - 2] : nil
            if let (item, levelsUp, owner) = try findItem(name, schema: schema, in: scope) {
                return expand(item, levelsUp: levelsUp, in: owner)
            }
            if let fields = try variables?.fields(of: qualifier, types: types) {
                return fields.map { TypedTarget(column: $0.column, value: $0.value) }
            }
            // `column.*` of a composite column.
            if qualifier.count == 2 || schema == nil, try findItem(schema ?? name, schema: nil, in: scope) != nil {
                return try expandFields(Expression(.column(qualifier)), in: scope)
            }
            throw missingTable(name, schema: schema, in: scope)
        }
        let items = scope.items.filter { $0.areColumnsVisible && !$0.isLateralOnly }
        if items.isEmpty { throw BindError.syntax("SELECT * with no tables specified is not valid") }
        return items.flatMap { expand($0, levelsUp: 0, in: scope) }
    }

    private func expand(_ item: NamespaceItem, levelsUp: Int, in owner: QueryScope) -> [TypedTarget] {
        item.columns.map { column in
            markColumns(of: column.value, in: owner)
            return TypedTarget(
                column: OutputColumn(name: column.name, type: column.value.type),
                value: column.value.shifted(by: levelsUp))
        }
    }

    private func expandFields(_ expression: Expression, in scope: QueryScope) throws(PostgresError) -> [TypedTarget] {
        let row = try bind(expression, in: scope)
        if case .row(let values) = row.node, row.type.type == .record {
            return values.enumerated().map { index, value in
                TypedTarget(column: OutputColumn(name: "f\(index + 1)", type: value.type), value: value)
            }
        }
        if let columns = recordColumns(of: row, in: scope) {
            return columns.enumerated().map { index, column in
                TypedTarget(column: column, value: TypedExpression(.field(row, index), type: column.type))
            }
        }
        guard let fields = types.fields(of: row.type.type) else {
            if row.type.type == .record { throw PostgresError("42809", "record type has not been registered") }
            throw BindError.wrongObject("type \(typeName(row.type.type)) is not composite")
        }
        return fields.enumerated().map { index, field in
            TypedTarget(
                column: OutputColumn(name: field.name, type: field.type),
                value: TypedExpression(.field(row, index), type: field.type))
        }
    }

    /// The name an output column gets when none is written (`FigureColname`).
    private func columnName(_ expression: Expression, bound: TypedExpression) -> String {
        name(of: expression, bound: bound)?.name ?? "?column?"
    }

    /// A name and whether it beats the type of a cast around it.
    private func name(of expression: Expression, bound: TypedExpression?) -> (name: String, isStrong: Bool)? {
        switch expression.node {
        case .column(let names), .star(let names): return names.last.map { ($0, true) }
        case .field(_, let name): return (name, true)
        case .element(let value, _): return name(of: value, bound: nil)
        case .call(let call): return call.name.last.map { ($0, true) }
        case .nullIf: return ("nullif", true)
        case .coalesce: return ("coalesce", true)
        case .extremum(_, let isGreatest): return (isGreatest ? "greatest" : "least", true)
        case .array: return ("array", true)
        case .row: return ("row", true)
        case .collate(let value, _): return name(of: value, bound: nil)
        case .constant(.bool): return ("bool", false)
        case .cast(let value, let type):
            if let inner = name(of: value, bound: nil), inner.isStrong { return inner }
            return type.names.last.map { ($0, false) }
        case .caseWhen(_, _, let otherwise):
            if let otherwise, let inner = name(of: otherwise, bound: nil), inner.isStrong { return inner }
            return ("case", false)
        case .subquery(let kind, let statement):
            switch kind {
            case .exists: return ("exists", true)
            case .array: return ("array", true)
            case .scalar:
                if let bound, case .subquery(let subquery) = bound.node {
                    return subquery.query.columns.first.map { ($0.name, true) }
                }
                return firstName(of: statement).map { ($0, true) }
            case .any, .all: return nil
            }
        case .sqlValue(let function): return (function.name, true)
        default: return nil
        }
    }

    private func firstName(of statement: SelectStatement) -> String? {
        switch statement.body {
        case .select(let select):
            select.targets.first.map { $0.alias ?? name(of: $0.value, bound: nil)?.name ?? "?column?" }
        case .values: "column1"
        case .setOperation(_, _, let left, _): firstName(of: left)
        }
    }
}
