import CPgQuery

/// Postgres' own parser, through libpg_query: the only place that knows the C library.
enum PgQuery {
    /// Why Postgres' grammar refused a text.
    struct Failure: Error {
        var message: String
        /// 1-based character in the text, nil where Postgres gives none.
        var position: Int?
    }

    /// The parse tree of `text`, as the JSON bytes libpg_query writes.
    static func parse(_ text: some StringProtocol) throws(Failure) -> [UInt8] {
        // C strings end at a zero byte, and Postgres takes none in a statement.
        if text.utf8.contains(0) {
            throw Failure(message: "invalid byte sequence for encoding \"UTF8\": 0x00", position: nil)
        }
        let result = String(text).withCString { pg_query_parse($0) }
        defer { pg_query_free_parse_result(result) }
        if let error = result.error?.pointee {
            let position = Int(error.cursorpos)
            throw Failure(message: String(cString: error.message), position: position > 0 ? position : nil)
        }
        guard let json = result.parse_tree else { throw Failure(message: "out of memory", position: nil) }
        return json.withMemoryRebound(to: UInt8.self, capacity: 1) { bytes in
            var count = 0
            while bytes[count] != 0 { count += 1 }
            return Array(UnsafeBufferPointer(start: bytes, count: count))
        }
    }
}
