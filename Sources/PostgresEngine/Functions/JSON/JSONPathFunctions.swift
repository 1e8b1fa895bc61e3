import JSONText
import PostgresTypes
import SQLite

/// `jsonb_path_query` and kin.
extension FunctionTable {
    mutating func addJSONPaths() {
        for suffix in ["", "_tz"] {
            let arguments = "(jsonb,jsonpath,jsonb,bool)"
            scalar("jsonb_path_exists\(suffix)\(arguments)") { call in
                guard let items = try Self.items(call) else { return .null }
                return .bool(!items.isEmpty)
            }
            scalar("jsonb_path_match\(suffix)\(arguments)") { call in
                guard let items = try Self.items(call) else { return .null }
                return try Self.truth(items, isSilent: call.bool(3))
            }
            scalar("jsonb_path_query_array\(suffix)\(arguments)") { call in
                .text(try JSONB.store(.array(try Self.items(call) ?? [])))
            }
            scalar("jsonb_path_query_first\(suffix)\(arguments)") { call in
                guard let first = try Self.items(call)?.first else { return .null }
                return .text(try JSONB.store(first))
            }
            rows("jsonb_path_query\(suffix)\(arguments)") { call in
                try (try Self.items(call) ?? []).map { [.text(try JSONB.store($0))] }
            }
        }
        scalar("jsonb_path_exists_opr(jsonb,jsonpath)") { call in
            guard let items = try Self.items(call, isOperator: true) else { return .null }
            return .bool(!items.isEmpty)
        }
        scalar("jsonb_path_match_opr(jsonb,jsonpath)") { call in
            guard let items = try Self.items(call, isOperator: true) else { return .null }
            return try Self.truth(items, isSilent: true)
        }
    }

    private static func truth(_ items: [JSON], isSilent: Bool) throws -> SQLValue {
        if items.count == 1 {
            if case .bool(let value) = items[0] { return .bool(value) }
            if items[0] == .null { return .null }
        }
        if isSilent { return .null }
        throw PostgresError("22038", "single boolean result is expected")
    }

    /// What a path leads to; nil for an error that was to be silent.
    private static func items(_ call: Invocation, isOperator: Bool = false) throws -> [JSON]? {
        let context = try call.context
        let text = call.text(1)
        let path: JSONPath
        if let known = context.memory.jsonPaths[text] {
            path = known
        } else {
            path = try JSONPath(parsing: text)
            if context.memory.jsonPaths.count > 200 { context.memory.jsonPaths.removeAll() }
            context.memory.jsonPaths[text] = path
        }
        let variables: JSON = isOperator ? [:] : call.jsonb(2)
        guard case .object = variables else {
            throw PostgresError(
                "22023", "\"vars\" argument is not an object",
                detail: "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
        }
        let run = JSONPathRun(path: path, document: call.jsonb(0), variables: variables) { pattern, flags in
            var options = RegularExpression.Options()
            // XQuery's flags, in PostgreSQL's own letters: a dot meets no line end unless `s` says so.
            if flags.contains("q") {
                try RegexParser.apply("q", to: &options)
            } else {
                if !flags.contains("s") { try RegexParser.apply("p", to: &options) }
                if flags.contains("m") { try RegexParser.apply(flags.contains("s") ? "w" : "n", to: &options) }
            }
            if flags.contains("i") { try RegexParser.apply("i", to: &options) }
            return try RegularExpression(pattern, options: options)
        }
        do {
            return try run.items()
        } catch let error as PostgresError where error.isAboutJSON && (isOperator || call.bool(3)) {
            return nil
        }
    }
}
