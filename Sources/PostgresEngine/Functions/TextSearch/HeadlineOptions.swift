import JSONText
import PostgresTypes
import SQLite

/// What the last argument of `ts_headline` sets: `MaxWords=20, StartSel=<em>`.
struct HeadlineOptions {
    var maxWords = 35
    var minWords = 15
    var shortWord = 3
    var maxFragments = 0
    var highlightsAll = false
    var startSelection = "<b>"
    var stopSelection = "</b>"
    var fragmentDelimiter = " ... "

    /// How many tokens a match may reach over.
    var maxCover: Int { max(maxWords * 10, 100) * max(maxFragments, 1) }

    init(_ text: String = "") throws {
        for (name, value) in try Self.pairs(in: text) {
            switch name.lowercased() {
            case "maxwords": maxWords = try Self.integer(value)
            case "minwords": minWords = try Self.integer(value)
            case "shortword": shortWord = try Self.integer(value)
            case "maxfragments": maxFragments = try Self.integer(value)
            case "startsel": startSelection = value
            case "stopsel": stopSelection = value
            case "fragmentdelimiter": fragmentDelimiter = value
            case "highlightall": highlightsAll = ["1", "on", "true", "t", "y", "yes"].contains(value.lowercased())
            default: throw Self.invalid("unrecognized headline parameter: \"\(name)\"")
            }
        }
        if highlightsAll { return }
        if minWords >= maxWords { throw Self.invalid("MinWords should be less than MaxWords") }
        if minWords <= 0 { throw Self.invalid("MinWords should be positive") }
        if shortWord < 0 { throw Self.invalid("ShortWord should be >= 0") }
        if maxFragments < 0 { throw Self.invalid("MaxFragments should be >= 0") }
    }

    private static func invalid(_ message: String) -> PostgresError { PostgresError("22023", message) }

    private static func integer(_ text: String) throws -> Int {
        guard case .integer(let number) = try PostgresType.int4.decode(text: text, context: .unset) else { return 0 }
        return Int(number)
    }

    /// `name = value`, separated by commas; a value may stand in quotes of either kind.
    private static func pairs(in text: String) throws -> [(String, String)] {
        var rest = Substring(text)
        func skipBlanks() { rest = rest.drop { $0.isWhitespace } }
        func malformed() -> PostgresError { PostgresError("42601", "invalid parameter list format: \"\(text)\"") }
        func quoted(_ quote: Character) throws -> String {
            var value = ""
            rest.removeFirst()
            while let character = rest.popFirst() {
                if character == quote {
                    guard rest.first == quote else { return value }
                    rest.removeFirst()
                } else if character == "\\", quote == "'", let next = rest.popFirst() {
                    value.append(next)
                    continue
                }
                value.append(character)
            }
            throw malformed()
        }
        var pairs: [(String, String)] = []
        skipBlanks()
        while let first = rest.first {
            let name: String
            if first == "\"" {
                name = try quoted("\"")
            } else {
                let word = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != "," }
                name = String(word)
                rest = rest.dropFirst(word.count)
            }
            skipBlanks()
            guard !name.isEmpty, rest.popFirst() == "=" else { throw malformed() }
            skipBlanks()
            guard let start = rest.first else { throw malformed() }
            if start == "\"" || start == "'" {
                pairs.append((name, try quoted(start)))
            } else {
                let word = rest.prefix { !$0.isWhitespace && $0 != "," }
                rest = rest.dropFirst(word.count)
                pairs.append((name, String(word)))
            }
            skipBlanks()
            if rest.isEmpty { break }
            guard rest.popFirst() == "," else { throw malformed() }
            skipBlanks()
        }
        return pairs
    }
}

extension FunctionTable {
    mutating func addHeadlines() {
        for hasConfiguration in [false, true] {
            for hasOptions in [false, true] {
                let first = hasConfiguration ? 1 : 0
                func signature(_ type: String) -> String {
                    let types =
                        (hasConfiguration ? ["regconfig"] : []) + [type, "tsquery"] + (hasOptions ? ["text"] : [])
                    return "ts_headline(\(types.joined(separator: ",")))"
                }
                let headline: @Sendable (Invocation, String) throws -> String = { call, text in
                    let configuration =
                        try hasConfiguration ? call.configuration(0) : call.defaultConfiguration
                    let options = try HeadlineOptions(hasOptions ? call.text(first + 2) : "")
                    var headline = Headline(text, configuration, call.query(first + 1), options)
                    return headline.text()
                }
                scalar(signature("text")) { .text(try headline($0, $0.text(first))) }
                // In documents every string is a text of its own.
                scalar(signature("jsonb")) { call in
                    .text(try JSONB.store(try call.jsonb(first).mappingStrings { try headline(call, $0) }))
                }
                scalar(signature("json")) { call in
                    .text(try JSON(parsing: call.text(first)).mappingStrings { try headline(call, $0) }.text)
                }
            }
        }
    }
}

extension JSON {
    fileprivate func mappingStrings(_ change: (String) throws -> String) rethrows -> JSON {
        switch self {
        case .string(let text): .string(try change(text))
        case .array(let items): .array(try items.map { try $0.mappingStrings(change) })
        case .object(let members):
            .object(try members.map { JSON.Member($0.key, try $0.value.mappingStrings(change)) })
        default: self
        }
    }
}
