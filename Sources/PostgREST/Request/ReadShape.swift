import PostgresEngine

/// The query string of a read with the literals of its filters set apart: `id=eq.5&select=*` and `id=eq.7&select=*` have
/// one shape, and so one meaning and one plan.
///
/// It is found without understanding the rest, in a fraction of the time that takes. A literal that is not plainly one
/// stays a part of the shape.
package struct ReadShape: Hashable, Sendable {
    /// What a filter compares with, outside of logic trees.
    enum Literal: Hashable, Sendable {
        case text(String)
        /// The items of `in.(…)`.
        case list([String])
    }

    private struct Pair: Hashable {
        var name: String
        /// The whole value, or what stands before the literal.
        var value: String
        /// How many items the list has that stood behind it; nil without a literal, 0 for one that is no list.
        var items: Int?
    }

    private var pairs: [Pair] = []

    /// Of a query string as it was sent.
    /// - Returns: the literals besides, by the position of their pair; nil where it has none.
    package static func split(_ query: (some StringProtocol)?) -> (shape: ReadShape, literals: ReadLiterals) {
        let query = QueryString(query)
        var shape = ReadShape()
        var literals = ReadLiterals(all: [], canonical: query.canonical)
        shape.pairs.reserveCapacity(query.pairs.count)
        literals.all.reserveCapacity(query.pairs.count)
        for (name, value) in query.pairs {
            guard let cut = cut(value), QueryParameters.namesColumn(name) else {
                shape.pairs.append(Pair(name: name, value: value, items: nil))
                literals.all.append(nil)
                continue
            }
            let items = if case .list(let items) = cut.literal { 1 + items.count } else { 0 }
            shape.pairs.append(Pair(name: name, value: cut.before, items: items))
            literals.all.append(cut.literal)
        }
        return (shape, literals)
    }

    /// Divides `not.eq.5` before the 5; nil for what is no operator with a plain literal.
    private static func cut(_ value: String) -> (before: String, literal: Literal)? {
        let bytes = value.utf8
        let start = value.hasPrefix("not.") ? bytes.index(bytes.startIndex, offsetBy: 4) : bytes.startIndex
        guard let dot = bytes[start...].firstIndex(of: UInt8(ascii: ".")), dot > start else { return nil }
        let word = String(value[start..<dot])
        let rest = value[bytes.index(after: dot)...]
        if word == "in" { return list(rest).map { (String(value[...dot]), .list($0)) } }
        guard FilterOperators.simple[word] != nil else { return nil }
        return (String(value[...dot]), .text(word == "like" || word == "ilike" ? pattern(rest) : String(rest)))
    }

    /// In URLs `*` stands for `%`.
    private static func pattern(_ text: Substring) -> String {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "*") ? UInt8(ascii: "%") : $0 }, as: UTF8.self)
    }

    /// The items of `(a,b)`; nil where anything is quoted or set apart by blanks.
    private static func list(_ text: Substring) -> [String]? {
        guard text.utf8.first == UInt8(ascii: "("), text.utf8.count > 1, text.utf8.last == UInt8(ascii: ")") else {
            return nil
        }
        let inner = text.utf8.dropFirst().dropLast()
        let isPlain = inner.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "("), UInt8(ascii: ")"): false
            default: (0x21...0x7E).contains(byte)
            }
        }
        guard isPlain else { return nil }
        if inner.isEmpty { return [] }
        return inner.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}

/// What a read has of its own, among all those of its shape.
package struct ReadLiterals: Sendable {
    /// By the position of the pair in the query string; nil for one that is a part of the shape.
    var all: [ReadShape.Literal?]
    /// The query string as Content-Location shows it.
    var canonical: String

    /// Those of a request that shares nothing with others: what its plan says holds.
    static let none = ReadLiterals(all: [], canonical: "")

    subscript(pair: Int) -> ReadShape.Literal? { pair < all.count ? all[pair] : nil }
}

extension QueryParameters {
    /// Whether a parameter of that name can be nothing but a filter.
    static func namesColumn(_ name: String) -> Bool {
        let isPlain = !name.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "\"") }
        switch isPlain ? name : splitPath(name).last {
        case "select", "columns", "on_conflict", "order", "limit", "offset", "and", "or", "", nil: return false
        default: return true
        }
    }

    /// Puts a request's own literals in the place of those of another one of its shape.
    mutating func take(_ literals: ReadLiterals) {
        canonical = literals.canonical
        for index in filters.indices {
            guard let pair = filters[index].value.pair, let literal = literals[pair] else { continue }
            switch (filters[index].value.operation, literal) {
            case (.compare(let symbol, _, let quantifier), .text(let text)):
                filters[index].value.operation = .compare(symbol: symbol, value: text, quantifier: quantifier)
            case (.inList, .list(let items)): filters[index].value.operation = .inList(items)
            default: break
            }
        }
    }

    /// Whether these literals are the ones found here, each in the filter of its pair: then any others of the same shape
    /// can stand in their place.
    func agrees(with literals: ReadLiterals) -> Bool {
        var found: Set<Int> = []
        for filter in filters {
            guard let pair = filter.value.pair, let literal = literals[pair] else { continue }
            switch (filter.value.operation, literal) {
            case (.compare(_, let value, nil), .text(let text)) where value == text: found.insert(pair)
            case (.inList(let values), .list(let items)) where values == items: found.insert(pair)
            default: return false
            }
        }
        return found.count == literals.all.count { $0 != nil }
    }
}

/// The values of a statement's parameters, and which of them are literals of the request.
struct ReadParameters: Sendable {
    /// A parameter that stands for the literal of a pair, or for one item of its list.
    struct Slot: Sendable {
        var pair: Int
        var item: Int?
    }

    private(set) var values: [ParameterValue] = []
    private var slots: [(parameter: Int, slot: Slot)] = []

    mutating func append(_ value: ParameterValue, _ slot: Slot?) {
        if let slot { slots.append((values.count, slot)) }
        values.append(value)
    }

    /// The values for another request of the same shape.
    func filled(with literals: ReadLiterals) -> [ParameterValue] {
        if slots.isEmpty || literals.all.isEmpty { return values }
        var filled = values
        for (parameter, slot) in slots {
            switch (literals[slot.pair], slot.item) {
            case (.text(let text)?, _): filled[parameter] = .text(text)
            case (.list(let items)?, let item?): filled[parameter] = .text(items[item])
            case (.list(let items)?, nil): filled[parameter] = .text(ConditionBuilder.arrayLiteral(items))
            case (nil, _): break
            }
        }
        return filled
    }
}
