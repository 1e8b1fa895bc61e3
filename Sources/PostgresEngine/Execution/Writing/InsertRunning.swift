import PostgresSyntax
import PostgresTypes
import SQLite

/// Where the values of an INSERT go in the rows of its table, in the order in which they are computed: of a single row
/// column by column, else first what is given and then the defaults of the other columns.
private struct RowPlaces {
    let width: Int
    /// The place of a column's value among those given; nil: its default.
    let columns: [(column: Int, place: Int?)]
    /// The values are the row as it is.
    let areInOrder: Bool

    init(_ plan: InsertPlan, _ rules: TableRules) {
        let all = rules.table.columns.indices
        width = all.count
        var columns = plan.columns.enumerated().map { place, column in
            (column: column, place: plan.overridden.contains(place) ? nil : Optional(place))
        }
        for column in all where !plan.columns.contains(column) { columns.append((column, nil)) }
        if case .rows(let rows) = plan.source, rows.count == 1 { columns.sort { $0.column < $1.column } }
        self.columns = columns
        areInOrder = plan.overridden.isEmpty && plan.columns == Array(all)
    }
}

/// The rows of one INSERT on their way into its table.
private struct InsertRun {
    let modification: Modification
    let plan: InsertPlan
    let rules: TableRules
    let parameters: [SQLValue]
    /// Whether all rows are looked at before the first is stored.
    let looksAhead: Bool
    /// How many rows were inserted or, by DO UPDATE, updated.
    private(set) var count = 0
    private(set) var insertedRows = 0
    /// Rows this statement has written: a second conflict with one of them is an error.
    private var written: Set<Int64> = []
    /// Rows that wait until all have been looked at.
    private var waiting: [[SQLValue]] = []

    init(_ modification: Modification, _ plan: InsertPlan, _ rules: TableRules, _ parameters: [SQLValue]) {
        self.modification = modification
        self.plan = plan
        self.rules = rules
        self.parameters = parameters
        looksAhead = plan.checksAsOfStart && !modification.looksAtTablesBeforeRows(.insert, rules)
    }

    /// Takes a proposed row: what triggers and checks that come before storing say of it, then the storing.
    mutating func write(_ proposed: [SQLValue], _ returning: (SQLite.Statement) throws -> Void) throws {
        guard looksAhead else {
            if let row = try completed(proposed) { try store(row, returning) }
            return
        }
        do {
            if let row = try completed(proposed) { waiting.append(row) }
        } catch {
            // What is wrong with a row is told when the rows before it have been written.
            for row in waiting { try store(row, returning) }
            throw error
        }
    }

    /// Stores the rows that wait.
    mutating func finish(_ returning: (SQLite.Statement) throws -> Void) throws {
        for row in waiting { try store(row, returning) }
        waiting = []
    }

    /// - Returns: nil where a trigger takes the row out.
    private func completed(_ proposed: [SQLValue]) throws -> [SQLValue]? {
        guard var row = try modification.fireBefore(.insert, old: nil, new: proposed, rules) else { return nil }
        try modification.complete(&row, rules, plan.checks, parameters)
        return row
    }

    private mutating func store(
        _ completed: [SQLValue], _ returning: (SQLite.Statement) throws -> Void
    ) throws {
        var row = completed
        let number: Int64
        // Who locked the row to update it: what tells it from a row that is new.
        var updater: Int64 = 0
        if let conflict = plan.conflict {
            if let existing = try modification.conflicting(row, conflict, rules) {
                guard
                    let result = try modification.resolve(conflict, existing, row, written, rules, parameters)
                else { return }
                number = result.number
                row = result.row
                updater = 1
            } else {
                number = try insert(row)
            }
            written.insert(number)
        } else {
            number = try insert(row)
        }
        count += 1
        if let columns = plan.returning {
            if plan.returnsSystemColumns { row += [.integer(updater), .integer(number)] }
            try modification.transaction.forEachRow(columns, parameters: parameters, rows: [row], returning)
        }
    }

    private mutating func insert(_ row: [SQLValue]) throws -> Int64 {
        let number = try modification.insert(row, rules)
        if !plan.checks.isEmpty { try modification.check(row, plan.checks, rules, parameters, isWritten: true) }
        insertedRows += 1
        return number
    }
}

extension Modification {
    /// - Returns: the number of rows inserted or, by DO UPDATE, updated.
    func run(
        _ plan: InsertPlan, parameters: [SQLValue], returning: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        let rules = try rules(of: plan.table)
        if let count = try insertAsSet(plan, rules, parameters) {
            transaction.insertedRows = count
            return count
        }
        givenColumns = Set(plan.columns)
        partition = plan.partition
        var run = InsertRun(self, plan, rules, parameters)
        let places = RowPlaces(plan, rules)
        try fireStatement(.before, .insert, rules)
        let updated = plan.conflict?.columns.map { Set($0) }
        if let updated { try fireStatement(.before, .update, changing: updated, rules) }
        switch plan.source {
        case .rows(let rows) where !plan.computesFirst:
            for cells in rows {
                let converted = try constants(cells, isAlone: rows.count == 1)
                let proposed = try row(places, rules) { place in
                    guard place < cells.count else { return nil }
                    return try converted?[place] ?? value(of: cells[place], parameters)
                }
                try run.write(proposed, returning)
            }
        // All rows first: the query must not see what is being inserted.
        case .rows(let rows):
            let given = try rows.map { cells in try cells.map { try value(of: $0, parameters) } }
            for values in given {
                try run.write(row(places, rules) { $0 < values.count ? values[$0] : nil }, returning)
            }
        case .query(let query):
            var given: [[SQLValue]] = []
            try transaction.forEachRow(query, parameters: parameters) { given.append($0.row) }
            for row in given {
                var values = row
                try transaction.compute(plan.lateValues, parameters, over: [row], into: &values)
                if plan.lateValues != nil { values.removeLast(values.count - plan.columns.count) }
                try run.write(places.areInOrder ? values : self.row(places, rules) { values[$0] }, returning)
            }
        }
        try run.finish(returning)
        if let updated { try fireStatement(.after, .update, changing: updated, rules) }
        try fireStatement(.after, .insert, rules)
        try finish()
        transaction.insertedRows = run.insertedRows
        return run.count
    }

    /// A row of the table: what is given for the statement's target columns, and the defaults of all others.
    /// - Parameter given: the value at a place; nil for DEFAULT.
    private func row(
        _ places: RowPlaces, _ rules: TableRules, _ given: (Int) throws -> SQLValue?
    ) throws -> [SQLValue] {
        var row = [SQLValue](repeating: .null, count: places.width)
        for (column, place) in places.columns {
            row[column] = try place.flatMap(given) ?? defaultValue(of: column, rules)
        }
        return row
    }

    /// The constants of a single row that are converted: Postgres does it when it plans, before anything is computed.
    private func constants(_ cells: [InsertPlan.Cell], isAlone: Bool) throws -> [SQLValue?]? {
        guard isAlone, cells.contains(where: { if case .converted = $0 { true } else { false } }) else { return nil }
        return try cells.map { cell in
            guard case .converted(let conversion, let constant) = cell else { return nil }
            return try transaction.evaluate(conversion, parameters: [constant])[0]
        }
    }

    /// All rows that a source gives; nil stands for DEFAULT.
    func rows(of source: InsertPlan.Source, width: Int, _ parameters: [SQLValue]) throws -> [[SQLValue?]] {
        switch source {
        case .rows(let rows):
            return try rows.map { cells in
                if cells.isEmpty { return Array(repeating: nil, count: width) }
                return try cells.map { try value(of: $0, parameters) }
            }
        case .query(let query):
            var rows: [[SQLValue?]] = []
            try transaction.forEachRow(query, parameters: parameters) { rows.append($0.row) }
            return rows
        }
    }

    private func value(of cell: InsertPlan.Cell, _ parameters: [SQLValue]) throws -> SQLValue? {
        switch cell {
        case .constant(let value): value
        case .parameter(let number): try Transaction.parameter(number, of: parameters)
        case .computed(let value): try transaction.evaluate(value, parameters: parameters)[0]
        case .converted(let conversion, let constant):
            try transaction.evaluate(conversion, parameters: [constant])[0]
        case .useDefault: nil
        }
    }

    // MARK: ON CONFLICT

    /// The existing row that conflicts with a proposed one by one of the arbiters.
    fileprivate func conflicting(_ row: [SQLValue], _ plan: InsertPlan.Conflict, _ rules: TableRules) throws -> Int64? {
        for unique in rules.uniques
        where plan.arbiters.isEmpty || plan.arbiters.contains(unique.index.name) {
            if unique.constraint?.isDeferrable == true {
                if plan.arbiters.isEmpty { continue }
                throw PostgresError(
                    "55000",
                    "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters",
                    constraint: unique.index.name)
            }
            if let number = try conflict(row, unique, except: nil) { return number }
        }
        for exclusion in rules.exclusions
        where plan.arbiters.isEmpty || plan.arbiters.contains(exclusion.constraint.name) {
            if exclusion.constraint.isDeferrable {
                if plan.arbiters.isEmpty { continue }
                throw PostgresError(
                    "55000",
                    "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters",
                    constraint: exclusion.constraint.name)
            }
            if let (number, _) = try self.exclusion(of: row, by: exclusion, except: nil) { return number }
        }
        return nil
    }

    /// DO NOTHING or DO UPDATE; nil when the existing row stays as it is.
    fileprivate func resolve(
        _ plan: InsertPlan.Conflict, _ number: Int64, _ proposed: [SQLValue], _ written: Set<Int64>,
        _ rules: TableRules, _ parameters: [SQLValue]
    ) throws -> (number: Int64, row: [SQLValue])? {
        guard let columns = plan.columns else { return nil }
        if written.contains(number) {
            throw PostgresError(
                "21000", "ON CONFLICT DO UPDATE command cannot affect row a second time",
                hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained "
                    + "values.")
        }
        let existing = try row(number, rules)
        let images = [existing, proposed]
        if let filter = plan.filter {
            guard case .integer(1) = try transaction.evaluate(filter, parameters: parameters, rows: images)[0] else {
                return nil
            }
        }
        try check(existing, plan.existingChecks, rules, parameters)
        var values = try plan.values.map { try transaction.evaluate($0, parameters: parameters, rows: images) } ?? []
        values.reverse()
        var new = existing
        for (column, isDefault) in zip(columns, plan.isDefault) {
            new[column] = isDefault ? try defaultValue(of: column, rules) : values.removeLast()
        }
        let targets = Set(columns)
        guard var new = try fireBefore(.update, old: existing, new: new, changing: targets, rules) else { return nil }
        if moves(from: existing, to: new, rules) {
            throw PostgresError(
                "0A000", "invalid ON UPDATE specification",
                detail: "The result tuple would appear in a different partition than the original tuple.")
        }
        try complete(&new, rules, plan.updatedChecks, parameters)
        let moved = try update(number, from: existing, to: new, changing: targets, rules)
        try check(new, plan.updatedChecks, rules, parameters, isWritten: true)
        return (moved, new)
    }

    private func row(_ number: Int64, _ rules: TableRules) throws -> [SQLValue] {
        let names = rules.table.columns.map(\.name.quotedName).joined(separator: ", ")
        var found: [SQLValue] = []
        try connection.query(
            "SELECT \(names.isEmpty ? "NULL" : names) FROM \(rules.storage.quotedName) WHERE \"#row\" = ?1",
            [.integer(number)]
        ) { found = $0.row }
        return found
    }
}
