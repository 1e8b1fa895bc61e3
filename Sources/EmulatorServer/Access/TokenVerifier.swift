import JSONText
import JWTKit
import PostgREST
import Synchronization
import World

/// Checks bearer tokens as PostgREST does, and gives back their claims.
///
/// The configured key decides which algorithms are possible: a secret means HS256, HS384, HS512. `none` is never one of
/// them, and nothing in a token's header selects another kind of key. Signatures that were good are remembered; the
/// claims about time are checked every time.
final class TokenVerifier: Sendable {
    private let keys: JWTKeyCollection
    private let audience: String?
    private let hasKey: Bool
    /// The first two letters of the algorithms that the keys are for: `HS`, `RS`, `PS`, `ES`, `Ed`.
    private let families: Set<String>
    private let verified = Mutex<[String: TokenClaims]>([:])

    /// - Parameter secret: the HMAC secret, or a JWK or JWK set as JSON; nil: every token is refused (PGRST300).
    /// - Throws: what makes a JWK unusable.
    init(secret: String?, audience: String?) async throws {
        keys = JWTKeyCollection()
        self.audience = audience
        hasKey = secret != nil
        families = Self.families(of: secret)
        guard let secret else { return }
        if secret.first == "{" {
            if secret.contains("\"keys\"") {
                try await keys.add(jwksJSON: secret)
            } else {
                try await keys.add(jwksJSON: "{\"keys\":[\(secret)]}")
            }
        } else {
            let key = HMACKey(stringLiteral: secret)
            await keys.add(hmac: key, digestAlgorithm: .sha256, kid: "HS256")
            // A key shorter than the hash is too weak for it; PostgREST's library refuses it as well.
            if secret.utf8.count >= 48 { await keys.add(hmac: key, digestAlgorithm: .sha384, kid: "HS384") }
            if secret.utf8.count >= 64 { await keys.add(hmac: key, digestAlgorithm: .sha512, kid: "HS512") }
            await keys.add(hmac: key, digestAlgorithm: .sha256)
        }
    }

    /// The claims of a good token.
    /// - Throws: PGRST300, 301 and 303 with PostgREST's words.
    func claims(of token: String, now: Timestamp) async throws(RestError) -> TokenClaims {
        guard hasKey else { throw RestError.serverLacksSecret }
        if token.isEmpty { throw RestError.badToken("Empty JWT is sent in Authorization header") }
        let known = verified.withLock { $0[token] }
        let claims: TokenClaims
        if let known { claims = known } else { claims = try await verify(token) }
        try check(claims.json, now: now)
        return claims
    }

    private func verify(_ token: String) async throws(RestError) -> TokenClaims {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw RestError.badToken("Expected 3 parts in JWT; got \(parts.count)")
        }
        guard let header = Self.document(parts[0]), let claims = Self.document(parts[1]) else {
            throw RestError.badToken("JWT cryptographic operation failed")
        }
        guard let algorithm = header["alg"]?.stringValue else {
            throw RestError.badToken("Wrong or unsupported encoding algorithm")
        }
        guard algorithm == "none" || Self.algorithms.contains(algorithm) else {
            throw RestError.badToken("JWT cryptographic operation failed")
        }
        guard algorithm != "none" else {
            throw RestError.badToken(
                "Wrong or unsupported encoding algorithm",
                details: "JWT is unsecured but expected 'alg' was not 'none'")
        }
        // What says it is of another kind is not tried, even if a key of this kind has made its signature.
        let noKey = RestError.badToken(
            "No suitable key or wrong key type", details: "None of the keys was able to decode the JWT")
        guard families.contains(String(algorithm.prefix(2))) else { throw noKey }
        do {
            _ = try await keys.verify(token, as: SignedDocument.self)
        } catch {
            // A token signed under another of the HMAC widths.
            guard ["HS384", "HS512"].contains(algorithm), await verifies(parts, algorithm) else { throw noKey }
        }
        guard case .object = claims else { throw RestError.claim("Parsing claims failed") }
        let good = TokenClaims(json: claims, text: claims.text)
        verified.withLock { cache in
            // Bounded: a flood of different tokens must not fill the memory.
            if cache.count > 1000 { cache.removeAll() }
            cache[token] = good
        }
        return good
    }

    private func verifies(_ parts: [Substring], _ algorithm: String) async -> Bool {
        guard let key = try? await keys.getKey(for: JWKIdentifier(string: algorithm)),
            let signature = Base64.decode(parts[2].utf8)
        else { return false }
        return (try? key.verify(signature, signs: Array("\(parts[0]).\(parts[1])".utf8))) ?? false
    }

    private static let algorithms: Set<String> = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
        "EdDSA",
    ]

    private static func families(of secret: String?) -> Set<String> {
        guard let secret else { return [] }
        guard secret.first == "{", let document = try? JSON(parsing: Array(secret.utf8)) else { return ["HS"] }
        return (document["keys"]?.arrayValue ?? [document]).reduce(into: []) { families, key in
            switch key["kty"]?.stringValue {
            case "oct": families.insert("HS")
            case "RSA": families.formUnion(["RS", "PS"])
            case "EC": families.insert("ES")
            case "OKP": families.insert("Ed")
            default: break
            }
        }
    }

    private static func document(_ part: Substring) -> JSON? {
        Base64.decode(part.utf8).flatMap { try? JSON(parsing: $0) }
    }

    /// `exp`, `nbf`, `iat` with 30 seconds of skew, then `aud`.
    func check(_ claims: JSON, now: Timestamp) throws(RestError) {
        let seconds = Double(now.seconds)
        if let expiry = try number("exp", in: claims), expiry + 30 < seconds { throw RestError.claim("JWT expired") }
        if let start = try number("nbf", in: claims), start - 30 > seconds {
            throw RestError.claim("JWT not yet valid")
        }
        if let issued = try number("iat", in: claims), issued - 30 > seconds {
            throw RestError.claim("JWT issued at future")
        }
        guard let given = claims["aud"], !given.isNull else { return }
        let names: [String]
        if let one = given.stringValue {
            names = [one]
        } else if let several = given.arrayValue, several.allSatisfy({ $0.stringValue != nil }) {
            names = several.compactMap(\.stringValue)
        } else {
            throw RestError.claim("The JWT 'aud' claim must be a string or an array of strings")
        }
        if let audience, !names.isEmpty, !names.contains(audience) { throw RestError.claim("JWT not in audience") }
    }

    private func number(_ name: String, in claims: JSON) throws(RestError) -> Double? {
        guard let claim = claims[name], !claim.isNull else { return nil }
        guard let number = claim.doubleValue else {
            throw RestError.claim("The JWT '\(name)' claim must be a number")
        }
        return number
    }
}

/// What a good token says, as a value and as the text that functions of the database read.
struct TokenClaims: Sendable {
    let json: JSON
    let text: String
}

/// Any JSON object: the library checks the signature, this project the claims.
private struct SignedDocument: JWTPayload {
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
