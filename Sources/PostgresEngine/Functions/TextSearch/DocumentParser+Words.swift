/// Words, compounds of them, and numbers.
extension DocumentParser {
    mutating func asciiWord(_ start: Int) -> Match {
        var i = start
        while isASCIILetter(i) { i += 1 }
        if isAt(i, "."), let found = host(i + 1) ?? (isFileStart(i + 1) ? file(i + 2) : nil) { return found }
        if isAt(i, "-"), let found = hostBehindHyphen(i + 1) ?? compound(i, .asciiHyphenWord) { return found }
        if isAt(i, "_"), let found = hostBehindHyphen(i + 1) { return found }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isAt(i, ":"), isAt(i + 1, "/"), isAt(i + 2, "/") { return Match(kind: .protocolHead, end: i + 3) }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        if isDigit(i) { return hostLabel(i + 1) ?? wordWithDigits(i + 1) }
        if isLetterOrMark(i) { return word(i + 1) }
        return Match(kind: .asciiWord, end: i)
    }

    func word(_ start: Int) -> Match {
        var i = start
        while isLetterOrMark(i) { i += 1 }
        if isDigit(i) {
            var copy = self
            return copy.wordWithDigits(i + 1)
        }
        if isAt(i, "-"), let found = compound(i, .hyphenWord) { return found }
        return Match(kind: .word, end: i)
    }

    mutating func wordWithDigits(_ start: Int) -> Match {
        var i = start
        while isWordCharacter(i) || isMark(i) { i += 1 }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        if isAt(i, "."), isFileStart(i + 1) { return file(i + 2) }
        if isAt(i, "-"), let found = compound(i, .numHyphenWord) { return found }
        return Match(kind: .numWord, end: i)
    }

    /// A compound word from the hyphen at `hyphen` on, nil when none follows. Its kind is that of its oddest part.
    private func compound(_ hyphen: Int, _ first: TokenKind) -> Match? {
        var kind = first
        var i = hyphen
        while isAt(i, "-") {
            var next = i + 1
            if kind == .asciiHyphenWord && isASCIILetter(next) {
                next += 1
            } else if isLetter(next) {
                next += 1
                if kind == .asciiHyphenWord { kind = .hyphenWord }
            } else if isDigit(next) {
                while isDigit(next) { next += 1 }
                // Digits alone are no part of a word.
                guard isLetterOrMark(next) else { break }
                next += 1
                kind = .numHyphenWord
            } else {
                break
            }
            i = next
            while true {
                if kind == .asciiHyphenWord && isASCIILetter(i) {
                } else if isLetterOrMark(i) {
                    if kind == .asciiHyphenWord { kind = .hyphenWord }
                } else if isDigit(i) {
                    kind = .numHyphenWord
                } else {
                    break
                }
                i += 1
            }
        }
        return i == hyphen ? nil : Match(kind: kind, end: i, again: true)
    }

    /// A part of a compound that was told whole, nil behind its end.
    mutating func compoundPart(_ i: Int) -> Match? {
        var end = i
        var kind = TokenKind.asciiHyphenPart
        if isAt(i, "-") {
            guard isWordCharacter(i + 1) || isMark(i + 1) else {
                start = .anything
                return nil
            }
            return Match(kind: .blank, end: i + 1)
        }
        if isDigit(i) {
            while isDigit(end) { end += 1 }
            guard isLetterOrMark(end) else {
                start = .anything
                return nil
            }
            kind = .numHyphenPart
        } else if !isLetter(i) {
            start = .anything
            return nil
        }
        while true {
            if isASCIILetter(end) {
            } else if isLetterOrMark(end) {
                if kind == .asciiHyphenPart { kind = .hyphenPart }
            } else if isDigit(end) {
                kind = .numHyphenPart
            } else {
                break
            }
            end += 1
        }
        return Match(kind: kind, end: end)
    }

    // MARK: Numbers

    mutating func unsignedInteger(_ start: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), let found = host(i + 1) ?? (isDigit(i + 1) ? decimal(i + 2, isSigned: false, from: i) : nil) {
            return found
        }
        if let found = exponent(i) { return found }
        if isAt(i, "-") || isAt(i, "_"), let found = hostBehindHyphen(i + 1) { return found }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isASCIILetter(i), let found = hostLabel(i + 1) { return found }
        if isLetterOrMark(i) { return wordWithDigits(i + 1) }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        return Match(kind: .unsignedInteger, end: i)
    }

    func signedInteger(_ start: Int, from sign: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), isDigit(i + 1) { return decimal(i + 2, isSigned: true, from: sign) }
        return exponent(i) ?? Match(kind: .signedInteger, end: i)
    }

    private func decimal(_ start: Int, isSigned: Bool, from sign: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), isDigit(i + 1) {
            // A version has no sign: the sign stands for itself.
            return isSigned ? Match(kind: .blank, end: sign + 1) : version(i + 2)
        }
        return exponent(i) ?? Match(kind: .float, end: i)
    }

    private func version(_ start: Int) -> Match {
        var i = start
        while isDigit(i) || isAt(i, ".") && isDigit(i + 1) { i += 1 }
        return Match(kind: .version, end: i)
    }

    private func exponent(_ i: Int) -> Match? {
        guard isAt(i, "e") || isAt(i, "E") else { return nil }
        var end = isAt(i + 1, "+") || isAt(i + 1, "-") ? i + 2 : i + 1
        guard isDigit(end) else { return nil }
        while isDigit(end) { end += 1 }
        return Match(kind: .scientific, end: end)
    }

    func isSignBeforeVersion(_ i: Int) -> Bool {
        guard isAt(i, "-") || isAt(i, "+"), isDigit(i + 1) else { return false }
        return signedInteger(i + 2, from: i).kind == .blank
    }
}
