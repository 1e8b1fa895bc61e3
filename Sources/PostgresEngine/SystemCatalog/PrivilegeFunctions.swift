import PostgresSyntax
import PostgresTypes
import SQLite

/// `has_table_privilege` and kin. The role is the current one unless an argument names another.
extension FunctionTable {
    mutating func addPrivilegeTests() {
        for who in ["", "name,", "oid,"] {
            for what in ["text", "oid"] {
                addTableTests(who, what)
                addSchemaTests(who, what)
                addRoutineTests(who, what)
            }
        }
        for (first, second) in [
            ("", "name"), ("", "oid"), ("name,", "name"), ("name,", "oid"), ("oid,", "name"), ("oid,", "oid"),
        ] {
            scalar("pg_has_role(\(first)\(second),text)") { call in
                let context = try call.context
                let user = try Self.role(call, first.isEmpty ? nil : 0)
                guard let other = try Self.role(call, first.isEmpty ? 0 : 1) else { return .null }
                let mode = call.text(first.isEmpty ? 1 : 2).uppercased()
                let options = [" WITH GRANT OPTION", " WITH ADMIN OPTION"]
                let asksOption = options.contains { mode.hasSuffix($0) }
                let word = options.reduce(mode) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
                guard ["MEMBER", "USAGE"].contains(word) else {
                    throw PostgresError("22023", "unrecognized privilege type: \"\(call.text(first.isEmpty ? 1 : 2))\"")
                }
                let name = user ?? context.session.role
                if asksOption { return .bool(context.catalog.administers(name, other)) }
                return .bool(
                    mode.hasPrefix("MEMBER")
                        ? context.catalog.mayBecome(name, other) : context.catalog.isMember(name, of: other))
            }
        }
    }

    /// The role an argument names, by name or OID; nil for no argument.
    private static func role(_ call: Invocation, _ index: Int?) throws -> String? {
        guard let index else { return nil }
        let catalog = try call.context.catalog
        if case .integer(let id) = call[index] { return SystemID.roleName(UInt32(truncatingIfNeeded: id), in: catalog) }
        let name = call.text(index)
        if name == "public" { return name }
        guard catalog.roles[name] != nil else { throw PostgresError("42704", "role \"\(name)\" does not exist") }
        return name
    }

    private mutating func addTableTests(_ who: String, _ what: String) {
        let first = who.isEmpty ? 0 : 1
        scalar("has_table_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            guard let relation = try Self.relation(call, first) else { return .null }
            return .bool(
                try Self.anyPrivilege(
                    call, first + 1, ["select", "insert", "update", "delete", "truncate", "references", "trigger"]
                ) {
                    try call.context.catalog.allows($0, on: relation, role: user, toGrant: $1)
                })
        }
        scalar("has_any_column_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            guard let relation = try Self.relation(call, first) else { return .null }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["select", "insert", "update", "references"]) {
                    privilege, toGrant in
                    try relation.columns.indices.contains { index in
                        try Self.allows(call, privilege, relation, column: index, user, toGrant: toGrant)
                    }
                })
        }
        for column in ["text", "int2"] {
            scalar("has_column_privilege(\(who)\(what),\(column),text)") { call in
                let user = try Self.user(call, who)
                guard let relation = try Self.relation(call, first) else { return .null }
                var columns = relation.columns
                if case .index = relation.kind, let (owner, index) = try call.context.catalog.index(relation.id) {
                    columns = try call.definitions.columns(of: index, on: owner)
                }
                let position: Int
                if case .integer(let number) = call[first + 1] {
                    position = Int(number) - 1
                } else if let found = columns.firstIndex(where: { $0.name == call.text(first + 1) }) {
                    position = found
                } else {
                    throw PostgresError(
                        "42703", "column \"\(call.text(first + 1))\" of relation \"\(relation.name)\" does not exist")
                }
                guard columns.indices.contains(position) else { return .null }
                return .bool(
                    try Self.anyPrivilege(call, first + 2, ["select", "insert", "update", "references"]) {
                        try Self.allows(call, $0, relation, column: position, user, toGrant: $1)
                    })
            }
        }
        scalar("has_sequence_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            guard let relation = try Self.relation(call, first) else { return .null }
            guard relation.sequence != nil else {
                throw PostgresError("42809", "\"\(relation.name)\" is not a sequence")
            }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["usage", "select", "update"]) {
                    try call.context.catalog.allows($0, on: relation, role: user, toGrant: $1)
                })
        }
    }

    private mutating func addSchemaTests(_ who: String, _ what: String) {
        let first = who.isEmpty ? 0 : 1
        scalar("has_schema_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            let catalog = try call.context.catalog
            let name: String
            if case .integer(let id) = call[first] {
                guard let found = SystemID.schemaName(UInt32(truncatingIfNeeded: id), in: catalog) else { return .null }
                name = found
            } else {
                name = call.text(first)
                guard catalog.hasSchema(name) else { throw PostgresError("3F000", "schema \"\(name)\" does not exist") }
            }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["usage", "create"]) { privilege, toGrant in
                    guard let schema = catalog.schemas[name] else {
                        return catalog.isSuperuser(user) || privilege == "usage" && !toGrant
                    }
                    return catalog.allows(privilege, on: schema, role: user, toGrant: toGrant)
                })
        }
        scalar("has_database_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            switch call[first] {
            case .integer(let id): guard id == 5 else { return .null }
            default:
                let name = call.text(first)
                guard name == CatalogSnapshot.databaseName else {
                    throw PostgresError("3D000", "database \"\(name)\" does not exist")
                }
            }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["create", "connect", "temporary", "temp"]) {
                    try call.context.catalog.allowsInDatabase($0 == "temp" ? "temporary" : $0, role: user, toGrant: $1)
                })
        }
    }

    private mutating func addRoutineTests(_ who: String, _ what: String) {
        let first = who.isEmpty ? 0 : 1
        scalar("has_function_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            let context = try call.context
            let id: FunctionID
            if case .integer(let number) = call[first] {
                id = FunctionID(UInt32(truncatingIfNeeded: number))
            } else {
                let names = CatalogNames(context.catalog, context.session.effectivePath)
                id = FunctionID(try names.find(call.text(first), .regprocedure))
            }
            let routine = context.catalog[id]
            if routine == nil, BuiltinCatalog.shared.function(id) == nil { return .null }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["execute"]) { privilege, toGrant in
                    // The built-in ones are everyone's.
                    guard let routine else { return !toGrant || context.catalog.isSuperuser(user) }
                    return context.catalog.isMember(user, of: routine.owner)
                        || routine.privileges.allow(
                            privilege, to: context.catalog.inheritedRoles(of: user), toGrant: toGrant)
                })
        }
        scalar("has_type_privilege(\(who)\(what),text)") { call in
            let user = try Self.user(call, who)
            let context = try call.context
            let id: TypeID
            switch call[first] {
            case .integer(let number):
                id = TypeID(UInt32(truncatingIfNeeded: number))
                if context.catalog.types[id] == nil, BuiltinCatalog.shared.type(id) == nil { return .null }
            default:
                let names = CatalogNames(context.catalog, context.session.effectivePath)
                id = TypeID(try names.find(call.text(first), .regtype))
            }
            return .bool(
                try Self.anyPrivilege(call, first + 1, ["usage"]) {
                    context.catalog.allowsUsage(of: id, role: user, toGrant: $1)
                })
        }
    }

    private static func user(_ call: Invocation, _ who: String) throws -> String {
        try role(call, who.isEmpty ? nil : 0) ?? call.context.session.role
    }

    private static func relation(_ call: Invocation, _ index: Int) throws -> Relation? {
        let context = try call.context
        if case .integer(let id) = call[index] { return context.catalog[RelationID(UInt32(truncatingIfNeeded: id))] }
        let id = try CatalogNames(context.catalog, context.session.effectivePath).find(call.text(index), .regclass)
        return context.catalog[RelationID(id)]
    }

    private static func allows(
        _ call: Invocation, _ privilege: String, _ relation: Relation, column: Int, _ role: String, toGrant: Bool
    ) throws -> Bool {
        let catalog = try call.context.catalog
        if catalog.allows(privilege, on: relation, role: role, toGrant: toGrant) { return true }
        let own =
            relation.table?.columns[column].privileges
            ?? relation.view?.columnPrivileges[relation.columns[column].name] ?? []
        return own.allow(privilege, to: catalog.inheritedRoles(of: role), toGrant: toGrant)
    }

    /// Whether one of the privileges in a list (`SELECT, UPDATE`) is held.
    private static func anyPrivilege(
        _ call: Invocation, _ index: Int, _ known: [String],
        _ isHeld: (_ privilege: String, _ toGrant: Bool) throws -> Bool
    ) throws -> Bool {
        var result = false
        for item in call.text(index).split(separator: ",", omittingEmptySubsequences: false) {
            var word = item.lowercased()
            while word.first == " " { word.removeFirst() }
            while word.last == " " { word.removeLast() }
            let needsOption = word.hasSuffix(" with grant option")
            if needsOption { word = String(word.dropLast(" with grant option".utf8.count)) }
            guard known.contains(word) else {
                throw PostgresError("22023", "unrecognized privilege type: \"\(item.drop { $0 == " " })\"")
            }
            if try isHeld(word, needsOption) { result = true }
        }
        return result
    }
}
