/// `tid`: the block and the place in it, in one number that is the row's.
enum RowPlaceCodec {
    static func decode(_ text: String) throws(PostgresError) -> Int64 {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard text.first == "(", text.last == ")", parts.count == 2,
            let block = UInt32(parts[0].dropFirst().filter { $0 != " " }),
            let place = UInt16(parts[1].dropLast().filter { $0 != " " })
        else { throw PostgresError("22P02", "invalid input syntax for type tid: \"\(text)\"") }
        return Int64(block) << 16 | Int64(place)
    }

    static func encode(_ number: Int64) -> String { "(\(number >> 16),\(number & 0xFFFF))" }
}
