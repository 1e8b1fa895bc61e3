/// A pattern of `to_char(number, …)`, taken apart.
struct NumberPattern {
    enum Field: Hashable {
        case nine, zero, point, comma, currency, minus, plus, sign, anchoredSign, angleBrackets
        case roman(isLower: Bool)
        case ordinal(isLower: Bool)
        case shift, exponent, blank
        case literal(Unicode.Scalar)
    }

    enum SignPosition { case none, before, after }

    private(set) var fields: [Field] = []
    /// Digits before and after the point.
    var digitsBefore = 0
    var digitsAfter = 0
    /// Digits by which `V` shifts the number.
    private(set) var shift = 0
    /// `FM`: no padding.
    private(set) var isPlain = false
    private(set) var hasPoint = false
    private(set) var hasShift = false
    private(set) var hasMinus = false
    private(set) var hasPlus = false
    private(set) var hasBrackets = false
    private(set) var isExponential = false
    private(set) var roman: Field?
    /// Where the first zero stands, and the last one; nil without zeros.
    private(set) var firstZero: Int?
    private(set) var lastZero = 0
    private(set) var sign = SignPosition.none
    private var digitsBeforeSign = 0

    init(_ pattern: String) throws(PostgresError) {
        var rest = pattern.unicodeScalars[...]
        while let first = rest.first {
            if let (field, length) = Self.template(rest) {
                rest = rest.dropFirst(length)
                guard let field else {
                    isPlain = true
                    continue
                }
                try add(field)
                continue
            }
            rest = rest.dropFirst()
            switch first {
            case "\"": readQuoted(&rest)
            case "\\" where rest.first == "\"":
                fields.append(.literal("\""))
                rest = rest.dropFirst()
            default: fields.append(.literal(first))
            }
        }
        // A sign in front of all digits belongs behind them if no digit follows it.
        if sign == .before, digitsBefore == digitsBeforeSign { sign = .after }
    }

    /// For a number that needs none.
    mutating func dropBrackets() { hasBrackets = false }

    private mutating func readQuoted(_ rest: inout Substring.UnicodeScalarView) {
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return }
            if scalar == "\\", let next = rest.popFirst() {
                fields.append(.literal(next))
            } else {
                fields.append(.literal(scalar))
            }
        }
    }

    /// The template that the rest begins with and its length; a nil field is `FM`.
    private static func template(_ rest: Substring.UnicodeScalarView) -> (Field?, Int)? {
        let word = String(rest.prefix(4)).uppercased()
        for (name, field) in templates where word.hasPrefix(name) {
            // `th` and `rn` in small letters write small letters.
            let isLower = rest.first.map { ("a"..."z").contains($0) } ?? false
            switch field {
            case .ordinal: return (.ordinal(isLower: isLower), 2)
            case .roman: return (.roman(isLower: isLower), 2)
            default: return (field, name.unicodeScalars.count)
            }
        }
        return nil
    }

    private static let templates: [(String, Field?)] = [
        ("EEEE", .exponent), ("FM", nil), ("MI", .minus), ("PL", .plus), ("PR", .angleBrackets),
        ("RN", .roman(isLower: false)), ("SG", .sign), ("SP", .blank), ("TH", .ordinal(isLower: false)),
        ("9", .nine), ("0", .zero), (".", .point), (",", .comma), ("D", .point), ("G", .comma), ("L", .currency),
        ("S", .anchoredSign), ("V", .shift), ("B", .blank), ("C", .blank),
    ]

    private mutating func add(_ field: Field) throws(PostgresError) {
        func conflict(_ message: String) -> PostgresError { PostgresError("42601", message) }
        if isExponential { throw conflict("\"EEEE\" must be the last pattern used") }
        switch field {
        case .nine:
            if hasBrackets { throw conflict("\"9\" must be ahead of \"PR\"") }
            if hasShift {
                shift += 1
            } else if hasPoint {
                digitsAfter += 1
            } else {
                digitsBefore += 1
            }
        case .zero:
            if hasBrackets { throw conflict("\"0\" must be ahead of \"PR\"") }
            if firstZero == nil, !hasPoint { firstZero = digitsBefore }
            if hasPoint { digitsAfter += 1 } else { digitsBefore += 1 }
            lastZero = digitsBefore + digitsAfter
        case .point:
            if hasPoint { throw conflict("multiple decimal points") }
            if hasShift { throw conflict("cannot use \"V\" and decimal point together") }
            hasPoint = true
        case .anchoredSign:
            if sign != .none { throw conflict("cannot use \"S\" twice") }
            if hasPlus || hasMinus || hasBrackets {
                throw conflict("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
            }
            sign = hasPoint ? .after : .before
            digitsBeforeSign = digitsBefore
            // Written with the digits, not where it stands.
            return
        case .minus, .plus, .sign:
            if sign != .none {
                let name = field == .minus ? "MI" : field == .plus ? "PL" : "SG"
                throw conflict("cannot use \"S\" and \"\(name)\" together")
            }
            if field != .plus { hasMinus = true }
            if field != .minus { hasPlus = true }
        case .angleBrackets:
            if sign != .none || hasPlus || hasMinus {
                throw conflict("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
            }
            hasBrackets = true
            return
        case .roman: roman = field
        case .shift:
            if hasPoint { throw conflict("cannot use \"V\" and decimal point together") }
            hasShift = true
            return
        case .exponent:
            if isPlain || sign != .none || hasBrackets || hasMinus || hasPlus || roman != nil || hasShift {
                throw PostgresError(
                    "42601", "\"EEEE\" is incompatible with other formats",
                    detail: "\"EEEE\" may only be used together with digit and decimal point patterns.")
            }
            isExponential = true
            return
        default: break
        }
        fields.append(field)
    }
}
