import PostgresSyntax
import PostgresTypes

/// Whether an index can be made over a type without naming an operator class.
extension CatalogEditor {
    /// - Throws: 42704 as PostgreSQL's `ResolveOpClass`. Types of extensions and access methods of extensions are taken at
    ///   their word.
    func checkOperatorClass(of type: TypeReference, method: String) throws(PostgresError) {
        guard !hasDefaultOperatorClass(type, method: method) else { return }
        throw PostgresError(
            "42704", noOperatorClass(for: type, method: method),
            hint:
                "You must specify an operator class for the index or define a default operator class for the data type."
        )
    }

    /// The same of a part of a partition key.
    func checkOperatorClass(ofPartitionKey type: TypeReference, isHash: Bool) throws(PostgresError) {
        let method = isHash ? "hash" : "btree"
        guard !hasDefaultOperatorClass(type, method: method) else { return }
        throw PostgresError(
            "42704", noOperatorClass(for: type, method: method),
            hint: "You must specify a \(method) operator class or define a default \(method) operator class for the "
                + "data type.")
    }

    private func noOperatorClass(for type: TypeReference, method: String) -> String {
        let shown = catalog.typeName(TypeReference(type.type), searchPath: searchPath)
        return "data type \(shown) has no default operator class for access method \"\(method)\""
    }

    private func hasDefaultOperatorClass(_ type: TypeReference, method: String) -> Bool {
        guard OperatorClass.methods.contains(method) else { return true }
        if method == "gin", catalog.extensions["btree_gin"] != nil { return true }
        if method == "gist", catalog.extensions["btree_gist"] != nil { return true }
        let base = catalog.baseType(of: type).type
        switch catalog.postgresType(of: base) {
        // Compared as what they are numbers of.
        case .object: return ["btree", "hash", "brin"].contains(method)
        case .multirange: return ["btree", "hash", "gist"].contains(method)
        case .array(.ltree) where method == "gist": return true
        case .hstore, .vector, .halfvec, .ltree, .lquery, .citext, .unsupported, .systemVector: return true
        default: return OperatorClass.find(nil, method: method, type: base, catalog: catalog) != 0
        }
    }
}
