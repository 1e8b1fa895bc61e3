import JSONText

/// What a function is called with: arguments by name, and the body as a whole for a function that takes just that.
struct CallArguments: Sendable {
    enum Value: Sendable {
        /// From a query string or form: every value of the name, in order.
        case texts([String])
        case json(JSON)
    }

    var named: [(name: String, value: Value)] = []
    /// The body, where one parameter without a name could take it.
    var whole: [UInt8]?
    /// What such a parameter's type may be: `json/jsonb`, `text`, `xml`, `bytea`.
    var unnamedType: String?

    var names: Set<String> { Set(named.map(\.name)) }

    /// - Throws: PGRST102.
    init(_ request: ApiRequest) throws(RestError) {
        guard request.raw.method == "POST" else {
            for (name, value) in request.query.arguments { add(name, value) }
            return
        }
        let body = request.raw.body
        whole = body
        let type = request.raw.header("content-type")?.split(separator: ";").first.map {
            String($0).trimmed.lowercased()
        }
        switch type ?? "application/json" {
        case "application/json", "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json":
            unnamedType = "json/jsonb"
            let document: JSON
            do {
                document = body.isEmpty ? .object([]) : try JSON(parsing: body)
            } catch {
                throw RestError.badPayload("Empty or invalid json")
            }
            // Of several objects the first one is meant.
            let object = document.objectValue ?? document[0]?.objectValue ?? []
            for member in object where request.query.columns?.contains(member.key) != false {
                named.removeAll { $0.name == member.key }
                named.append((member.key, .json(member.value)))
            }
        case "application/x-www-form-urlencoded":
            for pair in QueryString(String(decoding: body, as: UTF8.self)).pairs
            where request.query.columns?.contains(pair.name) != false {
                add(pair.name, pair.value)
            }
        case "text/csv":
            // Of several lines the first one is meant.
            let payload = try Payload(body, contentType: "text/csv", columns: request.query.columns)
            named = zip(payload.columns, payload.rows.first ?? []).map { ($0, .json($1 ?? .null)) }
        case "text/plain": unnamedType = "text"
        case "text/xml": unnamedType = "xml"
        case "application/octet-stream": unnamedType = "bytea"
        case let other: throw RestError.badPayload("Content-Type not acceptable: \(other)")
        }
    }

    private mutating func add(_ name: String, _ value: String) {
        if let index = named.firstIndex(where: { $0.name == name }), case .texts(let known) = named[index].value {
            named[index].value = .texts(known + [value])
        } else {
            named.append((name, .texts([value])))
        }
    }
}
