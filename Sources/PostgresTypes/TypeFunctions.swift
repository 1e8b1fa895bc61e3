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

/// The collations of types that SQLite cannot compare by itself.
enum Collations {
    /// Collations for types whose values have to be taken apart to be compared.
    static let byType: [(name: String, type: PostgresType)] = {
        let ranges = RangeKind.builtin + MadeRange.representatives
        var types: [(name: String, type: PostgresType)] = []
        let scalars: [PostgresType] = [.citext, .timetz, .interval, .jsonb, .inet]
        for type in scalars + ranges.flatMap({ [PostgresType.range($0), .multirange($0)] }) {
            guard let name = type.collation else { continue }
            types.append((name, type))
        }
        // Integers by size, strings by bytes: what a type without a collation of its own needs.
        let elements: [PostgresType] = [.name, .numeric, .float8, .bpchar] + types.map(\.type)
        for element in elements {
            let type = PostgresType.array(element)
            if let name = type.collation { types.append((name, type)) }
        }
        return types + [("pg_array_en", .array(.text)), ("pg_tsvector", .tsvector)]
    }()

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
