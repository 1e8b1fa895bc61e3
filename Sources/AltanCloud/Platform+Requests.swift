package import JSONText

// The life of an authorization request: asked, answered or rejected, told to whoever listens.
extension Platform {
    /// Asks the user for secrets. Connectors of the platform cannot be asked for: there are none here.
    ///
    /// The request is returned as it was made, as on the platform; an answer that the configuration has for it is
    /// already given then.
    package func createAuthorizationRequest(
        customSecrets: JSON?, connectionTypeID: String?, cloud: String?, name: String? = nil, message: String? = nil,
        roomID: String? = nil, callbackID: String? = nil
    ) async throws -> AuthorizationRequest {
        if connectionTypeID != nil {
            throw CloudError.unsupported(
                feature: "connectors",
                detail: "The emulator has no connectors: a connection cannot be requested with connection_type_id.",
                nextStep: "Ask for the provider's keys with custom_secrets and use its SDK in the service.")
        }
        let cloud = try await store.cloud(cloud)
        let requested = try RequestedSecret.list(customSecrets ?? .null)
        let draft = CloudStore.RequestDraft(
            name: name, message: message, roomID: roomID, callbackID: callbackID, requestedSecrets: requested)
        _ = try await judge(CloudChange.asking(for: requested.map(\.key), cloud: cloud.id))
        let request = try await store.createRequest(draft, cloud: cloud.id)
        requestEvents.send(.created, request)
        switch authorization.verdict(on: request) {
        case .completed(let values): _ = try await completeAuthorizationRequest(request.id, values: values)
        case .rejected: _ = try await rejectAuthorizationRequest(request.id)
        case .waits(let reason?): report("authorization request \(request.id) waits for a person: \(reason)")
        case .waits(nil): break
        }
        return request
    }

    package func completeAuthorizationRequest(
        _ id: String, values: [(key: String, value: SecretValue)]
    ) async throws -> AuthorizationRequest {
        let request = try await store.completeRequest(id, values: values, storing: authorization.storesOnComplete)
        requestEvents.send(.updated, request)
        return request
    }

    package func rejectAuthorizationRequest(_ id: String) async throws -> AuthorizationRequest {
        let request = try await store.rejectRequest(id)
        requestEvents.send(.updated, request)
        return request
    }

    package func deleteAuthorizationRequest(_ id: String) async throws {
        requestEvents.send(.deleted, try await store.deleteRequest(id))
    }
}
