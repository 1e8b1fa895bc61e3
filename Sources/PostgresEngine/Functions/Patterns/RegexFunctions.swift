import PostgresTypes
import SQLite

/// `~` and the `regexp_` functions.
extension FunctionTable {
    mutating func addRegularExpressions() {
        for (suffix, isMatch) in [("eq", true), ("ne", false)] {
            scalar("textregex\(suffix)(text,text)", "nameregex\(suffix)(name,text)") { call in
                .bool(try Self.regex(call, 1).matches(call.scalars(0)) == isMatch)
            }
            scalar("bpcharregex\(suffix)(bpchar,text)") { call in
                .bool(try Self.regex(call, 1).matches(call.scalars(0)) == isMatch)
            }
            scalar(
                "texticregex\(suffix)(text,text)", "nameicregex\(suffix)(name,text)",
                "bpcharicregex\(suffix)(bpchar,text)", "texticregex\(suffix)(citext,text)",
                "texticregex\(suffix)(citext,citext)"
            ) { call in
                .bool(try Self.regex(call, 1, flags: "i").matches(call.scalars(0)) == isMatch)
            }
        }
        scalar("regexp_like(text,text)") { .bool(try Self.regex($0, 1).matches($0.scalars(0))) }
        scalar("regexp_like(text,text,text)") { call in
            .bool(try Self.regex(call, 1, flags: call.text(2)).matches(call.scalars(0)))
        }
        addRegexReplace()
        addRegexMatches()
        addRegexPositions()
        addSimilar()
    }

    /// The compiled pattern; kept, because one statement uses it for many rows.
    static func regex(_ call: Invocation, _ index: Int, flags: String = "") throws -> RegularExpression {
        try regex(call.text(index), flags: flags, call.context)
    }

    static func regex(
        _ pattern: String, flags: String, _ context: ExecutionContext
    ) throws -> RegularExpression {
        let key = flags + "/" + pattern
        if let known = context.memory.regularExpressions[key] { return known }
        var options = RegularExpression.Options()
        for flag in flags.unicodeScalars { try RegexParser.apply(flag, to: &options) }
        let made = try RegularExpression(pattern, options: options)
        if context.memory.regularExpressions.count > 200 { context.memory.regularExpressions.removeAll() }
        context.memory.regularExpressions[key] = made
        return made
    }

    /// Splits `g` off the other flags.
    static func global(_ flags: String) -> (isGlobal: Bool, rest: String) {
        (flags.contains("g"), flags.filter { $0 != "g" })
    }

    // MARK: Replacing

    private mutating func addRegexReplace() {
        scalar("regexp_replace(text,text,text)") { call in
            try Self.replace(call, flags: "", start: 1, occurrence: 1)
        }
        scalar("regexp_replace(text,text,text,text)") { call in
            let (isGlobal, flags) = Self.global(call.text(3))
            return try Self.replace(call, flags: flags, start: 1, occurrence: isGlobal ? 0 : 1)
        }
        scalar("regexp_replace(text,text,text,int4)") { call in
            try Self.replace(call, flags: "", start: call.integer(3), occurrence: 1)
        }
        scalar("regexp_replace(text,text,text,int4,int4)") { call in
            try Self.replace(call, flags: "", start: call.integer(3), occurrence: call.integer(4))
        }
        scalar("regexp_replace(text,text,text,int4,int4,text)") { call in
            try Self.replace(
                call, flags: Self.global(call.text(5)).rest, start: call.integer(3), occurrence: call.integer(4))
        }
    }

    /// - Parameter occurrence: which match to replace, 0 for all.
    private static func replace(
        _ call: Invocation, flags: String, start: Int64, occurrence: Int64
    ) throws -> SQLValue {
        guard start > 0 else { throw invalidParameter("start", start) }
        guard occurrence >= 0 else { throw invalidParameter("n", occurrence) }
        let expression = try regex(call, 1, flags: flags)
        let text = call.scalars(0)
        let template = call.scalars(2)
        var result: Scalars = []
        var position = 0
        let matches = expression.allMatches(
            in: text, from: Int(start) - 1, limit: occurrence == 0 ? .max : Int(occurrence))
        for (index, match) in matches.enumerated() where occurrence == 0 || index + 1 == occurrence {
            result += text[position..<match.range.lowerBound]
            append(template, match, text, to: &result)
            position = match.range.upperBound
        }
        result += text[position...]
        return .text(result)
    }

    private static func append(
        _ template: Scalars, _ match: RegularExpression.Match, _ text: Scalars, to result: inout Scalars
    ) {
        var index = 0
        while index < template.count {
            let scalar = template[index]
            index += 1
            guard scalar == "\\", index < template.count else {
                result.append(scalar)
                continue
            }
            let next = template[index]
            index += 1
            switch next {
            case "&": result += text[match.range]
            case "0"..."9":
                let group = Int(next.value) - 49
                if group == -1 {
                    result += text[match.range]
                } else if match.groups.indices.contains(group),
                    let range = match.groups[group]
                {
                    result += text[range]
                }
            case "\\": result.append("\\")
            default: result += [scalar, next]
            }
        }
    }

    static func invalidParameter(_ name: String, _ value: Int64) -> PostgresError {
        PostgresError("22023", "invalid value for parameter \"\(name)\": \(value)")
    }

    // MARK: Matching

    private mutating func addRegexMatches() {
        scalar("regexp_match(text,text)") { try Self.firstMatch($0, flags: "") }
        scalar("regexp_match(text,text,text)") { call in
            let (isGlobal, flags) = Self.global(call.text(2))
            if isGlobal {
                throw PostgresError(
                    "22023", "regexp_match() does not support the \"global\" option",
                    hint: "Use the regexp_matches function instead.")
            }
            return try Self.firstMatch(call, flags: flags)
        }
        rows("regexp_matches(text,text)") { call in
            let expression = try Self.regex(call, 1)
            let text = call.scalars(0)
            return expression.firstMatch(in: text).map { [[Self.groups($0, text)]] } ?? []
        }
        rows("regexp_matches(text,text,text)") { call in
            let (isGlobal, flags) = Self.global(call.text(2))
            let expression = try Self.regex(call, 1, flags: flags)
            let text = call.scalars(0)
            return expression.allMatches(in: text, limit: isGlobal ? .max : 1).map { [Self.groups($0, text)] }
        }
        scalar("regexp_split_to_array(text,text)") { ArrayValue(try Self.parts($0, flags: "")).stored }
        scalar("regexp_split_to_array(text,text,text)") { call in
            ArrayValue(try Self.parts(call, flags: call.text(2))).stored
        }
        rows("regexp_split_to_table(text,text)") { try Self.parts($0, flags: "").map { [$0] } }
        rows("regexp_split_to_table(text,text,text)") { try Self.parts($0, flags: $0.text(2)).map { [$0] } }
        // SUBSTRING(text FROM pattern): the first group, or the whole match without groups.
        scalar("substring(text,text)") { call in
            try Self.part(of: call.scalars(0), Self.regex(call, 1))
        }
    }

    private static func part(of text: Scalars, _ expression: RegularExpression) -> SQLValue {
        guard let match = expression.firstMatch(in: text) else { return .null }
        guard expression.groupCount > 0 else { return .text(text[match.range]) }
        return match.groups[0].map { .text(text[$0]) } ?? .null
    }

    private static func firstMatch(_ call: Invocation, flags: String) throws -> SQLValue {
        let text = call.scalars(0)
        return try regex(call, 1, flags: flags).firstMatch(in: text).map { groups($0, text) } ?? .null
    }

    /// The groups as an array, or the whole match in one when there are none.
    private static func groups(_ match: RegularExpression.Match, _ text: Scalars) -> SQLValue {
        if match.groups.isEmpty { return ArrayValue([.text(text[match.range])]).stored }
        return ArrayValue(match.groups.map { $0.map { .text(text[$0]) } ?? .null }).stored
    }

    private static func parts(_ call: Invocation, flags: String) throws -> [SQLValue] {
        if flags.contains("g") {
            throw PostgresError("22023", "regexp_split_to_array() does not support the \"global\" option")
        }
        let text = call.scalars(0)
        var result: [SQLValue] = []
        var position = 0
        var previousEnd = 0
        for match in try regex(call, 1, flags: flags).allMatches(in: text) {
            // An empty match at an end, or right after another match, separates nothing.
            if match.range.lowerBound < text.count && match.range.upperBound > previousEnd {
                result.append(.text(text[position..<match.range.lowerBound]))
                position = match.range.upperBound
            }
            previousEnd = match.range.upperBound
        }
        result.append(.text(text[position...]))
        return result
    }

    // MARK: SIMILAR TO

    private mutating func addSimilar() {
        scalar("substring(text,text,text)") { call in
            let pattern = try SimilarPattern.regex(call.text(1), escape: call.text(2))
            return try Self.part(of: call.scalars(0), Self.regex(pattern, flags: "", call.context))
        }
        scalar("similar_to_escape(text)") { .text(try SimilarPattern.regex($0.text(0), escape: "\\")) }
        scalar("similar_to_escape(text,text)") { call in
            .text(try SimilarPattern.regex(call.text(0), escape: call.text(1)))
        }
        nullable("similar_escape(text,text)") { call in
            if call.isNull(0) { return .null }
            return .text(try SimilarPattern.regex(call.text(0), escape: call.isNull(1) ? "\\" : call.text(1)))
        }
    }
}
