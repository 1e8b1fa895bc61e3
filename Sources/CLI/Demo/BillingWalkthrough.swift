import JSONText

/// Plays a subscription's life against an emulator without a network: a plan, a checkout, a person who pays, signed
/// webhooks, a row; a declined card, a forged webhook, the next month.
struct BillingWalkthrough {
    /// Parts of the play, in their order.
    enum Step: Int, CaseIterable {
        case plan = 1
        case checkout, decline, pay, webhooks, row, forgery, renewal, cancellation

        var title: String {
            switch self {
            case .plan: "Make a plan"
            case .checkout: "Create a checkout session"
            case .decline: "A card is declined"
            case .pay: "A person pays on the page"
            case .webhooks: "Signed webhooks arrive"
            case .row: "The subscription is in the database"
            case .forgery: "A forged webhook is refused"
            case .renewal: "A month goes by"
            case .cancellation: "The subscription is canceled"
            }
        }
    }

    private static let user = "user-42"
    private static let stripe = "/_emulator/thirdparty/api.stripe.com"

    let connection: HTTPConnection
    /// The ready line.
    let facts: JSON
    var evidence: [String] = []
    private var price = ""
    private var page = ""
    private var periodEnd = ""

    init(connection: HTTPConnection, facts: JSON) {
        self.connection = connection
        self.facts = facts
    }

    /// Plays one step; its evidence is in `evidence` afterwards.
    /// - Throws: `StepFailure`.
    mutating func play(_ step: Step) async throws {
        evidence = []
        switch step {
        case .plan: try await makePlan()
        case .checkout: try await createCheckout()
        case .decline: try await declineCard()
        case .pay: try await payOnPage()
        case .webhooks: try await seeWebhooks()
        case .row: try await seeRow()
        case .forgery: try await forge()
        case .renewal: try await renew()
        case .cancellation: try await cancel()
        }
    }

    private mutating func makePlan() async throws {
        let plan: JSON = ["name": "Pro", "amount": 1200]
        let reply = try await service("POST", "/plans", plan)
        price = reply["price_id"]?.stringValue ?? ""
        try confirm(price.hasPrefix("price_"), "stripe.Price.create made \(price)", reply)
    }

    private mutating func createCheckout() async throws {
        let reply = try await service(
            "POST", "/checkout",
            [
                "price_id": .string(price), "user_id": .string(Self.user), "email": "ada@example.com",
                "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/plans",
            ])
        let url = reply["url"]?.stringValue ?? ""
        page = String(url.dropFirst(connection.baseURL.count))
        try confirm(url.hasPrefix(connection.baseURL), "the session's page is \(url)", reply)
        let html = try await send("GET", page)
        try confirm(html.status == 200 && html.text.contains("name=\"card\""), "it asks for a card", .string(html.text))
    }

    private mutating func declineCard() async throws {
        let reply = try await form(page, "action=pay&card=4000000000000002")
        try confirm(
            reply.status == 402 && reply.text.contains("declined"), "4000 0000 0000 0002: the page says declined",
            .string(reply.text))
        let rows = try await rows()
        try confirm(rows.isEmpty, "no row was written", .array(rows))
    }

    private mutating func payOnPage() async throws {
        let reply = try await form(page, "action=pay&card=4242424242424242")
        let location = reply.header("location") ?? ""
        try confirm(
            reply.status == 303 && location.hasPrefix("https://shop.example/thanks?session_id=cs_test_"),
            "4242 4242 4242 4242: paid, and sent on to \(location.prefix(56))…", .string("\(reply.status) \(location)"))
    }

    private mutating func seeWebhooks() async throws {
        for type in ["customer.subscription.created", "invoice.paid", "checkout.session.completed"] {
            try await waitForDelivery(of: type)
            evidence.append("\(type) was delivered, and its signature accepted")
        }
    }

    private mutating func seeRow() async throws {
        let rows = try await rows()
        let row = rows.first ?? .null
        periodEnd = row["current_period_end"]?.stringValue ?? ""
        try confirm(rows.count == 1 && row["status"]?.stringValue == "active", "one row, status active", .array(rows))
        try confirm(row["user_id"]?.stringValue == Self.user, "user \(Self.user)", row)
        try confirm(
            row["price_id"]?.stringValue == price && row["plan_interval"]?.stringValue == "month",
            "price \(price), each month", row)
        try confirm(
            row["current_period_start"]?.stringValue != nil && !periodEnd.isEmpty, "paid until \(periodEnd)", row)
    }

    private mutating func forge() async throws {
        let body = Array(#"{"id":"evt_1","type":"customer.subscription.deleted","data":{"object":{}}}"#.utf8)
        let target = "/services/api/billing/webhook"
        let unsigned = try await connection.send("POST", target, headers: [], body: body)
        try confirm(unsigned.status == 400, "without a signature: 400", .string(unsigned.text))
        let forged = try await connection.send(
            "POST", target, headers: [("stripe-signature", "t=1700000000,v1=\(String(repeating: "0", count: 64))")],
            body: body)
        try confirm(forged.status == 400, "with a wrong one: 400", .string(forged.text))
    }

    private mutating func renew() async throws {
        let advance: JSON = ["advance_seconds": .integer(32 * 86_400)]
        _ = try await json("POST", "/_emulator/clock", advance)
        let before = periodEnd
        var row: JSON = .null
        for _ in 0..<100 {
            row = try await rows().first ?? .null
            if row["current_period_end"]?.stringValue != before { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        periodEnd = row["current_period_end"]?.stringValue ?? ""
        try confirm(
            periodEnd > before && row["status"]?.stringValue == "active",
            "the clock is 32 days ahead: renewed until \(periodEnd)", row)
    }

    private mutating func cancel() async throws {
        let portal = try await service(
            "POST", "/portal", ["user_id": .string(Self.user), "return_url": "https://shop.example/account"])
        let target = String((portal["url"]?.stringValue ?? "").dropFirst(connection.baseURL.count))
        let id = try await rows().first?["id"]?.stringValue ?? ""
        let reply = try await form(target, "action=cancel_now&subscription=\(id)")
        try confirm(reply.status == 303, "canceled on the portal's page", .string(reply.text))
        try await waitForDelivery(of: "customer.subscription.deleted")
        let row = try await rows().first ?? .null
        try confirm(row["status"]?.stringValue == "canceled", "the row says canceled", row)
    }

    // MARK: What steps are made of

    private mutating func confirm(_ holds: Bool, _ claim: String, _ found: JSON) throws {
        guard holds else { throw StepFailure(reason: "\(claim): not so. Found: \(found.text.prefix(2000))") }
        evidence.append(claim)
    }

    private func waitForDelivery(of type: String) async throws {
        var found: JSON = .null
        for _ in 0..<200 {
            found = try await json("GET", "\(Self.stripe)/events")
            let events = (found["events"]?.arrayValue ?? []).filter { $0["type"]?.stringValue == type }
            let deliveries = events.flatMap { $0["deliveries"]?.arrayValue ?? [] }
            if deliveries.contains(where: { $0["status"]?.stringValue == "delivered" }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw StepFailure(reason: "\(type) was not delivered. Events: \(found.text.prefix(3000))")
    }

    private func rows() async throws -> [JSON] {
        let key = facts["service_role_key"]?.stringValue ?? ""
        let reply = try await connection.send(
            "GET", "/rest/v1/subscriptions?select=*", headers: [("apikey", key)], body: nil)
        return try reply.json(of: "subscriptions").arrayValue ?? []
    }

    private func service(_ method: String, _ path: String, _ body: JSON) async throws -> JSON {
        try await json(method, "/services/api/billing\(path)", body)
    }

    private func json(_ method: String, _ target: String, _ body: JSON? = nil) async throws -> JSON {
        let headers = body == nil ? [] : [(name: "content-type", value: "application/json")]
        let reply = try await connection.send(method, target, headers: headers, body: body?.bytes)
        guard reply.isSuccess else {
            throw StepFailure(reason: "\(method) \(target) answered \(reply.status): \(reply.text.prefix(2000))")
        }
        return try reply.json(of: target)
    }

    private func send(_ method: String, _ target: String) async throws -> Reply {
        try await connection.send(method, target, headers: [], body: nil)
    }

    /// Posts a form, as a browser does.
    private func form(_ target: String, _ fields: String) async throws -> Reply {
        try await connection.send(
            "POST", target, headers: [("content-type", "application/x-www-form-urlencoded")], body: Array(fields.utf8))
    }
}

extension Reply {
    fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
