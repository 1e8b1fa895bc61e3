/// RAISE, and the statements around SQL: EXECUTE, cursors, diagnostics, and SQL itself with its INTO.
extension ProcedureParser {
    mutating func raise() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        var raise = ProcedureRaise()
        if case .word(let word) = token.kind, let level = ProcedureRaise.Level(rawValue: word) {
            raise.level = level
            _ = take()
        }
        if token.isSymbol(";") { return .raise(raise) }
        if case .string = token.kind {
            raise.format = try string()
            if accept(symbol: ",") { raise.arguments = try expressions(until: ["using"], symbols: [";"]) }
            let expected = Self.placeholders(raise.format ?? "")
            if raise.arguments.count < expected { throw failure("too few parameters specified for RAISE") }
            if raise.arguments.count > expected { throw failure("too many parameters specified for RAISE") }
        } else if !token.isWord("using") {
            raise.condition = try condition()
        }
        if accept("using") {
            repeat {
                guard let option = ProcedureRaise.Option(rawValue: try name()) else {
                    throw failure("unrecognized RAISE statement option")
                }
                guard accept(symbol: "=") || accept(symbol: ":=") else { throw failure() }
                raise.options.append((option, try expression(symbols: [",", ";"])))
            } while accept(symbol: ",")
        }
        return .raise(raise)
    }

    /// `%` stands for an argument, `%%` for itself.
    static func placeholders(_ format: String) -> Int {
        format.replacing("%%", with: "").count { $0 == "%" }
    }

    mutating func dynamicQuery(until words: Set<String>) throws(SyntaxError) -> ProcedureDynamicQuery {
        try expect("execute")
        let text = try expression(until: words.union(["using", "into"]), symbols: [";"])
        var query = ProcedureDynamicQuery(text: text)
        if accept("using") { query.parameters = try expressions(until: words.union(["into"]), symbols: [";"]) }
        return query
    }

    mutating func into() throws(SyntaxError) -> ProcedureInto {
        let isStrict = accept("strict")
        return ProcedureInto(targets: try targets(), isStrict: isStrict)
    }

    mutating func execute() throws(SyntaxError) -> ProcedureStatement.Kind {
        var query = try dynamicQuery(until: [])
        var into: ProcedureInto?
        if accept("into") { into = try self.into() }
        if accept("using") { query.parameters = try expressions(until: ["into"], symbols: [";"]) }
        if into == nil, accept("into") { into = try self.into() }
        return .execute(query, into: into)
    }

    mutating func diagnostics() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        let isStacked = accept("stacked")
        if !isStacked { _ = accept("current") }
        try expect("diagnostics")
        var items: [(target: ProcedureTarget, item: ProcedureDiagnostic)] = []
        repeat {
            let target = try target()
            guard accept(symbol: "=") || accept(symbol: ":=") else { throw failure() }
            guard let item = ProcedureDiagnostic(rawValue: try name()) else {
                throw failure("unrecognized GET DIAGNOSTICS item")
            }
            items.append((target, item))
        } while accept(symbol: ",")
        return .diagnostics(isStacked: isStacked, items)
    }

    mutating func open() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        let cursor = try name()
        if accept(symbol: "(") {
            let arguments = try argumentList()
            return .open(cursor: cursor, nil, arguments: arguments, isScrollable: nil)
        }
        let isScrollable = try scrolling()
        guard accept("for") else { return .open(cursor: cursor, nil, arguments: [], isScrollable: nil) }
        if token.isWord("execute") {
            return .open(
                cursor: cursor, .dynamic(try dynamicQuery(until: [])), arguments: [], isScrollable: isScrollable)
        }
        let query = try query(fragment(until: [], symbols: [";"]), asExpression: false)
        return .open(cursor: cursor, .query(query), arguments: [], isScrollable: isScrollable)
    }

    mutating func fetch() throws(SyntaxError) -> ProcedureStatement.Kind {
        let isMove = take().isWord("move")
        var direction = ProcedureFetch.next
        var count: ProcedureQuery?
        switch token.kind {
        case .word("next"), .word("prior"), .word("first"), .word("last"):
            let word = scanner.text(take().range).lowercased()
            direction = word == "next" ? .next : word == "prior" ? .prior : word == "first" ? .first : .last
        case .word("absolute"), .word("relative"):
            direction = take().isWord("absolute") ? .absolute : .relative
            count = try expression(until: ["from", "in"])
        case .word("forward") where peek().isWord("from") || peek().isWord("in") || peek(2).isSymbol(";"): _ = take()
        case .word("backward") where peek().isWord("from") || peek().isWord("in"):
            _ = take()
            direction = .prior
        case .word("all") where isMove:
            _ = take()
            direction = .forward
        case .word("forward") where isMove, .word("backward") where isMove:
            direction = take().isWord("forward") ? .forward : .backward
            if !accept("all") { count = try expression(until: ["from", "in"]) }
        case .word("all"), .word("forward"), .word("backward"):
            throw failure("FETCH statement cannot return multiple rows")
        default: break
        }
        if !accept("from") { _ = accept("in") }
        let cursor = try name()
        guard !isMove else { return .fetch(cursor: cursor, direction, count: count, into: nil) }
        try expect("into")
        return .fetch(cursor: cursor, direction, count: count, into: try into())
    }

    /// A statement of SQL; INTO and its targets are taken out of it.
    mutating func sql() throws(SyntaxError) -> ProcedureStatement.Kind {
        let start = token.range.lowerBound
        var end = start
        var text = ""
        var into: ProcedureInto?
        var previous = token
        var depth = 0
        var pieceStart = start
        while !(token.isSymbol(";") && depth <= 0) {
            if case .end = token.kind { throw failure() }
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            let isTarget =
                token.isWord("into") && into == nil && depth == 0 && !previous.isWord("insert")
                && !previous.isWord("merge")
            if isTarget {
                // As many blanks as it was long: places in the text stay what they are.
                let start = take().range.lowerBound
                into = try self.into()
                let blank = String(repeating: " ", count: token.range.lowerBound - start)
                text += scanner.text(pieceStart..<start) + blank
                pieceStart = token.range.lowerBound
                end = pieceStart
                previous = token
                continue
            }
            previous = take()
            end = previous.range.upperBound
        }
        text += scanner.text(min(pieceStart, end)..<end)
        while text.last?.isWhitespace == true { text.removeLast() }
        return .sql(try query(text, asExpression: false), into: into)
    }
}
