import AltanCloud
import JSONText
import NIOHTTP1
import PostgREST
import PostgresEngine
import Synchronization
import World

/// Reads of the default cloud that clients repeat, if with other literals, and that take less time than a task takes to
/// begin: they are answered on their connection's event loop, with what was found out about them the last time.
///
/// The key holds all of a request that says who asks for what, the literals apart, so that what is kept can only be wrong
/// because something in the emulator has changed since. Of that, `Emulator.directAnswer` checks every part.
final class DirectReads: Sendable {
    struct Key: Hashable {
        private var path: Substring
        private var shape: ReadShape
        private var apiKey: String?
        private var authorization: String?
        private var accept: String?
        private var prefer: String?
        private var range: String?
        private var profile: String?
        private var contentType: String?
        /// The page that asks.
        private(set) var origin: String?

        /// nil where a header comes twice, or names another cloud.
        fileprivate init?(
            path: Substring, shape: ReadShape, headers: some Swift.Sequence<(name: String, value: String)>
        ) {
            self.path = path
            self.shape = shape
            for (name, value) in headers {
                switch name.utf8.count {
                case 4 where name.isField("host"): if Emulator.cloudLabel(value) != nil { return nil }
                case 5 where name.isField("range"): guard Self.set(&range, value) else { return nil }
                case 6 where name.isField("apikey"): guard Self.set(&apiKey, value) else { return nil }
                case 6 where name.isField("accept"): guard Self.set(&accept, value) else { return nil }
                case 6 where name.isField("prefer"): guard Self.set(&prefer, value) else { return nil }
                case 6 where name.isField("origin"): guard Self.set(&origin, value) else { return nil }
                case 12 where name.isField("content-type"): guard Self.set(&contentType, value) else { return nil }
                case 13 where name.isField("authorization"): guard Self.set(&authorization, value) else { return nil }
                case 14 where name.isField("accept-profile"): guard Self.set(&profile, value) else { return nil }
                default: break
                }
            }
        }

        /// false for a header that comes twice.
        private static func set(_ field: inout String?, _ value: String) -> Bool {
            defer { field = value }
            return field == nil
        }

        /// Equality decides; tokens are long, and their beginnings all alike.
        func hash(into hasher: inout Hasher) {
            hasher.combine(path)
            hasher.combine(shape)
            hasher.combine(apiKey?.utf8.count)
            hasher.combine(authorization?.utf8.count)
        }
    }

    /// A request taken apart: what it shares with others, and what it has of its own.
    struct Asked {
        let key: Key
        let literals: ReadLiterals

        /// nil for what is not kept: anything but a GET under `/rest/v1` of the default cloud, or one too long or odd.
        init?(isGet: Bool, target: String, headers: some Swift.Sequence<(name: String, value: String)>) {
            guard isGet, target.utf8.count < 2048, target.utf8.starts(with: Self.place) else { return nil }
            let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
            let query = target[mark...].dropFirst()
            // The gateway's own parameter is none of the read's.
            guard !query.utf8.contains(bytes: "apikey=") else { return nil }
            let (shape, literals) = ReadShape.split(query)
            guard let key = Key(path: target[..<mark], shape: shape, headers: headers) else { return nil }
            (self.key, self.literals) = (key, literals)
        }

        private static let place = Array("/rest/v1/".utf8)
    }

    /// What was found out about a request, and under what.
    struct Known: Sendable {
        var read: DirectRead
        var gateway: Gateway
        var access: Gateway.Access
        /// What the roles are part of.
        var catalogVersion: Int
    }

    private static let capacity = 500
    private let known = Mutex<[Key: Known]>([:])

    subscript(key: Key) -> Known? { known.withLock { $0[key] } }

    func keep(_ read: Known, as key: Key) {
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[key] = read
        }
    }
}

extension Emulator {
    /// The answer to a read that is known, if it would still be answered the same way.
    func directAnswer(_ head: HTTPRequestHead) -> FrontResponse? {
        guard let asked = DirectReads.Asked(isGet: head.method == .GET, target: head.uri, headers: head.headers),
            let known = directReads[asked.key], known.read.isBrief,
            let entry = try? databases.entry(platform.identity.cloudID), known.read.isAnswered(by: entry.rest),
            entry.database.catalogVersion == known.catalogVersion,
            platform.store.isRunning(cloud: platform.identity.cloudID),
            rest.withLock({ $0.gateways[platform.identity.cloudID] }) === known.gateway,
            known.gateway.stillGrants(known.access),
            let answer = known.read.response(
                asked.literals, to: Self.restRequest(FrontRequest(head, body: .bytes([]), client: nil), body: []))
        else { return nil }
        platform.journal.count("rest.read")
        var response = FrontResponse(answer)
        if let origin = asked.key.origin { Self.allow(origin, in: &response) }
        return response
    }

    /// Keeps what was found out about a read that was answered, if the next one can be answered with it alone.
    func keepForDirectAnswers(
        _ request: FrontRequest, _ rest: RestRequest, _ access: Gateway.Access, _ gateway: Gateway,
        _ entry: CloudDatabases.Entry, catalogVersion: Int
    ) {
        guard !settings.configuration.journalsReads, let target = request.target,
            let key = DirectReads.Asked(isGet: request.method == "GET", target: target, headers: request.headers)?.key,
            key.origin == nil || gateway.settings.corsOrigins.isEmpty,
            let read = DirectRead(
                rest, engine: entry.rest, session: access.session, configuration: gateway.settings.configuration)
        else { return }
        directReads.keep(
            DirectReads.Known(read: read, gateway: gateway, access: access, catalogVersion: catalogVersion), as: key)
    }
}

extension String {
    /// Whether it is that name of a header, which is in small letters, in whatever case.
    fileprivate func isField(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            utf8.count == name.count && zip(utf8, name).allSatisfy { $0 | 0x20 == $1 }
        }
    }
}
