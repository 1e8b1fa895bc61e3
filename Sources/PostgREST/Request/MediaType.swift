/// What a client accepts, and what a response is.
enum MediaType: Hashable, Sendable {
    case json
    /// `application/vnd.pgrst.object+json`.
    case object(stripsNulls: Bool)
    /// `application/vnd.pgrst.array+json`; with nulls kept it is plain JSON.
    case array(stripsNulls: Bool)
    case csv
    case openAPI
    case any
    case other(String)

    init(_ text: String) {
        let parts = text.split(separator: ";").map { String($0).trimmed.lowercased() }
        let strips = parts.contains("nulls=stripped")
        switch parts.first {
        case "application/json": self = .json
        case "application/vnd.pgrst.object+json", "application/vnd.pgrst.object": self = .object(stripsNulls: strips)
        case "application/vnd.pgrst.array+json", "application/vnd.pgrst.array": self = .array(stripsNulls: strips)
        case "text/csv": self = .csv
        case "application/openapi+json": self = .openAPI
        case "*/*", "application/*": self = .any
        default: self = .other(text.trimmed)
        }
    }

    /// The types of an Accept header by descending quality; `*/*` without one.
    static func accepted(_ headers: [(name: String, value: String)]) -> [MediaType] {
        var ranked: [(type: MediaType, quality: Double)] = []
        for header in headers where header.name == "accept" {
            for part in header.value.split(separator: ",") {
                let quality = part.split(separator: ";").map { String($0).trimmed }
                    .first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
                ranked.append((MediaType(String(part)), quality ?? 1))
            }
        }
        guard !ranked.isEmpty else { return [.any] }
        // Stable: equal qualities stay in their order.
        return ranked.enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
            .map(\.element.type)
    }

    /// The Content-Type it is sent with, and its name in errors.
    var contentType: String {
        switch self {
        case .json, .any: "application/json; charset=utf-8"
        case .object(let strips):
            "application/vnd.pgrst.object+json\(strips ? ";nulls=stripped" : ""); charset=utf-8"
        case .array(let strips):
            strips
                ? "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8" : "application/json; charset=utf-8"
        case .csv: "text/csv; charset=utf-8"
        case .openAPI: "application/openapi+json; charset=utf-8"
        case .other(let text): text
        }
    }
}
