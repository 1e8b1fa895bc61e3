/// Reads filters, logic trees and orders.
extension FragmentParser {
    private static let operatorList = "\"not\" or operator (eq, gt, ...)"

    /// The value of `column=op.value`; nil when it does not even start like one (an argument of a function call).
    static func filter(_ value: String, on field: Field) throws(FragmentError) -> Filter {
        var parser = FragmentParser(value)
        return try parser.operation(on: field, insideLogic: false)
    }

    /// The column of a filter parameter, whose embed path has been cut off.
    static func filterField(_ text: String) throws(FragmentError) -> Field {
        var parser = FragmentParser(text)
        let field = try parser.field()
        try parser.expectEnd()
        return field
    }

    private mutating func operation(on field: Field, insideLogic: Bool) throws(FragmentError) -> Filter {
        let negated = accept("not.")
        let start = position
        var word = ""
        while let character = peek, character.isLetter {
            word.append(character)
            position += 1
        }
        func filter(_ operation: Filter.Operation) -> Filter {
            Filter(field: field, isNegated: negated, operation: operation)
        }
        if let (symbol, quantified) = FilterOperators.simple[word] {
            let quantifier: Filter.Quantifier? =
                !quantified ? nil : accept("(any)") ? .any : accept("(all)") ? .all : nil
            try expect(".")
            var value = try literal(insideLogic: insideLogic)
            // In URLs `*` stands for `%`, which would need escaping.
            if word == "like" || word == "ilike" { value = String(value.map { $0 == "*" ? "%" : $0 }) }
            return filter(.compare(symbol: symbol, value: value, quantifier: quantifier))
        }
        if let function = FilterOperators.textSearch[word] {
            var configuration: String?
            if accept("(") {
                configuration = try name()
                try expect(")")
            }
            try expect(".")
            return filter(
                .textSearch(
                    function: function, configuration: configuration, value: try literal(insideLogic: insideLogic))
            )
        }
        switch word {
        case "in":
            try expect(".")
            return filter(.inList(try list()))
        case "is":
            try expect(".")
            return filter(.isValue(try isValue()))
        case "isdistinct":
            try expect(".")
            return filter(.isDistinct(try literal(insideLogic: insideLogic)))
        default:
            position = start
            throw failure(expecting: Self.operatorList)
        }
    }

    /// The rest of the fragment, or inside a logic tree what ends at `,` or `)` unless quoted or in braces.
    private mutating func literal(insideLogic: Bool) throws(FragmentError) -> String {
        guard insideLogic else {
            defer { position = characters.count }
            return String(characters[position...])
        }
        if peek == "\"" {
            var ahead = self
            if let text = try? ahead.quoted(), ahead.isAtEnd || ahead.peek == "," || ahead.peek == ")" {
                self = ahead
                return text
            }
        }
        var text = ""
        if peek == "{" {
            while let character = peek, character != "}" {
                text.append(character)
                position += 1
            }
            guard accept("}") else { throw failure(expecting: "\"}\"") }
            return text + "}"
        }
        while let character = peek, character != ",", character != ")" {
            text.append(character)
            position += 1
        }
        return text
    }

    /// `(a,"b,c",…)`.
    private mutating func list() throws(FragmentError) -> [String] {
        try expect("(", expecting: "\"(\"")
        skipBlanks()
        var items: [String] = []
        repeat { items.append(try listItem()) } while accept(",")
        try expect(")", expecting: "\",\" or \")\"")
        // `in.()` matches nothing, as an empty array does.
        return items == [""] ? [] : items
    }

    private mutating func listItem() throws(FragmentError) -> String {
        if peek == "\"" {
            var ahead = self
            if let text = try? ahead.quoted(), ahead.peek == "," || ahead.peek == ")" {
                self = ahead
                return text
            }
        }
        var text = ""
        while let character = peek, character != ",", character != ")" {
            text.append(character)
            position += 1
        }
        if peek == ")" { while text.last == " " { text.removeLast() } }
        return text
    }

    private mutating func isValue() throws(FragmentError) -> Filter.IsValue {
        let start = position
        var word = ""
        while let character = peek, character.isLetter || character == "_" {
            word.append(character)
            position += 1
        }
        switch word.lowercased() {
        case "null": return .null
        case "not_null": return .notNull
        case "true": return .isTrue
        case "false": return .isFalse
        case "unknown": return .unknown
        default:
            position = start
            throw failure(expecting: "isVal: (null, not_null, true, false, unknown)")
        }
    }

    // MARK: Logic trees

    /// The value of `and=`/`or=`: `(a.eq.1,not.or(…))`. What follows it is not looked at, and columns of errors are
    /// counted from the operator on, as in PostgREST.
    static func logicTree(_ text: String, isOr: Bool, isNegated: Bool) throws(FragmentError) -> LogicTree {
        let name = (isNegated ? "not." : "") + (isOr ? "or" : "and")
        var parser = FragmentParser(name + text)
        parser.position = name.count
        return .group(isOr: isOr, isNegated: isNegated, try parser.logicItems())
    }

    private mutating func logicItems() throws(FragmentError) -> [LogicTree] {
        skipBlanks()
        try expect("(", expecting: "\"(\"")
        try enter()
        defer { leave() }
        var items: [LogicTree] = []
        repeat {
            skipBlanks()
            items.append(try logicItem())
            skipBlanks()
        } while accept(",")
        try expect(")", expecting: "\",\" or \")\"")
        return items
    }

    private mutating func logicItem() throws(FragmentError) -> LogicTree {
        for (word, isOr) in [("and", false), ("or", true)] {
            for (prefix, negated) in [("", false), ("not.", true)] {
                var ahead = self
                guard ahead.accept(prefix + word) else { continue }
                ahead.skipBlanks()
                guard ahead.peek == "(" else { continue }
                self = ahead
                return .group(isOr: isOr, isNegated: negated, try logicItems())
            }
        }
        guard let first = peek, isIdentifier(first) || first == "\"" else {
            throw failure(
                expecting: "field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)")
        }
        let field = try field()
        try expect(".", expecting: "field name (* or [a..z0..9_$]), logic operator (and, or) or \".\"")
        return .filter(try operation(on: field, insideLogic: true))
    }

    // MARK: Orders

    static func order(_ text: String) throws(FragmentError) -> [OrderTerm] {
        var parser = FragmentParser(text)
        var terms: [OrderTerm] = []
        repeat { terms.append(try parser.orderTerm()) } while parser.accept(",")
        try parser.expectEnd(expecting: "\",\" or end of input")
        return terms
    }

    private mutating func orderTerm() throws(FragmentError) -> OrderTerm {
        var relation: String?
        var ahead = self
        if let name = try? ahead.name(), ahead.accept("(") {
            self = ahead
            relation = name
        }
        let field = try field()
        if relation != nil { try expect(")", expecting: "\")\"") }
        var term = OrderTerm(relation: relation, field: field, isDescending: false, nullsFirst: nil)
        if accept(".asc") {
            term.isDescending = false
        } else if accept(".desc") {
            term.isDescending = true
        }
        if accept(".nullsfirst") {
            term.nullsFirst = true
        } else if accept(".nullslast") {
            term.nullsFirst = false
        }
        return term
    }
}
