import AltanCloud
import JSONText
import PostgREST
import PostgresEngine
import PostgresTypes
import World

/// What stands before Supabase's paths: the check of the API key, and the way from a token to a role.
final class Gateway: Sendable {
    /// Who a request is made as.
    struct Access: Sendable {
        var session: Session
        /// The role is that of requests without a token: what it may not do is answered by 401, not 403.
        var isAnonymous: Bool
        /// What the token said: the bearer's, or the one that the API key is; nil for a request with neither.
        var claims: TokenClaims?
    }

    let keys: CloudKeys
    /// The keys that the Supabase CLI hands out are taken as well.
    let takesWellKnownKeys: Bool
    let settings: RestSettings
    let verifier: TokenVerifier
    let world: World

    init(keys: CloudKeys, takesWellKnownKeys: Bool, settings: RestSettings, verifier: TokenVerifier, world: World) {
        self.keys = keys
        self.takesWellKnownKeys = takesWellKnownKeys
        self.settings = settings
        self.verifier = verifier
        self.world = world
    }

    /// The key's own refusal, which Kong gives, not PostgREST.
    enum KeyRefusal: Error { case missing, invalid }

    /// Checks the key and derives the session.
    /// - Throws: `KeyRefusal`, or `RestError` for a bad token.
    func access(_ request: FrontRequest, roles: [String: Role]) async throws -> Access {
        let apiKey = request.header("apikey") ?? request.parameter("apikey")
        let mapped = apiKey.flatMap(token(for:))
        if settings.isKeyRequired {
            guard apiKey != nil else { throw KeyRefusal.missing }
            guard mapped != nil else { throw KeyRefusal.invalid }
        }
        let bearer = request.header("authorization").flatMap(Self.bearer)
        // New-style keys are sent as bearer too, though they are no tokens.
        let usable = bearer.flatMap { $0.hasPrefix("sb_") ? nil : $0 } ?? mapped
        guard let usable else {
            guard let role = settings.anonymousRole else { throw RestError.anonymousDisabled }
            let claims: JSON = ["role": .string(role)]
            return Access(session: try session(role: role, claims: claims.text, roles), isAnonymous: true)
        }
        let claims = try await verifier.claims(of: usable, now: world.now)
        guard let role = settings.role(in: claims.json) ?? settings.anonymousRole else {
            throw RestError.anonymousDisabled
        }
        return Access(
            session: try session(role: role, claims: claims.text, roles), isAnonymous: role == settings.anonymousRole,
            claims: claims)
    }

    /// Whether what `access` found still holds: the claims about time do, as long as the roles are the same.
    func stillGrants(_ access: Access) -> Bool {
        guard let claims = access.claims else { return true }
        return (try? verifier.check(claims.json, now: world.now)) != nil
    }

    private func session(role: String, claims: String, _ roles: [String: Role]) throws -> Session {
        guard roles[role] != nil else {
            throw RestError.database(
                PostgresError("22023", "role \"\(role)\" does not exist"), isAnonymous: false)
        }
        return Session(
            sessionUser: "authenticator", role: role, settings: ["request.jwt.claims": claims])
    }

    private static func bearer(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.first?.lowercased() == "bearer" else { return nil }
        // A bearer without a token is a bad token, not a missing one.
        return parts.count == 2 ? String(parts[1]) : ""
    }

    /// The token that an API key stands for; nil for an unknown key.
    private func token(for key: String) -> String? {
        if key == keys.anonKey || key == keys.serviceRoleKey { return key }
        guard takesWellKnownKeys else { return nil }
        if key == SigningKeys.publishableKey { return keys.anonKey }
        if key == SigningKeys.secretKey { return keys.serviceRoleKey }
        return SigningKeys.commandLineKeys(secret: keys.jwtSecret).first { $0.token == key }?.token
    }
}

extension Gateway.KeyRefusal {
    /// In Supabase's words.
    var response: FrontResponse {
        switch self {
        case .missing:
            .json(
                [
                    "message": "No API key found in request",
                    "hint": "No `apikey` request header or url param was found.",
                ], status: 401)
        case .invalid:
            .json(
                [
                    "message": "Invalid API key",
                    "hint": "Double check your Supabase `anon` or `service_role` API key.",
                ], status: 401)
        }
    }
}
