/// `money`: whole cents. Texts are those of the C locale, `$1,234.50`.
enum MoneyCodec {
    static func decode(_ text: String) throws(PostgresError) -> Int64 {
        var rest = trimmingBlanks(text.utf8)
        var isNegative = false
        func accept(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        // Sign and symbol in either order; parentheses mean negative too.
        var hasSymbol = accept("$")
        if accept("-") || accept("(") {
            isNegative = true
        } else {
            _ = accept("+")
        }
        rest = trimmingBlanks(rest)
        if !hasSymbol { hasSymbol = accept("$") }
        rest = trimmingBlanks(rest)
        var cents: Int64 = 0
        var decimals: Int?
        var rounds = false
        // Collected below zero, where there is one number more.
        while let byte = rest.first {
            if byte.isDigit, decimals ?? 0 < 2 {
                let product = cents.multipliedReportingOverflow(by: 10)
                let sum = product.partialValue.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                guard !product.overflow, !sum.overflow else { throw .outOfRange("money", text) }
                cents = sum.partialValue
                decimals = decimals.map { $0 + 1 }
            } else if byte == UInt8(ascii: "."), decimals == nil {
                decimals = 0
            } else if byte != UInt8(ascii: ",") {
                break
            }
            rest = rest.dropFirst()
        }
        if let byte = rest.first, byte.isDigit { rounds = byte >= UInt8(ascii: "5") }
        for _ in (decimals ?? 0)..<2 {
            let product = cents.multipliedReportingOverflow(by: 10)
            guard !product.overflow else { throw .outOfRange("money", text) }
            cents = product.partialValue
        }
        if rounds {
            let sum = cents.subtractingReportingOverflow(1)
            guard !sum.overflow else { throw .outOfRange("money", text) }
            cents = sum.partialValue
        }
        rest = rest.drop(while: \.isDigit)
        for byte in rest {
            if byte == UInt8(ascii: "-") {
                isNegative = true
            } else if !byte.isBlank, byte != UInt8(ascii: ")"), byte != UInt8(ascii: "+"), byte != UInt8(ascii: "$") {
                throw .invalidSyntax("money", text)
            }
        }
        if isNegative { return cents }
        guard cents != .min else { throw .outOfRange("money", text) }
        return -cents
    }

    static func write(_ cents: Int64, to buffer: inout [UInt8]) {
        if cents < 0 { buffer.append(UInt8(ascii: "-")) }
        buffer.append(UInt8(ascii: "$"))
        let whole = Array(String(cents.magnitude / 100).utf8)
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(digit)
        }
        buffer.append(UInt8(ascii: "."))
        buffer.append(padded: Int(cents.magnitude % 100), width: 2)
    }
}
