package import PostgresSyntax
package import PostgresTypes

/// A type that users made (or a row type that came with a table), with its array type.
package struct UserType: Sendable {
    package enum Kind: Sendable {
        case enumeration(labels: [String])
        indirect case domain(Domain)
        case composite([CompositeField])
        /// The row type of a relation: its fields are the relation's columns.
        case row(RelationID)
        /// The array over another user type.
        case array(TypeID)
        case range(RangeDefinition)
        /// What comes with a range: sets of values as several of them.
        case multirange(of: TypeID)
    }

    package var id: TypeID
    package var schema: String
    package var name: String
    package var arrayType: TypeID?
    package var owner: String
    package var kind: Kind
    /// nil while nobody has granted or revoked anything: everyone may use it.
    var privileges: [PrivilegeEntry]?

    package init(id: TypeID, schema: String, name: String, arrayType: TypeID?, owner: String, kind: Kind) {
        self.id = id
        self.schema = schema
        self.name = name
        self.arrayType = arrayType
        self.owner = owner
        self.kind = kind
    }
}

/// A field of a composite type.
package struct CompositeField: Hashable, Sendable {
    package var name: String
    package var type: TypeReference

    package init(name: String, type: TypeReference) {
        self.name = name
        self.type = type
    }
}

/// CREATE TYPE … AS RANGE.
package struct RangeDefinition: Hashable, Sendable {
    package var subtype: TypeID
    package var multirange: TypeID
    /// The order of its texts is that of their bytes: COLLATION "C".
    package var isByBytes: Bool
    /// `subtype_diff`, which only PostgreSQL's indexes ask.
    package var difference: FunctionID?
    /// The functions that make ranges and multiranges of it.
    package var constructors: [FunctionID]
}

/// What a domain adds to its base: rules and a default.
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
