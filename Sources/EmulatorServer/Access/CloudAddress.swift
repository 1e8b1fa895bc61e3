import AltanCloud
import JSONText

// Which cloud a request is to: the default one is at the root, every other under `/clouds/{id}`, and each also at
// `{first twelve characters of its id}.localhost`.
extension Emulator {
    /// The request with the cloud's base taken off its path, and the cloud.
    /// - Throws: `CloudError.unknownCloud` for an address of none.
    func addressed(_ request: FrontRequest) throws -> (request: FrontRequest, cloud: Cloud) {
        let path = request.segments
        if path.first == "clouds", let id = path.second {
            let id = percentDecoded(id)
            guard let cloud = platform.store.known(cloud: id.lowercased()) else { throw unknownCloud(id) }
            var inner = request
            inner.base = "/clouds/\(path[1])"
            inner.path = String(request.path.dropFirst(inner.base.utf8.count))
            if inner.path.isEmpty { inner.path = "/" }
            return (inner, cloud)
        }
        if let label = request.header("host").flatMap(Self.cloudLabel) {
            guard let cloud = platform.store.known(label: label) else { throw unknownCloud(label) }
            return (request, cloud)
        }
        guard let cloud = platform.store.known(cloud: platform.identity.cloudID) else {
            throw unknownCloud(platform.identity.cloudID)
        }
        return (request, cloud)
    }

    /// Answers for a cloud that runs; a paused one answers 503 whatever is asked of it.
    func inside(_ cloud: Cloud, _ body: (Cloud) async -> FrontResponse) async -> FrontResponse {
        guard cloud.status == .running else {
            return rendering(of: CloudError.cloudPaused(cloud.id, name: cloud.name))
        }
        return await body(cloud)
    }

    /// Any error as a response.
    func rendering(of error: any Error) -> FrontResponse {
        if let failure = error as? FrontFailure { return failure.response }
        if let refusal = error as? SettingRefusal {
            return .json(["detail": .string(refusal.reason), "code": "invalid_setting"], status: 400)
        }
        let (status, json) = platform.rendering(of: error)
        var response = FrontResponse.json(json, status: status)
        // A resumed cloud answers at once.
        if case CloudError.cloudPaused = error { response.headers.append(("Retry-After", "0")) }
        return response
    }

    private func unknownCloud(_ id: String) -> CloudError { .unknownCloud(id, known: platform.store.knownClouds) }

    /// `9ac0aa46-7dc` of `9ac0aa46-7dc.localhost:54321`.
    static func cloudLabel(_ authority: String) -> String? {
        let suffix = ".localhost".utf8.count
        let name = authority.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard name.count >= suffix, let name = String(name)?.lowercased(), name.hasSuffix(".localhost") else {
            return nil
        }
        return String(name.dropLast(suffix))
    }
}
