/// `name=value` pairs of a query string, decoded: `+` is a blank, `%XX` a byte.
struct QueryString: Sendable {
    var pairs: [(name: String, value: String)] = []

    init(_ text: (some StringProtocol)?) {
        guard let text else { return }
        pairs = text.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                decodePercent(parts[0], plusIsBlank: true),
                parts.count > 1 ? decodePercent(parts[1], plusIsBlank: true) : ""
            )
        }
    }

    /// The pairs sorted by name and encoded again: what Content-Location shows.
    var canonical: String {
        if pairs.isEmpty { return "" }
        let sorted = pairs.count == 1 ? pairs : pairs.sorted { $0.name < $1.name }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        for (name, value) in sorted {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            appendEncoded(name, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            appendEncoded(value, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Decodes `%XX`; an incomplete escape stays as it is. Bytes that are no UTF-8 become the replacement character.
func decodePercent(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || plusIsBlank && $0 == UInt8(ascii: "+") }) else {
        return String(text)
    }
    let bytes = Array(text.utf8)
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
    var bytes: [UInt8] = []
    appendEncoded(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

private func appendEncoded(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            bytes.append(byte)
        default: bytes += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "A") - 10) }
