package import PostgresSyntax
package import PostgresTypes
import SQLite
import Synchronization
import World

/// A statement bound against one version of the catalog, ready to run any number of times, on any thread.
///
/// It keeps what it was made from: when the catalog has moved on, `Transaction.run` binds it anew by itself.
package final class PreparedStatement: Sendable {
    enum Plan: Sendable {
        case query(GeneratedSQL)
        case insert(InsertPlan)
        case update(UpdatePlan)
        case merge(MergePlan)
        case instead(InsteadOfPlan)
        /// A rule says so.
        case nothing

        var isQuery: Bool { if case .query = self { true } else { false } }
    }

    package let statement: PostgresSyntax.Statement
    /// The schemas unqualified names were looked up in.
    package let searchPath: [String]
    /// Whose view of the tables it is made for.
    package let role: String
    package let catalogVersion: Int
    /// The `TimeZone` and the transaction start that its literals were read with.
    let timeZone: String?
    let boundAt: Timestamp
    package let typed: TypedStatement
    /// What the statement returns: of a query its output, of a modification its RETURNING list.
    package let columns: [OutputColumn]
    /// Codecs of `columns`.
    package let columnTypes: [PostgresType]
    /// Codecs of `$1`, `$2` …
    package let parameterTypes: [PostgresType]
    let plan: Plan
    /// The regular expressions that must be some before a row is looked at.
    let patterns: [PlannedPattern]
    /// What runs before it, by the numbers that its parts know them by.
    let steps: [Plan]
    /// Whether another role would see other rows.
    let hasRowSecurity: Bool
    /// The tables of which the role does not see everything.
    let securedTables: [Relation]
    /// Of a routine's statement: the variables that `$1`, `$2` … stand for.
    let uses: [VariableScope.Use]
    /// The role that was last found to be allowed what it does, under the catalog of `catalogVersion`.
    let allowedRole = Mutex<String?>(nil)
    /// The shape of the rows it returns, for records.
    let shape: RecordShape
    /// Where the one value of an expression comes from without asking SQLite.
    let simpleValue: SimpleValue?
    /// Of a routine's statement: whether it is an expression over values alone, with no query in it.
    let isPlain: Bool
    /// Whether that calls a routine of a user.
    let callsRoutine: Bool

    /// A value that is there already.
    enum SimpleValue: Sendable {
        case constant(SQLValue)
        case use(Int)
        case session(SessionValue)
    }

    /// - Parameter timeZone: the setting behind `context`'s zone.
    /// - Parameter variables: those of the routine whose statement it is.
    /// - Parameter result: the type an expression's value is converted to.
    /// - Parameter plans: where policies are that are bound already.
    init(
        _ statement: PostgresSyntax.Statement, searchPath: [String], role: String, timeZone: String?,
        catalog: CatalogSnapshot, context: ValueContext, variables: VariableScope? = nil, isExpression: Bool = false,
        result: TypeReference? = nil, plans: PlanCache? = nil
    ) throws(PostgresError) {
        self.statement = statement
        self.searchPath = searchPath
        self.role = role
        self.timeZone = timeZone
        boundAt = context.now
        catalogVersion = catalog.version
        var typed: TypedStatement
        if let (relation, event) = Self.modifiedView(statement, searchPath: searchPath, catalog: catalog),
            let view = try InsteadOfView(relation, event, catalog: catalog, context: context)
        {
            let binder = Binder(catalog: view.bindingCatalog, searchPath: searchPath, context: context)
            let bound =
                if let variables { try binder.bind(statement, variables: variables) } else {
                    try binder.bind(statement)
                }
            typed = try view.rewritten(bound)
        } else if let view = try Self.updatableView(
            statement, searchPath: searchPath, catalog: catalog, context: context)
        {
            let binder = Binder(catalog: view.bindingCatalog, searchPath: searchPath, context: context)
            let bound =
                if let variables { try binder.bind(statement, variables: variables) } else {
                    try binder.bind(statement)
                }
            typed = try view.rewritten(bound, context: context)
        } else {
            let binder = Binder(catalog: catalog, searchPath: searchPath, context: context)
            if let variables, isExpression, case .select(let select) = statement {
                typed = try binder.bindValue(select, as: result, throughText: true, variables: variables)
            } else if let variables {
                typed = try binder.bind(statement, variables: variables)
            } else {
                typed = try binder.bind(statement)
            }
        }
        try typed.keepTablesAsTheyWere(catalog)
        let security = RowSecurity(
            catalog: catalog, role: role, context: context, known: plans.map { ($0, searchPath) })
        hasRowSecurity = security.concerns(typed)
        if hasRowSecurity {
            typed = try security.apply(to: typed)
            typed.keepCheckedTablesAsTheyWere(catalog)
        }
        securedTables = security.tables
        if variables == nil { typed.returnRecordsAsText() }
        self.typed = typed
        patterns = typed.plannedPatterns
        columns = typed.outputColumns
        // A result has arrays of anonymous rows as their text, like the rows themselves.
        columnTypes = columns.map { $0.type.type == .recordArray ? .record : catalog.postgresType(of: $0.type.type) }
        parameterTypes = typed.parameters.map { catalog.postgresType(of: $0.type) }
        uses = variables?.uses ?? []
        shape = RecordShape(columns: columns, type: TypeReference(.record))
        simpleValue = isExpression ? Self.simpleValue(of: typed) : nil
        let value = variables == nil ? nil : Self.onlyTarget(of: typed)
        isPlain = value?.isPlain == true
        callsRoutine = value?.usesOnly { catalog[$0] == nil } == false
        let keepsRecords = variables != nil
        if try typed.doesNothing(catalog) {
            plan = .nothing
        } else {
            plan = try Plan(typed.body, parameters: typed.parameters, catalog: catalog, keepsRecords: keepsRecords)
        }
        steps = try typed.steps.map { [typed] (step) throws(PostgresError) in
            try Plan(step.body, parameters: typed.parameters, catalog: catalog)
        }
    }

    private static func simpleValue(of statement: TypedStatement) -> SimpleValue? {
        switch onlyTarget(of: statement)?.node {
        case .constant(let value): .constant(value)
        case .parameter(let number): .use(number - 1)
        case .session(let value): .session(value)
        default: nil
        }
    }

    /// The one value of a SELECT that has nothing else.
    private static func onlyTarget(of statement: TypedStatement) -> TypedExpression? {
        guard case .query(let query) = statement.body, case .select(let select) = query.body,
            select.targets.count == 1, select.from.isEmpty, select.filter == nil, select.having == nil,
            query.limit == nil, query.offset == nil, query.commonTables.isEmpty
        else { return nil }
        return select.targets[0]
    }

    /// The view that a modification names, with what it does to it.
    private static func modifiedView(
        _ statement: PostgresSyntax.Statement, searchPath: [String], catalog: CatalogSnapshot
    ) -> (Relation, CreateTrigger.Event)? {
        let name: QualifiedName
        let event: CreateTrigger.Event
        switch statement {
        case .insert(let insert): (name, event) = (insert.table, .insert)
        case .update(let update): (name, event) = (update.table, .update)
        case .delete(let delete): (name, event) = (delete.table, .delete)
        default: return nil
        }
        guard let relation = catalog.relation(name, searchPath: searchPath), let view = relation.view,
            !view.isMaterialized
        else { return nil }
        return (relation, event)
    }

    /// The view a modification goes through, when its target is one.
    private static func updatableView(
        _ statement: PostgresSyntax.Statement, searchPath: [String], catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) -> UpdatableView? {
        guard let (relation, event) = modifiedView(statement, searchPath: searchPath, catalog: catalog) else {
            return nil
        }
        let verb = event == .insert ? "insert into" : event == .update ? "update" : "delete from"
        return try UpdatableView(relation, verb: verb, catalog: catalog, context: context)
    }

    /// Whether running it may write.
    package var isModification: Bool { !plan.isQuery || !steps.isEmpty }

    /// The first word of its command tag.
    var verb: String {
        switch typed.body {
        case .query: "SELECT"
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        case .merge: "MERGE"
        }
    }

    func tag(count: Int) -> String {
        if case .insert = typed.body { return "INSERT 0 \(count)" }
        return "\(verb) \(count)"
    }
}

extension TypedExpression {
    /// Whether it has neither queries nor aggregates in it.
    fileprivate var isPlain: Bool {
        walk { node, _ in
            switch node.node {
            case .subquery, .aggregate: .stop
            default: .intoChildren
            }
        }
    }
}

extension TypedStatement {
    /// Whether a rule makes nothing of the modification that it is.
    fileprivate func doesNothing(_ catalog: CatalogSnapshot) throws(PostgresError) -> Bool {
        for step in steps where step.body.rule(catalog) != nil {
            throw .notSupported("a rule on what WITH modifies")
        }
        if case .merge(let merge) = body, let relation = catalog[merge.table], !relation.rules.isEmpty {
            throw PostgresError(
                "0A000", "cannot execute MERGE on relation \"\(relation.name)\"",
                detail: "MERGE is not supported for relations with rules.")
        }
        guard let (relation, rule) = body.rule(catalog), rule.action == nil else { return false }
        if !outputColumns.isEmpty { throw .noReturning(rule.event, relation) }
        return true
    }

    /// Has RETURNING hand out a `record` as its text, because only the value knows its shape.
    fileprivate mutating func returnRecordsAsText() {
        func shown(_ targets: [TypedTarget]) -> [TypedTarget] {
            targets.map { target in
                guard target.value.type.type.isAnonymous else { return target }
                let text = TypedExpression.Node.coercion(.throughText, target.value, isExplicit: true)
                return TypedTarget(column: target.column, value: TypedExpression(text, type: TypeReference(.text)))
            }
        }
        switch body {
        case .insert(var insert):
            insert.returning = shown(insert.returning)
            body = .insert(insert)
        case .update(var update):
            update.returning = shown(update.returning)
            body = .update(update)
        case .delete(var delete):
            delete.returning = shown(delete.returning)
            body = .delete(delete)
        case .query, .merge: break
        }
    }
}

extension PreparedStatement.Plan {
    fileprivate init(
        _ body: TypedStatement.Body, parameters: [TypeReference], catalog: CatalogSnapshot, keepsRecords: Bool = false
    ) throws(PostgresError) {
        switch body {
        case .query(let query):
            let generator = SQLGenerator(catalog: catalog)
            self = .query(try generator.query(query, parameters: parameters, keepsRecords: keepsRecords))
        case .insert(let insert) where catalog[insert.table]?.view != nil:
            self = .instead(try InsteadOfPlan(insert, parameters: parameters, catalog: catalog))
        case .insert(let insert): self = .insert(try InsertPlan(insert, parameters: parameters, catalog: catalog))
        case .update(let update):
            if let rows = update.insteadRows {
                self = .instead(try InsteadOfPlan(update, rows, parameters: parameters, catalog: catalog))
            } else {
                self = .update(try UpdatePlan(update, catalog: catalog))
            }
        case .delete(let delete):
            if let rows = delete.insteadRows {
                self = .instead(try InsteadOfPlan(delete, rows, parameters: parameters, catalog: catalog))
            } else {
                self = .update(try UpdatePlan(delete, catalog: catalog))
            }
        case .merge(let merge): self = .merge(try MergePlan(merge, catalog: catalog))
        }
    }
}

extension TypedStatement.Body {
    /// The rule that stands in place of a modification.
    fileprivate func rule(_ catalog: CatalogSnapshot) -> (Relation, Rule)? {
        let (table, event): (RelationID, CreateTrigger.Event)
        switch self {
        case .query, .merge: return nil
        case .insert(let insert): (table, event) = (insert.table, .insert)
        case .update(let update): (table, event) = (update.table, .update)
        case .delete(let delete): (table, event) = (delete.table, .delete)
        }
        guard let relation = catalog[table], let rule = relation.rule(on: event) else { return nil }
        return (relation, rule)
    }
}
