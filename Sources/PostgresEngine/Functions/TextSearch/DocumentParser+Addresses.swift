/// Hosts, mail addresses, URLs and the paths of files.
extension DocumentParser {
    private enum HostPlace { case domainStart, secondLetter, domain, label, behindHyphen }

    /// A host name's part behind a point.
    mutating func host(_ i: Int) -> Match? { hostName(i, .domainStart) }
    mutating func hostBehindHyphen(_ i: Int) -> Match? { hostName(i, .behindHyphen) }
    mutating func hostLabel(_ i: Int) -> Match? { hostName(i, .label) }

    /// Follows a host name to its end. It must end in a domain of two letters or more; `longest` is the last place where
    /// it did, for what follows may turn out not to belong to it.
    private mutating func hostName(_ start: Int, _ place: HostPlace) -> Match? {
        var i = start
        var place = place
        var longest: Match?
        while true {
            switch place {
            case .domainStart:
                guard isHostCharacter(i) else { return longest }
                place = isDigit(i) ? .label : .secondLetter
                i += 1
            case .behindHyphen:
                guard isHostCharacter(i) else { return longest }
                place = .label
                i += 1
            case .label, .secondLetter:
                if isHostCharacter(i) {
                    if place == .secondLetter { place = isDigit(i) ? .label : .domain }
                } else if isAt(i, ".") {
                    place = .domainStart
                } else if isAt(i, "-") || isAt(i, "_") {
                    place = .behindHyphen
                } else {
                    return (isAt(i, "@") ? email(i + 1) : nil) ?? longest
                }
                i += 1
            case .domain:
                while isASCIILetter(i) { i += 1 }
                if isDigit(i) {
                    place = .label
                    i += 1
                    continue
                }
                if isAt(i, ":"), isDigit(i + 1) {
                    i += 2
                    while isDigit(i) { i += 1 }
                } else if isAt(i, ".") || isAt(i, "-") || isAt(i, "_") {
                    longest = Match(kind: .host, end: i)
                    place = isAt(i, ".") ? .domainStart : .behindHyphen
                    i += 1
                    continue
                } else if isAt(i, "@"), let found = email(i + 1) {
                    return found
                }
                if !wantsHost, isAt(i, "/"), isURLCharacter(i + 1) {
                    return Match(kind: .url, end: urlPath(i + 1).end, again: true)
                }
                return Match(kind: .host, end: i)
            }
        }
    }

    mutating func email(_ i: Int) -> Match? {
        if wantsHost {
            wantsHost = false
            return nil
        }
        guard depth < 100 else { return nil }
        var inner = DocumentParser(scalars, depth: depth + 1)
        guard i < scalars.count else { return nil }
        let host = inner.anything(i)
        return host.kind == .host ? Match(kind: .email, end: host.end) : nil
    }

    func urlPath(_ start: Int) -> Match {
        var i = start
        while isURLCharacter(i) { i += 1 }
        return Match(kind: .urlPath, end: i)
    }

    /// What may stand in a URL: printable ASCII, save for a few.
    private func isURLCharacter(_ index: Int) -> Bool {
        guard let scalar = scalar(index) else { return false }
        return (0x21...0x7E).contains(scalar.value) && !"\"<>\\^`{|}".unicodeScalars.contains(scalar)
    }

    // MARK: Files

    func file(_ start: Int) -> Match {
        var i = start
        while true {
            if isFileStart(i) || isAt(i, "-") {
                i += 1
            } else if isAt(i, "."), isFileStart(i + 1) {
                i += 2
            } else if isAt(i, "/"), let next = afterSlash(i + 1) {
                guard case .inFile(let position) = next else {
                    if case .done(let match) = next { return match }
                    break
                }
                i = position
            } else {
                break
            }
        }
        return Match(kind: .file, end: i)
    }

    private enum PathStep {
        case inFile(Int)
        case done(Match)
    }

    func path(_ i: Int) -> Match? {
        switch afterSlash(i) {
        case .inFile(let position): file(position)
        case .done(let match): match
        case nil: nil
        }
    }

    func parentPath(_ i: Int) -> Match? {
        if i >= scalars.count || isSpace(i) { return Match(kind: .file, end: i) }
        guard isAt(i, "/") else { return nil }
        return path(i + 1) ?? Match(kind: .file, end: i)
    }

    /// What a slash begins. `..` may end a path; what was found up to one is kept in `longest`.
    private func afterSlash(_ start: Int) -> PathStep? {
        var i = start
        var longest: PathStep?
        while true {
            if isFileStart(i) { return .inFile(i + 1) }
            if isAt(i, "~") {
                if isFileStart(i + 1) { return .inFile(i + 2) }
                guard isAt(i + 1, "/") else { return longest }
                i += 2
            } else if isAt(i, ".") {
                if isFileStart(i + 1) { return .inFile(i + 2) }
                if isAt(i + 1, "/") {
                    i += 2
                } else if isAt(i + 1, ".") {
                    if i + 2 >= scalars.count || isSpace(i + 2) { return .done(Match(kind: .file, end: i + 2)) }
                    guard isAt(i + 2, "/") else { return longest }
                    longest = .done(Match(kind: .file, end: i + 2))
                    i += 3
                } else {
                    return longest
                }
            } else {
                return longest
            }
        }
    }
}
