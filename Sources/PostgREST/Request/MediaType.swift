/// What a client accepts, and what a response is.
enum MediaType: Hashable, Sendable {
    case json
    /// `application/vnd.pgrst.object+json`.
    case object(stripsNulls: Bool)
    /// `application/vnd.pgrst.array+json`; with nulls kept it is plain JSON.
    case array(stripsNulls: Bool)
    case csv
    case openAPI
    case plan(Plan)
    case any
    case other(String)

    /// `application/vnd.pgrst.plan`: how the rows are found, in place of the rows.
    struct Plan: Hashable, Sendable {
        var isJSON: Bool
        /// The type that the rows would be in.
        var target: String
        var options: [String]

        fileprivate init(isJSON: Bool, parameters: ArraySlice<String>) {
            func value(_ name: String) -> String? {
                parameters.first { $0.hasPrefix(name + "=") }.map { $0.dropFirst(name.count + 1).filter { $0 != "\"" } }
            }
            self.isJSON = isJSON
            target = value("for").map { MediaType($0).name } ?? "application/json"
            let known = ["analyze", "verbose", "settings", "buffers", "wal"]
            options = (value("options") ?? "").split(separator: "|").map(String.init).filter(known.contains)
        }
    }

    init(_ text: String) {
        let parts = text.split(separator: ";").map { String($0).trimmed.lowercased() }
        let strips = parts.contains("nulls=stripped")
        switch parts.first {
        case "application/json": self = .json
        case "application/vnd.pgrst.object+json", "application/vnd.pgrst.object": self = .object(stripsNulls: strips)
        case "application/vnd.pgrst.array+json", "application/vnd.pgrst.array": self = .array(stripsNulls: strips)
        case "text/csv": self = .csv
        case "application/openapi+json": self = .openAPI
        case "application/vnd.pgrst.plan", "application/vnd.pgrst.plan+text":
            self = .plan(Plan(isJSON: false, parameters: parts.dropFirst()))
        case "application/vnd.pgrst.plan+json": self = .plan(Plan(isJSON: true, parameters: parts.dropFirst()))
        case "*/*", "application/*": self = .any
        default: self = .other(text.trimmed)
        }
    }

    /// The types of an Accept header by descending quality, of equal ones those with more parameters and fewer stars
    /// first; `*/*` without the header.
    static func accepted(_ headers: [(name: String, value: String)]) -> [MediaType] {
        var ranked: [(type: MediaType, quality: Double, precision: Int)] = []
        for header in headers where header.name == "accept" {
            for part in header.value.split(separator: ",") {
                let text = part.filter { $0 != " " }
                let parameters = text.split(separator: ";", omittingEmptySubsequences: false)
                let quality = parameters.first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
                let type = parameters.prefix { !$0.hasPrefix("q=") }.joined(separator: ";")
                let precision = type.count { $0 == ";" } - type.count { $0 == "*" }
                ranked.append((MediaType(type), quality ?? 1, precision))
            }
        }
        guard !ranked.isEmpty else { return [.any] }
        // Stable: what is equal stays in its order.
        return ranked.enumerated()
            .sorted {
                ($1.element.quality, $1.element.precision, $0.offset)
                    < ($0.element.quality, $0.element.precision, $1.offset)
            }
            .map(\.element.type)
    }

    /// The type alone, as errors name it.
    var name: String {
        switch self {
        case .json: "application/json"
        case .object(let strips): "application/vnd.pgrst.object+json\(strips ? ";nulls=stripped" : "")"
        case .array(let strips): "application/vnd.pgrst.array+json\(strips ? ";nulls=stripped" : "")"
        case .csv: "text/csv"
        case .openAPI: "application/openapi+json"
        case .plan(let plan):
            "application/vnd.pgrst.plan+\(plan.isJSON ? "json" : "text"); for=\"\(plan.target)\""
                + (plan.options.isEmpty ? "" : "; options=\(plan.options.joined(separator: "|"))")
        case .any: "*/*"
        case .other(let text): text
        }
    }

    /// The Content-Type it is sent with: the types that are known to be text say how it is written.
    var contentType: String {
        switch self {
        case .any, .array(stripsNulls: false): Self.json.contentType
        case .other(let text) where !["text/plain", "text/xml", "application/geo+json"].contains(text): text
        default: "\(name); charset=utf-8"
        }
    }
}

/// How the result of a request is written.
enum Rendering: Hashable, Sendable {
    /// By the rules of the type.
    case rows(MediaType)
    /// As the one value is, which says by its domain what it is.
    case raw(contentType: String)
    /// As an aggregate makes one document of the rows.
    case document(MediaHandler, contentType: String)
    /// Not at all: how its rows are found is.
    case plan(MediaType.Plan)

    var contentType: String {
        switch self {
        case .rows(let type): type.contentType
        case .raw(let text), .document(_, let text): text
        case .plan(let plan): MediaType.plan(plan).contentType
        }
    }

    /// The type that rows are written in where they are.
    var rowType: MediaType {
        switch self {
        case .rows(let type): type
        case .raw, .document, .plan: .json
        }
    }
}

extension [MediaType] {
    /// The first accepted type that a result can be written in.
    /// - Parameter handlers: what the database itself makes of the result.
    /// - Parameter plans: `db-plan-enabled`.
    /// - Throws: PGRST107.
    func rendering(handlers: MediaHandlers, plans: Bool) throws(RestError) -> Rendering {
        for type in self {
            switch type {
            case .object, .array(stripsNulls: true): return .rows(type)
            case .plan(let plan) where plans: return .plan(plan)
            default: break
            }
            if let own = handlers.rendering(type) { return own }
            switch type {
            case .json, .any, .array: return .rows(.json)
            case .csv: return .rows(.csv)
            case .object, .openAPI, .plan, .other: continue
            }
        }
        throw RestError.notAcceptable(map(\.name))
    }
}
