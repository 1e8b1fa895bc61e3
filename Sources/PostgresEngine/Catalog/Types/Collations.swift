import PostgresSyntax
import PostgresTypes

/// The collations that there are: the database's own order, which is English's, and that of bytes.
enum Collations {
    private static let byteOrdered: Set<String> = ["C", "POSIX", "ucs_basic", "C.utf8", "C.UTF-8"]
    private static let english: Set<String> = [
        "default", "en_US", "en_US.utf8", "en_US.UTF-8", "en-US-x-icu", "en-x-icu", "und-x-icu",
    ]

    static func isByteOrdered(_ name: String) -> Bool { byteOrdered.contains(name) }

    /// The collation of a written name: 42704 where PostgreSQL has none of it, 0A000 where only the emulator has not.
    static func named(_ names: [String]) throws(PostgresError) -> String {
        if let name = names.last {
            if byteOrdered.contains(name) || english.contains(name) { return name }
            if name.hasSuffix("-x-icu") { throw .notSupported("collation \"\(name)\"") }
        }
        throw PostgresError(
            "42704", "collation \"\(names.joined(separator: "."))\" for encoding \"UTF8\" does not exist")
    }
}

extension CatalogEditor {
    /// Refuses a COLLATE of a column, a field or a domain that there is not, or whose type has none.
    /// - Parameter kept: what keeps it; nil where another order than the database's is followed.
    func checkCollation(
        _ names: [String]?, of type: TypeReference, keptBy kept: String? = nil
    ) throws(PostgresError) {
        guard validates, let names else { return }
        let types = TypeSystem(catalog: catalog)
        let base = types.base(of: type.type)
        guard types.builtin.type(types.element(of: base) ?? base)?.isCollatable == true else {
            throw PostgresError(
                "42804", "collations are not supported by type \(catalog.typeName(type, searchPath: searchPath))")
        }
        let name = try Collations.named(names)
        if let kept, Collations.isByteOrdered(name) { throw .notSupported("\(kept) with COLLATE \"\(name)\"") }
    }
}
