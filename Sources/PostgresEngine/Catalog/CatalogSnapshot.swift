package import PostgresSyntax
package import PostgresTypes

/// A relation by OID, from 16384.
package struct RelationID: Hashable, Sendable {
    package let oid: UInt32
    package init(_ oid: UInt32) { self.oid = oid }
}

/// Everything Postgres' catalogs would say about one database, as a value. DDL makes a new one with a higher
/// version; whoever holds an old one keeps a consistent view.
package struct CatalogSnapshot: Sendable {
    /// Raised by every change; part of the key under which bound statements are cached.
    package var version = 0
    /// The next OID to hand out. Replaying the same statements gives the same OIDs.
    package var nextOID: UInt32 = TypeID.firstUserOID
    /// The same for temporary objects, which no replay makes.
    package var nextTemporaryOID: UInt32 = 0x4000_0000
    package var schemas: [String: Schema] = [:]
    package var relations: [RelationID: Relation] = [:]
    /// Look-up of `relations` by name.
    package var relationIDs: [QualifiedName: RelationID] = [:]
    package var types: [TypeID: UserType] = [:]
    /// Look-up of `types` by schema and name.
    package var typeIDs: [QualifiedName: TypeID] = [:]
    /// Functions and procedures of the user.
    package var routines: [FunctionID: Routine] = [:]
    /// Look-up of `routines` by bare name, oldest first.
    package var routineIDs: [String: [FunctionID]] = [:]
    package var roles: [String: Role] = [:]
    package var extensions: Set<String> = []
    package var defaultPrivileges: [DefaultPrivilege] = []
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
    /// COMMENT ON, by kind and dotted name.
    package var comments: [String: String] = [:]

    package init() {}

    /// A user's relation, or one of the system's.
    package subscript(id: RelationID) -> Relation? { relations[id] ?? SystemCatalog.relation(id) }

    /// The relation of that name in that schema.
    package func relation(_ schema: String, _ name: String) -> Relation? {
        relationIDs[QualifiedName(schema: Self.actualSchema(schema), name)].flatMap { relations[$0] }
    }
}

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

/// A table, view, sequence or index: what shares one name space.
package struct Relation: Sendable {
    package enum Kind: Sendable {
        case table(Table)
        case view(View)
        case sequence(Sequence)
        /// The relation it indexes; the definition is in that table.
        case index(RelationID)
    }

    package var id: RelationID
    package var schema: String
    package var name: String
    package var owner: String
    package var privileges: [PrivilegeEntry]
    package var kind: Kind

    package init(
        id: RelationID, schema: String, name: String, owner: String, privileges: [PrivilegeEntry] = [], kind: Kind
    ) {
        self.id = id
        self.schema = schema
        self.name = name
        self.owner = owner
        self.privileges = privileges
        self.kind = kind
    }

    /// The SQLite table that holds its rows: `schema.name`, bare in `public`. SQLite's names don't tell case apart,
    /// so every capital letter stands behind a `^`.
    ///
    /// A temporary table's says which one it is, so that one that is dropped while a query reads it is in nobody's way.
    package var storageName: String {
        if isTemporary { return "#temp \(id.oid)" }
        return schema == "public" ? escaped(name) : "\(escaped(schema)).\(escaped(name))"
    }

    /// `name` so that no two names become one: SQLite folds case, `.` separates schema and name, `#` starts the names
    /// of the engine's own tables.
    private func escaped(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { !(65...90 ~= $0) && $0 != 94 && $0 != 46 && $0 != 35 }
        guard !isPlain || name.hasPrefix("sqlite_") else { return name }
        var escaped = name.hasPrefix("sqlite_") ? "^" : ""
        for character in name.unicodeScalars {
            if "A"..."Z" ~= character || "^.#".unicodeScalars.contains(character) { escaped.append("^") }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }

    /// Columns as a query sees them; empty for an index.
    package var columns: [OutputColumn] {
        switch kind {
        case .table(let table): table.columns.map { OutputColumn(name: $0.name, type: $0.type) }
        case .view(let view): view.columns
        case .sequence:
            [
                OutputColumn(name: "last_value", type: TypeReference(.int8)),
                OutputColumn(name: "log_cnt", type: TypeReference(.int8)),
                OutputColumn(name: "is_called", type: TypeReference(.bool)),
            ]
        case .index: []
        }
    }

    package var table: Table? { if case .table(let table) = kind { table } else { nil } }
    package var view: View? { if case .view(let view) = kind { view } else { nil } }
}

package struct Table: Sendable {
    /// Of a temporary table.
    package var onCommit: CommitAction?
    /// Live columns in order. Dropped ones are gone from here.
    package var columns: [Column]
    package var constraints: [Constraint]
    package var indexes: [Index]
    /// Its row type, and that type's array.
    package var rowType: TypeID
    package var isRowSecurityEnabled = false
    package var isRowSecurityForced = false
    /// By name.
    package var policies: [Policy] = []
    /// A partitioned table's rows live in the parent; partitions are names for parts of it.
    package var partitionKey: String?
    package var partitionOf: RelationID?
    /// Of a partition: what follows FOR VALUES, or `default`.
    package var partitionBound: String?
    /// By name, the order in which they fire.
    package var triggers: [Trigger] = []
    package var replicaIdentity = ReplicaIdentity.standard
    /// DISABLE TRIGGER ALL: its foreign keys, from it and to it, are not looked at.
    package var skipsForeignKeys = false

    package init(columns: [Column], constraints: [Constraint] = [], indexes: [Index] = [], rowType: TypeID) {
        self.columns = columns
        self.constraints = constraints
        self.indexes = indexes
        self.rowType = rowType
    }

    package func position(of column: String) -> Int? { columns.firstIndex { $0.name == column } }

    /// Positions of the primary key's columns, in key order; empty without one.
    package var primaryKey: [Int] {
        for constraint in constraints {
            if case .primaryKey(let names) = constraint.kind { return names.compactMap { position(of: $0) } }
        }
        return []
    }
}

package struct Column: Hashable, Sendable {
    package enum Identity: Hashable, Sendable { case always, byDefault }

    package var name: String
    /// A domain stays a domain.
    package var type: TypeReference
    package var isNotNull: Bool
    /// The default as written; bound when used. `nextval` of a serial's sequence is a call here as in Postgres.
    package var defaultValue: Expression?
    package var generated: Expression?
    package var identity: Identity?
    /// The sequence behind an identity or serial column.
    package var sequence: RelationID?
    package var collation: [String]?
    /// Privileges granted on this column alone.
    package var privileges: [PrivilegeEntry]
    /// The search path under which `defaultValue` or `generated` was written: the one to bind it under.
    package var expressionPath: [String] = []

    package init(
        name: String, type: TypeReference, isNotNull: Bool = false, defaultValue: Expression? = nil,
        generated: Expression? = nil, identity: Identity? = nil, sequence: RelationID? = nil,
        collation: [String]? = nil, privileges: [PrivilegeEntry] = []
    ) {
        self.name = name
        self.type = type
        self.isNotNull = isNotNull
        self.defaultValue = defaultValue
        self.generated = generated
        self.identity = identity
        self.sequence = sequence
        self.collation = collation
        self.privileges = privileges
    }
}

package struct Constraint: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case primaryKey([String])
        case unique([String], nullsNotDistinct: Bool)
        case check(Expression)
        case foreignKey(ForeignKey)
        case exclusion(ExclusionDefinition)
    }

    package var name: String
    package var kind: Kind
    /// false: NOT VALID, existing rows were not checked.
    package var isValid: Bool
    package var isDeferrable: Bool
    package var isInitiallyDeferred: Bool
    /// Tells how old it is: dependents are listed, and actions of foreign keys run, oldest first.
    package var oid: UInt32 = 0
    /// The search path under which a CHECK was written: the one to bind it under.
    package var expressionPath: [String] = []

    package init(
        name: String, kind: Kind, isValid: Bool = true, isDeferrable: Bool = false, isInitiallyDeferred: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.isValid = isValid
        self.isDeferrable = isDeferrable
        self.isInitiallyDeferred = isInitiallyDeferred
    }
}

package struct ForeignKey: Hashable, Sendable {
    package var columns: [String]
    package var referencedTable: RelationID
    package var referencedColumns: [String]
    package var onDelete: ReferentialAction
    package var onUpdate: ReferentialAction
    package var onDeleteColumns: [String]
    package var isMatchFull: Bool

    package init(
        columns: [String], referencedTable: RelationID, referencedColumns: [String],
        onDelete: ReferentialAction = .noAction, onUpdate: ReferentialAction = .noAction,
        onDeleteColumns: [String] = [], isMatchFull: Bool = false
    ) {
        self.columns = columns
        self.referencedTable = referencedTable
        self.referencedColumns = referencedColumns
        self.onDelete = onDelete
        self.onUpdate = onUpdate
        self.onDeleteColumns = onDeleteColumns
        self.isMatchFull = isMatchFull
    }
}

package struct Index: Hashable, Sendable {
    package var id: RelationID
    package var name: String
    package var method: String
    package var keys: [CreateIndex.Key]
    package var filter: Expression?
    package var isUnique: Bool
    package var nullsNotDistinct: Bool
    /// The primary key or unique constraint it implements.
    package var constraint: String?
    /// INCLUDE columns.
    package var including: [String] = []
    /// The search path under which its expressions were written: the one to bind them under.
    package var expressionPath: [String] = []

    package init(
        id: RelationID, name: String, method: String, keys: [CreateIndex.Key], filter: Expression? = nil,
        isUnique: Bool, nullsNotDistinct: Bool = false, constraint: String? = nil
    ) {
        self.id = id
        self.name = name
        self.method = method
        self.keys = keys
        self.filter = filter
        self.isUnique = isUnique
        self.nullsNotDistinct = nullsNotDistinct
        self.constraint = constraint
    }
}

package struct View: Sendable {
    package var columns: [OutputColumn]
    package var query: SelectStatement
    /// The search path its query was written under.
    package var searchPath: [String]
    /// Rows live in a table of its own; refreshed on demand.
    package var isMaterialized: Bool
    package var options: [String: String]
    package var rowType: TypeID
    /// What its query names: relations with the columns it uses of each.
    package var uses: [RelationID: Set<String>] = [:]
    /// Defaults of its columns (ALTER VIEW … SET DEFAULT), for rows inserted through it.
    package var defaults: [String: Expression] = [:]
    /// Privileges granted on columns alone.
    package var columnPrivileges: [String: [PrivilegeEntry]] = [:]
    /// A materialized view's; plain views have none.
    package var indexes: [Index] = []
    /// false for a materialized view made WITH NO DATA and not yet refreshed.
    package var isPopulated = true
    /// INSTEAD OF triggers, by name.
    package var triggers: [Trigger] = []

    package init(
        columns: [OutputColumn], query: SelectStatement, searchPath: [String], isMaterialized: Bool = false,
        options: [String: String] = [:], rowType: TypeID
    ) {
        self.columns = columns
        self.query = query
        self.searchPath = searchPath
        self.isMaterialized = isMaterialized
        self.options = options
        self.rowType = rowType
    }
}

package struct Sequence: Hashable, Sendable {
    package var type: TypeID
    package var start: Int64
    package var increment: Int64
    package var minimum: Int64
    package var maximum: Int64
    package var cycle: Bool
    /// The column that owns it, dropped with it.
    package var ownedBy: RelationID?
    package var ownedByColumn: String?

    package init(
        type: TypeID = .int8, start: Int64 = 1, increment: Int64 = 1, minimum: Int64 = 1, maximum: Int64 = .max,
        cycle: Bool = false, ownedBy: RelationID? = nil, ownedByColumn: String? = nil
    ) {
        self.type = type
        self.start = start
        self.increment = increment
        self.minimum = minimum
        self.maximum = maximum
        self.cycle = cycle
        self.ownedBy = ownedBy
        self.ownedByColumn = ownedByColumn
    }
}

/// A type that users made (or a row type that came with a table), with its array type.
package struct UserType: Sendable {
    package enum Kind: Sendable {
        case enumeration(labels: [String])
        case domain(Domain)
        case composite([CompositeField])
        /// The row type of a relation: its fields are the relation's columns.
        case row(RelationID)
        /// The array over another user type.
        case array(TypeID)
    }

    package var id: TypeID
    package var schema: String
    package var name: String
    package var arrayType: TypeID?
    package var owner: String
    package var kind: Kind

    package init(id: TypeID, schema: String, name: String, arrayType: TypeID?, owner: String, kind: Kind) {
        self.id = id
        self.schema = schema
        self.name = name
        self.arrayType = arrayType
        self.owner = owner
        self.kind = kind
    }
}

package struct CompositeField: Hashable, Sendable {
    package var name: String
    package var type: TypeReference

    package init(name: String, type: TypeReference) {
        self.name = name
        self.type = type
    }
}

package struct Domain: Hashable, Sendable {
    /// The type it is over; may be a domain again.
    package var base: TypeReference
    package var isNotNull: Bool
    package var defaultValue: Expression?
    /// Named CHECKs over VALUE (a column reference `value`).
    package var checks: [Constraint]
    /// The search path under which `defaultValue` was written.
    package var expressionPath: [String] = []

    package init(
        base: TypeReference, isNotNull: Bool = false, defaultValue: Expression? = nil, checks: [Constraint] = []
    ) {
        self.base = base
        self.isNotNull = isNotNull
        self.defaultValue = defaultValue
        self.checks = checks
    }
}

package struct Role: Hashable, Sendable {
    package var name: String
    package var isSuperuser: Bool
    package var canLogin: Bool
    package var bypassesRowSecurity: Bool
    package var inherits: Bool
    package var memberOf: Set<String>

    package init(
        name: String, isSuperuser: Bool = false, canLogin: Bool = false, bypassesRowSecurity: Bool = false,
        inherits: Bool = true, memberOf: Set<String> = []
    ) {
        self.name = name
        self.isSuperuser = isSuperuser
        self.canLogin = canLogin
        self.bypassesRowSecurity = bypassesRowSecurity
        self.inherits = inherits
        self.memberOf = memberOf
    }
}

/// One entry of an access control list: what a role (or `public`) may do.
package struct PrivilegeEntry: Hashable, Sendable {
    package var grantee: String
    /// `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`, `usage`, `create`, `execute`.
    package var privileges: Set<String>

    package init(grantee: String, privileges: Set<String>) {
        self.grantee = grantee
        self.privileges = privileges
    }
}

/// What ALTER DEFAULT PRIVILEGES adds to objects made later.
package struct DefaultPrivilege: Hashable, Sendable {
    /// Whose new objects it concerns.
    package var role: String
    /// nil: in every schema.
    package var schema: String?
    package var kind: ObjectKind
    package var entry: PrivilegeEntry

    package init(role: String, schema: String?, kind: ObjectKind, entry: PrivilegeEntry) {
        self.role = role
        self.schema = schema
        self.kind = kind
        self.entry = entry
    }
}
