import JSONText

extension JSONPath {
    package init(parsing text: String) throws(PostgresError) {
        var parser = JSONPathParser(text)
        self = try parser.path()
    }
}

/// Reads a `jsonpath`, by recursive descent.
struct JSONPathParser {
    private let text: String
    private var scanner: JSONPathScanner
    private var token: JSONPathScanner.Token { scanner.token }
    private var syntaxError: PostgresError { scanner.syntaxError }
    private var depth = 0

    init(_ text: String) {
        self.text = text
        scanner = JSONPathScanner(text)
    }

    mutating func path() throws(PostgresError) -> JSONPath {
        if scanner.isBlank {
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

    // MARK: Tokens

    private mutating func advance() throws(PostgresError) { try scanner.advance() }

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
