package import PostgresSyntax
package import PostgresTypes

/// Resolves statements against the catalog: names to columns, operators and calls to functions, literals to values.
///
/// A pure stage: what it returns depends on its arguments alone. One value may bind many statements.
package struct Binder: Sendable {
    private let catalog: CatalogSnapshot
    private let searchPath: [String]
    private let context: ValueContext
    private let parameterTypes: [TypeReference]

    /// - Parameter parameterTypes: types of `$1`, `$2` … where they are known beforehand; `unknown` leaves one open.
    package init(
        catalog: CatalogSnapshot, searchPath: [String], context: ValueContext, parameterTypes: [TypeReference] = []
    ) {
        self.catalog = catalog
        self.searchPath = searchPath
        self.context = context
        self.parameterTypes = parameterTypes
    }

    private func analysis(_ variables: VariableScope? = nil) -> Analysis {
        Analysis(
            catalog: catalog, searchPath: searchPath, context: context,
            parameters: ParameterTypes(hints: parameterTypes), variables: variables)
    }

    /// Binds a SELECT, INSERT, UPDATE or DELETE.
    package func bind(_ statement: Statement) throws(PostgresError) -> TypedStatement {
        try bind(statement, analysis())
    }

    /// Binds a statement of a routine.
    func bind(_ statement: Statement, variables: VariableScope) throws(PostgresError) -> TypedStatement {
        let analysis = analysis(variables)
        var typed = try bind(statement, analysis)
        typed.parameters = variables.types
        return typed
    }

    /// Binds an expression of a routine, `SELECT expression` as a statement, and converts its value where that is asked.
    /// - Parameter throughText: whether what no cast converts goes through its text, as PL/pgSQL's assignments do.
    func bindValue(
        _ select: SelectStatement, as type: TypeReference?, throughText: Bool, variables: VariableScope
    ) throws(PostgresError) -> TypedStatement {
        let analysis = analysis(variables)
        var query = try analysis.bindQuery(select, parent: nil, resolveUnknowns: type == nil)
        if let type, query.columns.count == 1, case .select(var plain) = query.body, plain.distinct == nil,
            query.order.isEmpty, !plain.isGrouped || plain.groupBy.isEmpty
        {
            guard let value = try convert(plain.targets[0], to: type, throughText: throughText) else {
                throw BindError.cannotCast(
                    analysis.typeName(plain.targets[0].type.type), analysis.typeName(type.type))
            }
            plain.targets[0] = value
            query = TypedQuery(
                commonTables: query.commonTables, isRecursive: query.isRecursive, body: .select(plain),
                columns: [OutputColumn(name: query.columns[0].name, type: value.type)], limit: query.limit,
                offset: query.offset)
        }
        var typed = TypedStatement(
            body: .query(query), parameters: variables.types, accesses: analysis.accesses,
            dependsOnMoment: analysis.dependsOnMoment)
        typed.steps = analysis.steps
        typed.schemas = analysis.schemas
        return typed
    }

    private func bind(_ statement: Statement, _ analysis: Analysis) throws(PostgresError) -> TypedStatement {
        let body: TypedStatement.Body
        switch statement {
        case .select(let select): body = .query(try analysis.bindQuery(select, parent: nil))
        case .insert(let insert): body = .insert(try analysis.bindInsert(insert))
        case .update(let update): body = .update(try analysis.bindUpdate(update))
        case .delete(let delete): body = .delete(try analysis.bindDelete(delete))
        case .merge(let merge): body = .merge(try analysis.bindMerge(merge))
        default: throw .notSupported("binding a statement that is no query")
        }
        var typed = TypedStatement(
            body: body, parameters: try analysis.parameters.resolved(), accesses: analysis.accesses,
            dependsOnMoment: analysis.dependsOnMoment)
        typed.steps = analysis.steps
        typed.schemas = analysis.schemas
        return typed
    }

    /// Binds a query by itself, as CREATE VIEW and CREATE TABLE AS do.
    package func bindQuery(_ select: SelectStatement) throws(PostgresError) -> (
        query: TypedQuery, accesses: [TableAccess]
    ) {
        let analysis = analysis()
        let query = try analysis.bindQuery(select, parent: nil)
        _ = try analysis.parameters.resolved()
        guard analysis.steps.isEmpty else {
            throw BindError.notImplemented("views must not contain data-modifying statements in WITH")
        }
        return (query, analysis.accesses)
    }

    /// What a stored expression is for: decides what it may contain and how messages call it.
    package enum Purpose: Sendable {
        case check, columnDefault, indexExpression, indexPredicate, generated, policy, partitionBound, partitionKey

        fileprivate var clause: Clause {
            switch self {
            case .check: .check
            case .columnDefault: .columnDefault
            case .indexExpression: .indexExpression
            case .indexPredicate: .indexPredicate
            case .generated: .generated
            case .policy: .policy
            case .partitionBound: .partitionBound
            case .partitionKey: .partitionKey
            }
        }

        /// How a condition of this kind is called when it isn't boolean.
        fileprivate var construct: String {
            switch self {
            case .check: "CHECK"
            case .indexPredicate: "WHERE"
            case .policy: "POLICY"
            case .columnDefault, .indexExpression, .generated, .partitionBound, .partitionKey: "expression"
            }
        }
    }

    /// Binds a stored expression whose columns are those of a table, which is range 0.
    /// - Parameter target: the column it is assigned to, for defaults and generated columns.
    package func bindExpression(
        _ expression: Expression, overTable table: RelationID? = nil, target: OutputColumn? = nil,
        purpose: Purpose = .check
    ) throws(PostgresError) -> TypedExpression {
        let analysis = analysis()
        let value = try analysis.bind(expression, in: scope(overTable: table, purpose))
        guard let target else { return value }
        do throws(PostgresError) {
            return try analysis.assign(value, to: target.type, column: target.name)
        } catch  where error.code == "42804" && purpose != .check {
            if purpose == .partitionBound {
                throw PostgresError(
                    "42804",
                    "specified value cannot be cast to type \(analysis.typeName(target.type.type)) "
                        + "for column \"\(target.name)\"")
            }
            var error = error
            let kind = purpose == .generated ? "generation" : "default"
            error.message = error.message.replacingLast(" but expression is", with: " but \(kind) expression is")
            throw error
        }
    }

    func bindExclusion(
        _ exclusion: ExclusionDefinition, over table: RelationID
    ) throws(PostgresError) -> TypedExpression {
        let analysis = analysis()
        let scope = scope(overTable: table, .indexExpression)
        guard let relation = catalog[table] else { throw .undefinedRelation("") }
        let other = RangeEntry(source: .excluded(table), name: "excluded", columns: relation.columns)
        scope.items.append(scope.item(forRange: scope.addRange(other)))
        func of(_ range: String, _ key: Expression) -> Expression {
            key.rewritten { expression in
                guard case .column(let parts) = expression.node, let name = parts.last else { return expression }
                return Expression(.column([range, name]), location: expression.location)
            }
        }
        var conditions: [TypedExpression] = []
        if let filter = exclusion.filter {
            conditions.append(try analysis.toBoolean(analysis.bind(of(relation.name, filter), in: scope), "WHERE"))
        }
        for element in exclusion.elements {
            let operation = Expression(
                .operation(
                    element.operatorName, left: of(relation.name, element.key), right: of("excluded", element.key)))
            conditions.append(try analysis.toBoolean(analysis.bind(operation, in: scope), "EXCLUDE"))
        }
        return TypedExpression(.and(conditions), type: TypeReference(.bool))
    }

    /// A policy's expression over its table as range 0.
    struct BoundPolicy: Sendable {
        var value: TypedExpression
        /// Columns of its own table.
        var ownColumns: Set<Int>
        /// What it reads elsewhere.
        var accesses: [TableAccess]
        var dependsOnMoment: Bool
    }

    func bindPolicy(_ expression: Expression, over table: RelationID) throws(PostgresError) -> BoundPolicy {
        let analysis = analysis()
        let own = analysis.addAccess(table, .select)
        let scope = scope(overTable: table, .policy, access: own)
        let value = try analysis.toBoolean(analysis.bind(expression, in: scope), Purpose.policy.construct)
        return BoundPolicy(
            value: value, ownColumns: analysis.accesses[own].columns, accesses: Array(analysis.accesses.dropFirst()),
            dependsOnMoment: analysis.dependsOnMoment)
    }

    /// Binds a stored condition: a CHECK, the WHERE of an index.
    package func bindCondition(_ expression: Expression, overTable table: RelationID?, purpose: Purpose = .check)
        throws(PostgresError) -> TypedExpression
    {
        let analysis = analysis()
        let value = try analysis.bind(expression, in: scope(overTable: table, purpose))
        return try analysis.toBoolean(value, purpose.construct)
    }

    /// Binds a domain's CHECK: the column `value` of range 0 is the value, of the domain's base type.
    package func bindDomainCheck(_ expression: Expression, valueType: TypeReference) throws(PostgresError)
        -> TypedExpression
    {
        let analysis = analysis()
        let scope = QueryScope(parent: nil)
        scope.clause = .domainCheck
        let entry = RangeEntry(
            source: .functions([], withOrdinality: false), name: "",
            columns: [OutputColumn(name: "value", type: valueType)])
        scope.items = [scope.item(forRange: scope.addRange(entry))]
        return try analysis.toBoolean(analysis.bind(expression, in: scope), "CHECK")
    }

    /// The procedure that CALL names, with its arguments.
    func bindProcedure(
        _ call: FunctionCall, variables: VariableScope?
    ) throws(PostgresError) -> (id: FunctionID, arguments: [TypedExpression], schemas: Set<String>) {
        let analysis = analysis(variables)
        analysis.callsProcedure = true
        let value = try analysis.bindCall(call, in: QueryScope(parent: nil))
        guard case .call(let node) = value.node else { throw .notSupported("CALL") }
        return (node.function, node.arguments, analysis.schemas)
    }

    /// Binds the default of a routine's parameter.
    func bindParameterDefault(_ expression: Expression, type: TypeReference) throws(PostgresError) -> TypedExpression {
        let analysis = analysis()
        let scope = QueryScope(parent: nil)
        scope.clause = .parameterDefault
        let value = try analysis.bind(expression, in: scope)
        guard let converted = try analysis.convert(value, to: type, .assignment) else {
            throw BindError.wrongArgument(
                "DEFAULT", expected: analysis.typeName(type.type), actual: analysis.typeName(value.type.type))
        }
        return converted
    }

    /// Converts the columns of a bound query, or of what a modification returns, to the types wanted; nil leaves one
    /// as it is.
    /// - Parameter throughText: whether what no cast converts goes through its text, as PL/pgSQL's assignments do.
    func convert(
        _ value: TypedExpression, to type: TypeReference, throughText: Bool
    ) throws(PostgresError) -> TypedExpression? {
        let analysis = analysis()
        if let converted = try analysis.convert(value, to: type, .assignment) { return converted }
        guard throughText else { return nil }
        return TypedExpression(.coercion(.throughText, value, isExplicit: true), type: type)
    }

    private func scope(overTable table: RelationID?, _ purpose: Purpose, access: Int? = nil) -> QueryScope {
        let scope = QueryScope(parent: nil)
        scope.clause = purpose.clause
        if let table, let relation = catalog[table] {
            let entry = RangeEntry(source: .table(table), name: relation.name, columns: relation.columns)
            scope.items = [scope.item(forRange: scope.addRange(entry, access: access), schema: relation.schema)]
        }
        return scope
    }
}

extension String {
    fileprivate func replacingLast(_ text: String, with replacement: String) -> String {
        var end = endIndex
        while end > startIndex {
            let start = index(end, offsetBy: -text.count, limitedBy: startIndex)
            guard let start else { return self }
            if self[start..<end] == text { return self[..<start] + replacement + self[end...] }
            end = index(before: end)
        }
        return self
    }
}
