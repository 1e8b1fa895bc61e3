/// Control flow: branches, loops, RETURN; the other statements by their first word.
extension ProcedureParser {
    mutating func statements(until words: Set<String>) throws(SyntaxError) -> [ProcedureStatement] {
        var result: [ProcedureStatement] = []
        while true {
            if case .word(let word) = token.kind, words.contains(word) { return result }
            if case .end = token.kind { throw failure() }
            result.append(try statement())
        }
    }

    mutating func statement() throws(SyntaxError) -> ProcedureStatement {
        let label = try label()
        let line = line
        let kind = try kind(label)
        // A block stands where its BEGIN does.
        if case .block(let block) = kind { return ProcedureStatement(line: block.line, kind: kind) }
        return ProcedureStatement(line: line, kind: kind)
    }

    private mutating func kind(_ label: String?) throws(SyntaxError) -> ProcedureStatement.Kind {
        if token.isWord("declare") || token.isWord("begin") {
            let block = try block(label)
            try expect(symbol: ";")
            return .block(block)
        }
        if accept("loop") { return .loop(label: label, try loopBody(label)) }
        if accept("while") {
            let condition = try expression(until: ["loop"])
            try expect("loop")
            return .whileLoop(label: label, condition, try loopBody(label))
        }
        if accept("for") { return try forLoop(label) }
        if accept("foreach") { return try forEach(label) }
        if label != nil { throw failure() }
        if let assignment = try assignment() { return assignment }
        let statement = try simpleStatement()
        try expect(symbol: ";")
        return statement
    }

    mutating func loopBody(_ label: String?) throws(SyntaxError) -> [ProcedureStatement] {
        let body = try statements(until: ["end"])
        try expect("end")
        try expect("loop")
        try endLabel(label)
        try expect(symbol: ";")
        return body
    }

    mutating func simpleStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
        let next = peek()
        switch token.kind {
        case .word("if"): return try ifStatement()
        case .word("case"): return try caseStatement()
        case .word("null") where next.isSymbol(";"):
            _ = take()
            return .null
        case .word("exit"), .word("continue"): return try leave()
        case .word("return"): return try returnStatement()
        case .word("raise"): return try raise()
        case .word("assert"):
            _ = take()
            let condition = try expression(symbols: [",", ";"])
            let message = accept(symbol: ",") ? try expression(symbols: [";"]) : nil
            return .assert(condition, message: message)
        case .word("perform"):
            let end = take().range.upperBound
            let blank = scanner.text(end..<token.range.lowerBound)
            var query = try expression(symbols: [";"])
            query.form = .statement
            query.text = "SELECT\(blank)\(query.text)"
            return .perform(query)
        case .word("execute"): return try execute()
        case .word("get"): return try diagnostics()
        case .word("open"): return try open()
        case .word("fetch"), .word("move"): return try fetch()
        case .word("close"):
            _ = take()
            return .close(cursor: try name())
        case .word("commit"), .word("rollback"):
            let isCommit = take().isWord("commit")
            // AND CHAIN keeps the characteristics of the transaction, of which there is one set only.
            if accept("and") {
                _ = accept("no")
                try expect("chain")
            }
            return .endTransaction(isCommit: isCommit)
        default: return try sql()
        }
    }

    /// `target := expression;` when the statement is one.
    mutating func assignment() throws(SyntaxError) -> ProcedureStatement.Kind? {
        guard token.name != nil else { return nil }
        var ahead = 1
        while true {
            if peek(ahead).isSymbol("."), peek(ahead + 1).name != nil {
                ahead += 2
                continue
            }
            guard peek(ahead).isSymbol("[") else { break }
            var depth = 0
            repeat {
                if peek(ahead).isSymbol("[") { depth += 1 }
                if peek(ahead).isSymbol("]") { depth -= 1 }
                if peek(ahead).kind == .end { return nil }
                ahead += 1
            } while depth > 0
        }
        guard peek(ahead).isSymbol(":=") || peek(ahead).isSymbol("=") else { return nil }
        let start = token.range.lowerBound
        var target = try target()
        target.part = try partSteps()
        _ = take()
        let written = scanner.text(start..<token.range.lowerBound)
        var value = try expression(symbols: [";"])
        value.form = .assignment
        value.text = written + value.text
        try expect(symbol: ";")
        return .assign(target, value)
    }

    mutating func target() throws(SyntaxError) -> ProcedureTarget {
        var target = ProcedureTarget(path: [try name()])
        while accept(symbol: ".") { target.path.append(try name()) }
        return target
    }

    /// Subscripts and fields behind the names of a target.
    private mutating func partSteps() throws(SyntaxError) -> [ProcedurePartStep] {
        var steps: [ProcedurePartStep] = []
        while true {
            if accept(symbol: ".") {
                steps.append(.field(try name()))
                continue
            }
            guard accept(symbol: "[") else { return steps }
            let item = try subscriptItem()
            if case .subscripts(let before)? = steps.last {
                steps[steps.count - 1] = .subscripts(before + [item])
            } else {
                steps.append(.subscripts([item]))
            }
        }
    }

    /// What stands in brackets, up to the closing one.
    private mutating func subscriptItem() throws(SyntaxError) -> ProcedureSubscript {
        func bound() throws(SyntaxError) -> ProcedureQuery? {
            token.isSymbol(":") || token.isSymbol("]") ? nil : try expression(symbols: [":", "]"])
        }
        let first = try bound()
        guard accept(symbol: ":") else {
            try expect(symbol: "]")
            return ProcedureSubscript(upper: first, isSlice: false)
        }
        let last = try bound()
        try expect(symbol: "]")
        return ProcedureSubscript(lower: first, upper: last, isSlice: true)
    }

    mutating func targets() throws(SyntaxError) -> [ProcedureTarget] {
        var result: [ProcedureTarget] = []
        repeat { result.append(try target()) } while accept(symbol: ",")
        return result
    }

    mutating func ifStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        var branches: [(condition: ProcedureQuery, body: [ProcedureStatement])] = []
        var otherwise: [ProcedureStatement] = []
        repeat {
            let condition = try expression(until: ["then"])
            try expect("then")
            branches.append((condition, try statements(until: ["elsif", "elseif", "else", "end"])))
        } while accept("elsif") || accept("elseif")
        if accept("else") { otherwise = try statements(until: ["end"]) }
        try expect("end")
        try expect("if")
        return .conditional(branches, otherwise: otherwise)
    }

    mutating func caseStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        let tested = token.isWord("when") ? nil : try expression(until: ["when"])
        var branches: [(values: [ProcedureQuery], body: [ProcedureStatement])] = []
        while accept("when") {
            let values = try tested == nil ? [expression(until: ["then"])] : expressions(until: ["then"], symbols: [])
            try expect("then")
            branches.append((values, try statements(until: ["when", "else", "end"])))
        }
        let otherwise = accept("else") ? try statements(until: ["end"]) : nil
        try expect("end")
        try expect("case")
        return .choice(tested, branches, otherwise: otherwise)
    }

    mutating func forLoop(_ label: String?) throws(SyntaxError) -> ProcedureStatement.Kind {
        let targets = try targets()
        try expect("in")
        if token.isWord("execute") {
            let rows = ProcedureRows.dynamic(try dynamicQuery(until: ["loop"]))
            try expect("loop")
            return .rowLoop(label: label, targets: targets, rows, try loopBody(label))
        }
        let isReverse = accept("reverse")
        // A bare name, with arguments perhaps, is a cursor.
        if let cursor = token.name, peek().isWord("loop") || peek().isSymbol("("), !isReverse,
            let arguments = try cursorArguments()
        {
            try expect("loop")
            return .rowLoop(label: label, targets: targets, .cursor(cursor, arguments), try loopBody(label))
        }
        let text = try fragment(until: ["loop"], symbols: [".."])
        if accept(symbol: "..") {
            let lower = try query(text, asExpression: true)
            let upper = try expression(until: ["loop", "by"])
            let step = accept("by") ? try expression(until: ["loop"]) : nil
            try expect("loop")
            blockCount += 1
            return .countingLoop(
                number: blockCount, label: label, variable: targets[0].path[0], lower: lower, upper: upper, step: step,
                isReverse: isReverse, try loopBody(label))
        }
        let query = try query(text, asExpression: false)
        try expect("loop")
        return .rowLoop(label: label, targets: targets, .query(query), try loopBody(label))
    }

    /// The arguments of `name [(…)] LOOP`; nil, with nothing taken, when something else follows.
    mutating func cursorArguments() throws(SyntaxError) -> [ProcedureArgument]? {
        var ahead = 1
        var depth = 0
        while true {
            if peek(ahead).isSymbol("(") { depth += 1 }
            if peek(ahead).isSymbol(")") { depth -= 1 }
            if depth == 0 { break }
            if peek(ahead).kind == .end { return nil }
            ahead += 1
        }
        if peek().isSymbol("(") { ahead += 1 }
        guard peek(ahead).isWord("loop") else { return nil }
        _ = take()
        guard accept(symbol: "(") else { return [] }
        return try argumentList()
    }

    /// `value, name := value)`.
    mutating func argumentList() throws(SyntaxError) -> [ProcedureArgument] {
        var arguments: [ProcedureArgument] = []
        if accept(symbol: ")") { return arguments }
        repeat {
            var name: String?
            if token.name != nil, peek().isSymbol(":=") {
                name = try self.name()
                _ = take()
            }
            arguments.append(ProcedureArgument(name: name, value: try expression(symbols: [",", ")"])))
        } while accept(symbol: ",")
        try expect(symbol: ")")
        return arguments
    }

    mutating func forEach(_ label: String?) throws(SyntaxError) -> ProcedureStatement.Kind {
        let targets = try targets()
        var slice = 0
        if accept("slice") {
            guard case .number = token.kind else { throw failure() }
            slice = Int(scanner.text(take().range)) ?? 0
        }
        try expect("in")
        try expect("array")
        let array = try expression(until: ["loop"])
        try expect("loop")
        return .elementLoop(label: label, targets: targets, slice: slice, array, try loopBody(label))
    }

    mutating func leave() throws(SyntaxError) -> ProcedureStatement.Kind {
        let isExit = take().isWord("exit")
        var label: String?
        if !token.isWord("when"), token.name != nil { label = try name() }
        let condition = accept("when") ? try expression(symbols: [";"]) : nil
        return .leave(isExit: isExit, label: label, condition: condition)
    }

    mutating func returnStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        if accept("next") {
            return .returnNext(token.isSymbol(";") ? nil : try expression(symbols: [";"]))
        }
        if accept("query") {
            if token.isWord("execute") { return .returnRows(.dynamic(try dynamicQuery(until: []))) }
            return .returnRows(.query(try query(fragment(until: [], symbols: [";"]), asExpression: false)))
        }
        return .returnValue(token.isSymbol(";") ? nil : try expression(symbols: [";"]))
    }
}
