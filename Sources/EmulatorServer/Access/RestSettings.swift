import JSONText
import PostgREST

/// PostgREST's options as they are set: by its own names in `emulator.json`, or at run time.
struct RestSettings: Sendable {
    var configuration = RestConfiguration()
    /// `api-key`: whether Supabase's paths want one.
    var isKeyRequired = true
    /// `db-anon-role`.
    var anonymousRole: String? = "anon"
    /// `jwt-secret`; nil: the cloud's own.
    var secret: String?
    /// `jwt-secret` was set to null: no token can be checked.
    var lacksSecret = false
    /// `jwt-aud`.
    var audience: String?
    /// `server-cors-allowed-origins`; empty: all.
    var corsOrigins: [String] = []
    /// `jwt-role-claim-key` as its steps: `$.a.b` → `a`, `b`.
    var rolePath = ["role"]

    /// Why an option was refused.
    enum Failure: Error, Equatable {
        case unknown(String)
        case invalid(String, expected: String)
        case notBuilt(String, String)
    }

    init() {}

    /// The defaults with `documents` applied one after the other; `null` means "not set".
    init(_ documents: [JSON]) throws(Failure) {
        for document in documents {
            for option in document.objectValue ?? [] { try set(option.key, option.value) }
        }
    }

    /// The role a token's claims name.
    func role(in claims: JSON) -> String? {
        var value: JSON? = claims
        for step in rolePath { value = value?[step] }
        return value?.stringValue
    }

    private mutating func set(_ name: String, _ value: JSON) throws(Failure) {
        switch name {
        case "api-key":
            guard let word = value.stringValue, ["required", "optional"].contains(word) else {
                throw .invalid(name, expected: "\"required\" or \"optional\"")
            }
            isKeyRequired = word == "required"
        case "db-schemas": configuration.schemas = try names(name, value)
        case "db-extra-search-path": configuration.extraSearchPath = try names(name, value)
        case "db-anon-role": anonymousRole = try text(name, value)
        case "db-pre-request": configuration.preRequest = try text(name, value)
        case "db-max-rows": configuration.maxRows = try number(name, value)
        case "db-aggregates-enabled": configuration.aggregatesEnabled = try flag(name, value)
        case "db-tx-end":
            guard let end = RestConfiguration.TransactionEnd(rawValue: value.stringValue ?? "commit") else {
                throw .invalid(name, expected: "commit, commit-allow-override, rollback or rollback-allow-override")
            }
            configuration.transactionEnd = end
        case "openapi-mode":
            guard let mode = RestConfiguration.OpenAPIMode(rawValue: value.stringValue ?? "follow-privileges") else {
                throw .invalid(name, expected: "follow-privileges, ignore-privileges or disabled")
            }
            configuration.openAPIMode = mode
        case "jwt-secret":
            secret = value.objectValue == nil ? try text(name, value) : value.text
            lacksSecret = value.isNull
            guard lacksSecret || (secret?.utf8.count ?? 0) >= 32 else {
                throw .invalid(name, expected: "at least 32 characters, or a JWK")
            }
        case "jwt-aud": audience = try text(name, value)
        case "jwt-role-claim-key": rolePath = try claimPath(name, value)
        // Neither changes an answer here: there is no pool, no channel and one listener.
        case "db-prepared-statements", "db-channel", "db-channel-enabled", "db-pool", "db-pool-acquisition-timeout",
            "db-pool-max-idletime", "db-pool-max-lifetime", "db-pool-automatic-recovery", "db-config",
            "db-pre-config", "db-hoisted-tx-settings", "db-timezone-enabled", "jwt-cache-max-entries",
            "jwt-cache-max-lifetime", "server-host", "server-port", "server-unix-socket", "server-unix-socket-mode",
            "admin-server-host", "admin-server-port", "log-level", "log-query":
            break
        case "openapi-server-proxy-uri":
            let address = try text(name, value)
            guard address?.contains("://") != false else { throw .invalid(name, expected: "an absolute URI or null") }
            configuration.openAPIProxy = address
        case "server-timing-enabled": configuration.showsTiming = try flag(name, value)
        case "openapi-security-active": configuration.openAPISecurity = try flag(name, value)
        case "db-plan-enabled": configuration.plansEnabled = try flag(name, value)
        case "jwt-secret-is-base64":
            guard try !flag(name, value) else { throw .notBuilt(name, "\(name) is not emulated yet") }
        case "server-cors-allowed-origins": corsOrigins = try names(name, value)
        case "db-root-spec":
            let function = try text(name, value)
            configuration.rootFunction = function?.isEmpty == true ? nil : function
        case "server-trace-header":
            let header = try text(name, value)?.lowercased()
            configuration.traceHeader = header?.isEmpty == true ? nil : header
        case "client-error-verbosity":
            guard ["verbose", "minimal"].contains(value.stringValue ?? "verbose") else {
                throw .invalid(name, expected: "verbose or minimal")
            }
            configuration.hidesErrorDetails = value.stringValue == "minimal"
        case "url-use-legacy-target-names":
            configuration.usesLegacyTargetNames = value.isNull ? true : try flag(name, value)
        case _ where name.hasPrefix("app.settings."):
            configuration.appSettings[name] = try text(name, value)
        default: throw .unknown(name)
        }
    }

    private func names(_ name: String, _ value: JSON) throws(Failure) -> [String] {
        if let items = value.arrayValue { return items.compactMap(\.stringValue) }
        guard let text = try text(name, value) else { return [] }
        return text.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
    }

    private func text(_ name: String, _ value: JSON) throws(Failure) -> String? {
        if value.isNull { return nil }
        guard let text = value.stringValue else { throw .invalid(name, expected: "a string or null") }
        return text
    }

    private func number(_ name: String, _ value: JSON) throws(Failure) -> Int? {
        if value.isNull { return nil }
        guard let number = value.intValue, number >= 0 else { throw .invalid(name, expected: "a whole number or null") }
        return number
    }

    private func flag(_ name: String, _ value: JSON) throws(Failure) -> Bool {
        if value.isNull { return false }
        guard let flag = value.boolValue else { throw .invalid(name, expected: "true or false") }
        return flag
    }

    /// `$.a.b`, `.a.b` or `."a b"`: member names only.
    private func claimPath(_ name: String, _ value: JSON) throws(Failure) -> [String] {
        guard let path = try text(name, value) else { return ["role"] }
        guard !path.contains("["), !path.contains("?") else {
            throw .notBuilt(name, "\(name) with array steps is not emulated yet")
        }
        return path.split(separator: ".").map { $0.filter { $0 != "\"" } }.filter { $0 != "$" }
    }
}

extension RestSettings.Failure {
    var message: String {
        switch self {
        case .unknown(let name): "There is no option \"\(name)\". Options have PostgREST's own names, and `api-key`."
        case .invalid(let name, let expected): "\(name) takes \(expected)."
        case .notBuilt(_, let message): message
        }
    }
}
