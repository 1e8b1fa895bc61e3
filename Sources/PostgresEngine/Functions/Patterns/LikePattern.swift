import PostgresTypes

/// `LIKE`: `%` any text, `_` one character, a backslash makes the next character plain.
struct LikePattern {
    private enum Item {
        case byte(UInt8)
        case anyCharacter
        case anyText
    }

    private var items: [Item] = []
    /// A pattern that ends in a lone backslash is an error, but only for texts that get that far.
    private var endsInEscape = false

    init(_ pattern: UnsafeRawBufferPointer) {
        var isEscaped = false
        items.reserveCapacity(pattern.count)
        for byte in pattern {
            if isEscaped {
                items.append(.byte(byte))
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "%") {
                if case .anyText = items.last { continue }
                items.append(.anyText)
            } else if byte == UInt8(ascii: "_") {
                items.append(.anyCharacter)
            } else {
                items.append(.byte(byte))
            }
        }
        endsInEscape = isEscaped
    }

    /// Linear in most cases: of several `%` only the last one is ever widened.
    func matches(_ text: UnsafeRawBufferPointer) throws -> Bool {
        var position = 0
        var item = 0
        var retryItem: Int?
        var retryPosition = 0
        while true {
            if item < items.count, case .anyText = items[item] {
                retryItem = item
                retryPosition = position
                item += 1
                continue
            }
            if position == text.count {
                while item < items.count, case .anyText = items[item] { item += 1 }
                if item == items.count && !endsInEscape { return true }
                return false
            }
            if item < items.count {
                switch items[item] {
                case .byte(let byte):
                    if text[position] == byte {
                        position += 1
                        item += 1
                        continue
                    }
                case .anyCharacter:
                    position = next(text, position)
                    item += 1
                    continue
                case .anyText: break
                }
            } else if endsInEscape {
                throw PostgresError("22025", "LIKE pattern must not end with escape character")
            }
            guard let retry = retryItem else { return false }
            retryPosition = next(text, retryPosition)
            position = retryPosition
            item = retry + 1
        }
    }

    /// The start of the character after the one at `position`.
    private func next(_ text: UnsafeRawBufferPointer, _ position: Int) -> Int {
        var next = position + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}
