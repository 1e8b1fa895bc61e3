/// Reads `select=`: columns with aliases, JSON paths and casts, embeds, spreads, aggregates.
extension FragmentParser {
    /// The parameter.
    static func select(_ text: String) throws(FragmentError) -> [SelectItem] {
        var parser = FragmentParser(text)
        // What follows the last item is not looked at, as in PostgREST.
        return try parser.selectItems()
    }

    private mutating func selectItems() throws(FragmentError) -> [SelectItem] {
        skipBlanks()
        if isAtEnd || peek == ")" { return [] }
        var items: [SelectItem] = []
        repeat {
            skipBlanks()
            items.append(try selectItem())
            skipBlanks()
        } while accept(",")
        return items
    }

    private mutating func selectItem() throws(FragmentError) -> SelectItem {
        if accept("...") {
            guard let embed = try embed(alias: nil, isSpread: true) else {
                throw failure(expecting: "\"(\"")
            }
            return .embed(embed)
        }
        if peek == "*" {
            position += 1
            return .star
        }
        if let aggregate = countWithoutColumn(alias: nil) { return aggregate }
        var alias: String?
        var ahead = self
        if let name = try? ahead.name(), ahead.peek == ":", !ahead.sees("::") {
            ahead.position += 1
            self = ahead
            alias = name
        }
        if let aggregate = countWithoutColumn(alias: alias) { return aggregate }
        if let embed = try embed(alias: alias, isSpread: false) { return .embed(embed) }
        let field = try field()
        let cast = try castName()
        let aggregate = try aggregate()
        return .field(field, alias: alias, cast: cast, aggregate: aggregate)
    }

    /// `count()` alone: an aggregate over rows.
    private mutating func countWithoutColumn(alias: String?) -> SelectItem? {
        var ahead = self
        guard ahead.accept("count()") else { return nil }
        var cast: String?
        if ahead.sees("::") { cast = try? ahead.castName() }
        self = ahead
        return .field(Field(name: "*"), alias: alias, cast: nil, aggregate: .init(name: "count", cast: cast))
    }

    /// nil when what follows is no `name!hint(…)`: then nothing was consumed.
    private mutating func embed(alias: String?, isSpread: Bool) throws(FragmentError) -> Embed? {
        var ahead = self
        guard let name = try? ahead.name() else { return nil }
        var hint: String?
        var join: Embed.Join?
        while ahead.accept("!") {
            let word = try ahead.name()
            switch word {
            case "inner": join = .inner
            case "left": join = .left
            default: hint = word
            }
        }
        guard ahead.accept("(") else { return nil }
        self = ahead
        try enter()
        defer { leave() }
        let items = try selectItems()
        try expect(")", expecting: "\",\" or \")\"")
        return Embed(name: name, alias: alias, hint: hint, join: join, isSpread: isSpread, items: items)
    }

    private mutating func castName() throws(FragmentError) -> String? {
        guard accept("::") else { return nil }
        var text = ""
        while let character = peek,
            character.isLetter || character.isNumber || character == "_" || character == " " || character == "$"
        {
            text.append(character)
            position += 1
        }
        guard !text.isEmpty else { throw failure(expecting: "letter, digit, \"_\", \" \" or \"$\"") }
        return text
    }

    private mutating func aggregate() throws(FragmentError) -> SelectItem.Aggregate? {
        for name in ["sum", "avg", "count", "max", "min"] where accept(".\(name)()") {
            return SelectItem.Aggregate(name: name, cast: try castName())
        }
        return nil
    }
}
