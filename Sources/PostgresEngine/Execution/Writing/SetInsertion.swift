import PostgresTypes
import SQLite

/// INSERT … SELECT where SQLite may do all of it: one statement writes the rows, another looks for any that break a
/// rule. When there is one, nothing has happened: the rows then go through the pipeline one by one, which finds the
/// error that Postgres gives.
extension Modification {
    /// - Returns: the number of rows inserted; nil when they have to go one by one.
    func insertAsSet(_ plan: InsertPlan, _ rules: TableRules, _ parameters: [SQLValue]) throws -> Int? {
        guard plan.isSetwise, case .query(let query) = plan.source, rules.areSetwise, !isStep,
            let statement = insertion(of: query, plan, rules)
        else { return nil }
        let required = plan.checks.map(\.typed.condition)
        if !required.isEmpty || !rules.checks.isEmpty,
            rules.verdict(with: required, transaction.catalog) == nil
        {
            return nil
        }
        var keys: [String] = []
        if checksKeys(rules) {
            for reference in rules.references {
                guard let broken = reference.violation,
                    !ForeignKeyEvent.childWritten(reference, key: []).isDeferred(transaction.constraintModes)
                else { return nil }
                keys.append(broken)
            }
        }
        try transaction.completeIndexes(of: rules.relation)
        let numbering = transaction.numbering(of: rules.storage)
        defer { numbering.forget() }
        let start = try numbering.greatest(on: connection)
        let missing = rules.required.map { "c.\(rules.table.columns[$0].name.quotedName) IS NULL" }
        guard
            let violations = try? SQLGenerator(catalog: transaction.catalog).violations(
                required: required, unlessFalse: rules.checkConditions ?? [],
                orAnyOf: missing + keys, in: rules.relation, after: start)
        else { return nil }
        do {
            return try connection.savepoint {
                try transaction.forEachRow(statement, parameters: parameters) { _ in }
                let count = connection.changes
                try transaction.forEachRow(violations) { _ in throw BrokenRule() }
                return count
            }
        } catch let error as SQLiteError where error.isInterruption {
            throw error
        } catch is BrokenRule, is PostgresError, is SQLiteError {
            return nil
        }
    }

    /// Some row breaks a rule: which and how is found out row by row.
    private struct BrokenRule: Error {}

    /// nil where a column has a default that is made for every row.
    private func insertion(of query: GeneratedSQL, _ plan: InsertPlan, _ rules: TableRules) -> GeneratedSQL? {
        var names = plan.columns.map { rules.table.columns[$0].name.quotedName }
        var values: [String] = []
        var statement = query
        for (column, value) in rules.defaults.enumerated() where !plan.columns.contains(column) {
            switch value {
            case .null:
                if rules.domains.contains(where: { $0.column == column }) { return nil }
                continue
            case .constant(let constant): statement.bindings.append(.constant(constant))
            case .session(let session): statement.bindings.append(.session(session))
            case .sequence, .computed, .refused: return nil
            }
            names.append(rules.table.columns[column].name.quotedName)
            values.append("?\(statement.bindings.count)")
        }
        guard !names.isEmpty else { return nil }
        let rows = values.isEmpty ? query.sql : "SELECT s.*, \(values.joined(separator: ", ")) FROM (\(query.sql)) AS s"
        statement.sql = "INSERT INTO \(rules.storage.quotedName) (\(names.joined(separator: ", "))) \(rows)"
        return statement
    }
}

extension TableRules {
    /// Whether no row needs more than to be written and looked at.
    fileprivate var areSetwise: Bool {
        triggers == nil && generated.isEmpty && exclusions.isEmpty && table.partitionKey == nil
            && uniques.allSatisfy(\.isEnforcedByStorage)
            && checkConditions?.allSatisfy { !$0.hasSubquery } ?? false
    }
}

extension TableRules.Reference {
    /// What is true of a row `c` of the child that has no parent; nil where NULLs are looked at too.
    fileprivate var violation: String? {
        if key.isMatchFull { return nil }
        let columns = key.columns.map(\.quotedName)
        if columns.count == 1, sharesTypes {
            // SQLite looks a lone value up in the parent's index itself, where it would begin a subquery for each row.
            let parents = "SELECT p.\(key.referencedColumns[0].quotedName) FROM \(parentStorage.quotedName) AS p"
            return "(c.\(columns[0]) IS NOT NULL AND (c.\(columns[0]) IN (\(parents))) IS NOT 1)"
        }
        let present = columns.map { "c.\($0) IS NOT NULL" }
        let same = zip(key.referencedColumns, columns).map { "p.\($0.quotedName) = c.\($1)" }
        return "(\(present.joined(separator: " AND ")) AND NOT EXISTS (SELECT 1 FROM \(parentStorage.quotedName) AS p "
            + "WHERE \(same.joined(separator: " AND "))))"
    }
}

extension TypedInsert {
    /// Whether its rows may be asked for twice, and be written before they are looked at.
    func isSetwise(_ catalog: CatalogSnapshot) -> Bool {
        guard case .query(let query) = source, onConflict == nil, returning.isEmpty, overriding == nil,
            checks.allSatisfy({ !$0.isOfView && !$0.condition.hasSubquery && $0.condition.isHarmless(catalog) })
        else { return false }
        // A row or two made from nothing are not worth it.
        guard query.order.isEmpty, case .select(let select) = query.body, !select.ranges.isEmpty else { return false }
        return query.isRepeatable(catalog)
    }
}

extension TypedQuery {
    /// Whether asking again gives the same rows, and asking does nothing else.
    fileprivate func isRepeatable(_ catalog: CatalogSnapshot) -> Bool {
        let types = TypeSystem(catalog: catalog)
        func isSteady(_ function: FunctionID) -> Bool {
            guard catalog[function] == nil, let known = types.function(function) else { return false }
            return known.volatility != UInt8(ascii: "v")
        }
        func isSteady(_ query: TypedQuery) -> Bool {
            guard query.commonTables.isEmpty else { return false }
            switch query.body {
            case .values: return true
            case .setOperation(_, _, let left, let right): return isSteady(left) && isSteady(right)
            case .select(let select):
                return select.ranges.allSatisfy { range in
                    switch range.source {
                    case .table: true
                    case .subquery(let query, _): isSteady(query)
                    case .functions(let calls, _): calls.allSatisfy { isSteady($0.function) }
                    case .view, .commonTable, .excluded, .step, .xmlTable: false
                    }
                }
            }
        }
        return isSteady(self) && walk(depth: 0) { node, _ in node.usesOnly(isSteady) ? .intoChildren : .stop }
    }
}
