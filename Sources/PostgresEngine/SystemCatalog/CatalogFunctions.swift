import PostgresSyntax
import PostgresTypes
import SQLite
import World

extension Invocation {
    var definitions: DefinitionText {
        get throws {
            let context = try context
            return DefinitionText(
                catalog: context.catalog, searchPath: context.session.effectivePath, context: context.valueContext)
        }
    }

    /// `definitions` with the pretty printing that an argument asks for.
    func definitions(prettyAt index: Int) throws -> DefinitionText {
        arguments.count > index && bool(index) ? try definitions.pretty : try definitions
    }

    fileprivate func isUpdatable(_ relation: Relation) throws -> Bool {
        let context = try context
        return SystemFacts(catalog: context.catalog, session: context.session, context: context.valueContext)
            .isUpdatable(relation)
    }

    func relation(_ index: Int) throws -> Relation? {
        try context.catalog[RelationID(UInt32(truncatingIfNeeded: integer(index)))]
    }
}

/// Functions over the catalog: definitions as text, visibility, comments, sizes.
extension FunctionTable {
    mutating func addCatalogFunctions() {
        addDefinitionTexts()
        addRoutineTexts()
        addComments()
        addVisibility()
        addSizes()
        addPrivilegeTests()
        addServerFacts()
    }

    // MARK: Definitions

    private mutating func addDefinitionTexts() {
        scalar("pg_get_expr(pg_node_tree,oid)") { $0[0] }
        scalar("pg_get_expr(pg_node_tree,oid,bool)") { call in
            guard call.bool(2) else { return call[0] }
            return .text(try call.definitions.pretty.reprinted(call.text(0), over: call.relation(1)))
        }
        scalar("pg_get_constraintdef(oid)", "pg_get_constraintdef(oid,bool)") { call in
            .optional(
                try call.definitions(prettyAt: 1).constraint(withID: UInt32(truncatingIfNeeded: call.integer(0))))
        }
        scalar("pg_get_indexdef(oid)") { try Self.indexDefinition($0, column: 0) }
        scalar("pg_get_indexdef(oid,int4,bool)") { try Self.indexDefinition($0, column: Int($0.integer(1))) }
        for signature in ["oid", "oid,bool", "oid,int4"] {
            scalar("pg_get_viewdef(\(signature))") { call in
                guard let view = try call.relation(0)?.view else { return .null }
                let isPretty = signature == "oid,int4" || signature == "oid,bool" && call.bool(1)
                let definitions = try call.definitions
                return .optional((isPretty ? definitions.pretty : definitions).view(view))
            }
        }
        for signature in ["text", "text,bool"] {
            scalar("pg_get_viewdef(\(signature))") { call in
                let context = try call.context
                let id = try CatalogNames(context.catalog, context.session.effectivePath).find(call.text(0), .regclass)
                guard let view = context.catalog[RelationID(id)]?.view else { return .null }
                return .optional(try call.definitions(prettyAt: 1).view(view))
            }
        }
        // What stands behind a view can be asked for as its rule.
        for signature in ["oid", "oid,bool"] {
            scalar("pg_get_ruledef(\(signature))") { call in
                let id = UInt32(truncatingIfNeeded: call.integer(0))
                let relations = try call.context.catalog.orderedRelations
                guard let relation = relations.first(where: { $0.view != nil && SystemRows.id(ofRuleOf: $0) == id })
                else { return .null }
                return .optional(try call.definitions(prettyAt: 1).rule(of: relation))
            }
        }
        addPartitionTexts()
        scalar("pg_get_userbyid(oid)") { call in
            let id = UInt32(truncatingIfNeeded: call.integer(0))
            return .text(SystemID.roleName(id, in: try call.context.catalog) ?? "unknown (OID=\(id))")
        }
    }

    private static func indexDefinition(_ call: Invocation, column: Int) throws -> SQLValue {
        let id = RelationID(UInt32(truncatingIfNeeded: call.integer(0)))
        guard let (relation, index) = try call.context.catalog.index(id) else { return .null }
        let definitions = try call.definitions(prettyAt: 2)
        if column == 0 { return .text(definitions.index(index, of: relation)) }
        if index.keys.indices.contains(column - 1) {
            return .text(definitions.key(index, column - 1, of: relation, isComplete: false))
        }
        let included = column - 1 - index.keys.count
        return .text(index.including.indices.contains(included) ? ObjectNames.quoted(index.including[included]) : "")
    }

    // MARK: Comments

    private mutating func addComments() {
        scalar("obj_description(oid,name)") { call in
            guard let classID = SystemID.relations[call.text(1)] else { return .null }
            return .optional(try Self.comment(call, column: 0) { $0 == classID })
        }
        scalar("obj_description(oid)") { call in .optional(try Self.comment(call, column: 0) { _ in true }) }
        scalar("col_description(oid,int4)") { call in
            .optional(try Self.comment(call, column: Int(call.integer(1))) { $0 == 1259 })
        }
        scalar("shobj_description(oid,name)") { call in
            guard let classID = SystemID.relations[call.text(1)] else { return .null }
            return .optional(try Self.comment(call, column: 0) { $0 == classID })
        }
    }

    private static func comment(_ call: Invocation, column: Int, _ isWanted: (UInt32) -> Bool) throws -> String? {
        let id = UInt32(truncatingIfNeeded: call.integer(0))
        let catalog = try call.context.catalog
        if column == 0, isWanted(3079), let own = ExtensionDescription.text(ofExtension: id, in: catalog) { return own }
        if catalog.comments.isEmpty { return nil }
        let name = column == 0 ? nil : catalog[RelationID(id)]?.columns.dropFirst(column - 1).first?.name
        if column != 0, name == nil { return nil }
        let classes = Set(SystemID.relations.values).filter(isWanted)
        return classes.lazy.compactMap { classID in
            catalog.comments[CommentKey(classID: classID, objectID: id, column: name)]
        }.first
    }

    // MARK: Visibility

    private mutating func addVisibility() {
        scalar("pg_table_is_visible(oid)") { call in
            let context = try call.context
            guard let relation = try call.relation(0) else { return .null }
            let path = context.session.effectivePath
            if relation.schema == "pg_catalog" { return .bool(true) }
            return .bool(context.catalog.relation(QualifiedName(relation.name), searchPath: path)?.id == relation.id)
        }
        scalar("pg_type_is_visible(oid)") { call in
            let context = try call.context
            let id = TypeID(UInt32(truncatingIfNeeded: call.integer(0)))
            if BuiltinCatalog.shared.type(id) != nil { return .bool(true) }
            guard let type = context.catalog.types[id] else { return .null }
            let found = context.catalog.userType(
                QualifiedName(type.name), searchPath: context.session.effectivePath)
            return .bool(found?.id == id)
        }
        scalar("pg_function_is_visible(oid)") { call in
            let context = try call.context
            let id = FunctionID(UInt32(truncatingIfNeeded: call.integer(0)))
            let path = context.session.effectivePath
            if let routine = context.catalog[id] {
                let found = context.catalog.routines(QualifiedName(routine.name), searchPath: path)
                return .bool(found.contains { $0.id == id })
            }
            guard let function = BuiltinCatalog.shared.function(id) else { return .null }
            return .bool(context.catalog.isInReach(function, searchPath: path))
        }
        for name in [
            "pg_operator_is_visible", "pg_opclass_is_visible", "pg_collation_is_visible", "pg_ts_config_is_visible",
            "pg_opfamily_is_visible", "pg_ts_dict_is_visible", "pg_ts_parser_is_visible", "pg_ts_template_is_visible",
            "pg_conversion_is_visible", "pg_statistics_obj_is_visible",
        ] {
            scalar("\(name)(oid)") { _ in .bool(true) }
        }
    }

    // MARK: Sizes

    private static func size(
        _ call: Invocation, _ measure: (RelationSize) throws -> Int64
    ) throws -> SQLValue {
        guard let relation = try call.relation(0) else { return .null }
        return .integer(try measure(RelationSize(relation, call)))
    }

    private mutating func addSizes() {
        scalar("pg_relation_size(regclass)") { try Self.size($0) { try $0.ofRows } }
        scalar("pg_table_size(regclass)") { try Self.size($0) { try $0.ofTable } }
        scalar("pg_indexes_size(regclass)") { try Self.size($0) { try $0.ofIndexes } }
        scalar("pg_total_relation_size(regclass)") { try Self.size($0) { try $0.ofTable + $0.ofIndexes } }
        typed("pg_column_size(any)") { call in
            let size = TypeShape(call.types.arguments[0].type, try call.context.catalog).length
            guard size > 0 else { throw PostgresError.notSupported("pg_column_size of a type without a fixed length") }
            return .number(size)
        }
        scalar("pg_relation_size(regclass,text)") { call in
            switch call.text(1) {
            case "main": return try Self.size(call) { try $0.ofRows }
            case "fsm", "vm", "init": return try call.relation(0) == nil ? .null : .integer(0)
            default:
                throw PostgresError(
                    "22023", "invalid fork name", hint: "Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".")
            }
        }
        scalar("pg_database_size(name)", "pg_database_size(oid)") { call in
            try call.connection.rows(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")[0][0]
        }
        scalar("pg_size_pretty(int8)") { .text(Self.prettySize(Decimal($0.integer(0)))) }
        scalar("pg_size_pretty(numeric)") { .text(Self.prettySize($0.decimal(0))) }
        scalar("pg_size_bytes(text)") { call in
            let text = call.text(0)
            let digits = text.drop { $0 == " " }.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
            let unit = text.drop { $0 == " " }.dropFirst(digits.count).filter { $0 != " " }.lowercased()
            let powers = ["": 0, "bytes": 0, "b": 0, "kb": 10, "mb": 20, "gb": 30, "tb": 40, "pb": 50]
            guard let number = Double(digits) else {
                throw PostgresError("22023", "invalid size: \"\(text)\"")
            }
            guard let power = powers[unit] else {
                throw PostgresError(
                    "22023", "invalid size: \"\(text)\"",
                    detail:
                        "Invalid size unit: \"\(text.drop { $0 == " " }.dropFirst(digits.count).drop { $0 == " " })\".",
                    hint: "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
            }
            let bytes = number * Double(1 << power)
            guard abs(bytes) < 0x1p63 else { throw PostgresError("22003", "bigint out of range") }
            return .integer(Int64(bytes))
        }
    }

    /// Up to 10 kB in bytes, then in the next unit from 10,240 of one on, rounded half up.
    private static func prettySize(_ size: Decimal) -> String {
        guard var number = Int64("\(size.truncated(toScale: 0))") else { return "\(size) bytes" }
        if number.magnitude < 10240 { return "\(size) bytes" }
        let units = ["kB", "MB", "GB", "TB", "PB"]
        number /= 512
        var unit = 0
        while abs(number) >= 20479, unit < units.count - 1 {
            number /= 1024
            unit += 1
        }
        let half = number < 0 ? (number - 1) / 2 : (number + 1) / 2
        return "\(half) \(units[unit])"
    }

    // MARK: The server

    private mutating func addServerFacts() {
        scalar("pg_is_in_recovery()") { _ in .bool(false) }
        scalar("pg_encoding_to_char(int4)") { .text($0.integer(0) == 6 ? "UTF8" : "") }
        scalar("pg_char_to_encoding(name)") { .integer($0.text(0).uppercased() == "UTF8" ? 6 : -1) }
        scalar("getdatabaseencoding()", "pg_client_encoding()") { _ in .text("UTF8") }
        scalar("pg_postmaster_start_time()", "pg_conf_load_time()") { call in
            .integer(try call.context.transactionStart.microseconds)
        }
        scalar("inet_client_addr()", "inet_server_addr()") { _ in .null }
        scalar("inet_client_port()", "inet_server_port()") { _ in .null }
        scalar("pg_my_temp_schema()") { _ in .integer(0) }
        scalar("pg_is_other_temp_schema(oid)") { _ in .bool(false) }
        scalar("pg_column_is_updatable(regclass,int2,bool)") { call in
            guard let relation = try call.relation(0), call.integer(1) > 0 else { return .bool(false) }
            return .bool(try call.isUpdatable(relation))
        }
        scalar("pg_relation_is_updatable(regclass,bool)") { call in
            // Bits of UPDATE, INSERT and DELETE.
            guard let relation = try call.relation(0), try call.isUpdatable(relation) else { return .integer(0) }
            return .integer(28)
        }
        scalar("pg_relation_is_publishable(regclass)") { call in .bool(try call.relation(0)?.table != nil) }
        scalar("pg_stat_get_live_tuples(oid)") { call in
            guard let relation = try call.relation(0) else { return .integer(0) }
            return .integer(try RelationSize(relation, call).rowCount)
        }
        // Rows that are gone leave nothing behind here.
        scalar("pg_stat_get_dead_tuples(oid)") { _ in .integer(0) }
        scalar("acldefault(char,oid)") { call in
            let owner = SystemID.roleName(UInt32(truncatingIfNeeded: call.integer(1)), in: try call.context.catalog)
            guard let items = AccessList.initial(call.text(0), owner: owner ?? "\(call.integer(1))") else {
                throw PostgresError("XX000", "unrecognized objtype abbreviation: \(call.text(0))")
            }
            return .array(items)
        }
        scalar("row_security_active(oid)", "row_security_active(text)") { call in
            let context = try call.context
            let relation: Relation?
            if case .integer = call[0] {
                relation = try call.relation(0)
            } else {
                let names = CatalogNames(context.catalog, context.session.effectivePath)
                relation = context.catalog[RelationID(try names.find(call.text(0), .regclass))]
            }
            return .bool(relation.map { context.catalog.isRowSecurityActive($0, role: context.session.role) } ?? false)
        }
        rows("aclexplode(_aclitem)") { call in
            let catalog = try call.context.catalog
            return ArrayValue(stored: call.text(0), element: .text).elements.flatMap { value -> [[SQLValue]] in
                guard case .text(let item) = value else { return [] }
                return AccessList.explode(item, catalog)
            }
        }
    }
}

extension AccessList {
    /// Grantor, grantee, privilege, whether it may be passed on.
    static func explode(_ item: String, _ catalog: CatalogSnapshot) -> [[SQLValue]] {
        guard let equals = item.lastIndex(of: "="), let slash = item[equals...].firstIndex(of: "/") else { return [] }
        func role(_ text: Substring) -> SQLValue {
            let name = text.filter { $0 != "\"" }
            return .number(name.isEmpty ? 0 : SystemID.role(String(name)))
        }
        let names = Dictionary(uniqueKeysWithValues: letters.map { ($0.letter, $0.privilege.uppercased()) })
        var rows: [[SQLValue]] = []
        for letter in item[item.index(after: equals)..<slash] {
            if letter == "*", let last = rows.indices.last {
                rows[last][3] = .bool(true)
            } else if let privilege = names[String(letter)] {
                rows.append(
                    [role(item[item.index(after: slash)...]), role(item[..<equals]), .text(privilege), .bool(false)])
            }
        }
        return rows
    }
}
