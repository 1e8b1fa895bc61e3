package import AltanCloud
import Crypto
import JSONText

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
        let signed = base64URL(header.bytes) + "." + base64URL(claims.bytes)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return signed + "." + base64URL(Array(code))
    }
}

/// Base64 with the URL alphabet and no padding (RFC 7515).
func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
        for index in 0...group.count { result.append(alphabet[Int(bits >> (18 - 6 * UInt32(index)) & 63)]) }
    }
    return String(decoding: result, as: UTF8.self)
}

/// The bytes behind base64 with the URL alphabet; nil when it is none.
func decodeBase64URL(_ text: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
        default: return nil
        }
        bits = bits << 6 | UInt32(value)
        count += 1
        if count % 4 == 0 {
            result += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
            bits = 0
        }
    }
    switch count % 4 {
    case 2: result.append(UInt8(bits >> 4 & 255))
    case 3: result += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    case 1: return nil
    default: break
    }
    return result
}
