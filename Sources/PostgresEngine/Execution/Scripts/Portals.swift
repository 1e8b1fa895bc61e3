import PostgresSyntax
import PostgresTypes
import SQLite

/// A cursor of a session: all its rows, and where it stands (0: before the first, one past their number: after the last).
struct Portal: Sendable {
    var result: ResultSet
    var position = 0
    /// nil: neither SCROLL nor NO SCROLL; rows that are all there can be gone through in any order.
    var isScrollable: Bool?
    var isHeld: Bool
    /// Where its rows came from, as far as that is rows of tables.
    var rows: CursorRows?
    /// Made by the transaction that runs.
    var isNew = true
}

/// DECLARE, FETCH, MOVE, CLOSE.
extension Transaction {
    func declare(_ cursor: DeclareCursor) throws {
        guard cursor.isHeld || isInBlock || callDepth > 0 else {
            throw PostgresError("25P01", "DECLARE CURSOR can only be used in transaction blocks")
        }
        guard cursors[cursor.name] == nil else {
            throw PostgresError("42P03", "cursor \"\(cursor.name)\" already exists")
        }
        if !cursor.query.locking.isEmpty {
            func refusal(_ what: String, _ detail: String) -> PostgresError {
                let clause = cursor.query.locking[0].uppercased()
                return PostgresError("0A000", "DECLARE \(what) \(clause) is not supported", detail: detail)
            }
            if cursor.isHeld { throw refusal("CURSOR WITH HOLD ...", "Holdable cursors must be READ ONLY.") }
            if cursor.isScrollable == true {
                throw refusal("SCROLL CURSOR ...", "Scrollable cursors must be READ ONLY.")
            }
        }
        let (result, rows) = try cursorResult(of: cursor.query) { query, _ in try run(prepare(.select(query))) }
        cursors[cursor.name] = Portal(
            result: result,
            isScrollable: cursor.isScrollable ?? (cursor.query.locking.isEmpty ? nil : false),
            isHeld: cursor.isHeld, rows: rows)
    }

    /// The result of a cursor's query, and where its rows came from. `run` is told whether the query that it is given has
    /// row numbers behind its own columns.
    func cursorResult(
        of query: SelectStatement, _ run: (SelectStatement, _ isNumbered: Bool) throws -> ResultSet
    ) throws -> (ResultSet, CursorRows?) {
        if let (numbered, tables) = query.withRowNumbers(catalog, searchPath: session.effectivePath) {
            do {
                var result = try run(numbered, true)
                let rows = result.takeRowNumbers(of: tables, isLocked: !query.locking.isEmpty)
                return (result, rows)
            } catch let error as PostgresError where ["42803", "42P10", "0A000"].contains(error.code) {
                // Its rows are not those of the table: what it computes comes from several of them.
            }
        }
        return (try run(query, false), query.locking.isEmpty ? nil : CursorRows(isLocked: true))
    }

    /// A name for a cursor that has none.
    func unnamedCursor() -> String {
        repeat { unnamedCursors += 1 } while cursors["<unnamed portal \(unnamedCursors)>"] != nil
        return "<unnamed portal \(unnamedCursors)>"
    }

    func fetch(_ fetch: FetchCursor) throws -> ResultSet {
        guard var portal = cursors[fetch.name] else {
            throw PostgresError("34000", "cursor \"\(fetch.name)\" does not exist")
        }
        let rows = try portal.move(fetch.direction, fetch.count)
        cursors[fetch.name] = portal
        if fetch.isMove { return ResultSet(tag: "MOVE \(rows.count)", count: rows.count) }
        var result = portal.result
        result.rows = rows.map { portal.result.rows[$0] }
        result.tag = "FETCH \(rows.count)"
        result.count = rows.count
        return result
    }

    func closeCursor(_ name: String?) throws {
        guard let name else {
            cursors = [:]
            return
        }
        guard cursors.removeValue(forKey: name) != nil else {
            throw PostgresError("34000", "cursor \"\(name)\" does not exist")
        }
    }
}

extension Portal {
    /// Moves as FETCH does and tells the rows passed, in order, counted from 0.
    mutating func move(_ direction: FetchCursor.Direction, _ count: Int) throws(PostgresError) -> [Int] {
        let total = result.rows.count
        switch direction {
        case .forward: return try count < 0 ? back(count == .min ? .max : -count) : forward(count)
        case .backward: return try count < 0 ? forward(count == .min ? .max : -count) : back(count)
        case .absolute:
            let target = count < 0 ? max(0, total + 1 + count) : min(count, total + 1)
            if target <= position, target != position || count <= 0 { try checkScrollable() }
            position = target
        case .relative:
            if count < 0 { try checkScrollable() }
            position = max(0, min(total + 1, position.addingReportingOverflow(count).partialValue))
        }
        return current
    }

    private var current: [Int] { result.rows.indices.contains(position - 1) ? [position - 1] : [] }

    private mutating func forward(_ count: Int) throws(PostgresError) -> [Int] {
        // The current row once more.
        if count == 0 {
            try checkScrollable()
            return current
        }
        let total = result.rows.count
        let first = position + 1
        let (sum, overflow) = position.addingReportingOverflow(count)
        let last = overflow ? total : min(total, sum)
        position = overflow || sum > total ? total + 1 : sum
        return first <= last ? (first...last).map { $0 - 1 } : []
    }

    private mutating func back(_ count: Int) throws(PostgresError) -> [Int] {
        if count == 0 { return try forward(0) }
        try checkScrollable()
        let first = position - 1
        let last = max(1, count > position ? 1 : position - count)
        position = max(0, count > position ? 0 : position - count)
        return first >= last ? (last...first).reversed().map { $0 - 1 } : []
    }

    private func checkScrollable() throws(PostgresError) {
        guard isScrollable == false else { return }
        throw PostgresError(
            "55000", "cursor can only scan forward", hint: "Declare it with SCROLL option to enable backward scan.")
    }
}
