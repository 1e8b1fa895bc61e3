/// PostgREST's own settings, by its own names; only those that have an effect here.
package struct RestConfiguration: Sendable, Hashable {
    /// How a request's transaction ends, and whether `Prefer: tx=` may decide.
    package enum TransactionEnd: String, Sendable {
        case commit
        case commitAllowOverride = "commit-allow-override"
        case rollback
        case rollbackAllowOverride = "rollback-allow-override"

        var allowsOverride: Bool { self == .commitAllowOverride || self == .rollbackAllowOverride }
        var rollsBack: Bool { self == .rollback || self == .rollbackAllowOverride }
    }

    package enum OpenAPIMode: String, Sendable {
        case followPrivileges = "follow-privileges"
        case ignorePrivileges = "ignore-privileges"
        case disabled
    }

    /// `db-schemas`: the first is the default.
    package var schemas: [String] = ["public", "graphql_public"]
    /// `db-extra-search-path`.
    package var extraSearchPath: [String] = ["public", "extensions"]
    /// `db-max-rows`.
    package var maxRows: Int?
    /// `db-pre-request`: a function that is called before anything else is done.
    package var preRequest: String?
    /// `db-aggregates-enabled`.
    package var aggregatesEnabled = false
    /// `db-tx-end`.
    package var transactionEnd: TransactionEnd = .commit
    /// `openapi-mode`.
    package var openAPIMode: OpenAPIMode = .followPrivileges
    /// `url-use-legacy-target-names`: an embed with an alias may still be called by its target's name.
    package var usesLegacyTargetNames = true
    /// `db-plan-enabled`.
    package var plansEnabled = false
    /// `openapi-security-active`.
    package var openAPISecurity = false
    /// `openapi-server-proxy-uri`.
    package var openAPIProxy: String?
    /// `db-root-spec`: a function whose result is answered at the root.
    package var rootFunction: String?
    /// `server-timing-enabled`.
    package var showsTiming = false
    /// `server-trace-header`, in lower case: what a request says there is said in its response.
    package var traceHeader: String?
    /// `client-error-verbosity` other than `verbose`: an error is its code and message alone.
    package var hidesErrorDetails = false
    /// `app.settings.*`, by their whole names: settings that functions can ask for.
    package var appSettings: [String: String] = [:]

    package init() {}
}
