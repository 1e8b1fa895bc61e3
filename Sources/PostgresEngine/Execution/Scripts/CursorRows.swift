import PostgresSyntax
import PostgresTypes
import SQLite

/// The rows of tables that a cursor's rows came from, for WHERE CURRENT OF.
struct CursorRows: Sendable {
    var tables: [RelationID] = []
    /// The numbers of each row's rows, table by table; nil where an outer join found none.
    var numbers: [[Int64?]] = []
    /// The query has FOR UPDATE or FOR SHARE.
    var isLocked = false
}

/// A row of a table by the number that it had.
struct RowKey: Hashable, Sendable {
    var storage: String
    var number: Int64
}

extension SelectStatement {
    /// The query with the row numbers of its tables behind its columns; nil where a row of it is not one of a table's, or
    /// not one of each of several that it locks.
    func withRowNumbers(
        _ catalog: CatalogSnapshot, searchPath: [String]
    ) -> (query: SelectStatement, tables: [RelationID])? {
        guard case .select(var select) = body, with == nil, select.groupBy.isEmpty, select.groupingSets == nil,
            select.having == nil, select.distinct == nil, select.unsupported == nil
        else { return nil }
        var tables: [RelationID] = []
        func add(_ item: FromItem) -> Bool {
            switch item {
            case .relation(let name, let alias, _):
                guard let relation = catalog.relation(name, searchPath: searchPath), let table = relation.table,
                    table.partitionKey == nil, table.partitionOf == nil
                else { return false }
                select.targets.append(Target(Expression(.column([alias?.name ?? name.name, "ctid"]))))
                tables.append(relation.id)
                return true
            case .join(_, let left, let right, _, let alias):
                return alias == nil && add(left) && add(right)
            default: return false
            }
        }
        guard select.from.allSatisfy(add), !tables.isEmpty, tables.count == 1 || !locking.isEmpty else { return nil }
        return (
            SelectStatement(
                .select(select), order: order, limit: limit, offset: offset, locking: locking,
                lockedTables: lockedTables),
            tables
        )
    }
}

extension ResultSet {
    /// Takes the row numbers of `tables` off the ends of the rows.
    mutating func takeRowNumbers(of tables: [RelationID], isLocked: Bool) -> CursorRows {
        let width = columns.count - tables.count
        columns.removeLast(tables.count)
        types.removeLast(tables.count)
        var found = CursorRows(tables: tables, isLocked: isLocked)
        for index in rows.indices {
            found.numbers.append(
                rows[index][width...].map { if case .integer(let number) = $0 { number } else { nil } })
            rows[index].removeLast(tables.count)
        }
        return found
    }
}

extension Transaction {
    /// Where a row is now that had a number before: nil when it is gone.
    private func current(_ key: RowKey) -> Int64? {
        var key = key
        while let moved = movedRows[key] {
            guard let number = moved else { return nil }
            key.number = number
        }
        return key.number
    }

    /// The row of a table that a cursor stands on; nil when it has been deleted since.
    func currentRow(of name: String, in table: RelationID) throws(PostgresError) -> Int64? {
        guard let portal = cursors[name] else {
            throw PostgresError("34000", "cursor \"\(name)\" does not exist")
        }
        let relation = catalog[table]
        let shown = relation?.name ?? ""
        if portal.isHeld, !portal.isNew {
            throw PostgresError("24000", "cursor \"\(name)\" is held from a previous transaction")
        }
        guard let rows = portal.rows, let column = rows.tables.firstIndex(of: table) else {
            guard portal.rows?.isLocked == true else {
                throw PostgresError(
                    "24000", "cursor \"\(name)\" is not a simply updatable scan of table \"\(shown)\"")
            }
            throw PostgresError(
                "24000", "cursor \"\(name)\" does not have a FOR UPDATE/SHARE reference to table \"\(shown)\"")
        }
        guard rows.tables.count(where: { $0 == table }) == 1 else {
            throw PostgresError(
                "24000", "cursor \"\(name)\" has multiple FOR UPDATE/SHARE references to table \"\(shown)\"")
        }
        guard rows.numbers.indices.contains(portal.position - 1) else {
            throw PostgresError("24000", "cursor \"\(name)\" is not positioned on a row")
        }
        guard let number = rows.numbers[portal.position - 1][column], let relation else { return nil }
        return current(RowKey(storage: relation.storageName, number: number))
    }
}

extension FunctionTable {
    mutating func addCursors() {
        // What WHERE CURRENT OF compares `ctid` with.
        nullable("emulator_current_of(refcursor,oid)") { call in
            if call.isNull(0) { throw PostgresError("22004", "cursor variable is null") }
            let context = try call.context
            guard let transaction = context.transaction else { return .null }
            let table = RelationID(UInt32(truncatingIfNeeded: call.integer(1)))
            return try transaction.currentRow(of: call.text(0), in: table).map { .integer($0) } ?? .null
        }
    }
}
