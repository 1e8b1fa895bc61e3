package import AltanCloud
import Crypto
import JSONText
import World

/// The default cloud's keys: JWTs that are constants of the secret and the role, so that they are the same on every
/// machine and in every run. Claims as Altan's: issued on 2025-01-01, valid for 3650 days.
package enum SigningKeys {
    /// The Supabase CLI's local secret, so that tokens made for it work here.
    package static let defaultSecret = "super-secret-jwt-token-with-at-least-32-characters-long"

    /// The forms of the two keys that the Supabase CLI hands out locally, accepted for the default cloud.
    static let publishableKey = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
    static let secretKey = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"

    private static let issuedAt = 1_735_689_600
    private static let expiresAt = issuedAt + 3650 * 86_400

    package static func keys(secret: String) -> CloudKeys {
        CloudKeys(
            anonKey: token(secret: secret, claims: claims(role: "anon")),
            serviceRoleKey: token(secret: secret, claims: claims(role: "service_role")), jwtSecret: secret)
    }

    /// The keys that the Supabase CLI prints for local stacks: same secret, other claims.
    static func commandLineKeys(secret: String) -> [(token: String, role: String)] {
        ["anon", "service_role"].map { role in
            let claims: JSON = ["iss": "supabase-demo", "role": .string(role), "exp": 1_983_812_996]
            return (token(secret: secret, claims: claims), role)
        }
    }

    private static func claims(role: String) -> JSON {
        ["exp": .integer(expiresAt), "iat": .integer(issuedAt), "iss": "supabase", "role": .string(role)]
    }

    /// An HS256 token with its claims in the given order: unlike a library's encoder, always the same bytes.
    static func token(secret: String, claims: JSON) -> String {
        let header: JSON = ["alg": "HS256", "typ": "JWT"]
        let signed = Base64.encodeForURL(header.bytes) + "." + Base64.encodeForURL(claims.bytes)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return signed + "." + Base64.encodeForURL(Array(code))
    }
}
