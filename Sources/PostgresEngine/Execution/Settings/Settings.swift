import PostgresSyntax
import PostgresTypes
import SQLite
import Synchronization

/// Time zones by name, each read once.
enum TimeZones {
    private static let known = Mutex<[String: TimeZoneRules]>([:])

    static func named(_ name: String) -> TimeZoneRules? {
        if let zone = known.withLock({ $0[name] }) { return zone }
        guard let zone = TimeZoneRules(setting: name) else { return nil }
        known.withLock { $0[name] = zone }
        return zone
    }
}

/// SET, RESET, SHOW and set_config.
extension Transaction {
    func run(_ variable: SetVariable) throws(PostgresError) {
        let name = variable.name.lowercased()
        guard let values = variable.values else {
            if name == "all" {
                for setting in session.settings.keys { try reset(setting, isLocal: false) }
                return try reset("search_path", isLocal: false)
            }
            return try reset(name, isLocal: variable.isLocal)
        }
        let value =
            name == "search_path"
            ? values.map { ObjectNames.quoted($0) }.joined(separator: ", ") : values.joined(separator: ", ")
        try set(name, to: value, isLocal: variable.isLocal)
    }

    private func reset(_ name: String, isLocal: Bool) throws(PostgresError) {
        switch name {
        case "role": try set("role", to: "none", isLocal: isLocal)
        case "search_path": try set(name, to: "\"$user\", public, extensions", isLocal: isLocal)
        case "session_authorization":
            session.role = session.sessionUser
        default:
            guard isKnownSetting(name) || name == "timezone" else { throw unrecognized(name) }
            remember(name, isLocal: isLocal)
            session.settings[name] = nil
            if name == "timezone" { applyTimeZone() }
        }
    }

    /// Changes a setting, for the transaction only or until the session ends.
    func set(_ name: String, to value: String, isLocal: Bool) throws(PostgresError) {
        let name = name.lowercased()
        if session.roleOutside != nil, name == "role" || name == "session_authorization" {
            throw PostgresError("42501", "cannot set parameter \"\(name)\" within security-definer function")
        }
        switch name {
        case "role":
            let role = value == "none" ? session.sessionUser : value
            guard catalog.roles[role] != nil else {
                throw PostgresError("22023", "role \"\(role)\" does not exist")
            }
            guard catalog.mayBecome(session.sessionUser, role) || catalog.isRoleOfTokens(role, session) else {
                throw PostgresError("42501", "permission denied to set role \"\(role)\"")
            }
            remember(name, isLocal: isLocal)
            session.role = role
        case "session_authorization":
            guard catalog.roles[value] != nil else {
                throw PostgresError("22023", "role \"\(value)\" does not exist")
            }
            guard catalog.isSuperuser(session.sessionUser) || value == session.sessionUser else {
                throw PostgresError("42501", "permission denied to set session authorization \"\(value)\"")
            }
            remember("role", isLocal: isLocal)
            session.role = value
        case "search_path":
            remember(name, isLocal: isLocal)
            session.searchPath = Self.names(in: value)
        case "timezone":
            guard TimeZones.named(value) != nil else {
                throw PostgresError("22023", "invalid value for parameter \"TimeZone\": \"\(value)\"")
            }
            remember(name, isLocal: isLocal)
            session.settings[name] = value
            applyTimeZone()
        default:
            guard isKnownSetting(name) else { throw unrecognized(name) }
            if name == "session_replication_role" { try checkReplicationRole(value) }
            try SettingValues.check(name, value)
            var value = value
            if SettingDuration.names.contains(name) { value = try SettingDuration.shown(value, name) }
            if let allowed = Self.fixedSettings[name], !allowed.contains(value.lowercased()) {
                throw .notSupported("\(name) = \(value)")
            }
            if name == "datestyle" { value = try SettingValues.dateStyle(value, old: session.dateOrder) }
            if name == "default_text_search_config" { value = try textSearchSetting(value) }
            remember(name, isLocal: isLocal)
            session.settings[name] = value
        }
    }

    /// The configuration's whole name, as Postgres keeps it.
    private func textSearchSetting(_ value: String) throws(PostgresError) -> String {
        guard let id = try? CatalogNames(catalog, session.effectivePath).find(value, .regconfig) else {
            throw PostgresError("22023", "invalid value for parameter \"default_text_search_config\": \"\(value)\"")
        }
        let name = catalog.textSearch.configurations[id]?.name
        return [name?.schema ?? "pg_catalog", name?.name ?? TextSearchConfiguration.names[id] ?? value]
            .map(ObjectNames.quoted).joined(separator: ".")
    }

    /// The one setting that turns constraints off, for loading what was checked elsewhere.
    private func checkReplicationRole(_ value: String) throws(PostgresError) {
        guard ["origin", "replica", "local"].contains(value.lowercased()) else {
            throw PostgresError(
                "22023", "invalid value for parameter \"session_replication_role\": \"\(value)\"",
                hint: "Available values: origin, replica, local.")
        }
        guard catalog.isSuperuser(session.role) else {
            throw PostgresError("42501", "permission denied to set parameter \"session_replication_role\"")
        }
    }

    /// Notes what a setting was, to put it back when the transaction ends (a local one) or fails.
    private func remember(_ name: String, isLocal: Bool) {
        guard isLocal else {
            localSettings[name] = nil
            return
        }
        if localSettings[name] != nil { return }
        let old: String? =
            switch name {
            case "role": session.role
            case "search_path": session.searchPath.map { ObjectNames.quoted($0) }.joined(separator: ", ")
            default: session.settings[name]
            }
        localSettings[name] = .some(old)
    }

    /// Puts back what SET LOCAL changed, at the transaction's end.
    func endLocalSettings() {
        for (name, old) in localSettings {
            switch name {
            case "role": session.role = old ?? session.sessionUser
            case "search_path": session.searchPath = Self.names(in: old ?? "")
            // A setting of the user's own is there from then on, and empty.
            default: session.settings[name] = old ?? (name.contains(".") ? "" : nil)
            }
        }
        localSettings = [:]
        applyTimeZone()
    }

    func show(_ name: String) throws(PostgresError) -> ResultSet {
        let name = name.lowercased()
        let value: String
        switch name {
        case "role": value = session.roleSetting
        case "session_authorization": value = session.sessionUser
        case "search_path":
            value = session.searchPath.map { $0 == "$user" ? "\"$user\"" : ObjectNames.quoted($0) }
                .joined(separator: ", ")
        case "timezone": value = session.settings[name] ?? "UTC"
        case "all": throw .notSupported("SHOW ALL")
        default:
            guard let known = session.settings[name] ?? session.described?[name] ?? Self.shownSettings[name] else {
                throw unrecognized(name)
            }
            value = known
        }
        // The three names with capitals.
        let titles = ["timezone": "TimeZone", "datestyle": "DateStyle", "intervalstyle": "IntervalStyle"]
        return ResultSet(
            columns: [OutputColumn(name: titles[name] ?? name, type: TypeReference(.text))],
            types: [.text], rows: [[.text(value)]], tag: "SHOW", count: 1)
    }

    private func unrecognized(_ name: String) -> PostgresError {
        PostgresError("42704", "unrecognized configuration parameter \"\(name)\"")
    }

    private func isKnownSetting(_ name: String) -> Bool {
        name.contains(".") || Self.shownSettings[name] != nil || Self.inertSettings.contains(name)
    }

    /// A comma-separated list of names as SET search_path takes it.
    static func names(in list: String) -> [String] {
        list.split(separator: ",").compactMap { part in
            var name = part.trimmingBlanks()
            if name.first == "\"", name.last == "\"", name.count >= 2 {
                name = name.dropFirst().dropLast()
                return String(name)
            }
            if name.first == "'", name.last == "'", name.count >= 2 { name = name.dropFirst().dropLast() }
            return name.isEmpty ? nil : asciiLowercased(String(name))
        }
    }

    /// Settings with a value to show when nobody has set them.
    private static let shownSettings: [String: String] = [
        "server_version": "15.8", "server_version_num": "150008", "server_encoding": "UTF8",
        "client_encoding": "UTF8", "client_min_messages": "notice", "standard_conforming_strings": "on",
        "datestyle": "ISO, MDY", "intervalstyle": "postgres", "bytea_output": "hex", "extra_float_digits": "1",
        "statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0",
        "transaction_isolation": "read committed", "default_transaction_isolation": "read committed",
        "transaction_read_only": "off", "default_transaction_read_only": "off", "row_security": "on",
        "check_function_bodies": "on", "default_tablespace": "", "default_table_access_method": "heap",
        "xmloption": "content", "application_name": "", "max_identifier_length": "63", "escape_string_warning": "on",
        "default_text_search_config": "pg_catalog.english", "session_replication_role": "origin",
        "plpgsql.check_asserts": "on", "integer_datetimes": "on",
    ]

    /// Settings that change no result here.
    private static let inertSettings: Set<String> = [
        "default_with_oids",
        "work_mem", "maintenance_work_mem", "log_statement", "log_min_duration_statement", "synchronous_commit",
        "default_statistics_target", "jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_nestloop",
        "constraint_exclusion", "random_page_cost", "effective_cache_size", "temp_buffers", "transaction_timeout",
        "idle_session_timeout", "log_min_messages", "default_toast_compression",
    ]

    /// Settings of which only these values are emulated.
    private static let fixedSettings: [String: Set<String>] = [
        "client_encoding": ["utf8", "utf-8", "unicode"], "standard_conforming_strings": ["on", "true", "1", "yes"],
        "intervalstyle": ["postgres"], "bytea_output": ["hex"],
        "row_security": ["on", "true", "1", "yes", "off", "false", "0", "no"],
        "transaction_read_only": ["off", "false"], "default_transaction_read_only": ["off", "false"],
        "extra_float_digits": ["1", "2", "3"], "default_with_oids": ["off", "false", "0", "no"],
    ]
}

extension Session {
    var isRowSecurityOff: Bool {
        settings["row_security"].map { ["off", "false", "0", "no"].contains($0.lowercased()) } ?? false
    }
}

extension Substring {
    func trimmingBlanks() -> Substring {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return rest
    }
}
