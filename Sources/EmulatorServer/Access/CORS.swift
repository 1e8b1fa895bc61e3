// Supabase and the services answer pages of any origin, as the real ones do.
extension Emulator {
    /// Answers a preflight itself; adds the headers for the page to the answer of anything else.
    func cors(_ request: FrontRequest, _ body: () async -> FrontResponse) async -> FrontResponse {
        guard let origin = request.header("origin") else { return await body() }
        if let preflight = Self.preflight(request, origin) { return preflight }
        var response = await body()
        Self.allow(origin, in: &response)
        return response
    }

    private static func preflight(_ request: FrontRequest, _ origin: String) -> FrontResponse? {
        guard request.method == "OPTIONS", request.header("access-control-request-method") != nil else { return nil }
        let asked = request.header("access-control-request-headers").map { "\($0), " } ?? ""
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

    private static func allow(_ origin: String, in response: inout FrontResponse) {
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
