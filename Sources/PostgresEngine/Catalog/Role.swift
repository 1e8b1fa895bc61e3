package import PostgresSyntax

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
