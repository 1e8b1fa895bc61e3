package import PostgresSyntax
package import PostgresTypes

/// Everything Postgres' catalogs would say about one database, as a value. DDL makes a new one with a higher
/// version; whoever holds an old one keeps a consistent view. The two share what did not change, so that a statement
/// costs what it changes, however large the database is.
package struct CatalogSnapshot: Sendable {
    /// Raised by every change; part of the key under which bound statements are cached.
    package var version = 0
    /// The next OID to hand out. Replaying the same statements gives the same OIDs.
    package var nextOID: UInt32 = TypeID.firstUserOID
    /// The same for temporary objects, which no replay makes.
    package var nextTemporaryOID: UInt32 = 0x4000_0000
    package var schemas: [String: Schema] = [:]
    package var relations: PersistentMap<RelationID, Relation> = [:]
    /// Look-up of `relations` by name.
    package var relationIDs: PersistentMap<QualifiedName, RelationID> = [:]
    /// Names that a constraint of some table has or has had: what is not among them is free.
    var usedConstraintNames: PersistentMap<String, Bool> = [:]
    package var types: PersistentMap<TypeID, UserType> = [:]
    /// Look-up of `types` by schema and name.
    package var typeIDs: PersistentMap<QualifiedName, TypeID> = [:]
    /// Functions and procedures of the user.
    package var routines: PersistentMap<FunctionID, Routine> = [:]
    /// Look-up of `routines` by bare name, oldest first.
    package var routineIDs: PersistentMap<String, [FunctionID]> = [:]
    package var roles: [String: Role] = [:]
    /// Extensions by name, with the schema that their functions, types and operators are in.
    package var extensions: [String: String] = [:]
    package var defaultPrivileges: [DefaultPrivilege] = []
    /// What is granted on the database; nil while that is what everyone may do with a new one.
    var databasePrivileges: [PrivilegeEntry]?
    /// Statistics objects, with their tables: a name is all there is of one.
    package var statistics: [QualifiedName: RelationID] = [:]
    var eventTriggers: [String: EventTrigger] = [:]
    /// Casts of the user.
    package var casts: [CastKey: Cast] = [:]
    /// Configurations and dictionaries of the user.
    var textSearch = TextSearchObjects()
    package var publications: [String: Publication] = [:]
    /// ALTER ROLE … SET and ALTER DATABASE … SET: settings by role, the database's under the empty name.
    package var defaultSettings: [String: [String: String]] = [:]
    /// COMMENT ON. What is dropped leaves its comment behind: nothing gets its OID again.
    package var comments: PersistentMap<CommentKey, String> = [:]

    package init() {}

    /// A user's relation, or one of the system's.
    package subscript(id: RelationID) -> Relation? { relations[id] ?? SystemCatalog.relation(id) }

    /// The relation of that name in that schema.
    package func relation(_ schema: String, _ name: String) -> Relation? {
        relationIDs[QualifiedName(schema: Self.actualSchema(schema), name)].flatMap { relations[$0] }
    }
}

/// A schema, with what is granted on it.
package struct Schema: Hashable, Sendable {
    package var name: String
    package var owner: String
    package var privileges: [PrivilegeEntry]

    package init(name: String, owner: String, privileges: [PrivilegeEntry] = []) {
        self.name = name
        self.owner = owner
        self.privileges = privileges
    }
}
