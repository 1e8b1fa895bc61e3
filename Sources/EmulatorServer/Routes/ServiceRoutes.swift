import AltanCloud
import JSONText
import NIOCore
import ServiceRuntime
import WorkerProtocol
import World

// /services: what was deployed.
extension Emulator {
    func services(_ request: FrontRequest, _ cloud: Cloud) async -> FrontResponse {
        let path = request.segments
        let place = path.count > 1 ? path[1] : ""
        if place == "api", path.count > 2 {
            await serviceStarted(String(path[2]), cloud: cloud.id)
            return await call(String(path[2]), request, cloud: cloud.id)
        }
        await servicesStarted()
        switch place {
        case "openapi.json": return .json(document(cloud, base: request.base))
        case "docs": return .html(ServiceDocs.page(document(cloud, base: request.base), base: request.base))
        default: return .json(["detail": "Not Found"], status: 404)
        }
    }

    /// One schema for all services of a cloud.
    private func document(_ cloud: Cloud, base: String) -> JSON {
        mergedOpenAPI(
            title: cloud.name, server: "\(base)/services",
            services: supervisor.interfaces(cloud: cloud.id).mapValues(\.openAPI))
    }

    private func call(_ service: String, _ request: FrontRequest, cloud: String) async -> FrontResponse {
        let start = world.clock.monotonic
        let requestID = world.uuid()
        let run = request.header("x-altan-run") ?? JournalContext.current?.run
        let response = await namedRuns.during(call: requestID, of: run) {
            await answer(service, request, requestID: requestID, cloud: cloud)
        }
        platform.journal.append(
            JournalEvent(
                .service, caller: request.header("x-altan-caller") ?? "http", run: run,
                requestID: requestID, cause: request.header("x-altan-cause"), method: request.method,
                path: request.fullPath, status: response.status, duration: world.clock.monotonic - start,
                response: response.status >= 400 ? response.journalBody : nil,
                facts: [.init("service", .string(service)), .init("cloud_id", .string(cloud))]))
        return response
    }

    private func answer(
        _ service: String, _ request: FrontRequest, requestID: String, cloud: String
    ) async -> FrontResponse {
        let server = request.header("host").flatMap(Self.endpoint)
        let head = RequestHead(
            requestID: requestID, method: request.method, rawPath: request.fullPath, query: request.query ?? "",
            rootPath: "\(request.base)/services", headers: request.headers.map { HeaderField($0.name, $0.value) },
            client: request.client.map { Endpoint(host: $0.host, port: $0.port) }, server: server)
        do {
            let answer = try await supervisor.call(
                ServiceRequest(head: head, body: request.body.forService), service: service, cloud: cloud)
            var response = FrontResponse(status: answer.status, headers: answer.headers.map { ($0.name, $0.value) })
            switch answer.body {
            case .complete(let buffer): response.body = .buffer(buffer)
            case .stream(let stream): response.body = .stream(stream)
            }
            response.headers.append(("X-Altan-Request-Id", requestID))
            response.sendsLength = request.method != "HEAD"
            return response
        } catch let error as ServiceCallError {
            return .json(
                ["detail": .string(platform.redactor.redact(error.message)), "request_id": .string(requestID)],
                status: error.status)
        } catch {
            let (status, json) = platform.rendering(of: error)
            return .json(json, status: status)
        }
    }

    /// `host:port` as ASGI's `server`.
    private static func endpoint(_ authority: String) -> Endpoint? {
        let parts = authority.split(separator: ":")
        guard let host = parts.first else { return nil }
        return Endpoint(host: String(host), port: parts.count > 1 ? Int(parts[1]) ?? 80 : 80)
    }
}

extension FrontBody {
    fileprivate var forService: ServiceRequestBody {
        switch self {
        case .bytes(let bytes): bytes.isEmpty ? .empty : .complete(ByteBuffer(bytes: bytes))
        case .buffer(let buffer): .complete(buffer)
        case .stream(let stream): .stream(stream)
        }
    }
}
