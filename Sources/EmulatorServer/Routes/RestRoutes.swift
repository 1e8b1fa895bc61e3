import AltanCloud
import JSONText
import PostgREST
import PostgresEngine
import Synchronization
import World

/// The largest body that anything but services and storage takes.
let bodyLimit = 50 * 1024 * 1024

// /rest/v1 of a cloud.
extension Emulator {
    func restAPI(_ request: FrontRequest, _ cloud: Cloud) async -> FrontResponse {
        let start = world.clock.monotonic
        let isRead = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS"
        guard !isRead else {
            let response = await restResponse(request, cloud, isRead: true)
            if settings.configuration.journalsReads { return noted(response, to: request, .rest, since: start) }
            platform.journal.count("rest.read")
            return response
        }
        var request = request
        do {
            // Read here, for the journal shows it too.
            request.body = .bytes(try await request.body.collect(upTo: bodyLimit))
        } catch {
            let failure = error as? FrontFailure ?? .brokenBody("\(error)")
            return noted(failure.response, to: request, .rest, since: start)
        }
        return noted(await restResponse(request, cloud, isRead: false), to: request, .rest, since: start)
    }

    /// Journals a request with its bodies. Returns the response.
    func noted(
        _ response: FrontResponse, to request: FrontRequest, _ kind: JournalEvent.Kind, since start: Duration
    ) -> FrontResponse {
        let cause = request.header("x-altan-cause")
        let run = request.header("x-altan-run") ?? namedRuns[cause]
        platform.journal.append(
            JournalEvent(
                kind, caller: request.header("x-altan-caller") ?? "http", run: run, requestID: world.uuid(),
                cause: cause, method: request.method,
                path: request.fullPath, status: response.status, duration: world.clock.monotonic - start,
                request: request.journalBody, response: response.journalBody,
                facts: request.query.map { [.init("query", .string($0))] } ?? []))
        return response
    }

    /// A failure in the logs that the platform's screens show: the request in PostgREST's, the database's error in its.
    private func logFailure(_ response: FrontResponse, of request: FrontRequest, _ cloud: Cloud) {
        let target = request.path.dropFirst("/rest/v1".count) + (request.query.map { "?\($0)" } ?? "")
        let agent = request.header("user-agent") ?? ""
        platform.log(
            "\(request.client?.host ?? "-") - \"\(request.method) \(target) HTTP/1.1\" \(response.status) - \"\" \"\(agent)\"",
            to: .postgrest, cloud: cloud.id)
        guard let error = try? JSON(parsing: response.bytes), let code = error["code"]?.stringValue,
            code.utf8.count == 5, let message = error["message"]?.stringValue
        else { return }
        platform.log("ERROR:  \(message)", to: .postgres, cloud: cloud.id)
    }

    private func restResponse(_ request: FrontRequest, _ cloud: Cloud, isRead: Bool) async -> FrontResponse {
        let response = await restAnswer(request, cloud, isRead: isRead)
        if response.status >= 400 { logFailure(response, of: request, cloud) }
        return response
    }

    private func restAnswer(_ request: FrontRequest, _ cloud: Cloud, isRead: Bool) async -> FrontResponse {
        var configuration = RestConfiguration()
        do {
            let entry = try databases.entry(cloud.id)
            let gateway = try await gateway(of: cloud.id, keys: platform.keys(of: cloud))
            configuration = gateway.settings.configuration
            let version = entry.database.catalogVersion
            let access = try await gateway.access(request, roles: entry.database.roles)
            // Clients send `{}` with GET and DELETE; it means nothing and is not even read into memory for long.
            let body = try await request.body.collect(upTo: bodyLimit)
            let rest = Self.restRequest(request, body: isRead ? [] : body)
            let answer = await entry.rest.respond(
                rest, session: access.session, isAnonymous: access.isAnonymous, configuration: configuration)
            if isRead, answer.status < 300 {
                keepForDirectAnswers(request, rest, access, gateway, entry, catalogVersion: version)
            }
            return FrontResponse(answer)
        } catch let refusal as Gateway.KeyRefusal {
            return refusal.response
        } catch let error as RestError {
            let rest = RestRequest(
                method: request.method, path: "", query: nil, headers: request.headers, body: [])
            return FrontResponse(RestEngine.failure(error, isAnonymous: true, rest, configuration))
        } catch let failure as FrontFailure {
            return failure.response
        } catch {
            let (status, json) = platform.rendering(of: error)
            return .json(json, status: status)
        }
    }

    /// The request as PostgREST sees it.
    static func restRequest(_ request: FrontRequest, body: [UInt8]) -> RestRequest {
        RestRequest(
            method: request.method, path: restPath(request), query: withoutKey(request.query),
            headers: request.headers, body: body)
    }

    private static func restPath(_ request: FrontRequest) -> String {
        String(request.path.utf8.dropFirst("/rest/v1".utf8.count)) ?? ""
    }

    /// The query without the gateway's own parameter.
    private static func withoutKey(_ query: String?) -> String? {
        guard let query, query.utf8.contains(bytes: "apikey=") else { return query }
        return query.split(separator: "&").filter { !$0.hasPrefix("apikey=") }.joined(separator: "&")
    }
}

extension FrontResponse {
    init(_ response: RestResponse) {
        self.init(status: response.status, headers: response.headers, body: .bytes(response.body))
        reason = response.reason
        sendsLength = response.sendsLength
    }
}
