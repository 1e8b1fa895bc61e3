// CREATE TABLE and what stands in it. Defaults here are what Postgres assumes when a clause is absent.

/// CREATE TABLE.
package struct CreateTable: Hashable, Sendable {
    package var name: QualifiedName
    package var columns: [ColumnDefinition]
    package var constraints: [ConstraintDefinition]
    package var ifNotExists = false
    package var isTemporary = false
    package var isUnlogged = false
    package var onCommit: CommitAction?
    /// INHERITS parents.
    package var inherits: [QualifiedName] = []
    package var partitionBy: PartitionClause?
    /// PARTITION OF parent FOR VALUES …
    package var partitionOf: QualifiedName?
    /// What follows FOR VALUES in its words, or `default`.
    package var partitionBound: String?
    package var like: [LikeClause] = []

    package init(name: QualifiedName, columns: [ColumnDefinition], constraints: [ConstraintDefinition]) {
        self.name = name
        self.columns = columns
        self.constraints = constraints
    }
}

/// PARTITION BY strategy (keys).
package struct PartitionClause: Hashable, Sendable {
    /// `range`, `list` or `hash`.
    package var strategy: String
    /// Columns, or expressions over them.
    package var keys: [Expression]

    package init(strategy: String, keys: [Expression]) {
        self.strategy = strategy
        self.keys = keys
    }
}

/// CREATE TYPE … AS RANGE.
package struct CreateRange: Hashable, Sendable {
    package var name: QualifiedName
    package var subtype: TypeName?
    /// `subtype_diff`.
    package var difference: QualifiedName?
    package var canonical: QualifiedName?
    package var operatorClass: QualifiedName?
    package var collation: QualifiedName?
    package var multirangeName: QualifiedName?
    /// The first option that PostgreSQL does not know, or one that is there twice.
    package var unknownOption: String?
    package var hasRepeatedOption = false
}

/// What becomes of a temporary table when a transaction commits, where its rows do not simply stay.
package enum CommitAction: Hashable, Sendable { case deleteRows, drop }

/// LIKE source INCLUDING … within CREATE TABLE.
package struct LikeClause: Hashable, Sendable {
    package enum Part: String, Hashable, Sendable, CaseIterable {
        case comments, compression, constraints, defaults, generated, identity, indexes, statistics, storage
    }

    package var source: QualifiedName
    /// How many columns are written before it.
    package var position: Int
    package var including: [Part]

    package init(source: QualifiedName, position: Int, including: [Part] = []) {
        self.source = source
        self.position = position
        self.including = including
    }
}

/// A column with the constraints written behind it.
package struct ColumnDefinition: Hashable, Sendable {
    package var name: String
    package var type: TypeName
    package var constraints: [ConstraintDefinition]
    package var collation: [String]?

    package init(name: String, type: TypeName, constraints: [ConstraintDefinition] = [], collation: [String]? = nil) {
        self.name = name
        self.type = type
        self.constraints = constraints
        self.collation = collation
    }
}

/// EXCLUDE USING method (key WITH operator, …) WHERE (…): no two rows for which every operator holds.
package struct ExclusionDefinition: Hashable, Sendable {
    package struct Element: Hashable, Sendable {
        package var key: Expression
        package var operatorName: OperatorName

        package init(key: Expression, operatorName: OperatorName) {
            self.key = key
            self.operatorName = operatorName
        }
    }

    package var method: String
    package var elements: [Element]
    package var filter: Expression?

    package init(method: String, elements: [Element], filter: Expression?) {
        self.method = method
        self.elements = elements
        self.filter = filter
    }
}

/// A constraint of a column or table. Column constraints have no column lists of their own.
package struct ConstraintDefinition: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case notNull
        case null
        case defaultValue(Expression)
        case identity(always: Bool, SequenceOptions)
        case generated(Expression)
        case check(Expression)
        case primaryKey(columns: [String])
        case unique(columns: [String], nullsNotDistinct: Bool)
        /// ADD CONSTRAINT … USING INDEX.
        case usingIndex(String, isPrimaryKey: Bool)
        case foreignKey(ForeignKeyDefinition)
        case exclusion(ExclusionDefinition)
    }

    package var name: String?
    package var kind: Kind
    package var isNotValid = false
    package var isDeferrable = false
    package var isInitiallyDeferred = false

    package init(name: String? = nil, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// What becomes of a row whose parent goes or changes its key.
package enum ReferentialAction: Hashable, Sendable { case noAction, restrict, cascade, setNull, setDefault }

/// FOREIGN KEY … REFERENCES, or REFERENCES behind a column.
package struct ForeignKeyDefinition: Hashable, Sendable {
    /// Empty in a column constraint.
    package var columns: [String]
    package var referencedTable: QualifiedName
    /// Empty: the referenced table's primary key.
    package var referencedColumns: [String]
    package var onDelete: ReferentialAction
    package var onUpdate: ReferentialAction
    /// ON DELETE SET NULL (columns).
    package var onDeleteColumns: [String]
    package var isMatchFull: Bool

    package init(
        columns: [String], referencedTable: QualifiedName, referencedColumns: [String],
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
