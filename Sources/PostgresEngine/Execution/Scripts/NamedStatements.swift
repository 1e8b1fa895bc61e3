import PostgresSyntax
import PostgresTypes
import SQLite

/// A PREPAREd statement with the types of `$1`, `$2` ….
struct NamedStatement: Sendable {
    var statement: PostgresSyntax.Statement
    var types: [TypeReference]
    /// What it returned when it was prepared.
    var columns: [OutputColumn]
}

/// PREPARE, EXECUTE, DEALLOCATE, DISCARD.
extension Transaction {
    func prepare(_ prepare: Prepare) throws {
        guard preparedStatements[prepare.name] == nil else {
            throw PostgresError("42P05", "prepared statement \"\(prepare.name)\" already exists")
        }
        let declared = try prepare.types.map {
            try catalog.resolveType($0, searchPath: session.effectivePath)
        }
        let bound =
            declared.isEmpty ? try self.prepare(prepare.statement) : try bind(prepare.statement, declared)
        let types = declared.isEmpty ? bound.typed.parameters : declared
        preparedStatements[prepare.name] = NamedStatement(
            statement: prepare.statement, types: types, columns: bound.columns)
    }

    /// The statement with parameters of these types.
    func bind(_ statement: PostgresSyntax.Statement, _ types: [TypeReference]) throws -> PreparedStatement {
        let arguments = types.enumerated().map { index, type in
            VariableScope.Variable(index: index, name: "$\(index + 1)", type: type)
        }
        return try PreparedStatement(
            statement, searchPath: session.effectivePath, role: session.role, timeZone: session.literalForms,
            catalog: catalog, context: valueContext,
            variables: VariableScope(conflict: .column, arguments: arguments) { _ in nil })
    }

    func executePrepared(_ name: String, _ arguments: [Expression]) throws -> ResultSet {
        guard let named = preparedStatements[name] else {
            throw PostgresError("26000", "prepared statement \"\(name)\" does not exist")
        }
        guard arguments.count == named.types.count else {
            throw PostgresError(
                "42601", "wrong number of parameters for prepared statement \"\(name)\"",
                detail: "Expected \(named.types.count) parameters but got \(arguments.count).")
        }
        var values: [SQLValue] = []
        for (index, (argument, type)) in zip(arguments, named.types).enumerated() {
            values.append(try value(of: argument, as: type, number: index + 1))
        }
        let bound = try bind(named.statement, named.types)
        guard bound.columns == named.columns else {
            throw PostgresError("0A000", "cached plan must not change result type")
        }
        return try run(bound, arguments: values)
    }

    /// The value of an argument, as an assignment to something of the parameter's type converts it.
    private func value(of expression: Expression, as type: TypeReference, number: Int) throws -> SQLValue {
        let typed = try bindArgument(expression, type, number)
        return try evaluate(SQLGenerator(catalog: catalog).expressions([typed]))[0]
    }

    private func bindArgument(
        _ expression: Expression, _ type: TypeReference, _ number: Int
    ) throws(PostgresError) -> TypedExpression {
        let path = session.effectivePath
        let binder = Binder(catalog: catalog, searchPath: path, context: valueContext)
        let converted = Result { () throws(PostgresError) in
            try binder.bindExpression(expression, target: OutputColumn(name: "", type: type))
        }
        guard case .failure(let error) = converted, error.code == "42804" else { return try converted.get() }
        let own = try binder.bindExpression(expression).type
        throw PostgresError(
            "42804",
            "parameter $\(number) of type \(catalog.typeName(own, searchPath: path)) cannot be coerced to the expected "
                + "type \(catalog.typeName(type, searchPath: path))",
            hint: "You will need to rewrite or cast the expression.")
    }

    /// Runs a statement that was bound with variables for `$1`, `$2` ….
    func run(_ prepared: PreparedStatement, arguments: [SQLValue]) throws -> ResultSet {
        let values = prepared.uses.map { use -> SQLValue in
            if case .variable(let index) = use { arguments[index] } else { .null }
        }
        var rows: [[SQLValue]] = []
        let count = try run(prepared, parameters: values) { rows.append($0.row) }
        return ResultSet(
            columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: prepared.tag(count: count),
            count: count, context: valueContext)
    }

    func deallocate(_ name: String?) throws {
        guard let name else {
            preparedStatements = [:]
            return
        }
        guard preparedStatements.removeValue(forKey: name) != nil else {
            throw PostgresError("26000", "prepared statement \"\(name)\" does not exist")
        }
    }

    /// DISCARD: what the session has made for itself. Plans and sequences' caches are nobody's business here.
    func discard(_ what: String) throws {
        switch what {
        case "temp": try dropTemporaryObjects()
        case "all":
            if isInBlock { throw PostgresError("25001", "DISCARD ALL cannot run inside a transaction block") }
            cursors = [:]
            preparedStatements = [:]
            try run(SetVariable(name: "role", values: nil, isLocal: false))
            try run(SetVariable(name: "all", values: nil, isLocal: false))
            try dropTemporaryObjects()
        default: break
        }
    }
}
