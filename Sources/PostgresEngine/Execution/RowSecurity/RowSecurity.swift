import PostgresSyntax
import PostgresTypes
import SQLite

/// Puts row security into a bound statement, and partitions as the parts of their tables that they are.
///
/// Tables that are read become subqueries that let through what the role's policies do; the target of a modification
/// gets their USING in its WHERE, and their WITH CHECK as conditions on the rows that are written. The conditions and
/// their order are those of PostgreSQL's `get_row_security_policies`.
final class RowSecurity {
    let catalog: CatalogSnapshot
    let role: String
    let context: ValueContext
    /// Policies that are bound already, of statements under a search path.
    private let known: (plans: PlanCache, searchPath: [String])?

    /// What the policies themselves read, with the rights of whoever reads their tables.
    private(set) var accesses: [TableAccess] = []
    /// A policy holds a literal such as `'today'`.
    private(set) var dependsOnMoment = false
    /// The tables of which the role does not see everything.
    private(set) var tables: [Relation] = []
    /// Tables whose policies are being expanded, outermost first.
    private var active: [RelationID] = []
    /// The first error met inside the rewriting, which itself cannot fail.
    private var failure: PostgresError?

    init(
        catalog: CatalogSnapshot, role: String, context: ValueContext,
        known: (plans: PlanCache, searchPath: [String])? = nil
    ) {
        self.catalog = catalog
        self.role = role
        self.context = context
        self.known = known
    }

    /// Whether any table the statement touches has row security or is a partition: only then is there anything to
    /// rewrite.
    func concerns(_ statement: TypedStatement) -> Bool { concerns(statement.accesses) }

    func concerns(_ accesses: [TableAccess]) -> Bool {
        accesses.contains { access in
            let table = catalog[access.relation]?.table
            return table?.isRowSecurityEnabled == true || table?.partitionOf != nil
        }
    }

    /// The query as the role sees it.
    func apply(to query: TypedQuery) throws(PostgresError) -> TypedQuery {
        let changed = rewriter.query(query, role: role)
        if let failure { throw failure }
        return changed
    }

    func apply(to statement: TypedStatement) throws(PostgresError) -> TypedStatement {
        var changed = statement
        changed.body = apply(to: statement.body, statement)
        changed.steps = statement.steps.map { TypedStep(apply(to: $0.body, statement)) }
        if let failure { throw failure }
        changed.accesses += accesses
        changed.dependsOnMoment = changed.dependsOnMoment || dependsOnMoment
        return changed
    }

    private func apply(to body: TypedStatement.Body, _ statement: TypedStatement) -> TypedStatement.Body {
        switch body {
        case .query(let query): .query(rewriter.query(query, role: role))
        case .insert(let insert): .insert(apply(to: insert, statement))
        case .update(let update): .update(apply(to: update, statement))
        case .delete(let delete): .delete(apply(to: delete, statement))
        case .merge(let merge): .merge(apply(to: merge))
        }
    }

    // MARK: Modifications

    private func apply(to insert: TypedInsert, _ statement: TypedStatement) -> TypedInsert {
        var insert = insert
        let rewriter = rewriter
        switch insert.source {
        case .query(let query): insert.source = .query(rewriter.query(query, role: role))
        case .rows(let rows):
            insert.source = .rows(rows.map { $0.map { $0.map { rewriter.expression($0, role: role) } } })
        case .defaults: break
        }
        if var clause = insert.onConflict {
            clause.assignments = clause.assignments.map { assignments(of: $0, rewriter) }
            clause.filter = clause.filter.map { rewriter.expression($0, role: role) }
            insert.onConflict = clause
        }
        insert.returning = insert.returning.map { rewriter.target($0, role: role) }
        guard let target = secured(insert.table, writer(statement, insert.table)) else { return insert }
        insert.checks = checks(target, .insert)
        if insert.readsTarget { insert.checks += checks(target, .select, isUsing: true) }
        if insert.onConflict?.assignments != nil {
            // A row in the way that may not be updated is an error, not a row passed over.
            var existing = checks(target, .update, isUsing: true, ofExisting: true)
            var updated = checks(target, .update)
            if insert.readsTarget {
                existing += checks(target, .select, isUsing: true, ofExisting: true)
                updated += checks(target, .select, isUsing: true)
            }
            insert.onConflict?.existingChecks = existing
            insert.onConflict?.updatedChecks = updated
        }
        return insert
    }

    private func apply(to update: TypedUpdate, _ statement: TypedStatement) -> TypedUpdate {
        var update = update
        let rewriter = rewriter
        if let rows = update.insteadRows {
            update.insteadRows = rewriter.query(rows, role: role)
            update.returning = update.returning.map { rewriter.target($0, role: role) }
            return update
        }
        update.ranges = rewriter.others(update.ranges, role: role)
        update.from = update.from.map { rewriter.from($0, role: role) }
        update.filter = update.filter.map { rewriter.expression($0, role: role) }
        update.assignments = assignments(of: update.assignments, rewriter)
        update.returning = update.returning.map { rewriter.target($0, role: role) }
        update.filter = .all(bound(of: update.table), then: update.filter)
        guard let target = secured(update.table, writer(statement, update.table)) else { return update }
        var conditions = conditions(target, .update)
        if update.readsTarget { conditions += self.conditions(target, .select) }
        update.filter = .all(conditions, then: update.filter.map(\.afterPolicies))
        update.checks = checks(target, .update)
        if update.readsTarget { update.checks += checks(target, .select, isUsing: true) }
        return update
    }

    private func apply(to delete: TypedDelete, _ statement: TypedStatement) -> TypedDelete {
        var delete = delete
        let rewriter = rewriter
        if let rows = delete.insteadRows {
            delete.insteadRows = rewriter.query(rows, role: role)
            delete.returning = delete.returning.map { rewriter.target($0, role: role) }
            return delete
        }
        delete.ranges = rewriter.others(delete.ranges, role: role)
        delete.from = delete.from.map { rewriter.from($0, role: role) }
        delete.filter = delete.filter.map { rewriter.expression($0, role: role) }
        delete.returning = delete.returning.map { rewriter.target($0, role: role) }
        delete.filter = .all(bound(of: delete.table), then: delete.filter)
        guard let target = secured(delete.table, writer(statement, delete.table)) else { return delete }
        var conditions = conditions(target, .delete)
        if delete.readsTarget { conditions += self.conditions(target, .select) }
        delete.filter = .all(conditions, then: delete.filter.map(\.afterPolicies))
        return delete
    }

    private func apply(to merge: TypedMerge) -> TypedMerge {
        var merge = merge.rewritten(rewriter, role: role)
        guard let target = secured(merge.table, role) else { return merge }
        // What may not be read does not match; what may be read and not changed is an error.
        merge.condition =
            .all(conditions(target, .select), then: merge.condition.afterPolicies) ?? merge.condition
        merge.insertChecks = checks(target, .insert)
        func ofExisting(_ command: CreatePolicy.Command) -> [TypedRowCheck] {
            checks(target, command, isUsing: true, ofExisting: true, subject: "target row")
        }
        merge.updateExistingChecks = ofExisting(.update)
        merge.updateChecks = checks(target, .update) + checks(target, .select, isUsing: true)
        merge.deleteChecks = ofExisting(.delete)
        return merge
    }

    private func assignments(of assignments: [TypedAssignment], _ rewriter: TypedRewriter) -> [TypedAssignment] {
        assignments.map {
            TypedAssignment(column: $0.column, value: $0.value.map { rewriter.expression($0, role: role) })
        }
    }

    /// Whose rights the target is written with: through a view, its owner's.
    private func writer(_ statement: TypedStatement, _ table: RelationID) -> String {
        statement.accesses.first { $0.relation == table && $0.privilege != .select }?.checkedAs ?? role
    }

    // MARK: Policies

    /// A table of which a role sees only what policies let through.
    private struct Secured {
        var relation: Relation
        var table: Table
        var role: String
    }

    private func secured(_ id: RelationID, _ role: String) -> Secured? {
        guard let relation = catalog[id], let table = relation.table,
            catalog.isRowSecurityActive(relation, role: role)
        else { return nil }
        if !tables.contains(where: { $0.id == id }) { tables.append(relation) }
        return Secured(relation: relation, table: table, role: role)
    }

    /// The conditions that a command's rows satisfy: every restrictive policy, and one of the permissive ones.
    private func conditions(_ target: Secured, _ command: CreatePolicy.Command) -> [TypedExpression] {
        let (permissive, restrictive) = catalog.policies(of: target.table, for: command, role: target.role)
        let allowed = permissive.compactMap { $0.using.map { bind($0, target) } }
        guard !allowed.isEmpty else { return [.isFalse] }
        return restrictive.compactMap { $0.using.map { bind($0, target) } } + [.any(allowed)]
    }

    /// The conditions that rows which a command writes satisfy, with the errors for those that do not.
    /// - Parameter isUsing: USING decides, also of policies that have a WITH CHECK.
    private func checks(
        _ target: Secured, _ command: CreatePolicy.Command, isUsing: Bool = false, ofExisting: Bool = false,
        subject: String = "new row"
    ) -> [TypedRowCheck] {
        let (permissive, restrictive) = catalog.policies(of: target.table, for: command, role: target.role)
        func condition(_ policy: Policy) -> TypedExpression? {
            (isUsing ? policy.using : policy.check ?? policy.using).map { bind($0, target) }
        }
        let clause = ofExisting ? " (USING expression)" : ""
        let subject = "\(subject) violates row-level security policy"
        let table = " for table \"\(target.relation.name)\""
        let allowed = permissive.compactMap(condition)
        guard !allowed.isEmpty else { return [TypedRowCheck(.isFalse, message: subject + clause + table)] }
        return [TypedRowCheck(.any(allowed), message: subject + clause + table)]
            + restrictive.compactMap { policy in
                condition(policy).map {
                    TypedRowCheck($0, message: "\(subject) \"\(policy.name)\"\(clause)\(table)")
                }
            }
    }

    /// A policy's expression over its table as range 0, what it reads being under row security too.
    private func bind(_ expression: PolicyExpression, _ target: Secured) -> TypedExpression {
        guard failure == nil else { return .isFalse }
        do throws(PostgresError) {
            let bound = try bound(expression, over: target.relation.id)
            dependsOnMoment = dependsOnMoment || bound.dependsOnMoment
            accesses += bound.accesses.filter { $0.relation != target.relation.id || $0.columns.isEmpty }.map {
                var access = $0
                access.checkedAs = access.checkedAs ?? target.role
                return access
            }
            guard bound.value.hasSubquery else { return bound.value }
            guard !active.contains(target.relation.id) else {
                throw PostgresError(
                    "42P17", "infinite recursion detected in policy for relation \"\(target.relation.name)\"")
            }
            active.append(target.relation.id)
            defer { active.removeLast() }
            return rewriter.expression(bound.value, role: target.role)
        } catch {
            if failure == nil { failure = error }
            return .isFalse
        }
    }

    private func bound(
        _ expression: PolicyExpression, over table: RelationID
    ) throws(PostgresError) -> Binder.BoundPolicy {
        let expressions = ColumnExpressions(catalog: catalog, context: context)
        guard let known else { return try expressions.bindPolicy(expression, over: table) }
        let key = PlanCache.PolicyKey(expression: expression, table: table, searchPath: known.searchPath)
        return try known.plans.policy(key, version: catalog.version) { () throws(PostgresError) in
            try expressions.bindPolicy(expression, over: table)
        }
    }

    // MARK: Reading

    private var rewriter: TypedRewriter {
        var rewriter = TypedRewriter()
        rewriter.source = { [self] entry, role in
            guard case .table(let id) = entry.source, let relation = catalog[id], let table = relation.table else {
                return entry.source
            }
            var conditions: [TypedExpression] = []
            if let target = secured(id, role) {
                conditions = self.conditions(target, .select)
                if entry.isLocked { conditions += self.conditions(target, .update) }
            }
            guard table.partitionOf != nil else {
                if conditions.isEmpty { return entry.source }
                return .subquery(rows(of: relation, relation, conditions), isLateral: false)
            }
            // The rows of a partition: those of the table that holds them that satisfy its bound.
            guard let whole = catalog[catalog.partitionRoot(of: id)], let bound = partitionCondition(id) else {
                return entry.source
            }
            conditions.insert(bound, at: 0)
            return .subquery(rows(of: relation, whole, conditions), isLateral: false)
        }
        rewriter.viewOwner = { [catalog] id in
            guard let relation = catalog[id], let view = relation.view else { return nil }
            return view.isInvoker ? nil : relation.owner
        }
        rewriter.condition = { [self] condition in tables.isEmpty ? condition : condition.afterPolicies }
        return rewriter
    }

    /// Which rows of the table that holds them a partition has; nothing for other tables.
    private func bound(of id: RelationID) -> [TypedExpression] {
        guard catalog[id]?.table?.partitionOf != nil else { return [] }
        return partitionCondition(id).map { [$0] } ?? []
    }

    private func partitionCondition(_ id: RelationID) -> TypedExpression? {
        do throws(PostgresError) {
            return try catalog.boundPartitionCondition(id, below: catalog.partitionRoot(of: id), context: context)
        } catch {
            if failure == nil { failure = error }
            return nil
        }
    }

    /// The columns of `relation` from the rows of `stored` that satisfy all conditions.
    private func rows(of relation: Relation, _ stored: Relation, _ conditions: [TypedExpression]) -> TypedQuery {
        let targets = relation.columns.enumerated().map { position, column in
            TypedExpression(.column(ColumnReference(range: 0, column: position)), type: column.type)
        }
        let entry = RangeEntry(source: .table(stored.id), name: stored.name, columns: stored.columns)
        return TypedQuery(
            body: .select(
                TypedSelect(
                    targets: targets, ranges: [entry], from: [.range(0)], filter: .all(conditions, then: nil))),
            columns: relation.columns)
    }
}

extension View {
    /// Whether it runs with its reader's rights.
    var isInvoker: Bool { ["true", "on", "1", "yes"].contains(options["security_invoker"]?.lowercased() ?? "") }
}

extension TypedExpression {
    static var isFalse: TypedExpression { TypedExpression(.constant(.integer(0)), type: TypeReference(.bool)) }

    fileprivate static func any(_ conditions: [TypedExpression]) -> TypedExpression {
        conditions.count == 1 ? conditions[0] : TypedExpression(.or(conditions), type: TypeReference(.bool))
    }

    /// All conditions in this order, then the last one.
    fileprivate static func all(_ conditions: [TypedExpression], then last: TypedExpression?) -> TypedExpression? {
        let given = conditions + (last.map { [$0] } ?? [])
        return given.count < 2 ? given.first : TypedExpression(.and(given), type: TypeReference(.bool))
    }

    var hasSubquery: Bool {
        !walk { node, _ in
            if case .subquery = node.node { return .stop }
            return .intoChildren
        }
    }
}

extension TypedRewriter {
    func target(_ target: TypedTarget, role: String) -> TypedTarget {
        TypedTarget(column: target.column, value: expression(target.value, role: role))
    }

    /// The ranges of a modification: all but its target.
    func others(_ ranges: [RangeEntry], role: String) -> [RangeEntry] {
        ranges.enumerated().map { $0.offset == 0 ? $0.element : range($0.element, role: role) }
    }
}
