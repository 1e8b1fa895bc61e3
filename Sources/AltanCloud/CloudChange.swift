import JSONText
import Synchronization
package import World

/// What became of a secret or an authorization request, whoever did it and by whatever path. Names only.
package enum CloudChange: Hashable, Sendable {
    case secretStored(cloud: String, key: String)
    case secretDeleted(cloud: String, key: String)
    case request(AuthorizationRequest, RequestChange)

    package enum RequestChange: String, Sendable {
        case created, completed
        case handedOver = "handed_over"
        case rejected, deleted
    }
}

extension CloudChange {
    /// As the journal holds it; also what rules are asked about before it happens.
    /// - Parameter status: nil for what has not happened.
    package func event(status: Int?) -> JournalEvent {
        switch self {
        case .secretStored(let cloud, let key): Self.secret(cloud, key, "stored", status)
        case .secretDeleted(let cloud, let key): Self.secret(cloud, key, "deleted", status)
        case .request(let request, let change):
            JournalEvent(
                .authorization, path: request.name, status: status,
                facts: [
                    .init("id", .string(request.id)), .init("cloud_id", .string(request.cloudID)),
                    .init("state", .string(change.rawValue)),
                    .init("keys", .array(Self.keys(request, change).map(JSON.string))),
                ])
        }
    }

    /// The user is about to be asked.
    static func asking(for keys: [String], cloud: String) -> JournalEvent {
        JournalEvent(
            .authorization, path: "request",
            facts: [
                .init("cloud_id", .string(cloud)), .init("state", .string(RequestChange.created.rawValue)),
                .init("keys", .array(keys.map(JSON.string))),
            ])
    }

    private static func secret(_ cloud: String, _ key: String, _ state: String, _ status: Int?) -> JournalEvent {
        JournalEvent(
            .secret, path: key, status: status,
            facts: [
                .init("cloud_id", .string(cloud)), .init("state", .string(state)), .init("keys", [.string(key)]),
            ])
    }

    /// What was asked for until there is an answer, and then what was given.
    private static func keys(_ request: AuthorizationRequest, _ change: RequestChange) -> [String] {
        switch change {
        case .completed, .handedOver: request.providedKeys
        case .created, .rejected, .deleted: request.requestedSecrets.map(\.key)
        }
    }
}

/// Who is told of changes: set once, by the platform over the store.
package final class ChangeObserver: Sendable {
    private let observe = Mutex<(@Sendable (CloudChange) -> Void)?>(nil)

    package func set(_ observe: @escaping @Sendable (CloudChange) -> Void) { self.observe.withLock { $0 = observe } }

    func tell(_ change: CloudChange) { observe.withLock { $0 }?(change) }
}
