import JSONText

/// Which platform tokens the control plane takes, as `Authorization: Bearer` or `X-Altan-Key`.
package enum AccessTokens: Sendable, Equatable {
    /// Requests without one are answered, since everything here is local; one that is sent must not be empty.
    case open
    /// Any token that is not empty, and no request without.
    case any
    /// These only.
    case listed([String])

    /// - Throws: `FrontFailure.badToken`. A request of this process itself needs none.
    func check(_ request: FrontRequest) throws(FrontFailure) {
        guard request.client != nil else { return }
        let bearer = request.header("authorization").map(Self.token)
        let tokens = [bearer, request.header("x-altan-key")].compactMap { $0 }
        switch self {
        case .open:
            guard tokens.allSatisfy({ !$0.isEmpty }) else { throw .badToken("The access token is empty.") }
        case .any:
            guard tokens.contains(where: { !$0.isEmpty }) else { throw .badToken("There is no access token.") }
        case .listed(let known):
            guard !tokens.isEmpty else { throw .badToken("There is no access token.") }
            guard tokens.contains(where: { token in known.contains { Self.isEqual($0, token) } }) else {
                throw .badToken("The access token is not one of those in emulator.json.")
            }
        }
    }

    private static func token(_ header: String) -> String {
        let parts = header.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : ""
    }

    /// Takes as long for a wrong token as for a right one.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
