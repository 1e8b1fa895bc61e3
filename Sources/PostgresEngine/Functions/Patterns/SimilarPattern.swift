import PostgresTypes

/// The patterns of SIMILAR TO, turned into regular expressions over the whole text.
///
/// An escaped double quote parts the pattern for SUBSTRING … SIMILAR: what stands between two of them is the result,
/// and what is before them takes as little as it can.
struct SimilarPattern {
    private var result = "^(?:"
    /// How many separators were passed.
    private var separators = 0

    static func regex(_ pattern: String, escape: String) throws(PostgresError) -> String {
        guard escape.unicodeScalars.count <= 1 else {
            throw PostgresError(
                "22025", "invalid escape string", hint: "Escape string must be empty or one character.")
        }
        var translation = SimilarPattern()
        try translation.translate(pattern, escape.unicodeScalars.first)
        return translation.result.replacing(placeholder, with: "") + ")$"
    }

    private mutating func translate(_ pattern: String, _ mark: Unicode.Scalar?) throws(PostgresError) {
        var isEscaped = false
        var inBracket = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                isEscaped = false
                if scalar == "\"", !inBracket { try separate() } else { result += "\\" + String(scalar) }
            } else if scalar == mark {
                isEscaped = true
            } else if inBracket {
                result += scalar == "\\" ? "\\\\" : String(scalar)
                if scalar == "]" { inBracket = false }
            } else {
                if scalar == "[" { inBracket = true }
                append(scalar)
            }
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "%": result += ".*" + modesty
        case "*", "+", "?", "}": result += String(scalar) + modesty
        case "_": result += "."
        case "(": result += "(?:"
        case "\\", ".", "^", "$": result += "\\" + String(scalar)
        default: result.unicodeScalars.append(scalar)
        }
    }

    /// What makes a quantifier take as little as it can. Where a separator follows is known only then.
    private var modesty: String { separators == 0 ? Self.placeholder : "" }

    private mutating func separate() throws(PostgresError) {
        separators += 1
        switch separators {
        case 1: result = result.replacing(Self.placeholder, with: "?") + ")("
        case 2: result += ")(?:"
        default:
            throw PostgresError(
                "2200C", "SQL regular expression may not contain more than two escape-double-quote separators")
        }
    }

    /// A character that no text of PostgreSQL contains.
    private static let placeholder = "\u{0}"
}
