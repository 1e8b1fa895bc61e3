internal import CSQLite

/// A prepared statement: bind, step, read columns, reset. Belongs to its connection's thread.
package final class Statement {
    /// The SQL text it was prepared from; also its key in the cache.
    package let sql: String
    private let handle: OpaquePointer
    private unowned let connection: Connection
    /// The cache's marks: somebody works with it; the cache knows it.
    var isInUse = true
    var isCached = false

    init(_ sql: String, on connection: Connection) throws {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw connection.error(sql: sql) }
        guard let prepared else {
            throw SQLiteError(code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message: "empty statement", sql: sql)
        }
        self.sql = sql
        self.handle = prepared
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: Binding

    /// Binds `values` to `?1`, `?2` …
    package func bind(_ values: [SQLValue]) throws {
        for (index, value) in values.enumerated() { try bind(value, at: index + 1) }
    }

    /// Binds one value; `index` counts from 1 as in SQL.
    package func bind(_ value: SQLValue, at index: Int) throws {
        let position = Int32(index)
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, position)
            case .integer(let number): sqlite3_bind_int64(handle, position, number)
            case .real(let number): sqlite3_bind_double(handle, position, number)
            case .text(let text): bind(text: text, at: position)
            case .blob(let bytes):
                // A nil pointer would bind NULL, so an empty blob is asked for by its length.
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(handle, position, 0)
                    : sqlite3_bind_blob64(handle, position, bytes, UInt64(bytes.count), csqlite_transient())
            }
        guard code == SQLITE_OK else { throw connection.error(sql: sql) }
    }

    private func bind(text: String, at position: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    handle, position, $0.baseAddress ?? emptyText, UInt64($0.count), csqlite_transient(),
                    UInt8(SQLITE_UTF8)
                )
            }
        }
    }

    // MARK: Running

    /// Moves to the next row; false when there is none.
    package func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.error(sql: sql)
        }
    }

    /// Makes the statement ready to run again and lets go of its bindings.
    package func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Makes the statement ready to run again with what is bound, which may be replaced one by one.
    package func rewind() { sqlite3_reset(handle) }

    /// Runs it for its effect, leaving it ready to run again.
    package func run() throws {
        defer { sqlite3_reset(handle) }
        while try step() {}
    }

    /// Whether it has any row; ready to run again after.
    package func hasRow() throws -> Bool {
        defer { sqlite3_reset(handle) }
        return try step()
    }

    // MARK: Reading the current row. Columns count from 0.

    package var columnCount: Int { Int(sqlite3_column_count(handle)) }

    package func columnName(_ column: Int) -> String { String(cString: sqlite3_column_name(handle, Int32(column))) }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    package func real(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    package func text(_ column: Int) -> String {
        withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text or blob column without a copy; valid inside `body` only.
    package func withBytes<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        // The pointer must be asked for before the length: asking may convert the value.
        let isBlob = sqlite3_column_type(handle, Int32(column)) == SQLITE_BLOB
        let start =
            isBlob
            ? sqlite3_column_blob(handle, Int32(column)) : UnsafeRawPointer(sqlite3_column_text(handle, Int32(column)))
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    /// One column as a value.
    package func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(real(column))
        case SQLITE_BLOB: .blob(withBytes(column) { Array($0) })
        default: .text(knownText(column))
        }
    }

    /// The text of a column that is known to be text.
    private func knownText(_ column: Int) -> String {
        guard let start = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The whole row as values.
    package var row: [SQLValue] {
        let count = columnCount
        return [SQLValue](unsafeUninitializedCapacity: count) { buffer, filled in
            for column in 0..<count { (buffer.baseAddress! + column).initialize(to: value(column)) }
            filled = count
        }
    }
}

/// A pointer to bind an empty string with: an empty buffer's base address may be nil, which would bind NULL.
/// It is never written to and never freed.
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.pointee = 0
    return UnsafePointer(pointer)
}()
