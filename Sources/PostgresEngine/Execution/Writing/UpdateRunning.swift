import PostgresSyntax
import PostgresTypes
import SQLite

/// An UPDATE or DELETE made ready: the query for its rows, and what becomes of them.
struct UpdatePlan: Sendable {
    var table: RelationID
    /// The partition named, whose rows are its parent's: those that its bound, part of the filter, lets through.
    var partition: RelationID?
    /// `#row`, the columns of the row, then the new values.
    var rows: GeneratedSQL
    /// Target columns with whether the value is DEFAULT; nil: DELETE.
    var columns: [(column: Int, isDefault: Bool)]?
    /// Which of the rows found are meant, and new values of theirs, computed when the rows before have been written.
    var lateFilter: GeneratedSQL?
    var lateValues: LateValues?
    var returning: GeneratedSQL?
    /// Columns of the other ranges that follow the values, by range, for RETURNING.
    var others: [Int] = []
    /// What changed rows satisfy.
    var checks: [RowCheck] = []
    /// They read the tables as they were before the first row changed.
    var checksAsOfStart = false

    init(_ update: TypedUpdate, catalog: CatalogSnapshot) throws(PostgresError) {
        guard let relation = catalog[update.table], let table = relation.table else {
            throw .notSupported("UPDATE of a \(catalog[update.table]?.kindName ?? "relation") that is not a table")
        }
        self.table = catalog.partitionRoot(of: update.table)
        partition = table.partitionOf == nil ? nil : update.table
        for assignment in update.assignments where assignment.value != nil {
            let column = table.columns[assignment.column]
            if column.generated != nil || column.identity == .always {
                throw PostgresError(
                    "428C9", "column \"\(column.name)\" can only be updated to DEFAULT",
                    detail: column.generated != nil
                        ? "Column \"\(column.name)\" is a generated column."
                        : "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS.")
            }
        }
        columns = update.assignments.map { ($0.column, $0.value == nil) }
        let generator = SQLGenerator(catalog: catalog)
        var values = update.assignments.compactMap(\.value)
        var late: [(place: Int, value: TypedExpression)] = []
        for (place, value) in values.enumerated() where value.sees(writesTo: update.table, catalog) {
            late.append((place, value))
            values[place] = TypedExpression(.constant(.null), type: value.type)
        }
        lateValues = try LateValues(late, over: update.ranges, generator)
        let (extra, counts) = Self.otherColumns(update.returning.map(\.value) + late.map(\.value), update.ranges)
        others = counts
        var filter = update.filter
        // Of several rows of FROM that match one of the table the first is taken: it has to be found by all of the filter.
        if update.ranges.count == 1 {
            (filter, lateFilter) = try Self.split(update.filter, update.ranges[0], update.table, generator)
        }
        rows = try generator.targetRows(
            table: self.table, ranges: update.ranges.withTarget(self.table), from: update.from, filter: filter,
            values: values + extra)
        returning = try Self.returning(update.returning, ranges: update.ranges, generator)
        checks = generator.rowChecks(update.checks, over: update.ranges[0])
        checksAsOfStart = checks.readAsOfStart(catalog)
    }

    init(_ delete: TypedDelete, catalog: CatalogSnapshot) throws(PostgresError) {
        guard catalog[delete.table]?.table != nil else {
            throw .notSupported("DELETE from a \(catalog[delete.table]?.kindName ?? "relation") that is not a table")
        }
        table = catalog.partitionRoot(of: delete.table)
        partition = table == delete.table ? nil : delete.table
        let generator = SQLGenerator(catalog: catalog)
        let (extra, counts) = Self.otherColumns(delete.returning.map(\.value), delete.ranges)
        others = counts
        var filter = delete.filter
        if delete.ranges.count == 1 {
            (filter, lateFilter) = try Self.split(delete.filter, delete.ranges[0], delete.table, generator)
        }
        rows = try generator.targetRows(
            table: table, ranges: delete.ranges.withTarget(table), from: delete.from, filter: filter,
            values: extra)
        returning = try Self.returning(delete.returning, ranges: delete.ranges, generator)
    }

    /// A filter as what finds the rows, and what is looked at between the writes.
    private static func split(
        _ filter: TypedExpression?, _ image: RangeEntry, _ table: RelationID, _ generator: SQLGenerator
    ) throws(PostgresError) -> (TypedExpression?, GeneratedSQL?) {
        guard let filter else { return (nil, nil) }
        let (early, late) = filter.split(byWritesTo: table, generator.catalog)
        guard let late else { return (filter, nil) }
        return (early, try generator.expressions([late], rowImages: [0], ranges: [image]))
    }

    /// The columns of FROM or USING that these values read, such as RETURNING, as values to fetch with each row.
    private static func otherColumns(
        _ readers: [TypedExpression], _ ranges: [RangeEntry]
    ) -> (values: [TypedExpression], counts: [Int]) {
        var uses = false
        for reader in readers {
            reader.walk { node, depth in
                if case .column(let reference) = node.node, reference.levelsUp == depth, reference.range > 0 {
                    uses = true
                }
                return .intoChildren
            }
        }
        guard uses else { return ([], []) }
        var values: [TypedExpression] = []
        var counts: [Int] = []
        for (range, entry) in ranges.enumerated().dropFirst() {
            counts.append(entry.columns.count)
            for (column, output) in entry.columns.enumerated() {
                values.append(
                    TypedExpression(.column(ColumnReference(range: range, column: column)), type: output.type))
            }
        }
        return (values, counts)
    }

    /// The rows of the other ranges, one behind the other in what was found.
    func otherImages(in values: ArraySlice<SQLValue>) -> [[SQLValue]] {
        var rest = values
        return others.map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }

    private static func returning(
        _ targets: [TypedTarget], ranges: [RangeEntry], _ generator: SQLGenerator
    ) throws(PostgresError) -> GeneratedSQL? {
        if targets.isEmpty { return nil }
        return try generator.expressions(targets.map(\.value), rowImages: Set(ranges.indices), ranges: ranges)
    }
}

/// What a row becomes, and where the values begin that follow the new ones in what was found.
private struct NewRow {
    var values: [SQLValue]
    var next: Int
}

extension Modification {
    /// - Returns: the number of rows updated or deleted.
    func run(
        _ plan: UpdatePlan, parameters: [SQLValue], returning: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        let rules = try rules(of: plan.table)
        partition = plan.partition
        try checkReplicaIdentity(plan.columns == nil ? .delete : .update, rules)
        givenColumns = plan.columns.map { Set($0.map(\.column)) }
        let width = rules.table.columns.count
        // All rows first: what is written must not be found again, by this part of a statement or a later one.
        let own = try writer(rules).firstWritten
        var found: [[SQLValue]] = []
        try transaction.forEachRow(plan.rows, parameters: parameters) { entry in
            if let own, entry.integer(0) >= own { return }
            found.append(entry.row)
        }
        let changed = givenColumns
        let event: CreateTrigger.Event = plan.columns == nil ? .delete : .update
        try fireStatement(.before, event, changing: changed, rules)
        func isMeant(_ row: [SQLValue]) throws -> Bool {
            guard let filter = plan.lateFilter else { return true }
            return try transaction.evaluate(filter, parameters: parameters, rows: [row]).first == .integer(1)
        }
        /// The row that an updated one becomes, with where its other values begin; nil: it stays as it is.
        func updated(_ entry: [SQLValue], _ columns: [(column: Int, isDefault: Bool)]) throws -> NewRow? {
            let old = Array(entry[1..<width + 1])
            guard try isMeant(old) else { return nil }
            var entry = entry
            if plan.lateValues != nil {
                var new = Array(entry[(width + 1)...])
                let images = [old] + plan.otherImages(in: new.suffix(plan.others.reduce(0, +)))
                try transaction.compute(plan.lateValues, parameters, over: images, into: &new)
                entry.replaceSubrange((width + 1)..., with: new)
            }
            var row = old
            var next = width + 1
            for (column, isDefault) in columns {
                if isDefault {
                    row[column] = try defaultValue(of: column, rules)
                } else {
                    row[column] = entry[next]
                    next += 1
                }
            }
            guard var row = try fireBeforeUpdate(from: old, to: row, changing: changed, rules) else { return nil }
            try complete(&row, rules, plan.checks, parameters)
            return NewRow(values: row, next: next)
        }
        // What is wrong with a row is told when the rows before it have been written.
        var ahead: [Result<NewRow?, any Error>] = []
        if let columns = plan.columns, plan.checksAsOfStart, found.count > 1,
            !looksAtTablesBeforeRows(.update, changing: changed, rules)
        {
            for entry in found {
                ahead.append(Result { try updated(entry, columns) })
                if case .failure = ahead.last { break }
            }
        }
        var count = 0
        for (index, entry) in found.enumerated() {
            guard case .integer(let number) = entry[0] else { continue }
            let old = Array(entry[1..<width + 1])
            var row = old
            var next = width + 1
            if let columns = plan.columns {
                let new = ahead.isEmpty ? try updated(entry, columns) : try ahead[index].get()
                guard let new else { continue }
                (row, next) = (new.values, new.next)
                _ = try update(number, from: old, to: row, changing: changed, rules)
                try check(row, plan.checks, rules, parameters, isWritten: true)
            } else {
                guard try isMeant(old), try fireBefore(.delete, old: old, new: nil, rules) != nil else { continue }
                try delete(number, old, rules)
            }
            count += 1
            if let columns = plan.returning {
                let images = [row] + plan.otherImages(in: entry[next...])
                try transaction.forEachRow(columns, parameters: parameters, rows: images, returning)
            }
        }
        try fireStatement(.after, event, changing: changed, rules)
        try finish()
        return count
    }

    /// A row past the triggers before its update; nil: one of them wants it as it is.
    func fireBeforeUpdate(
        from old: [SQLValue], to new: [SQLValue], changing changed: Set<Int>?, _ rules: TableRules
    ) throws -> [SQLValue]? {
        guard let row = try fireBefore(.update, old: old, new: new, changing: changed, rules) else { return nil }
        guard rules.triggers != nil, moves(from: old, to: row, rules) else { return row }
        // A row that goes to another partition is deleted from the one and inserted into the other.
        try checkPartition(row, rules)
        guard try fireBefore(.delete, old: old, new: nil, rules) != nil else { return nil }
        return try fireBefore(.insert, old: nil, new: row, rules)
    }
}

extension [RangeEntry] {
    /// With the table as range 0 that the rows of the target are in.
    fileprivate func withTarget(_ table: RelationID) -> [RangeEntry] {
        var ranges = self
        ranges[0].source = .table(table)
        return ranges
    }
}
