// Supabase and the services answer pages of any origin, as the real ones do.
extension Emulator {
    /// Answers a preflight itself; adds the headers for the page to the answer of anything else.
    /// - Parameter origins: the only ones to answer, with their cookies; none: all.
    func cors(
        _ request: FrontRequest, origins: [String] = [], _ body: () async -> FrontResponse
    ) async -> FrontResponse {
        guard let origin = request.header("origin"), origins.isEmpty || origins.contains(origin) else {
            return await body()
        }
        var response = await answered(request, origin, body)
        guard !origins.isEmpty else { return response }
        response.headers.removeAll { $0.name == "Access-Control-Allow-Origin" }
        response.headers += [
            ("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"),
        ]
        return response
    }

    private func answered(
        _ request: FrontRequest, _ origin: String, _ body: () async -> FrontResponse
    ) async -> FrontResponse {
        if let preflight = Self.preflight(request, origin) { return preflight }
        var response = await body()
        Self.allow(origin, in: &response)
        return response
    }

    private static func preflight(_ request: FrontRequest, _ origin: String) -> FrontResponse? {
        guard request.method == "OPTIONS", request.header("access-control-request-method") != nil else { return nil }
        let asked = (request.header("access-control-request-headers") ?? "").split(separator: ",")
            .map { name in "\(name.drop(while: { $0 == " " })), " }.joined()
        return FrontResponse(
            status: 200,
            headers: [
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"),
                (
                    "Access-Control-Allow-Headers",
                    "Authorization, \(asked)Accept, Accept-Language, Content-Language"
                ),
                ("Access-Control-Max-Age", "86400"),
            ])
    }

    static func allow(_ origin: String, in response: inout FrontResponse) {
        // A service that answers CORS itself has the last word.
        guard !response.headers.contains(where: { $0.name.lowercased() == "access-control-allow-origin" }) else {
            return
        }
        response.headers.append(("Access-Control-Allow-Origin", "*"))
        response.headers.append(
            (
                "Access-Control-Expose-Headers",
                "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, "
                    + "Transfer-Encoding, Range-Unit"
            ))
    }
}
