import JSONText

extension JSONPath {
    package init(parsing text: String) throws(PostgresError) {
        var parser = JSONPathParser(text)
        self = try parser.path()
    }
}

/// Reads a `jsonpath`, by recursive descent.
struct JSONPathParser {
    private enum Token: Equatable {
        case word(String)
        case string(String)
        case variable(String)
        case number(String)
        case symbol(String)
        case end
    }

    private let text: String
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var token = Token.end
    private var start = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    mutating func path() throws(PostgresError) -> JSONPath {
        if scalars.allSatisfy({ $0.value < 128 && UInt8($0.value).isBlank }) {
            throw PostgresError("22P02", "invalid input syntax for type jsonpath: \"\(text)\"")
        }
        try advance()
        var isStrict = false
        if case .word(let word) = token, word.lowercased() == "strict" || word.lowercased() == "lax" {
            isStrict = word.lowercased() == "strict"
            try advance()
        }
        let root = try or()
        guard token == .end else { throw syntaxError }
        return JSONPath(root, isStrict: isStrict)
    }

    private var syntaxError: PostgresError {
        if token == .end { return PostgresError("42601", "syntax error at end of jsonpath input") }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<position])
        return PostgresError("42601", "syntax error at or near \"\(String(view))\" of jsonpath input")
    }

    // MARK: Tokens

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        !"?%$.[]{}()|&!=<>@#,*:-+/\\\" \t\n\r\u{0C}".unicodeScalars.contains(scalar)
    }

    private mutating func advance() throws(PostgresError) {
        while let next = peek() {
            if next.value < 128, UInt8(next.value).isBlank {
                position += 1
            } else if next == "/", peek(1) == "*" {
                position += 2
                while position < scalars.count, !(peek() == "*" && peek(1) == "/") { position += 1 }
                guard position < scalars.count else {
                    token = .end
                    throw PostgresError("42601", "unexpected end of comment at end of jsonpath input")
                }
                position += 2
            } else {
                break
            }
        }
        start = position
        guard let first = peek() else {
            token = .end
            return
        }
        if first == "\"" {
            token = .string(try quoted())
        } else if first == "$" {
            position += 1
            if peek() == "\"" {
                token = .variable(try quoted())
            } else {
                let name = bare()
                token = name.isEmpty ? .symbol("$") : .variable(name)
            }
        } else if ("0"..."9").contains(first) || first == "." && peek(1).map({ ("0"..."9").contains($0) }) == true {
            token = .number(try number())
        } else if Self.isWord(first) || first == "\\" {
            token = .word(bare())
        } else {
            for symbol in ["**", "==", "!=", "<>", "<=", ">=", "&&", "||"] where symbol.unicodeScalars.first == first {
                if peek(1) == symbol.unicodeScalars.last {
                    position += 2
                    token = .symbol(symbol == "<>" ? "!=" : symbol)
                    return
                }
            }
            position += 1
            token = .symbol(first == "=" ? "==" : String(first))
        }
    }

    private mutating func bare() -> String {
        var result = String.UnicodeScalarView()
        while let next = peek(), Self.isWord(next) || next == "\\" {
            if next == "\\", let escaped = peek(1) {
                result.append(escaped)
                position += 2
            } else {
                result.append(next)
                position += 1
            }
        }
        return String(result)
    }

    private mutating func quoted() throws(PostgresError) -> String {
        position += 1
        var raw = String.UnicodeScalarView()
        raw.append("\"")
        while let next = peek(), next != "\"" {
            raw.append(next)
            position += 1
            if next == "\\", let escaped = peek() {
                raw.append(escaped)
                position += 1
            }
        }
        guard peek() == "\"" else {
            token = .end
            throw PostgresError("42601", "unterminated quoted string at end of jsonpath input")
        }
        position += 1
        raw.append("\"")
        guard let parsed = (try? JSON(parsing: String(raw)))?.stringValue else {
            throw PostgresError("42601", "invalid escape sequence in jsonpath input")
        }
        return parsed
    }

    private mutating func number() throws(PostgresError) -> String {
        var digits = ""
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        while isDigit(peek()) {
            digits.unicodeScalars.append(scalars[position])
            position += 1
        }
        // `1.type()` needs its point.
        if peek() == ".", isDigit(peek(1)) || !(peek(1).map(Self.isWord) ?? false) && peek(1) != "*" {
            digits += digits.isEmpty ? "0." : "."
            position += 1
            while isDigit(peek()) {
                digits.unicodeScalars.append(scalars[position])
                position += 1
            }
            if digits.hasSuffix(".") { digits.removeLast() }
        }
        if let mark = peek(), mark == "e" || mark == "E" {
            let hasSign = peek(1) == "+" || peek(1) == "-"
            if isDigit(peek(hasSign ? 2 : 1)) {
                digits += "e" + (hasSign ? String(scalars[position + 1]) : "")
                position += hasSign ? 2 : 1
                while isDigit(peek()) {
                    digits.unicodeScalars.append(scalars[position])
                    position += 1
                }
            }
        }
        if let next = peek(), Self.isWord(next) {
            position += 1
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[start..<position])
            throw PostgresError(
                "42601", "trailing junk after numeric literal at or near \"\(String(view))\" of jsonpath input")
        }
        return try Decimal(parsing: digits).description
    }

    private mutating func accept(_ symbol: String) throws(PostgresError) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ symbol: String) throws(PostgresError) {
        guard try accept(symbol) else { throw syntaxError }
    }

    private mutating func acceptWord(_ word: String) throws(PostgresError) -> Bool {
        guard case .word(let found) = token, found.lowercased() == word else { return false }
        try advance()
        return true
    }

    // MARK: Predicates

    private mutating func or() throws(PostgresError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < 200 else { throw PostgresError("54001", "stack depth limit exceeded") }
        var node = try and()
        while try accept("||") { node = .or(node, try and()) }
        return node
    }

    private typealias Node = JSONPath.Node

    private mutating func and() throws(PostgresError) -> Node {
        var node = try not()
        while try accept("&&") { node = .and(node, try not()) }
        return node
    }

    private mutating func not() throws(PostgresError) -> Node {
        if try accept("!") {
            if case .word(let word) = token, word.lowercased() == "exists" { return .not(try not()) }
            try expect("(")
            let inner = try or()
            try expect(")")
            return .not(inner)
        }
        if try acceptWord("exists") {
            try expect("(")
            let inner = try sum()
            try expect(")")
            return .exists(inner)
        }
        return try comparison()
    }

    private mutating func comparison() throws(PostgresError) -> Node {
        let left = try sum()
        if case .symbol(let symbol) = token, let comparison = JSONPath.Comparison(rawValue: symbol) {
            try advance()
            return .comparison(comparison, left, try sum())
        }
        if try acceptWord("starts") {
            guard try acceptWord("with") else { throw syntaxError }
            switch token {
            case .string(let text):
                try advance()
                return .startsWith(left, .literal(.string(text)))
            case .variable(let name):
                try advance()
                return .startsWith(left, .variable(name))
            default: throw syntaxError
            }
        }
        if try acceptWord("like_regex") {
            guard case .string(let pattern) = token else { throw syntaxError }
            try advance()
            var flags = ""
            if try acceptWord("flag") {
                guard case .string(let given) = token else { throw syntaxError }
                try advance()
                for flag in given where !"ismxq".contains(flag) {
                    throw PostgresError(
                        "42601", "invalid input syntax for type jsonpath",
                        detail: "Unrecognized flag character \"\(flag)\" in LIKE_REGEX predicate.")
                }
                flags = given
                if flags.contains("x") && !flags.contains("q") {
                    throw PostgresError(
                        "0A000", "XQuery \"x\" flag (expanded regular expressions) is not implemented")
                }
            }
            return .likeRegex(left, pattern: pattern, flags: flags)
        }
        if case .word(let word) = token, word.lowercased() == "is" {
            try advance()
            guard try acceptWord("unknown") else { throw syntaxError }
            return .isUnknown(left)
        }
        return left
    }

    // MARK: Values

    private mutating func sum() throws(PostgresError) -> Node {
        var node = try product()
        while true {
            if try accept("+") {
                node = .arithmetic(.add, node, try product())
            } else if try accept("-") {
                node = .arithmetic(.subtract, node, try product())
            } else {
                return node
            }
        }
    }

    private mutating func product() throws(PostgresError) -> Node {
        var node = try signed()
        while true {
            if try accept("*") {
                node = .arithmetic(.multiply, node, try signed())
            } else if try accept("/") {
                node = .arithmetic(.divide, node, try signed())
            } else if try accept("%") {
                node = .arithmetic(.modulo, node, try signed())
            } else {
                return node
            }
        }
    }

    private mutating func signed() throws(PostgresError) -> Node {
        if try accept("+") { return .sign(isMinus: false, try signed()) }
        if try accept("-") { return .sign(isMinus: true, try signed()) }
        return try accessor()
    }

    private mutating func accessor() throws(PostgresError) -> Node {
        let base = try primary()
        var steps: [JSONPath.Step] = []
        while let step = try step() { steps.append(step) }
        return steps.isEmpty ? base : .accessor(base, steps)
    }

    private mutating func primary() throws(PostgresError) -> Node {
        let node: Node
        switch token {
        case .symbol("$"): node = .document
        case .symbol("@"): node = .current
        case .symbol("("):
            try advance()
            let inner = try or()
            try expect(")")
            return inner
        case .variable(let name): node = .variable(name)
        case .string(let text): node = .literal(.string(text))
        case .number(let digits): node = .literal(.number(digits))
        case .word(let word):
            switch word {
            case "null": node = .literal(.null)
            case "true": node = .literal(.bool(true))
            case "false": node = .literal(.bool(false))
            case "last": node = .last
            default: throw syntaxError
            }
        default: throw syntaxError
        }
        try advance()
        return node
    }

    private static let methods: Set<String> = ["abs", "size", "type", "floor", "double", "ceiling", "keyvalue"]

    private mutating func step() throws(PostgresError) -> JSONPath.Step? {
        if try accept("[") {
            if try accept("*") {
                try expect("]")
                return .anyElement
            }
            var items: [JSONPathSubscripts.Item] = []
            repeat {
                let from = try sum()
                items.append(.init(from: from, to: try acceptWord("to") ? try sum() : nil))
            } while try accept(",")
            try expect("]")
            return .elements(JSONPathSubscripts(items: items))
        }
        if try accept("?") {
            try expect("(")
            let condition = try or()
            try expect(")")
            return .filter(condition)
        }
        guard try accept(".") else { return nil }
        if try accept("*") { return .anyKey }
        if try accept("**") { return try anywhere() }
        switch token {
        case .string(let key):
            try advance()
            return .key(key)
        case .word(let word):
            try advance()
            guard token == .symbol("("), Self.methods.contains(word) || word == "datetime" else { return .key(word) }
            try advance()
            var template: String?
            if word == "datetime", case .string(let given) = token {
                template = given
                try advance()
            }
            try expect(")")
            return word == "datetime" ? .dateTime(template: template) : .method(word)
        default: throw syntaxError
        }
    }

    private mutating func anywhere() throws(PostgresError) -> JSONPath.Step {
        guard try accept("{") else { return .anywhere(from: 0, to: .max) }
        let from = try level()
        let to = try acceptWord("to") ? try level() : from
        try expect("}")
        return .anywhere(from: from, to: to)
    }

    private mutating func level() throws(PostgresError) -> Int {
        if try acceptWord("last") { return .max }
        guard case .number(let digits) = token, let number = Int(digits) else { throw syntaxError }
        try advance()
        return number
    }
}
