/// `numeric`: a decimal number of any length that keeps the scale it was written with (`1.10` is not `1.1` when printed),
/// or NaN or an infinity.
///
/// Digits are kept to base 10000 as in PostgreSQL's own implementation, because the scale of its quotients depends on
/// where the groups of four digits begin.
package struct Decimal: Sendable {
    enum Kind: UInt8, Sendable { case finite, nan, infinite }

    static let base: Int32 = 10_000
    /// The most digits after the point that a value can carry, and the most groups before it.
    static let greatestScale = 0x3FFF
    static let greatestWeight = 0x7FFF

    var kind: Kind
    var isNegative: Bool
    /// The power of 10000 of the first group. 0 for zero.
    var weight: Int
    /// Digits printed after the point.
    package internal(set) var scale: Int
    /// Groups of four digits, the most significant first; no zero groups at either end. Empty for zero.
    var groups: [Int32]

    init(kind: Kind = .finite, isNegative: Bool = false, weight: Int = 0, scale: Int = 0, groups: [Int32] = []) {
        self.kind = kind
        self.isNegative = isNegative
        self.weight = weight
        self.scale = scale
        self.groups = groups
    }

    package static let zero = Decimal()
    package static let one = Decimal(1)
    package static let nan = Decimal(kind: .nan)
    package static let infinity = Decimal(kind: .infinite)
    package static let negativeInfinity = Decimal(kind: .infinite, isNegative: true)

    package init(_ number: Int) { self.init(Int64(number)) }

    package init(_ number: Int64) {
        self.init(isNegative: number < 0)
        var rest = number.magnitude
        while rest > 0 {
            groups.append(Int32(rest % 10_000))
            rest /= 10_000
        }
        weight = max(0, groups.count - 1)
        groups.reverse()
        normalize()
    }

    package var isNaN: Bool { kind == .nan }
    package var isFinite: Bool { kind == .finite }
    package var isInfinite: Bool { kind == .infinite }
    package var isZero: Bool { kind == .finite && groups.isEmpty }

    /// -1, 0 or 1; 0 for NaN too.
    package var signum: Int { kind == .nan || isZero ? 0 : isNegative ? -1 : 1 }

    /// Drops zero groups at both ends; a zero has no sign.
    mutating func normalize() {
        let leading = groups.prefix { $0 == 0 }.count
        if leading > 0 {
            groups.removeFirst(leading)
            weight -= leading
        }
        while groups.last == 0 { groups.removeLast() }
        if groups.isEmpty {
            weight = 0
            if kind == .finite { isNegative = false }
        }
    }

    /// The group at a power of 10000, 0 outside of what is kept.
    func group(at power: Int) -> Int32 {
        let index = weight - power
        return groups.indices.contains(index) ? groups[index] : 0
    }

    /// The value with its limits checked: every result of an operation passes here.
    func checked() throws(PostgresError) -> Decimal {
        guard kind == .finite, !groups.isEmpty else { return self }
        guard weight <= Self.greatestWeight, scale <= Self.greatestScale else { throw .numericOverflow }
        return self
    }
}

// MARK: Text

extension Decimal {
    /// Reads `numeric`'s input form: digits with a point and an exponent, `NaN`, `Infinity`, `-inf`; blanks around.
    package init(parsing text: String) throws(PostgresError) { try self.init(parsing: text.utf8, text) }

    /// Reads a number that is known to be one: a stored value.
    package init(stored bytes: some BidirectionalCollection<UInt8>) {
        do { try self.init(parsing: bytes, "") } catch { self = .nan }
    }

    package init(stored text: String) { self.init(stored: text.utf8) }

    private init(parsing bytes: some BidirectionalCollection<UInt8>, _ text: @autoclosure () -> String)
        throws(PostgresError)
    {
        var rest = trimmingBlanks(bytes)
        if matches(rest, "nan") {
            self = .nan
            return
        }
        var isNegative = false
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            isNegative = rest.first == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        if matches(rest, "infinity") || matches(rest, "inf") {
            self = isNegative ? .negativeInfinity : .infinity
            return
        }
        var digits: [UInt8] = []
        digits.reserveCapacity(rest.count)
        var point: Int?
        var exponent = 0
        var index = rest.startIndex
        while index < rest.endIndex {
            let byte = rest[index]
            index = rest.index(after: index)
            if byte.isDigit {
                digits.append(byte - UInt8(ascii: "0"))
            } else if byte == UInt8(ascii: "."), point == nil {
                point = digits.count
            } else if byte.lowered == UInt8(ascii: "e"), !digits.isEmpty {
                guard let power = Self.exponent(rest[index...]) else { throw .invalidSyntax("numeric", text()) }
                guard abs(power) < Int(Int32.max) / 2 else { throw .numericOverflow }
                exponent = power
                break
            } else {
                throw .invalidSyntax("numeric", text())
            }
        }
        guard !digits.isEmpty else { throw .invalidSyntax("numeric", text()) }
        let whole = (point ?? digits.count) + exponent
        self.init(
            isNegative: isNegative, digits: digits, whole: whole,
            scale: max(0, digits.count - (point ?? digits.count) - exponent))
        guard groups.isEmpty || weight <= Self.greatestWeight, scale <= Self.greatestScale else {
            throw .numericOverflow
        }
    }

    /// An exponent's digits: a sign and at least one digit, nothing else. Too long is the greatest there is.
    private static func exponent(_ bytes: some Collection<UInt8>) -> Int? {
        var digits = bytes[...]
        if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit) else { return nil }
        let size = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), Int(Int32.max)) }
        return bytes.first == UInt8(ascii: "-") ? -size : size
    }

    /// Groups decimal digits, of which the first `whole` stand before the point (`whole` may be negative, or beyond
    /// the digits there are).
    init(isNegative: Bool, digits: [UInt8], whole: Int, scale: Int) {
        let leading = digits.prefix { $0 == 0 }.count
        guard leading < digits.count else {
            self.init(scale: scale)
            return
        }
        let significant = digits[leading...]
        let whole = whole - leading
        // Power of 10000 of the first group, and how many of its four digits come from the number.
        let power = whole - 1
        let weight = (power >= 0 ? power : power - 3) / 4
        let firstWidth = whole - weight * 4
        var groups: [Int32] = []
        groups.reserveCapacity(significant.count / 4 + 2)
        var group: Int32 = 0
        var room = firstWidth
        for digit in significant {
            group = group * 10 + Int32(digit)
            room -= 1
            if room == 0 {
                groups.append(group)
                group = 0
                room = 4
            }
        }
        if room < 4 {
            for _ in 0..<room { group *= 10 }
            groups.append(group)
        }
        self.init(isNegative: isNegative, weight: weight, scale: scale, groups: groups)
        normalize()
    }

    /// Appends the output form: all digits before the point, `scale` digits after it.
    package func write(to buffer: inout [UInt8]) {
        switch kind {
        case .nan: return buffer.append(ascii: "NaN")
        case .infinite: return buffer.append(contentsOf: (isNegative ? "-Infinity" : "Infinity").utf8)
        case .finite: break
        }
        if isNegative { buffer.append(UInt8(ascii: "-")) }
        if groups.isEmpty || weight < 0 {
            buffer.append(UInt8(ascii: "0"))
        } else {
            buffer.append(integer: Int64(groups[0]))
            for power in stride(from: weight - 1, through: 0, by: -1) {
                buffer.append(padded: Int(group(at: power)), width: 4)
            }
        }
        guard scale > 0 else { return }
        buffer.append(UInt8(ascii: "."))
        let end = buffer.count + scale
        var power = -1
        while buffer.count < end {
            buffer.append(padded: Int(group(at: power)), width: 4)
            power -= 1
        }
        buffer.removeLast(buffer.count - end)
    }
}

extension Decimal: CustomStringConvertible {
    package var description: String { text { write(to: &$0) } }
}

// MARK: Comparison

extension Decimal: Comparable, Hashable {
    /// Below, equal to or above zero. NaN equals itself and is above everything, infinity included; scale plays no part.
    package func compare(_ other: Decimal) -> Int {
        func rank(_ value: Decimal) -> Int { value.isNaN ? 2 : value.isInfinite ? (value.isNegative ? -1 : 1) : 0 }
        let ranks = (rank(self), rank(other))
        if ranks != (0, 0) { return ranks.0 - ranks.1 }
        if signum != other.signum { return signum - other.signum }
        return isNegative ? other.compareMagnitude(self) : compareMagnitude(other)
    }

    /// Compares without regard to sign; both finite.
    func compareMagnitude(_ other: Decimal) -> Int {
        if groups.isEmpty || other.groups.isEmpty { return groups.count - other.groups.count }
        if weight != other.weight { return weight - other.weight }
        for (left, right) in zip(groups, other.groups) where left != right { return Int(left - right) }
        return groups.count - other.groups.count
    }

    package static func == (left: Decimal, right: Decimal) -> Bool { left.compare(right) == 0 }
    package static func < (left: Decimal, right: Decimal) -> Bool { left.compare(right) < 0 }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(isNegative)
        hasher.combine(weight)
        hasher.combine(groups)
    }
}
