import AltanCloud
import JSONText
import World

// /authorize/{token}: where a person types the secrets that an agent asked for.
extension Emulator {
    /// The largest form that is read: secrets are short, key files a few kilobytes.
    private static let formLimit = 1 << 20

    func authorize(_ request: FrontRequest) async throws -> FrontResponse {
        try OriginGuard.checkHost(request)
        let path = request.segments
        guard path.count == 2 else { throw FrontFailure.notFound(method: request.method, path: "/authorize/…") }
        let asked: AuthorizationRequest
        do {
            asked = try await platform.store.request(token: percentDecoded(path[1]))
        } catch CloudError.unknownRequest {
            let nonce = world.uuid()
            return Self.page(AuthorizationPage.unknown(nonce: nonce), nonce: nonce, status: 404)
        }
        switch request.method {
        case "GET", "HEAD": return try await page(for: asked)
        case "POST":
            // The address is the secret; this keeps out a page that somehow learnt it.
            try OriginGuard.checkSameOrigin(request)
            let form = try await form(request)
            return try await JournalContext(caller: "browser", requestID: world.uuid()).run {
                try await answer(asked, form, at: request.fullPath)
            }
        default: throw FrontFailure.methodNotAllowed(request.method, path: "/authorize/…")
        }
    }

    private func answer(
        _ asked: AuthorizationRequest, _ form: [String: String], at path: String
    ) async throws -> FrontResponse {
        // Sent twice, or answered elsewhere meanwhile.
        guard asked.state == .pending else { return Self.redirect(to: path) }
        do {
            switch form["action"] {
            case "complete", nil: return try await complete(asked, form, at: path)
            case "reject":
                _ = try await platform.rejectAuthorizationRequest(asked.id)
                return Self.redirect(to: path)
            case let action?:
                throw CloudError.invalidArguments([.init("action", "must be complete or reject, not \(action)")])
            }
        } catch CloudError.requestClosed {
            return Self.redirect(to: path)
        }
    }

    /// Takes what a person typed. What is wrong with it is shown beside the fields; values are never sent back.
    private func complete(
        _ asked: AuthorizationRequest, _ form: [String: String], at path: String
    ) async throws -> FrontResponse {
        var problems: [String: String] = [:]
        var values: [(key: String, value: SecretValue)] = []
        for secret in asked.requestedSecrets {
            let typed = form[AuthorizationPage.fieldName(secret.key)] ?? ""
            // Browsers end the lines of a text area with two characters; a copied key has a stray end.
            let text = Self.trimmed(typed.replacing("\r\n", with: "\n"))
            if text.isEmpty, secret.required { problems[secret.key] = "This value is needed." }
            if text.utf8.contains(0) { problems[secret.key] = "This value cannot be used: it holds a NUL." }
            if !text.isEmpty { values.append((secret.key, SecretValue(text))) }
        }
        guard problems.isEmpty else { return try await page(for: asked, problems: problems) }
        let completed = try await platform.completeAuthorizationRequest(asked.id, values: values)
        let warnings = values.compactMap { platform.liveKeyWarning($0.key, $0.value) }
        return warnings.isEmpty ? Self.redirect(to: path) : try await page(for: completed, warnings: warnings)
    }

    private func page(
        for asked: AuthorizationRequest, problems: [String: String] = [:], warnings: [String] = []
    ) async throws -> FrontResponse {
        let nonce = world.uuid()
        let page = AuthorizationPage(
            request: asked, cloudName: try await platform.store.cloud(asked.cloudID).name,
            storesOnComplete: platform.authorization.storesOnComplete, problems: problems, warnings: warnings,
            nonce: nonce)
        return Self.page(page.html, nonce: nonce, status: problems.isEmpty ? 200 : 422)
    }

    /// Nothing is loaded, framed, cached or told to other sites.
    private static func page(_ html: String, nonce: String, status: Int) -> FrontResponse {
        var response = FrontResponse.html(html)
        response.status = status
        response.headers += [
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src 'nonce-\(nonce)'; form-action 'self'; frame-ancestors 'none'; "
                    + "base-uri 'none'"
            ),
            ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
            // Unlike no-referrer, this lets a browser name the page's own origin when it posts the form.
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ]
        return response
    }

    private static func redirect(to path: String) -> FrontResponse {
        FrontResponse(status: 303, headers: [("Location", path), ("Cache-Control", "no-store")])
    }

    private func form(_ request: FrontRequest) async throws -> [String: String] {
        let type = request.header("content-type")?.prefix { $0 != ";" }
        guard type == "application/x-www-form-urlencoded" else {
            throw FrontFailure.notForm(type.map(String.init) ?? "nothing")
        }
        let text = String(decoding: try await request.body.collect(upTo: Self.formLimit), as: UTF8.self)
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[percentDecoded(parts[0])] = parts.count > 1 ? percentDecoded(parts[1]) : ""
        }
        return fields
    }

    /// Without white space around it.
    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
