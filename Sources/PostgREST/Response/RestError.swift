package import JSONText
package import PostgresTypes

/// Everything that can go wrong on the way from request to response, as data. Status, code and words are in the
/// extension below and nowhere else.
package enum RestError: Error, Sendable, Equatable {
    // 1xx: the request
    case unparsable(fragment: String, column: Int, details: String)
    case methodNotAllowedOnRoutine(String)
    case badPayload(String)
    case badRange(details: String, total: Int? = nil)
    case putFilters
    case unknownSchema(String, exposed: [String])
    case notAcceptable([String])
    /// - alias: what the embed is called instead.
    case notEmbedded(String, alias: String? = nil)
    case putRange
    case putMismatch
    case notSingular(rows: Int)
    case unsupportedMethod(String)
    case relatedOrder(origin: String, target: String)
    case invalidPreferences([String])
    case aggregatesDisabled
    case tooManyAffected(rows: Int)
    case maxAffectedOfScalar
    /// What functions set for the response makes none.
    case badResponseHeaders
    case badResponseStatus
    /// RAISE SQLSTATE 'PGRST' with something else than the JSON that it takes, which the hint describes.
    case badRaise(String, hint: String)
    case invalidPath
    case rootDisabled
    /// PostgREST's own limits.
    case notImplemented(String)
    // 2xx: the schema cache
    case noRelationship(parent: String, child: String, hint: String?, schema: String, suggestion: Suggestion?)
    case ambiguousRelationship(parent: String, child: String, candidates: [Candidate])
    /// `unnamed`: the type of a single parameter without a name that the body would have fitted as a whole.
    case unknownRoutine(
        schema: String, name: String, arguments: [String], unnamed: String?, suggestion: String?)
    case ambiguousRoutine([String])
    case unknownColumn(String, relation: String)
    case unknownTable(schema: String, name: String, suggestion: String?)
    // 3xx: authentication
    case serverLacksSecret
    case badToken(String, details: String? = nil)
    case anonymousDisabled
    case claim(String)
    // the database
    case database(PostgresError, isAnonymous: Bool)
    /// What PostgREST can do and this emulator can't yet: never ignored, always named.
    case unsupported(feature: String, message: String)

    /// A name that may have been meant, and the one that was given.
    package struct Suggestion: Sendable, Equatable {
        package var name: String
        package var instead: String
    }

    /// One of several relationships in a PGRST201.
    package struct Candidate: Sendable, Equatable {
        package var cardinality: String
        package var embedding: String
        package var relationship: String
        /// What to write instead: `child!constraint`.
        package var proposal: String
    }
}

extension RestError {
    package var status: Int {
        switch self {
        case .unparsable, .badPayload, .notEmbedded, .putRange, .putMismatch, .relatedOrder, .invalidPreferences,
            .aggregatesDisabled, .tooManyAffected, .maxAffectedOfScalar, .notImplemented, .noRelationship,
            .unknownColumn:
            400
        case .methodNotAllowedOnRoutine, .putFilters, .unsupportedMethod: 405
        case .badRange: 416
        case .unknownSchema, .notAcceptable, .notSingular: 406
        case .invalidPath, .rootDisabled, .unknownRoutine, .unknownTable: 404
        case .ambiguousRelationship, .ambiguousRoutine: 300
        case .serverLacksSecret, .badResponseHeaders, .badResponseStatus, .badRaise: 500
        case .badToken, .anonymousDisabled, .claim: 401
        case .database(let error, let isAnonymous): Self.status(of: error, isAnonymous: isAnonymous)
        case .unsupported: 501
        }
    }

    package var code: String {
        switch self {
        case .unparsable: "PGRST100"
        case .methodNotAllowedOnRoutine: "PGRST101"
        case .badPayload: "PGRST102"
        case .badRange: "PGRST103"
        case .putFilters: "PGRST105"
        case .unknownSchema: "PGRST106"
        case .notAcceptable: "PGRST107"
        case .notEmbedded: "PGRST108"
        case .putRange: "PGRST114"
        case .putMismatch: "PGRST115"
        case .notSingular: "PGRST116"
        case .unsupportedMethod: "PGRST117"
        case .relatedOrder: "PGRST118"
        case .invalidPreferences: "PGRST122"
        case .aggregatesDisabled: "PGRST123"
        case .tooManyAffected: "PGRST124"
        case .maxAffectedOfScalar: "PGRST128"
        case .badResponseHeaders: "PGRST111"
        case .badResponseStatus: "PGRST112"
        case .badRaise: "PGRST121"
        case .invalidPath: "PGRST125"
        case .rootDisabled: "PGRST126"
        case .notImplemented: "PGRST127"
        case .noRelationship: "PGRST200"
        case .ambiguousRelationship: "PGRST201"
        case .unknownRoutine: "PGRST202"
        case .ambiguousRoutine: "PGRST203"
        case .unknownColumn: "PGRST204"
        case .unknownTable: "PGRST205"
        case .serverLacksSecret: "PGRST300"
        case .badToken: "PGRST301"
        case .anonymousDisabled: "PGRST302"
        case .claim: "PGRST303"
        case .database(let error, _): error.code
        case .unsupported: "feature_not_supported"
        }
    }

    package var message: String {
        switch self {
        case .unparsable(let fragment, let column, _): "\"failed to parse \(fragment)\" (line 1, column \(column))"
        case .methodNotAllowedOnRoutine(let method): "Cannot use the \(method) method on RPC"
        case .badPayload(let text): text
        case .badRange: "Requested range not satisfiable"
        case .putFilters: "Filters must include all and only primary key columns with 'eq' operators"
        case .unknownSchema(let schema, _): "Invalid schema: \(schema)"
        case .notAcceptable(let types):
            "None of these media types are available: \(types.joined(separator: ", "))"
        case .notEmbedded(let name, _): "'\(name)' is not an embedded resource in this request"
        case .putRange: "limit/offset querystring parameters are not allowed for PUT"
        case .putMismatch: "Payload values do not match URL in primary key column(s)"
        case .notSingular: "Cannot coerce the result to a single JSON object"
        case .unsupportedMethod(let method): "Unsupported HTTP method: \(method)"
        case .relatedOrder(_, let target): "A related order on '\(target)' is not possible"
        case .invalidPreferences: "Invalid preferences given with handling=strict"
        case .notImplemented: "Feature not implemented"
        case .aggregatesDisabled: "Use of aggregate functions is not allowed"
        case .tooManyAffected: "Query result exceeds max-affected preference constraint"
        case .invalidPath: "Invalid path specified in request URL"
        case .rootDisabled: "Root endpoint metadata is disabled"
        case .noRelationship(let parent, let child, _, _, _):
            "Could not find a relationship between '\(parent)' and '\(child)' in the schema cache"
        case .ambiguousRelationship(let parent, let child, _):
            "Could not embed because more than one relationship was found for '\(parent)' and '\(child)'"
        case .ambiguousRoutine(let candidates):
            "Could not choose the best candidate function between: \(candidates.joined(separator: ", "))"
        case .maxAffectedOfScalar:
            "Function must return SETOF or TABLE when max-affected preference is used with handling=strict"
        case .badResponseHeaders:
            "response.headers guc must be a JSON array composed of objects with a single key and a string value"
        case .badResponseStatus: "response.status guc must be a valid status code"
        case .badRaise: "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error"
        case .unknownRoutine(let schema, let name, _, let unnamed?, _) where unnamed != "json/jsonb":
            "Could not find the function \(schema).\(name) in the schema cache"
        case .unknownRoutine(let schema, let name, let arguments, _, _):
            "Could not find the function \(schema).\(name)"
                + (arguments.isEmpty ? " without parameters" : "(\(arguments.joined(separator: ", ")))")
                + " in the schema cache"
        case .unknownColumn(let column, let relation):
            "Could not find the '\(column)' column of '\(relation)' in the schema cache"
        case .unknownTable(let schema, let name, _): "Could not find the table '\(schema).\(name)' in the schema cache"
        case .serverLacksSecret: "Server lacks JWT secret"
        case .badToken(let text, _): text
        case .anonymousDisabled: "Anonymous access is disabled"
        case .claim(let text): text
        case .database(let error, _): error.message
        case .unsupported(_, let message): message
        }
    }

    package var details: JSON {
        switch self {
        case .unparsable(_, _, let details): .string(details)
        case .badRange(let details, _): .string(details)
        case .notSingular(let rows): .string("The result contains \(rows) rows")
        case .relatedOrder(let origin, let target):
            .string("'\(origin)' and '\(target)' do not form a many-to-one or one-to-one relationship")
        case .notEmbedded(_, _?): "Target names are not allowed in filters if they have an alias"
        case .invalidPreferences(let names): .string("Invalid preferences: \(names.joined(separator: ", "))")
        case .tooManyAffected(let rows): .string("The query affects \(rows) rows")
        case .noRelationship(let parent, let child, let hint, let schema, _):
            .string(
                "Searched for a foreign key relationship between '\(parent)' and '\(child)'"
                    + (hint.map { " using the hint '\($0)'" } ?? "")
                    + " in the schema '\(schema)', but no matches were found."
            )
        case .ambiguousRelationship(_, _, let candidates):
            .array(
                candidates.map {
                    [
                        "cardinality": .string($0.cardinality), "embedding": .string($0.embedding),
                        "relationship": .string($0.relationship),
                    ]
                }
            )
        case .badRaise(let details, _): .string(details)
        case .unknownRoutine(let schema, let name, let arguments, let unnamed, _):
            .string(
                "Searched for the function \(schema).\(name) " + Self.searched(arguments, unnamed)
                    + ", but no matches were found in the schema cache."
            )
        case .notImplemented(let what): .string(what)
        case .badToken(_, let details): .optional(details)
        case .database(let error, _): .optional(error.detail)
        case .unsupported(let feature, _): .string(feature)
        default: .null
        }
    }

    /// Which parameters a function was searched with. Only a JSON body can be named arguments and one whole value.
    private static func searched(_ arguments: [String], _ unnamed: String?) -> String {
        let whole = unnamed.map { "with a single unnamed \($0) parameter" }
        if let whole, unnamed != "json/jsonb" { return whole }
        let named =
            switch arguments.count {
            case 0: "without parameters"
            case 1: "with parameter \(arguments[0])"
            default: "with parameters \(arguments.joined(separator: ", "))"
            }
        return named + (whole.map { " or \($0)" } ?? "")
    }

    package var hint: String? {
        switch self {
        case .unknownSchema(_, let exposed):
            "Only the following schemas are exposed: \(exposed.joined(separator: ", "))"
        case .notEmbedded(let name, let alias?): "Change '\(name)' to '\(alias)' in filters, orders or limits."
        case .notEmbedded(let name, nil): "Verify that '\(name)' is included in the 'select' query parameter."
        case .noRelationship(_, _, _, _, let suggestion):
            suggestion.map { "Perhaps you meant '\($0.name)' instead of '\($0.instead)'." }
        case .ambiguousRelationship(_, let child, let candidates):
            "Try changing '\(child)' to one of the following: "
                + candidates.map { "'\($0.proposal)'" }.joined(separator: ", ")
                + ". Find the desired relationship in the 'details' key."
        case .unknownRoutine(_, _, _, _, let suggestion):
            suggestion.map { "Perhaps you meant to call the function \($0)" }
        case .ambiguousRoutine:
            "Try renaming the parameters or the function itself in the database so function overloading can be resolved"
        case .unknownTable(let schema, _, let suggestion):
            suggestion.map { "Perhaps you meant the table '\(schema).\($0)'" }
        case .badRaise(_, let hint): hint
        case .database(let error, _): error.hint
        default: nil
        }
    }

    /// Headers beside the body.
    package var headers: [(name: String, value: String)] {
        var headers = [(name: "Proxy-Status", value: "PostgREST; error=\(code)")]
        switch self {
        case .badToken, .claim:
            headers.append(
                ("WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"\(message)\"")
            )
        case .anonymousDisabled: headers.append(("WWW-Authenticate", "Bearer"))
        case .database where status == 401: headers.append(("WWW-Authenticate", "Bearer"))
        case .badRange(_, let total?): headers.append(("Content-Range", "*/\(total)"))
        default: break
        }
        return headers
    }

    /// The response: compact JSON with all four keys in alphabetical order.
    package var response: RestResponse { response(hidesDetails: false) }

    /// - Parameter hidesDetails: code and message alone (`client-error-verbosity`).
    package func response(hidesDetails: Bool) -> RestResponse {
        if case .database(let error, _) = self, error.code == "PGRST" {
            return RaisedResponse.response(of: error)
        }
        var members: [JSON.Member] = [
            .init("code", .string(code)), .init("details", details), .init("hint", .optional(hint)),
            .init("message", .string(message)),
        ]
        if hidesDetails { members.removeAll { $0.key == "details" || $0.key == "hint" } }
        if let feature { members.append(.init("feature", .string(feature))) }
        var response = RestResponse(
            status: status,
            headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: JSON.object(members).bytes
        )
        // RAISE SQLSTATE 'PT402' writes the status line as well.
        if case .database(let error, _) = self, error.code.hasPrefix("PT"), Int(error.code.dropFirst(2)) != nil {
            response.reason = error.message
        }
        return response
    }

    /// The id of what this emulator lacks, where that is what the error is about: of SQL, its name in small letters.
    private var feature: String? {
        switch self {
        case .unsupported(let feature, _): return feature
        case .database(let error, _):
            guard let refused = error.refusedFeature else { return nil }
            let words = refused.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            return "postgres." + words.joined(separator: "-")
        default: return nil
        }
    }

    /// PostgREST's table from SQLSTATE to HTTP status.
    private static func status(of error: PostgresError, isAnonymous: Bool) -> Int {
        let code = error.code
        switch code {
        case "23503", "23505": return 409
        case "25006": return 405
        case "21000": return error.message.hasSuffix("requires a WHERE clause") ? 400 : 500
        case "22023":
            return error.message.hasPrefix("role \"") && error.message.hasSuffix("does not exist") ? 401 : 400
        case "42501": return isAnonymous ? 401 : 403
        case "42883": return error.message.hasPrefix("function xmlagg(") ? 406 : 404
        case "42P01": return 404
        case "42P17": return 500
        case "P0001": return 400
        case "53400": return 500
        case "57P01": return 503
        // Not Postgres' refusal but ours: the server lacks the feature.
        case "0A000": return 501
        default: break
        }
        switch code.prefix(2) {
        case "08", "53": return 503
        case "09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "XX", "P0": return 500
        case "0L", "0P", "28": return 403
        case "PT": return Int(code.dropFirst(2)) ?? 500
        default: return 400
        }
    }
}
