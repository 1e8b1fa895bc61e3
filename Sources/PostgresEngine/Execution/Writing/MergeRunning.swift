import PostgresSyntax
import PostgresTypes
import SQLite

/// A MERGE made ready: its source with the target rows that match, and what becomes of each.
struct MergePlan: Sendable {
    struct Clause: Sendable {
        enum Action: Sendable {
            /// Columns with whether their value is DEFAULT, and the values that are not.
            case update([(column: Int, isDefault: Bool)], GeneratedSQL?)
            case delete
            case insert([(column: Int, isDefault: Bool)], GeneratedSQL?)
            case nothing
        }

        var isMatched: Bool
        var condition: GeneratedSQL?
        var action: Action
    }

    var table: RelationID
    /// `#row` of the target or NULL, the columns of the target, then those of the other ranges.
    var rows: GeneratedSQL
    /// How many columns each range has.
    var widths: [Int]
    var clauses: [Clause]
    var insertChecks: [RowCheck]
    var updateExistingChecks: [RowCheck]
    var updateChecks: [RowCheck]
    var deleteChecks: [RowCheck]

    /// What its clauses may do, in the order in which the triggers before them fire.
    var events: [CreateTrigger.Event] {
        var found: Set<CreateTrigger.Event> = []
        for clause in clauses {
            switch clause.action {
            case .insert: found.insert(.insert)
            case .update: found.insert(.update)
            case .delete: found.insert(.delete)
            case .nothing: break
            }
        }
        return [.insert, .update, .delete].filter(found.contains)
    }

    /// The columns that any of its clauses sets in a row.
    var updated: Set<Int> {
        var columns: Set<Int> = []
        for clause in clauses {
            if case .update(let assigned, _) = clause.action { columns.formUnion(assigned.map(\.column)) }
        }
        return columns
    }

    init(_ merge: TypedMerge, catalog: CatalogSnapshot) throws(PostgresError) {
        guard let table = catalog[merge.table]?.table, table.partitionOf == nil else {
            throw .notSupported("MERGE into a partition")
        }
        self.table = merge.table
        let generator = SQLGenerator(catalog: catalog)
        rows = try generator.mergeRows(merge)
        widths = merge.ranges.map(\.columns.count)
        func generate(_ values: [TypedExpression]) throws(PostgresError) -> GeneratedSQL? {
            if values.isEmpty { return nil }
            return try generator.expressions(values, rowImages: Set(merge.ranges.indices), ranges: merge.ranges)
        }
        var clauses: [Clause] = []
        for clause in merge.clauses {
            let action: Clause.Action
            switch clause.action {
            case .nothing: action = .nothing
            case .delete: action = .delete
            case .update(let assignments):
                action = .update(
                    assignments.map { ($0.column, $0.value == nil) }, try generate(assignments.compactMap(\.value)))
            case .insert(let columns, let values, let overriding):
                // OVERRIDING USER VALUE: the sequence's value instead of the one given.
                let isDefault = zip(columns, values).map { column, value in
                    value == nil || overriding == .user && table.columns[column].identity != nil
                }
                let given = zip(values, isDefault).compactMap { $1 ? nil : $0 }
                action = .insert(
                    zip(columns, isDefault).map { (column: $0, isDefault: $1) }, try generate(given))
            }
            clauses.append(
                Clause(
                    isMatched: clause.isMatched, condition: try generate(clause.condition.map { [$0] } ?? []),
                    action: action))
        }
        self.clauses = clauses
        insertChecks = generator.rowChecks(merge.insertChecks, over: merge.ranges[0])
        updateExistingChecks = generator.rowChecks(merge.updateExistingChecks, over: merge.ranges[0])
        updateChecks = generator.rowChecks(merge.updateChecks, over: merge.ranges[0])
        deleteChecks = generator.rowChecks(merge.deleteChecks, over: merge.ranges[0])
    }
}

extension Modification {
    /// - Returns: the number of rows inserted, updated and deleted.
    func run(_ plan: MergePlan, parameters: [SQLValue]) throws -> Int {
        let rules = try rules(of: plan.table)
        partition = nil
        givenColumns = nil
        for event in plan.events where event != .insert { try checkReplicaIdentity(event, rules) }
        for event in plan.events {
            try fireStatement(.before, event, changing: event == .update ? plan.updated : nil, rules)
        }
        var found: [[SQLValue]] = []
        try transaction.forEachRow(plan.rows, parameters: parameters) { found.append($0.row) }
        var touched: Set<Int64> = []
        var count = 0
        for entry in found {
            var images: [[SQLValue]] = []
            var next = 1
            for width in plan.widths {
                images.append(Array(entry[next..<next + width]))
                next += width
            }
            var number: Int64?
            if case .integer(let row) = entry[0] { number = row }
            for clause in plan.clauses where clause.isMatched == (number != nil) {
                if let condition = clause.condition {
                    let answer = try transaction.evaluate(condition, parameters: parameters, rows: images)[0]
                    guard case .integer(1) = answer else { continue }
                }
                if try perform(clause.action, number, images, &touched, plan, rules, parameters) { count += 1 }
                break
            }
        }
        for event in plan.events.reversed() {
            try fireStatement(.after, event, changing: event == .update ? plan.updated : nil, rules)
        }
        try finish()
        return count
    }

    /// - Returns: whether anything was written: a trigger may have wanted the row as it is.
    private func perform(
        _ action: MergePlan.Clause.Action, _ number: Int64?, _ images: [[SQLValue]], _ touched: inout Set<Int64>,
        _ plan: MergePlan, _ rules: TableRules, _ parameters: [SQLValue]
    ) throws -> Bool {
        /// The row with new values in it, in the order of `columns`.
        func filled(
            _ row: [SQLValue], _ columns: [(column: Int, isDefault: Bool)], _ values: GeneratedSQL?
        ) throws -> [SQLValue] {
            var row = row
            var given = try values.map { try transaction.evaluate($0, parameters: parameters, rows: images) } ?? []
            given.reverse()
            for (column, isDefault) in columns {
                row[column] = isDefault ? try defaultValue(of: column, rules) : given.removeLast()
            }
            return row
        }
        func touch(_ number: Int64) throws {
            guard touched.insert(number).inserted else {
                throw PostgresError(
                    "21000", "MERGE command cannot affect row a second time",
                    hint: "Ensure that not more than one source row matches any one target row.")
            }
        }
        switch action {
        case .nothing: return false
        case .delete:
            guard let number else { return false }
            try touch(number)
            try check(images[0], plan.deleteChecks, rules, parameters)
            guard try fireBefore(.delete, old: images[0], new: nil, rules) != nil else {
                touched.remove(number)
                return false
            }
            try delete(number, images[0], rules)
        case .update(let columns, let values):
            guard let number else { return false }
            try touch(number)
            try check(images[0], plan.updateExistingChecks, rules, parameters)
            let proposed = try filled(images[0], columns, values)
            guard var row = try fireBeforeUpdate(from: images[0], to: proposed, changing: plan.updated, rules) else {
                touched.remove(number)
                return false
            }
            try complete(&row, rules, plan.updateChecks, parameters)
            _ = try update(number, from: images[0], to: row, changing: plan.updated, rules)
        case .insert(let columns, let values):
            var row = [SQLValue](repeating: .null, count: rules.table.columns.count)
            let given = Set(columns.map(\.column))
            for column in row.indices where !given.contains(column) {
                row[column] = try defaultValue(of: column, rules)
            }
            guard let proposed = try fireBefore(.insert, old: nil, new: filled(row, columns, values), rules) else {
                return false
            }
            row = proposed
            try complete(&row, rules, plan.insertChecks, parameters)
            _ = try insert(row, rules)
        }
        return true
    }
}
