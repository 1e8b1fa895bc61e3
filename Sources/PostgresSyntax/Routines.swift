// Functions, triggers, policies and publications: what is defined, not yet what it means.

/// CREATE FUNCTION and CREATE PROCEDURE.
package struct CreateFunction: Hashable, Sendable {
    package enum Volatility: Hashable, Sendable { case volatile, stable, immutable }

    package enum Body: Hashable, Sendable {
        /// AS 'text', in the function's language.
        case text(String)
        /// RETURN expression.
        case returning(Expression)
        /// BEGIN ATOMIC … END.
        case statements([Statement])
    }

    package struct Parameter: Hashable, Sendable {
        package enum Mode: Hashable, Sendable { case input, output, inputOutput, variadic, table }

        package var name: String?
        package var mode: Mode
        package var type: TypeName
        package var defaultValue: Expression?

        package init(name: String?, mode: Mode, type: TypeName, defaultValue: Expression? = nil) {
            self.name = name
            self.mode = mode
            self.type = type
            self.defaultValue = defaultValue
        }
    }

    package var name: QualifiedName
    /// Empty where the statement names none.
    package var language: String
    package var isProcedure: Bool
    package var orReplace = false
    /// In their order, the columns of RETURNS TABLE last.
    package var parameters: [Parameter] = []
    /// nil for procedures and where OUT parameters say it; RETURNS TABLE is `setof pg_catalog.record`.
    package var returns: TypeName?
    package var body: Body?
    package var volatility = Volatility.volatile
    package var isStrict = false
    package var isSecurityDefiner = false
    /// ROWS: how many rows the planner expects, and how clients learn that there is one at most.
    package var estimatedRows: Double?
    /// COST and PARALLEL.
    package var cost: Double?
    package var parallel: String?
    /// SET name = value, for the duration of a call.
    package var settings: [SetVariable] = []
    /// What the body in PL/pgSQL says, where somebody has read it already.
    package var reading: ProcedureReading?

    package init(name: QualifiedName, language: String, isProcedure: Bool) {
        self.name = name
        self.language = language
        self.isProcedure = isProcedure
    }
}

/// ALTER FUNCTION and PROCEDURE: nil is left as it was.
package struct AlterFunction: Hashable, Sendable {
    package var kind: ObjectKind
    package var name: QualifiedName
    /// Input types, nil where none were written.
    package var signature: [TypeName]?
    package var volatility: CreateFunction.Volatility?
    package var isStrict: Bool?
    package var isSecurityDefiner: Bool?
    package var estimatedRows: Double?
    /// COST and PARALLEL.
    package var cost: Double?
    package var parallel: String?
    /// SET and RESET; a RESET ALL has the name `all`.
    package var settings: [SetVariable] = []

    package init(kind: ObjectKind, name: QualifiedName, signature: [TypeName]?) {
        self.kind = kind
        self.name = name
        self.signature = signature
    }
}

/// CREATE TRIGGER.
package struct CreateTrigger: Hashable, Sendable {
    package enum Timing: Hashable, Sendable { case before, after, insteadOf }
    package enum Event: Hashable, Sendable { case insert, update, delete, truncate }

    package var name: String
    package var table: QualifiedName
    package var orReplace = false
    package var timing = Timing.after
    package var events: [Event] = []
    /// UPDATE OF columns; empty: any.
    package var columns: [String] = []
    package var isForEachRow = false
    package var condition: Expression?
    package var function = QualifiedName("")
    package var arguments: [String] = []
    package var isConstraint = false
    package var isDeferrable = false
    package var isInitiallyDeferred = false
    /// REFERENCING OLD TABLE AS …, NEW TABLE AS ….
    package var oldTable: String?
    package var newTable: String?

    package init(name: String, table: QualifiedName) {
        self.name = name
        self.table = table
    }
}

/// CREATE POLICY.
package struct CreatePolicy: Hashable, Sendable {
    package enum Command: String, Hashable, Sendable { case all, select, insert, update, delete }

    package var name: String
    package var table: QualifiedName
    package var command = Command.all
    package var isPermissive = true
    /// Role names; `public` for PUBLIC.
    package var roles: [String] = ["public"]
    package var using: Expression?
    package var check: Expression?

    package init(name: String, table: QualifiedName) {
        self.name = name
        self.table = table
    }
}

/// ALTER POLICY: nil is left as it was.
package struct AlterPolicy: Hashable, Sendable {
    package var name: String
    package var table: QualifiedName
    package var roles: [String]?
    package var using: Expression?
    package var check: Expression?

    package init(name: String, table: QualifiedName) {
        self.name = name
        self.table = table
    }
}

/// CREATE PUBLICATION: which tables Realtime would follow.
package struct Publication: Hashable, Sendable {
    package var name: String
    package var isForAllTables = false
    package var tables: [QualifiedName] = []
    /// TABLES IN SCHEMA.
    package var schemas: [String] = []
    package var options: [String: String] = [:]

    package init(name: String) { self.name = name }
}

/// ALTER PUBLICATION … ADD, DROP or SET objects, or SET (options).
package struct AlterPublication: Hashable, Sendable {
    package enum Action: Hashable, Sendable { case add, drop, set, setOptions }

    package var action: Action
    /// What is named in the statement.
    package var objects: Publication

    package init(action: Action, objects: Publication) {
        self.action = action
        self.objects = objects
    }
}

/// CREATE AGGREGATE name (arguments) (SFUNC = …, STYPE = …, …).
package struct CreateAggregate: Hashable, Sendable {
    package var name: QualifiedName
    /// Empty for `(*)`.
    package var arguments: [TypeName]
    package var orReplace: Bool
    package var transition: QualifiedName
    package var stateType: TypeName
    package var final: QualifiedName?
    package var initial: String?

    package init(
        name: QualifiedName, arguments: [TypeName], orReplace: Bool, transition: QualifiedName, stateType: TypeName
    ) {
        self.name = name
        self.arguments = arguments
        self.orReplace = orReplace
        self.transition = transition
        self.stateType = stateType
    }
}

/// CREATE RULE.
package struct CreateRule: Hashable, Sendable {
    package var name: String
    package var table: QualifiedName
    /// nil: SELECT.
    package var event: CreateTrigger.Event?
    package var isInstead: Bool
    package var orReplace: Bool
    package var hasCondition: Bool
    /// None: NOTHING.
    package var actions: [Statement]
}
