// Statements that change, rename, drop or grant what there is.

/// ALTER TABLE, and what shares its grammar: its actions in the order written.
package struct AlterTable: Hashable, Sendable {
    package indirect enum Action: Hashable, Sendable {
        case addColumn(ColumnDefinition, ifNotExists: Bool)
        case dropColumn(String, ifExists: Bool, cascade: Bool)
        case setDefault(column: String, Expression?)
        case setNotNull(column: String, Bool)
        case setType(column: String, TypeName, using: Expression?, collation: [String]? = nil)
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
    /// ALTER TABLE ONLY: not of the table's partitions.
    package var isOnly = false

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

/// What kind of object a statement is about.
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

/// DROP of objects of one kind.
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
    /// REVOKE … CASCADE: what the grantees granted on is taken back too.
    package var cascades = false
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

/// DROP OWNED BY roles, or REASSIGN OWNED BY roles TO another.
package struct OwnedObjects: Hashable, Sendable {
    package var roles: [String]
    /// nil: they are dropped.
    package var newOwner: String?
    package var cascades: Bool
}

/// What CREATE ROLE and ALTER ROLE say of a role.
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
