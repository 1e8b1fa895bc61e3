import AltanCloud
import JSONText

/// Sends requests to what a cloud serves, as anybody would over HTTP; implemented by EmulatorServer.
package protocol EndpointCalling: Sendable {
    func send(_ request: EndpointRequest, cloud: String) async throws -> EndpointResponse
}

/// A call of an endpoint of a deployed service, as an agent makes it.
package struct EndpointRequest: Sendable {
    package var method: String
    /// Below the cloud's base URL, starting with a slash, percent-encoded.
    package var path: String
    package var query: String?
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// How much of the response's body is wanted.
    package var bodyLimit: Int

    package init(
        method: String, path: String, query: String? = nil, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], bodyLimit: Int = 16 << 20
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.bodyLimit = bodyLimit
    }
}

/// What the endpoint answered.
package struct EndpointResponse: Sendable {
    package var status: Int
    /// Names as they were sent.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Whether there was more than was wanted.
    package var isCut: Bool

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], isCut: Bool) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isCut = isCut
    }

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

extension EndpointCalling {
    /// The cloud's OpenAPI document.
    func openAPI(cloud: String) async throws -> JSON {
        let response = try await send(EndpointRequest(method: "GET", path: "/services/openapi.json"), cloud: cloud)
        guard response.status == 200 else {
            throw CloudError.internalFailure("/services/openapi.json answered \(response.status)")
        }
        return try JSON(parsing: response.body)
    }
}
