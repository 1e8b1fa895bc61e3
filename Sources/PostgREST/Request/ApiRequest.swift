import PostgresEngine

/// A request understood: what is asked of which resource, before anything is looked up in the database.
///
/// The order of the checks is PostgREST's, because it decides which of several errors a client sees.
struct ApiRequest: Sendable {
    enum Resource: Hashable, Sendable {
        case root
        case relation(String)
        case routine(String)
    }

    enum Action: Hashable, Sendable { case read, insert, update, delete, put, options, inspect, call }

    var raw: RestRequest
    var resource: Resource
    var action: Action
    var schema: String
    var query: QueryParameters
    var preferences: Preferences
    var accepted: [MediaType]
    var range: RowRange?
    var payload: Payload?
    private var showsProfile: Bool

    init(_ request: RestRequest, configuration: RestConfiguration) throws(RestError) {
        raw = request
        resource = try Self.resource(request.path)
        (schema, showsProfile) = try Self.schema(request, configuration)
        action = try Self.action(request.method, resource)
        let isRoutine = if case .routine = resource { true } else { false }
        query = try QueryParameters(
            QueryString(request.query), isRoutine: isRoutine && (request.method == "GET" || request.method == "HEAD"))
        preferences = Preferences(request.headers)
        accepted = MediaType.accepted(request.headers)
        range = request.method == "GET" ? try RowRange.header(request.header("range")) : nil
        if action == .put, range != nil || !query.limits.isEmpty || !query.offsets.isEmpty {
            throw RestError.putRange
        }
        if action == .insert || action == .update || action == .put {
            payload = try Payload(request.body, contentType: request.header("content-type"), columns: query.columns)
        }
    }

    private static func resource(_ path: String) throws(RestError) -> Resource {
        let parts = path.split(separator: "/").map { decodePercent($0, plusIsBlank: false) }
        switch parts.count {
        case 0: return .root
        case 1: return .relation(parts[0])
        case 2 where parts[0] == "rpc": return .routine(parts[1])
        default: throw RestError.invalidPath
        }
    }

    private static func schema(
        _ request: RestRequest, _ configuration: RestConfiguration
    ) throws(RestError) -> (String, Bool) {
        let isWrite = ["POST", "PATCH", "PUT", "DELETE"].contains(request.method)
        let profile = request.header(isWrite ? "content-profile" : "accept-profile")
        let schema = profile ?? configuration.schemas.first ?? "public"
        guard configuration.schemas.contains(schema) else {
            throw RestError.unknownSchema(schema, exposed: configuration.schemas)
        }
        return (schema, profile != nil || configuration.schemas.count > 1)
    }

    private static func action(_ method: String, _ resource: Resource) throws(RestError) -> Action {
        switch (resource, method) {
        case (.root, "GET"), (.root, "HEAD"): return .inspect
        case (_, "OPTIONS"): return .options
        case (.routine, "GET"), (.routine, "HEAD"), (.routine, "POST"): return .call
        case (.routine, _): throw RestError.methodNotAllowedOnRoutine(method)
        case (.relation, "GET"), (.relation, "HEAD"): return .read
        case (.relation, "POST"): return .insert
        case (.relation, "PATCH"): return .update
        case (.relation, "PUT"): return .put
        case (.relation, "DELETE"): return .delete
        default: throw RestError.unsupportedMethod(method)
        }
    }

    /// Preferences that were given but that no part here honours yet; answered by a refusal instead of silence.
    func checkPreferences(_ configuration: RestConfiguration) throws(RestError) {
        if preferences.handling == .strict, !preferences.invalid.isEmpty {
            throw RestError.invalidPreferences(preferences.invalid)
        }
    }

    /// Headers of every successful response.
    var commonHeaders: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if showsProfile { headers.append(("Content-Profile", schema)) }
        headers.append(("Vary", "Accept, Prefer, Range"))
        return headers
    }

    /// Whether the whole rows are asked for, as their table has them.
    var selectsAll: Bool { query.select == [.star] }
}
