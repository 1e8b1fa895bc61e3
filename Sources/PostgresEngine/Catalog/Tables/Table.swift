package import PostgresSyntax
package import PostgresTypes

/// What only tables have: columns with rules, constraints, indexes, policies, partitions.
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
    /// A partitioned table's rows live in it, or in the topmost that it is a partition of; partitions are names for
    /// parts of it.
    package var partitionKey: PartitionKey?
    package var partitionOf: RelationID?
    /// Of a partition: what follows FOR VALUES, or `default`.
    package var partitionBound: String?
    /// By name, the order in which they fire.
    package var triggers: [Trigger] = []
    package var rules: [Rule] = []
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

/// A column, with where its values come from when none is given.
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

/// A constraint of a table. A NOT NULL is its column's.
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

/// Which columns refer to which of another table, and what becomes of them when those change.
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

/// An index: what it is over, and whether it keeps values apart.
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
    /// The index of the table above that it is a part of, as an index of a partition.
    package var parent: RelationID?

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
