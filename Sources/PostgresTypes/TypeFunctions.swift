package import SQLite

/// What PostgresTypes brings into SQLite: the collations that make stored values equal and ordered as in PostgreSQL.
package enum TypeFunctions {
    /// Registers every collation that `PostgresType.collation` and `orderCollation` name.
    package static func register(on connection: Connection) {
        connection.register(collation: "pg_numeric") { DecimalText.compare($0, $1) }
        connection.register(collation: "pg_en") { EnglishOrder.compare($0, $1) }
        connection.register(collation: "pg_bpchar") {
            Collations.bytes(Collations.withoutTrailingBlanks($0), Collations.withoutTrailingBlanks($1))
        }
        connection.register(collation: "pg_bpchar_en") {
            EnglishOrder.compare(Collations.withoutTrailingBlanks($0), Collations.withoutTrailingBlanks($1))
        }
        for (name, type) in Collations.byType {
            connection.register(collation: name) { left, right in
                type.compare(
                    .text(String(decoding: left, as: UTF8.self)), .text(String(decoding: right, as: UTF8.self)))
            }
        }
    }
}

enum Collations {
    /// Collations for types whose values have to be taken apart to be compared.
    static let byType: [(name: String, type: PostgresType)] = [
        ("pg_citext", .citext), ("pg_interval", .interval), ("pg_array_interval", .array(.interval)),
        ("pg_timetz", .timetz), ("pg_array_timetz", .array(.timetz)), ("pg_jsonb", .jsonb),
        ("pg_array_numeric", .array(.numeric)),
        ("pg_array_jsonb", .array(.jsonb)), ("pg_array_citext", .array(.citext)),
        ("pg_array_bpchar", .array(.bpchar)), ("pg_array_en", .array(.text)), ("pg_array_float", .array(.float8)),
        // Integers by size, strings by bytes: what a type without a collation of its own needs.
        ("pg_array_plain", .array(.name)),
    ]

    static func bytes(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Int {
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    static func withoutTrailingBlanks<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        var end = bytes.endIndex
        while end > bytes.startIndex {
            let before = bytes.index(before: end)
            guard bytes[before] == UInt8(ascii: " ") else { break }
            end = before
        }
        return bytes[..<end]
    }
}
