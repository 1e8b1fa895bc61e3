import PostgresSyntax
import PostgresTypes

/// Names that stand for values of a routine: its parameters and, in PL/pgSQL, the variables of its blocks.
///
/// It notes what a statement uses of them while it is bound: use n is bound to the statement as `$n`.
final class VariableScope {
    /// One value of a variable that a statement reads.
    enum Use: Hashable, Sendable {
        /// A plain variable, or all of a row.
        case variable(Int)
        case field(Int, Int)
        /// All rows of a trigger's transition table, packed.
        case transition(String)
    }

    /// What a name stands for: the variable's place and type, and the fields of a row.
    struct Variable {
        var index: Int
        var name: String
        var type: TypeReference
        var isRow = false
        /// nil: a record that has no structure yet.
        var columns: [OutputColumn]?
    }

    /// By name in dotted form: `x`, `block.x`. The innermost declaration of a name is the one in reach.
    let lookUp: (String) -> Variable?
    /// What a name means that is a column's too.
    let conflict: ProcedureBody.Conflict
    /// Arguments by their position: what `$n` stands for.
    let arguments: [Variable]
    /// The columns of a trigger's transition tables, by their names.
    var transitions: [String: [OutputColumn]] = [:]
    private(set) var uses: [Use] = []
    private(set) var types: [TypeReference] = []

    init(
        conflict: ProcedureBody.Conflict, arguments: [Variable], lookUp: @escaping (String) -> Variable?
    ) {
        self.conflict = conflict
        self.arguments = arguments
        self.lookUp = lookUp
    }

    /// What a name in parts stands for; nil when it is no variable's.
    func find(_ parts: [String], types: TypeSystem) throws(PostgresError) -> TypedExpression? {
        if let variable = lookUp(parts.joined(separator: ".")) { return try value(variable, field: nil, types) }
        guard parts.count > 1, let variable = lookUp(parts.dropLast().joined(separator: ".")) else { return nil }
        return try value(variable, field: parts[parts.count - 1], types)
    }

    /// The fields of the row that a name stands for, for `row.*`; nil when it is no variable's. A record whose
    /// structure is no named type's cannot be taken apart so.
    func fields(
        of name: [String], types: TypeSystem
    ) throws(PostgresError) -> [(column: OutputColumn, value: TypedExpression)]? {
        guard let variable = lookUp(name.joined(separator: ".")) else { return nil }
        guard variable.isRow else {
            let whole = use(.variable(variable.index), variable.type)
            return types.fields(of: variable.type.type)?.enumerated().map { index, field in
                let value = TypedExpression(.field(whole, index), type: field.type)
                return (OutputColumn(name: field.name, type: field.type), value)
            }
        }
        guard let columns = variable.columns, variable.type.type != .record else {
            throw PostgresError("42809", "record type has not been registered")
        }
        return columns.enumerated().map { index, column in
            (column, use(.field(variable.index, index), column.type))
        }
    }

    /// Whether the name belongs to a variable, assigned or not. Only rows have fields: a plain variable may be named
    /// like a table that the query reads.
    func owns(_ parts: [String], types: TypeSystem) -> Bool {
        if lookUp(parts.joined(separator: ".")) != nil { return true }
        guard parts.count > 1, let variable = lookUp(parts.dropLast().joined(separator: ".")) else { return false }
        return variable.isRow || types.fields(of: variable.type.type) != nil
    }

    func value(_ variable: Variable, field: String?, _ types: TypeSystem) throws(PostgresError) -> TypedExpression? {
        guard variable.isRow else {
            let whole = use(.variable(variable.index), variable.type)
            guard let field else { return whole }
            guard let fields = types.fields(of: whole.type.type),
                let index = fields.firstIndex(where: { $0.name == field })
            else { return nil }
            return TypedExpression(.field(whole, index), type: fields[index].type)
        }
        guard let columns = variable.columns else {
            // As a whole, a record that is not there yet is NULL.
            if field == nil { return use(.variable(variable.index), variable.type) }
            throw PostgresError(
                "55000", "record \"\(variable.name)\" is not assigned yet",
                detail: "The tuple structure of a not-yet-assigned record is indeterminate.")
        }
        guard let field else { return use(.variable(variable.index), variable.type) }
        guard let index = columns.firstIndex(where: { $0.name == field }) else {
            throw PostgresError("42703", "record \"\(variable.name)\" has no field \"\(field)\"")
        }
        return use(.field(variable.index, index), columns[index].type)
    }

    /// `new IS DISTINCT FROM old` field by field; nil unless both sides are rows among the variables.
    func fieldwise(_ left: Expression, _ right: Expression, negated: Bool) -> Expression? {
        guard let lefts = fields(of: left), let rights = fields(of: right), lefts.count == rights.count else {
            return nil
        }
        let tests = zip(lefts, rights).map { Expression(.isDistinct($0, from: $1, negated: negated)) }
        return Expression(negated ? .and(tests) : .or(tests))
    }

    private func fields(of value: Expression) -> [Expression]? {
        switch value.node {
        case .row(let items) where items.count == 1: return fields(of: items[0])
        case .star(let path), .column(let path):
            guard let variable = lookUp(path.joined(separator: ".")), variable.isRow, let columns = variable.columns
            else { return nil }
            return columns.map { Expression(.column(path + [$0.name])) }
        default: return nil
        }
    }

    /// The rows of a transition table as the one function of a FROM item.
    func transition(_ name: String) -> (call: FunctionCallNode, columns: [OutputColumn])? {
        guard let columns = transitions[name] else { return nil }
        let rows = use(.transition(name), TypeReference(.text))
        return (FunctionCallNode(function: .packedRows, arguments: [rows]), columns)
    }

    private func use(_ use: Use, _ type: TypeReference) -> TypedExpression {
        if let known = uses.firstIndex(of: use) { return TypedExpression(.parameter(known + 1), type: type) }
        uses.append(use)
        types.append(type)
        return TypedExpression(.parameter(uses.count), type: type)
    }
}

extension FunctionID {
    /// No function of Postgres: the rows that its argument holds.
    static let packedRows = FunctionID(0)
}

extension Analysis {
    /// A name that may be a variable's as well as a column's.
    func bindNameOrVariable(
        _ names: [String], _ variables: VariableScope, in scope: QueryScope
    ) throws(PostgresError) -> TypedExpression {
        guard variables.owns(names, types: types) else { return try bindColumn(names, in: scope) }
        if variables.conflict == .variable, let value = try variables.find(names, types: types) { return value }
        let column: TypedExpression
        do throws(PostgresError) {
            column = try bindColumn(names, in: scope)
        } catch {
            guard error.code == "42703" || error.code == "42P01",
                let value = try variables.find(names, types: types)
            else { throw error }
            return value
        }
        guard variables.conflict == .error else { return column }
        throw PostgresError(
            "42702", "column reference \"\(names.joined(separator: "."))\" is ambiguous",
            detail: "It could refer to either a PL/pgSQL variable or a table column.")
    }

    /// `$n` inside a routine: one of its arguments.
    func bindArgument(_ number: Int, _ variables: VariableScope) throws(PostgresError) -> TypedExpression {
        guard number > 0, number <= variables.arguments.count,
            let value = try variables.value(variables.arguments[number - 1], field: nil, types)
        else { throw PostgresError("42P02", "there is no parameter $\(number)") }
        return value
    }
}
