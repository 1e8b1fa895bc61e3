import PostgresTypes

/// Reads a table of `BuiltinCatalogData` field by field, straight from the program's read-only data.
struct CatalogTable {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Steps to the next row; its fields are then read in order, all of them.
    mutating func next() -> Bool { position < bytes.count }

    private mutating func field() -> UnsafeBufferPointer<UInt8>.SubSequence {
        let start = position
        while position < bytes.count, bytes[position] != 9, bytes[position] != 10 { position += 1 }
        defer { position += 1 }
        return bytes[start..<position]
    }

    mutating func text() -> String { String(decoding: field(), as: UTF8.self) }

    mutating func optionalText() -> String? {
        let field = field()
        return field.isEmpty ? nil : String(decoding: field, as: UTF8.self)
    }

    mutating func letter() -> UInt8 { field().first ?? 0 }
    mutating func flag() -> Bool { letter() == 116 }
    mutating func number() -> UInt32 { Self.number(field()) }
    mutating func type() -> TypeID { TypeID(number()) }

    mutating func optionalType() -> TypeID? {
        let oid = number()
        return oid == 0 ? nil : TypeID(oid)
    }

    mutating func typeList() -> [TypeID] {
        let field = field()
        return field.isEmpty ? [] : field.split(separator: 44).map { TypeID(Self.number($0)) }
    }

    mutating func textList() -> [String] {
        let field = field()
        guard !field.isEmpty else { return [] }
        return field.split(separator: 44, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func number(_ field: UnsafeBufferPointer<UInt8>.SubSequence) -> UInt32 {
        field.reduce(0) { $0 &* 10 &+ UInt32($1 &- 48) }
    }
}
