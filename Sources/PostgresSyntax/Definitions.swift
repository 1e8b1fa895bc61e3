// Statements that define objects. Defaults here are what Postgres assumes when a clause is absent.

package struct CreateSchema: Hashable, Sendable {
    package var name: String
    package var ifNotExists: Bool
    /// AUTHORIZATION role.
    package var owner: String?
    /// What is made in it by the same statement.
    package var elements: [Statement] = []

    package init(name: String, ifNotExists: Bool, owner: String? = nil) {
        self.name = name
        self.ifNotExists = ifNotExists
        self.owner = owner
    }
}

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
    /// PARTITION BY in its words.
    package var partitionBy: String?
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

package enum ReferentialAction: Hashable, Sendable { case noAction, restrict, cascade, setNull, setDefault }

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

package struct SequenceOptions: Hashable, Sendable {
    package var type: TypeName?
    package var start: Int64?
    package var increment: Int64?
    package var minimum: Int64?
    package var maximum: Int64?
    package var cache: Int64?
    package var cycle: Bool?
    package var restart: Int64?
    /// RESTART without a value: at the start value.
    package var restartsAtStart = false
    /// OWNED BY table.column; `["none"]` for NONE.
    package var ownedBy: [String]?
    /// SEQUENCE NAME, as pg_dump writes for identity columns.
    package var sequenceName: QualifiedName?
    /// SET GENERATED ALWAYS or BY DEFAULT, in ALTER COLUMN only.
    package var generatedAlways: Bool?

    package init() {}
}

package struct CreateSequence: Hashable, Sendable {
    package var name: QualifiedName
    package var options: SequenceOptions
    package var ifNotExists: Bool
    package var isTemporary = false

    package init(name: QualifiedName, options: SequenceOptions, ifNotExists: Bool) {
        self.name = name
        self.options = options
        self.ifNotExists = ifNotExists
    }
}

package struct AlterSequence: Hashable, Sendable {
    package var name: QualifiedName
    package var options: SequenceOptions
    package var ifExists: Bool

    package init(name: QualifiedName, options: SequenceOptions, ifExists: Bool) {
        self.name = name
        self.options = options
        self.ifExists = ifExists
    }
}

package struct CreateTableAs: Hashable, Sendable {
    package var name: QualifiedName
    package var columns: [String]
    package var query: SelectStatement
    package var isMaterializedView: Bool
    package var ifNotExists: Bool
    package var withData: Bool
    package var isTemporary = false
    package var onCommit: CommitAction?

    package init(
        name: QualifiedName, columns: [String], query: SelectStatement, isMaterializedView: Bool, ifNotExists: Bool,
        withData: Bool
    ) {
        self.name = name
        self.columns = columns
        self.query = query
        self.isMaterializedView = isMaterializedView
        self.ifNotExists = ifNotExists
        self.withData = withData
    }
}

package struct CreateView: Hashable, Sendable {
    package var name: QualifiedName
    package var columns: [String]
    package var query: SelectStatement
    package var orReplace: Bool
    /// `security_invoker=true` and kin, in lower case.
    package var options: [String: String]
    /// WITH CHECK OPTION: `local` or `cascaded`.
    package var checkOption: String?
    package var isTemporary = false

    package init(
        name: QualifiedName, columns: [String], query: SelectStatement, orReplace: Bool,
        options: [String: String] = [:],
        checkOption: String? = nil
    ) {
        self.name = name
        self.columns = columns
        self.query = query
        self.orReplace = orReplace
        self.options = options
        self.checkOption = checkOption
    }
}

package struct CreateIndex: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package var value: Expression
        package var isDescending: Bool
        package var nullsFirst: Bool?
        package var operatorClass: [String]

        package init(
            _ value: Expression, isDescending: Bool = false, nullsFirst: Bool? = nil, operatorClass: [String] = []
        ) {
            self.value = value
            self.isDescending = isDescending
            self.nullsFirst = nullsFirst
            self.operatorClass = operatorClass
        }
    }

    /// nil: Postgres makes one up (`t_a_b_idx`).
    package var name: String?
    package var table: QualifiedName
    package var method: String
    package var keys: [Key]
    package var including: [String]
    package var filter: Expression?
    package var isUnique: Bool
    package var nullsNotDistinct: Bool
    package var ifNotExists: Bool

    package init(
        name: String?, table: QualifiedName, method: String, keys: [Key], including: [String] = [],
        filter: Expression? = nil, isUnique: Bool = false, nullsNotDistinct: Bool = false, ifNotExists: Bool = false
    ) {
        self.name = name
        self.table = table
        self.method = method
        self.keys = keys
        self.including = including
        self.filter = filter
        self.isUnique = isUnique
        self.nullsNotDistinct = nullsNotDistinct
        self.ifNotExists = ifNotExists
    }
}

package struct AlterEnum: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case add(label: String, before: Bool, neighbour: String?, ifNotExists: Bool)
        case rename(from: String, to: String)
    }

    package var name: QualifiedName
    package var action: Action

    package init(name: QualifiedName, action: Action) {
        self.name = name
        self.action = action
    }
}

package struct CreateDomain: Hashable, Sendable {
    package var name: QualifiedName
    package var type: TypeName
    package var constraints: [ConstraintDefinition]
    package var collation: [String]?

    package init(name: QualifiedName, type: TypeName, constraints: [ConstraintDefinition]) {
        self.name = name
        self.type = type
        self.constraints = constraints
    }
}

package struct AlterTable: Hashable, Sendable {
    package indirect enum Action: Hashable, Sendable {
        case addColumn(ColumnDefinition, ifNotExists: Bool)
        case dropColumn(String, ifExists: Bool, cascade: Bool)
        case setDefault(column: String, Expression?)
        case setNotNull(column: String, Bool)
        case setType(column: String, TypeName, using: Expression?)
        case addConstraint(ConstraintDefinition)
        case dropConstraint(String, ifExists: Bool, cascade: Bool)
        case validateConstraint(String)
        case addIdentity(column: String, always: Bool, SequenceOptions)
        case setIdentity(column: String, SequenceOptions)
        case dropIdentity(column: String, ifExists: Bool)
        case dropExpression(column: String, ifExists: Bool)
        case setOwner(String)
        case enableRowSecurity(Bool)
        case forceRowSecurity(Bool)
        case setTriggers(TriggerSelection, TriggerFiring)
        case attachPartition(QualifiedName, bound: String)
        case detachPartition(QualifiedName)
        case alterConstraint(String, isDeferrable: Bool, isInitiallyDeferred: Bool)
        /// Options of a view, such as `security_invoker`; a table's are storage parameters, and ignorable.
        case setOptions([String: String])
        case resetOptions([String])
        case replicaIdentity(ReplicaIdentity)
        /// Storage parameters, statistics, CLUSTER …: no effect on results.
        case ignorable(String)
        case unsupported(String)
    }

    /// What ALTER … named: TABLE, VIEW, INDEX, SEQUENCE, MATERIALIZED VIEW; with `setOwner` any other kind too.
    /// Of a domain, the actions on its default, NOT NULL and constraints, with an empty column.
    package var kind: ObjectKind
    package var name: QualifiedName
    /// The input types of a function, nil where none were written.
    package var signature: [TypeName]?
    package var actions: [Action]
    package var ifExists: Bool

    package init(kind: ObjectKind, name: QualifiedName, actions: [Action], ifExists: Bool) {
        self.kind = kind
        self.name = name
        self.actions = actions
        self.ifExists = ifExists
    }
}

/// What ENABLE and DISABLE TRIGGER are about: ALL includes the triggers behind foreign keys.
package enum TriggerSelection: Hashable, Sendable {
    case named(String)
    case user, all
}

/// When a trigger fires: `replica` and `always` are about sessions with `session_replication_role = replica`.
package enum TriggerFiring: String, Hashable, Sendable {
    case origin = "O"
    case always = "A"
    case replica = "R"
    case disabled = "D"
}

/// What tells subscribers of a publication which row was changed: `standard` is the primary key.
package enum ReplicaIdentity: Hashable, Sendable {
    case standard, full, nothing
    case index(String)
}

package enum ObjectKind: String, Hashable, Sendable {
    case table, view
    case materializedView = "materialized view"
    case index, sequence, schema, type, domain, function, procedure,
        routine, trigger, policy, role
    case extensionObject = "extension"
    case column, constraint, publication, database, cast,
        aggregate, rule
    case domainConstraint = "domain constraint"
    case operatorObject = "operator"
    case collation, language, statistics
    case eventTrigger = "event trigger"
    case textSearchConfiguration = "text search configuration"
    case textSearchDictionary = "text search dictionary"
    case
        foreignTable = "foreign table"
    case other
}

/// ALTER … RENAME TO, RENAME COLUMN, SET SCHEMA.
package struct Rename: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case name(String)
        case column(String, to: String)
        case constraint(String, to: String)
        case schema(String)
    }

    package var kind: ObjectKind
    package var name: QualifiedName
    /// The name of a policy, trigger or rule, whose table is `name`.
    package var ownName: String?
    /// The input types of a function, nil where none were written.
    package var signature: [TypeName]?
    package var change: Change
    package var ifExists: Bool

    package init(kind: ObjectKind, name: QualifiedName, change: Change, ifExists: Bool) {
        self.kind = kind
        self.name = name
        self.change = change
        self.ifExists = ifExists
    }
}

package struct Drop: Hashable, Sendable {
    package var kind: ObjectKind
    /// Each name in its parts; a trigger's or policy's is table parts followed by its own name.
    package var names: [[String]]
    /// For functions, procedures and aggregates, beside `names`: input types, nil where none were written.
    package var signatures: [[TypeName]?] = []
    package var ifExists: Bool
    package var cascade: Bool

    package init(kind: ObjectKind, names: [[String]], ifExists: Bool, cascade: Bool) {
        self.kind = kind
        self.names = names
        self.ifExists = ifExists
        self.cascade = cascade
    }
}

/// GRANT or REVOKE of privileges on objects, or of roles.
package struct Grant: Hashable, Sendable {
    package enum Objects: Hashable, Sendable {
        case named(ObjectKind, [[String]])
        case allInSchema(ObjectKind, [String])
        /// The object kind of ALTER DEFAULT PRIVILEGES.
        case defaults(ObjectKind)
        /// Membership: GRANT a TO b.
        case roles([String])
    }

    package struct Privilege: Hashable, Sendable {
        /// Lower case; `all` for ALL PRIVILEGES.
        package var name: String
        package var columns: [String]

        package init(name: String, columns: [String] = []) {
            self.name = name
            self.columns = columns
        }
    }

    package var isGrant: Bool
    package var privileges: [Privilege]
    package var objects: Objects
    /// Role names; `public` for PUBLIC.
    package var grantees: [String]
    /// WITH GRANT OPTION or ADMIN OPTION; in REVOKE: only the option is taken back.
    package var withGrantOption: Bool
    /// For functions and procedures, beside their names: input types, nil where none were written.
    package var signatures: [[TypeName]?] = []
    /// ALTER DEFAULT PRIVILEGES FOR ROLE; empty: the current role.
    package var forRoles: [String] = []

    package init(
        isGrant: Bool, privileges: [Privilege], objects: Objects, grantees: [String], withGrantOption: Bool = false
    ) {
        self.isGrant = isGrant
        self.privileges = privileges
        self.objects = objects
        self.grantees = grantees
        self.withGrantOption = withGrantOption
    }
}

package enum RoleOption: Hashable, Sendable {
    case login(Bool)
    case superuser(Bool)
    case bypassRowSecurity(Bool)
    case inherit(Bool)
    case createRole(Bool)
    case createDatabase(Bool)
    case memberOf([String])
    case members([String])
    /// PASSWORD, CONNECTION LIMIT, VALID UNTIL …: recorded by name only.
    case other(String)
}
