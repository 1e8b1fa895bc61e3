package import World

/// A deployed router, or one whose only deployments failed.
package struct Service: Hashable, Sendable {
    package enum Status: String, Sendable {
        /// Mounted: its paths answer.
        case running
        /// No deployment of it ever came up, or it no longer comes up: its paths answer 502.
        case error
    }

    package var cloudID: String
    package var name: String
    package var description: String
    /// What runs; for a service in error, what was tried last.
    package var code: String
    package var requirements: [String]
    package var status: Status
    package var routes: [ServiceInterface.Route]
    /// Why the last deployment failed; also set on a service that still serves older code.
    package var failure: DeployFailure?
    package var mountedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    /// The longest name: it is part of file names too.
    package static let longestName = 100

    /// Whether a name can be mounted: `snake_case`, lower case, not starting with a digit or underscore.
    package static func isValid(name: String) -> Bool {
        guard let first = name.utf8.first, isLower(first), name.utf8.count <= longestName else { return false }
        return name.utf8.allSatisfy {
            isLower($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "_")
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
}

/// One attempt to bring up a service. The last twenty of each service are kept.
package struct Deployment: Hashable, Sendable {
    package enum Status: String, Sendable { case succeeded, failed }

    package var id: String
    package var cloudID: String
    package var service: String
    /// Counts from 1 for each service.
    package var number: Int
    package var status: Status
    package var code: String
    package var requirements: [String]
    package var failure: DeployFailure?
    package var warnings: [String]
    package var caller: String
    package var startedAt: Timestamp
    package var duration: Duration

    package static let kept = 20
}
