internal import CSQLite

/// The rows of a computed table at one moment. SQLite may look rows up by one column's value: an index over it is made
/// when that first happens.
package final class ComputedRows {
    package let rows: [[SQLValue]]
    private var indexes: [Int: [SQLValue: [Int]]] = [:]

    package init(_ rows: [[SQLValue]]) { self.rows = rows }

    fileprivate func positions(of value: SQLValue, inColumn column: Int) -> [Int] {
        if let index = indexes[column] { return index[value] ?? [] }
        var index: [SQLValue: [Int]] = [:]
        for (position, row) in rows.enumerated() { index[row[column], default: []].append(position) }
        indexes[column] = index
        return index[value] ?? []
    }
}

extension Connection {
    /// Registers a table that Swift fills: SQL reads it under `name` as it reads any table. It is part of no schema and
    /// takes no writes.
    /// - Parameters:
    ///   - columns: their names, asked for when the table is first used.
    ///   - rows: called at the start of every scan, with a value for each of `columns` in every row.
    package func register(
        table name: String, columns: @escaping () -> [String], rows: @escaping () throws -> ComputedRows
    ) {
        let box = TableBox(connection: self, columns: columns, rows: rows)
        sqlite3_create_module_v2(
            handle, name, computedTableModule, Unmanaged.passRetained(box).toOpaque(),
            { Unmanaged<TableBox>.fromOpaque($0!).release() })
    }
}

/// What a registered table leads back to: its columns, and how its rows are computed.
private final class TableBox {
    // The connection owns the registration, so it outlives every scan.
    unowned let connection: Connection
    let columns: () -> [String]
    let rows: () throws -> ComputedRows

    init(
        connection: Connection, columns: @escaping () -> [String], rows: @escaping () throws -> ComputedRows
    ) {
        self.connection = connection
        self.columns = columns
        self.rows = rows
    }
}

/// SQLite's table object, with ours behind it: C sees the head alone.
private struct TableHead {
    var base = sqlite3_vtab()
    var box: Unmanaged<TableBox>
}

/// SQLite's own part of a cursor, which has to come first, and ours behind it.
private struct CursorHead {
    var base = sqlite3_vtab_cursor()
    var scan: Unmanaged<Scan>
}

/// Where one scan stands.
private final class Scan {
    var rows: ComputedRows?
    /// Rows to visit; nil: all of them.
    var positions: [Int]?
    var index = 0

    var current: Int { positions.map { $0[index] } ?? index }
    var isAtEnd: Bool { index >= (positions?.count ?? rows?.rows.count ?? 0) }
}

private func scan(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Scan {
    UnsafeMutableRawPointer(cursor!).assumingMemoryBound(to: CursorHead.self).pointee.scan.takeUnretainedValue()
}

private func table(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> TableBox {
    UnsafeMutableRawPointer(table!).assumingMemoryBound(to: TableHead.self).pointee.box.takeUnretainedValue()
}

// Written once, before anything reads it, and never freed: SQLite keeps the pointer.
private nonisolated(unsafe) let computedTableModule: UnsafeMutablePointer<sqlite3_module> = {
    var module = sqlite3_module()
    // No xCreate: the table is there under the module's own name and nowhere else.
    module.xConnect = { database, auxiliary, _, _, result, _ in
        let box = Unmanaged<TableBox>.fromOpaque(auxiliary!)
        let columns = box.takeUnretainedValue().columns().map { name in
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        let code = sqlite3_declare_vtab(database, "CREATE TABLE x(\(columns.joined(separator: ", ")))")
        guard code == SQLITE_OK else { return code }
        let head = UnsafeMutablePointer<TableHead>.allocate(capacity: 1)
        head.initialize(to: TableHead(box: box))
        result?.pointee = UnsafeMutableRawPointer(head).assumingMemoryBound(to: sqlite3_vtab.self)
        return SQLITE_OK
    }
    module.xDisconnect = { table in
        UnsafeMutableRawPointer(table!).assumingMemoryBound(to: TableHead.self).deallocate()
        return SQLITE_OK
    }
    module.xBestIndex = { _, plan in
        guard let plan else { return SQLITE_ERROR }
        plan.pointee.estimatedCost = 2000
        plan.pointee.estimatedRows = 1000
        for index in 0..<Int(plan.pointee.nConstraint) {
            let constraint = plan.pointee.aConstraint[index]
            guard constraint.usable != 0, Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ, constraint.iColumn >= 0,
                let collation = sqlite3_vtab_collation(plan, Int32(index)), String(cString: collation) == "BINARY"
            else { continue }
            plan.pointee.aConstraintUsage[index].argvIndex = 1
            plan.pointee.idxNum = constraint.iColumn + 1
            plan.pointee.estimatedCost = 10
            plan.pointee.estimatedRows = 5
            break
        }
        return SQLITE_OK
    }
    module.xOpen = { _, result in
        let head = UnsafeMutablePointer<CursorHead>.allocate(capacity: 1)
        head.initialize(to: CursorHead(scan: Unmanaged.passRetained(Scan())))
        result?.pointee = UnsafeMutableRawPointer(head).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
        return SQLITE_OK
    }
    module.xClose = { cursor in
        let head = UnsafeMutableRawPointer(cursor!).assumingMemoryBound(to: CursorHead.self)
        head.pointee.scan.release()
        head.deallocate()
        return SQLITE_OK
    }
    module.xFilter = { cursor, plan, _, count, values in
        let scan = scan(cursor)
        let box = table(cursor!.pointee.pVtab)
        scan.index = 0
        scan.positions = nil
        do {
            let rows = try box.rows()
            scan.rows = rows
            guard plan > 0, count == 1 else { return SQLITE_OK }
            switch FunctionArguments(values: values, count: 1)[0] {
            case .null: scan.positions = []
            // A whole number may be written as a real: SQLite compares those itself.
            case .real: break
            case let value: scan.positions = rows.positions(of: value, inColumn: Int(plan) - 1)
            }
            return SQLITE_OK
        } catch {
            box.connection.pendingError = error
            return SQLITE_ERROR
        }
    }
    module.xNext = { cursor in
        scan(cursor).index += 1
        return SQLITE_OK
    }
    module.xEof = { scan($0).isAtEnd ? 1 : 0 }
    module.xColumn = { cursor, context, column in
        let scan = scan(cursor)
        guard let row = scan.rows?.rows[scan.current] else { return SQLITE_ERROR }
        setResult(context, row[Int(column)])
        return SQLITE_OK
    }
    module.xRowid = { cursor, result in
        result?.pointee = Int64(scan(cursor).current)
        return SQLITE_OK
    }
    let pointer = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    pointer.initialize(to: module)
    return pointer
}()
