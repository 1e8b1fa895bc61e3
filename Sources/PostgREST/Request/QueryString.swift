/// `name=value` pairs of a query string, decoded: `+` is a blank, `%XX` a byte.
struct QueryString: Sendable {
    var pairs: [(name: String, value: String)]

    init(_ text: String?) {
        pairs = (text ?? "").split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                decodePercent(parts[0], plusIsBlank: true),
                parts.count > 1 ? decodePercent(parts[1], plusIsBlank: true) : ""
            )
        }
    }

    /// The pairs sorted by name and encoded again: what Content-Location shows.
    var canonical: String {
        pairs.sorted { $0.name < $1.name }
            .map { encodePercent($0.name) + "=" + encodePercent($0.value) }
            .joined(separator: "&")
    }
}

/// Decodes `%XX`; an incomplete escape stays as it is. Bytes that are no UTF-8 become the replacement character.
func decodePercent(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "%")) || plusIsBlank && bytes.contains(UInt8(ascii: "+")) else {
        return String(text)
    }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "%"), index + 2 < bytes.count + 0, let high = hexValue(bytes, index + 1),
            let low = hexValue(bytes, index + 2)
        {
            result.append(high << 4 | low)
            index += 3
        } else {
            result.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
    }
    return String(decoding: result, as: UTF8.self)
}

private func hexValue(_ bytes: [UInt8], _ index: Int) -> UInt8? {
    guard index < bytes.count else { return nil }
    return Character(Unicode.Scalar(bytes[index])).hexDigitValue.map(UInt8.init)
}

/// Encodes everything but RFC 3986's unreserved characters.
func encodePercent(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = Array("0123456789ABCDEF")
            result.append("%")
            result.append(digits[Int(byte >> 4)])
            result.append(digits[Int(byte & 15)])
        }
    }
    return result
}
