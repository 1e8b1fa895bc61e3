import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// An aggregate that makes one document of many rows: the domain of its result is named after a media type.
struct MediaHandler: Hashable, Sendable {
    var schema: String
    var name: String
    var function: FunctionID
    /// The row type that it takes; nil where it takes rows of any kind.
    var target: TypeName?
}

/// What a result can be written as besides PostgREST's own types, by media types in small letters; `*/*` stands for
/// whatever is asked.
struct MediaHandlers: Sendable {
    /// What the one value of a function is.
    var value: String?
    /// Aggregates over just these rows.
    var rows: [String: MediaHandler] = [:]
    /// Aggregates over rows of any kind.
    var anything: [String: MediaHandler] = [:]

    /// How the first of them that answers `type` does it.
    func rendering(_ type: MediaType) -> Rendering? {
        let octets = "application/octet-stream"
        let name = type.name.split(separator: ";").first.map { $0.lowercased() } ?? ""
        if value == "*/*" { return .raw(contentType: octets) }
        if value == name { return .raw(contentType: type.contentType) }
        if let handler = rows["*/*"] { return .document(handler, contentType: octets) }
        guard let handler = rows[name] ?? anything[name] else { return nil }
        return .document(handler, contentType: type == .any ? octets : type.contentType)
    }
}

extension SchemaCache {
    /// The aggregates for rows of a type, and of any type.
    /// - Parameter rowType: nil where the rows are not as their table has them, which leaves those for any type.
    func mediaHandlers(of rowType: TypeID?, exposed: [String]) -> MediaHandlers {
        var handlers = MediaHandlers()
        for aggregate in mediaAggregates where exposed.contains(aggregate.handler.schema) {
            if aggregate.argument == .anyelement {
                handlers.anything[aggregate.mediaType] = aggregate.handler
            } else if aggregate.argument == rowType {
                handlers.rows[aggregate.mediaType] = aggregate.handler
            }
        }
        return handlers
    }

    /// An aggregate over rows and the media type of its result.
    struct MediaAggregate: Sendable {
        var handler: MediaHandler
        var argument: TypeID
        var mediaType: String
    }

    static func mediaAggregates(in catalog: CatalogSnapshot) -> [MediaAggregate] {
        catalog.routines.values.sorted { $0.id.oid < $1.id.oid }.compactMap { routine in
            guard routine.aggregate != nil, routine.inputs.count == 1,
                let mediaType = catalog.mediaType(of: routine.result.type)
            else { return nil }
            let argument = routine.inputs[0].type.type
            if argument == .anyelement {
                let handler = MediaHandler(schema: routine.schema, name: routine.name, function: routine.id)
                return MediaAggregate(handler: handler, argument: argument, mediaType: mediaType)
            }
            guard case .row? = catalog.types[argument]?.kind else { return nil }
            let handler = MediaHandler(
                schema: routine.schema, name: routine.name, function: routine.id,
                target: catalog.reference(to: argument))
            return MediaAggregate(handler: handler, argument: argument, mediaType: mediaType)
        }
    }
}
