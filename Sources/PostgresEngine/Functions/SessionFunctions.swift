import JSONText
import PostgresSyntax
import PostgresTypes
import SQLite

extension FunctionTable {
    mutating func addSession() {
        addSettings()
        addClaims()
        addSequences()
        addIdentity()
        addStorageNames()
    }

    // MARK: Settings

    private mutating func addSettings() {
        scalar("current_setting(text)") { call in
            let name = call.text(0)
            guard let value = try Self.setting(name, call.context) else {
                throw PostgresError("42704", "unrecognized configuration parameter \"\(name)\"")
            }
            return .text(value)
        }
        scalar("current_setting(text,bool)") { call in
            let name = call.text(0)
            if let value = try Self.setting(name, call.context) { return .text(value) }
            guard call.bool(1) else {
                throw PostgresError("42704", "unrecognized configuration parameter \"\(name)\"")
            }
            return .null
        }
        volatile("set_config(text,text,bool)", isStrict: false) { call in
            if call.isNull(0) { throw PostgresError("22004", "SET requires parameter name") }
            let context = try call.context
            let value = call.isNull(1) ? "" : call.text(1)
            let name = call.text(0).lowercased()
            guard let set = context.setSetting else {
                context.session.settings[name] = value
                return .text(value)
            }
            try set(name, value, call.bool(2))
            // A setting may be shown otherwise than it was given.
            return .text(["role", "search_path"].contains(name) ? value : context.session.settings[name] ?? value)
        }
    }

    /// A setting's value: what the session set, or what a fresh connection would say.
    static func setting(_ name: String, _ context: ExecutionContext) -> String? {
        let name = name.lowercased()
        if let value = context.session.settings[name] ?? context.session.described?[name] { return value }
        switch name {
        case "timezone": return context.valueContext.timeZone.name
        case "search_path": return context.session.searchPath.map(Quoting.identifier).joined(separator: ", ")
        case "role": return context.session.roleSetting
        default: return defaultSettings[name]
        }
    }

    /// What a fresh connection says.
    static let defaultSettings = [
        "server_version": "15.18", "server_version_num": "150018", "server_encoding": "UTF8",
        "client_encoding": "UTF8", "datestyle": "ISO, MDY", "intervalstyle": "postgres",
        "standard_conforming_strings": "on", "transaction_isolation": "read committed", "application_name": "",
        "statement_timeout": "0", "lock_timeout": "0", "row_security": "on", "bytea_output": "hex",
        "check_function_bodies": "on", "is_superuser": "off", "max_connections": "100", "extra_float_digits": "1",
        "default_transaction_isolation": "read committed", "default_text_search_config": "pg_catalog.english",
        "lc_collate": "en_US.UTF-8", "lc_ctype": "en_US.UTF-8",
        "integer_datetimes": "on", "max_identifier_length": "63", "block_size": "8192", "transaction_read_only": "off",
        "client_min_messages": "notice", "pg_trgm.similarity_threshold": "0.3",
        "pg_trgm.word_similarity_threshold": "0.6", "pg_trgm.strict_word_similarity_threshold": "0.5",
    ]

    // MARK: Claims of the token

    private mutating func addClaims() {
        scalar("auth.uid()") { call in
            guard let text = try Self.claim("sub", call.context) else { return .null }
            return try PostgresType.uuid.decode(text: text, context: call.context.valueContext)
        }
        scalar("auth.role()") { try Self.claim("role", $0.context).map { .text($0) } ?? .null }
        scalar("auth.email()") { try Self.claim("email", $0.context).map { .text($0) } ?? .null }
        scalar("auth.jwt()") { call in
            let settings = try call.context.session.settings
            for name in ["request.jwt.claim", "request.jwt.claims"] {
                guard let text = settings[name], !text.isEmpty else { continue }
                return .text(try JSONB.store(JSONReader.read(text)))
            }
            return .null
        }
    }

    /// A claim, from a setting of its own or from the document of all.
    private static func claim(_ name: String, _ context: ExecutionContext) throws -> String? {
        if let text = context.session.settings["request.jwt.claim.\(name)"], !text.isEmpty { return text }
        guard let text = context.session.settings["request.jwt.claims"], !text.isEmpty else { return nil }
        switch try JSONReader.read(text)[name] {
        case nil, .null: return nil
        case .string(let text): return text
        case .some(let json): return json.text
        }
    }

    // MARK: Sequences

    private mutating func addSequences() {
        volatile("nextval(regclass)") { call in
            guard let next = try call.context.nextValue else { throw PostgresError.notSupported("nextval here") }
            return .integer(try next(Self.relation(call)))
        }
        volatile("pg_sequence_last_value(regclass)") { call in
            let state = try call.context.sequenceState?(Self.relation(call))
            return state.flatMap { $0.isCalled ? .integer($0.value) : nil } ?? .null
        }
        // The row that a sequence is when it is read like a table.
        rows("emulator_sequence_state(regclass)") { call in
            let context = try call.context
            let id = Self.relation(call)
            guard let sequence = context.catalog[id]?.sequence else { return [] }
            let state = context.sequenceState?(id)
            return [[.integer(state?.value ?? sequence.start), .integer(0), .bool(state?.isCalled ?? false)]]
        }
        volatile("currval(regclass)") { call in
            guard let current = try call.context.currentValue else { throw PostgresError.notSupported("currval here") }
            return .integer(try current(Self.relation(call)))
        }
        volatile("lastval()") { call in
            guard let last = try call.context.lastValue else { throw PostgresError.notSupported("lastval here") }
            return .integer(try last())
        }
        volatile("setval(regclass,int8)") { try Self.setValue($0, isCalled: true) }
        volatile("setval(regclass,int8,bool)") { try Self.setValue($0, isCalled: $0.bool(2)) }
        scalar("pg_get_serial_sequence(text,text)") { call in
            let context = try call.context
            // The table is a name as in SQL, the column its name to the letter.
            guard let name = QualifiedName(parsing: call.text(0)) else {
                throw PostgresError("42602", "invalid name syntax")
            }
            let relation = try context.catalog.resolveRelation(name, searchPath: context.session.effectivePath)
            let column = call.text(1)
            guard relation.table?.position(of: column) != nil else {
                throw PostgresError(
                    "42703", "column \"\(column)\" of relation \"\(relation.name)\" does not exist")
            }
            let owned = context.catalog.orderedRelations.first {
                $0.sequence?.ownedBy == relation.id && $0.sequence?.ownedByColumn == column
            }
            guard let sequence = owned else { return .null }
            let schema = CatalogSnapshot.shownSchema(sequence.schema)
            return .text("\(ObjectNames.quoted(schema)).\(ObjectNames.quoted(sequence.name))")
        }
    }

    private static func relation(_ call: Invocation) -> RelationID {
        RelationID(UInt32(truncatingIfNeeded: call.integer(0)))
    }

    private static func setValue(_ call: Invocation, isCalled: Bool) throws -> SQLValue {
        guard let set = try call.context.setValue else { throw PostgresError.notSupported("setval here") }
        try set(relation(call), call.integer(1), isCalled)
        return .integer(call.integer(1))
    }

    // MARK: Who and what

    private mutating func addIdentity() {
        scalar("current_user()", "getpgusername()") { .text(try $0.context.session.role) }
        scalar("session_user()") { .text(try $0.context.session.sessionUser) }
        scalar("current_database()") { _ in .text("postgres") }
        scalar("current_schema()") { call in
            let context = try call.context
            return context.session.effectivePath.first { context.catalog.schemas[$0] != nil }.map { .text($0) } ?? .null
        }
        scalar("current_schemas(bool)") { call in
            let context = try call.context
            let path = context.session.effectivePath.filter { context.catalog.schemas[$0] != nil }
            return ArrayValue(((call.bool(0) ? ["pg_catalog"] : []) + path).map { .text($0) }).stored
        }
        native("version()") { _ in "'PostgreSQL 15.18 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit'" }
        volatile("current_query()") { .text(try $0.context.statementText) }
        volatile("pg_trigger_depth()") { .integer(Int64(try $0.context.triggerDepth)) }
        native("pg_backend_pid()") { _ in "1" }
        volatile("txid_current()") { call in
            guard let transaction = try call.context.transaction else { return .integer(1) }
            return .integer(transaction.number)
        }
        volatile("pg_notify(text,text)", isStrict: false) { call in
            guard let notify = try call.context.notify else { throw PostgresError.notSupported("pg_notify here") }
            let (channel, payload) = (call.isNull(0) ? "" : call.text(0), call.isNull(1) ? "" : call.text(1))
            if channel.isEmpty { throw PostgresError("22023", "channel name cannot be empty") }
            if channel.utf8.count >= 64 { throw PostgresError("22023", "channel name too long") }
            if payload.utf8.count >= 8000 { throw PostgresError("22023", "payload string too long") }
            try notify(channel, payload)
            return .text("")
        }
        typed("pg_typeof(any)", isStrict: false) { call in
            let context = try call.context
            // A type has no modifier.
            let type = TypeReference(call.types.arguments[0].type)
            return .text(context.catalog.typeName(type, searchPath: context.session.effectivePath))
        }
        nullable("format_type(oid,int4)") { call in
            if call.isNull(0) { return .null }
            if call.integer(0) == 0 { return .text("-") }
            let context = try call.context
            return .text(
                context.catalog.typeName(
                    TypeReference(
                        TypeID(UInt32(call.integer(0))), modifier: call.isNull(1) ? -1 : Int32(call.integer(1))),
                    searchPath: context.session.effectivePath))
        }
        typed("num_nulls(any)", isStrict: false) { call in
            .integer(Int64((0..<call.count).count { call.isNull($0) }))
        }
        typed("num_nonnulls(any)", isStrict: false) { call in
            .integer(Int64((0..<call.count).count { !call.isNull($0) }))
        }
    }

    private mutating func addStorageNames() {
        scalar("storage.foldername(text)") { call in
            ArrayValue(Self.split(call.text(0), by: "/").dropLast().map { .text($0) }).stored
        }
        scalar("storage.filename(text)") { .text(Self.split($0.text(0), by: "/").last ?? "") }
        scalar("storage.extension(text)") { call in
            let name = Self.split(call.text(0), by: "/").last ?? ""
            return .text(Self.split(name, by: ".").last ?? "")
        }
    }
}
