package import PostgresSyntax

/// A role: what it may do, what it is a member of and the settings it begins with.
package struct Role: Hashable, Sendable {
    package var name: String
    package var isSuperuser: Bool
    package var canLogin: Bool
    package var bypassesRowSecurity: Bool
    package var inherits: Bool
    package var memberOf: Set<String>
    /// Those of them whose membership it may grant on: WITH ADMIN OPTION.
    package var administers: Set<String> = []
    /// Who made it a member of each.
    package var grantors: [String: String] = [:]

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
