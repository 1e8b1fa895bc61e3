/// The types whose values are OIDs of objects in the catalog, read and printed by name.
package enum NamedObjectKind: String, Hashable, Sendable, CaseIterable {
    case regclass, regtype, regproc, regprocedure, regnamespace, regrole, regconfig, regdictionary, regcollation
    case regoper, regoperator
}

/// Who knows the names of objects: a catalog under a search path.
package protocol ObjectNaming: Sendable {
    /// The object's name, with its schema where the search path does not lead to it; nil when there is no such object.
    func name(_ id: UInt32, _ kind: NamedObjectKind) -> String?
    /// The object that a name as written means.
    func find(_ name: String, _ kind: NamedObjectKind) throws(PostgresError) -> UInt32
}

/// `regclass` and kin: kept as the OID; 0 is written `-`.
enum ObjectCodec {
    static func decode(_ text: String, _ kind: NamedObjectKind, context: ValueContext) throws(PostgresError) -> UInt32 {
        if text == "-" { return 0 }
        if !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let id = UInt32(text) { return id }
        guard let objects = context.objects else { throw .notSupported("a name of type \(kind.rawValue) here") }
        return try objects.find(text, kind)
    }

    static func encode(_ id: Int64, _ kind: NamedObjectKind, context: ValueContext) -> String {
        if id == 0 { return "-" }
        return context.objects?.name(UInt32(truncatingIfNeeded: id), kind) ?? String(id)
    }
}
