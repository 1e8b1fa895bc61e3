// Statements that define objects other than tables. Defaults here are what Postgres assumes when a clause is absent.

/// CREATE SCHEMA.
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

/// What is said of a sequence; nil: nothing.
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

/// CREATE SEQUENCE.
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

/// ALTER SEQUENCE.
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

/// CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW.
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

/// CREATE VIEW.
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

/// CREATE INDEX.
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
    /// ON ONLY: not of the table's partitions.
    package var isOnly = false

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

/// ALTER TYPE … ADD VALUE and RENAME VALUE.
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

/// CREATE DOMAIN.
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
