import PostgresSyntax
import PostgresTypes

/// What a column can be of.
extension CatalogEditor {
    /// The type of a column or an attribute.
    /// - Throws: 42704 where there is none of that name, 42P16 for a pseudo-type: no value of it can be stored.
    func columnType(_ written: TypeName, of column: String) throws(PostgresError) -> TypeReference {
        let type = try catalog.resolveType(written, searchPath: searchPath)
        try checkStorable(type, as: column)
        try checkUsage(of: type)
        return type
    }

    /// As PostgreSQL's `CheckAttributeType`.
    func checkStorable(_ type: TypeReference, as column: String) throws(PostgresError) {
        guard validates, TypeSystem(catalog: catalog).kind(of: type.type) == .pseudo else { return }
        throw PostgresError("42P16", "column \"\(column)\" has pseudo-type \(shownType(type))")
    }

    /// The type that a domain is made of.
    func domainBase(_ written: TypeName) throws(PostgresError) -> TypeReference {
        let type = try catalog.resolveType(written, searchPath: searchPath)
        guard validates, TypeSystem(catalog: catalog).kind(of: type.type) == .pseudo else {
            try checkUsage(of: type)
            return type
        }
        throw PostgresError("42804", "\"\(written.names.last ?? "")\" is not a valid base type for a domain")
    }

    /// Refuses to make an object of a type that the role may not use.
    func checkUsage(of type: TypeReference) throws(PostgresError) {
        guard validates, !catalog.allowsUsage(of: type.type, role: session.role) else { return }
        let element = TypeSystem(catalog: catalog).element(of: type.type) ?? type.type
        throw .permissionDenied("type", shownType(TypeReference(element)))
    }

    private func shownType(_ type: TypeReference) -> String { catalog.typeName(type, searchPath: searchPath) }
}
