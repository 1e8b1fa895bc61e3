/// Reads PL/pgSQL: its statements by this parser, the SQL between them by Postgres' own.
///
/// libpg_query's PL/pgSQL tree knows no assignment to a field of a local record and gives types and targets as raw
/// text; the language around the SQL is small enough to be read here.
package struct ProcedureParser {
    private let scanner: ProcedureScanner
    private let tokens: [ProcedureScanner.Token]
    private var position = 0
    private var queryCount = 0
    private var blockCount = 0

    private init(_ text: String) {
        scanner = ProcedureScanner(bytes: Array(text.utf8))
        tokens = scanner.tokens()
    }

    package static func parse(_ text: String) throws(SyntaxError) -> ProcedureBody {
        var parser = ProcedureParser(text)
        var conflict = ProcedureBody.Conflict.error
        while parser.accept(symbol: "#") {
            let option = parser.take()
            let value = parser.take()
            guard option.isWord("variable_conflict") else { continue }
            conflict = ProcedureBody.Conflict(rawValue: value.name ?? "") ?? .error
        }
        let block = try parser.labelledBlock()
        _ = parser.accept(symbol: ";")
        guard case .end = parser.token.kind else { throw parser.failure() }
        return ProcedureBody(block: block, queryCount: parser.queryCount, conflict: conflict)
    }

    // MARK: Tokens

    private var token: ProcedureScanner.Token { tokens[position] }

    private func peek(_ count: Int = 1) -> ProcedureScanner.Token { tokens[min(position + count, tokens.count - 1)] }

    private mutating func take() -> ProcedureScanner.Token {
        let token = token
        if position < tokens.count - 1 { position += 1 }
        return token
    }

    private mutating func accept(_ word: String) -> Bool {
        guard token.isWord(word) else { return false }
        _ = take()
        return true
    }

    private mutating func accept(symbol: String) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        _ = take()
        return true
    }

    private mutating func expect(_ word: String) throws(SyntaxError) { if !accept(word) { throw failure() } }
    private mutating func expect(symbol: String) throws(SyntaxError) {
        if !accept(symbol: symbol) { throw failure() }
    }

    private mutating func name() throws(SyntaxError) -> String {
        guard let name = token.name else { throw failure() }
        _ = take()
        return name
    }

    private var line: Int { 1 + SourceText.lineBreaks(in: scanner.bytes, before: token.range.lowerBound) }

    private func failure(_ message: String? = nil) -> SyntaxError {
        let near = token.kind == .end ? "at end of input" : "at or near \"\(scanner.text(token.range))\""
        return SyntaxError(
            message: message ?? "syntax error \(near)", line: line, position: nil,
            text: String(decoding: scanner.bytes, as: UTF8.self))
    }

    // MARK: SQL

    /// The text up to one of `words` or `symbols` outside of parentheses, which is left standing.
    private mutating func fragment(until words: Set<String>, symbols: Set<String> = []) throws(SyntaxError) -> String {
        let start = token.range.lowerBound
        var end = start
        var depth = 0
        while true {
            switch token.kind {
            case .end: throw failure()
            case .symbol(let symbol):
                if depth == 0, symbols.contains(symbol) { return scanner.text(start..<end) }
                if symbol == "(" || symbol == "[" { depth += 1 }
                if symbol == ")" || symbol == "]" { depth -= 1 }
                if symbol == ";" {
                    throw failure("missing \"\(words.first?.uppercased() ?? ";")\" at end of SQL expression")
                }
            case .word(let word) where depth == 0 && words.contains(word): return scanner.text(start..<end)
            default: break
            }
            end = take().range.upperBound
        }
    }

    private mutating func query(_ text: String, asExpression: Bool) throws(SyntaxError) -> ProcedureQuery {
        if text.isEmpty { throw asExpression ? failure("missing expression") : failure() }
        do {
            let statement = try Script.parseSingle((asExpression ? "SELECT " : "") + text)
            defer { queryCount += 1 }
            return ProcedureQuery(number: queryCount, text: text, statement: statement)
        } catch {
            var error = error
            error.line = line
            error.position = nil
            throw error
        }
    }

    private mutating func expression(until words: Set<String> = [], symbols: Set<String> = []) throws(SyntaxError)
        -> ProcedureQuery
    {
        try query(fragment(until: words, symbols: symbols), asExpression: true)
    }

    /// Expressions with commas between them, up to what ends the list.
    private mutating func expressions(until words: Set<String> = [], symbols: Set<String>) throws(SyntaxError)
        -> [ProcedureQuery]
    {
        var result: [ProcedureQuery] = []
        repeat {
            result.append(try expression(until: words, symbols: symbols.union([","])))
        } while accept(symbol: ",")
        return result
    }

    /// The value of a string token.
    private mutating func string() throws(SyntaxError) -> String {
        guard case .string = token.kind else { throw failure() }
        let text = scanner.text(take().range)
        guard case .constant(.string(let value)) = try Script.parseExpression(text).node else { throw failure() }
        return value
    }

    // MARK: Blocks

    private mutating func label() throws(SyntaxError) -> String? {
        guard accept(symbol: "<<") else { return nil }
        let label = try name()
        try expect(symbol: ">>")
        return label
    }

    private mutating func labelledBlock() throws(SyntaxError) -> ProcedureBlock {
        let label = try label()
        return try block(label)
    }

    private mutating func block(_ label: String?) throws(SyntaxError) -> ProcedureBlock {
        blockCount += 1
        var block = ProcedureBlock(number: blockCount, label: label)
        if accept("declare") {
            while !token.isWord("begin") {
                if accept("declare") { continue }
                block.declarations.append(try declaration())
            }
        }
        try expect("begin")
        block.body = try statements(until: ["end", "exception"])
        if accept("exception") {
            while accept("when") {
                var conditions: [ProcedureCondition] = []
                repeat { conditions.append(try condition()) } while accept("or")
                try expect("then")
                block.handlers.append(
                    ProcedureHandler(conditions: conditions, body: try statements(until: ["end", "when"])))
            }
        }
        try expect("end")
        try endLabel(label)
        return block
    }

    private mutating func endLabel(_ label: String?) throws(SyntaxError) {
        guard let end = token.name else { return }
        guard label != nil else {
            throw failure("end label \"\(end)\" specified for unlabeled block")
        }
        guard end == label else {
            throw failure("end label \"\(end)\" differs from block's label \"\(label ?? "")\"")
        }
        _ = take()
    }

    private mutating func condition() throws(SyntaxError) -> ProcedureCondition {
        if accept("sqlstate") { return .sqlState(try string()) }
        return .name(try name())
    }

    private mutating func declaration() throws(SyntaxError) -> ProcedureDeclaration {
        let name = try name()
        if accept("alias") {
            try expect("for")
            var path = [try self.name()]
            while accept(symbol: ".") { path.append(try self.name()) }
            try expect(symbol: ";")
            return ProcedureDeclaration(name: name, kind: .alias(path))
        }
        if token.isWord("cursor") || token.isWord("scroll") || token.isWord("no") && peek().isWord("scroll") {
            return ProcedureDeclaration(name: name, kind: try cursor())
        }
        let isConstant = accept("constant")
        let type = try type()
        if accept("collate") {
            _ = try self.name()
            while accept(symbol: ".") { _ = try self.name() }
        }
        var isNotNull = false
        if accept("not") {
            try expect("null")
            isNotNull = true
        }
        var initial: ProcedureQuery?
        if accept("default") || accept(symbol: ":=") || accept(symbol: "=") {
            initial = try expression(symbols: [";"])
        }
        try expect(symbol: ";")
        return ProcedureDeclaration(
            name: name, kind: .variable(type, isConstant: isConstant, isNotNull: isNotNull, initial: initial))
    }

    private mutating func cursor() throws(SyntaxError) -> ProcedureDeclaration.Kind {
        _ = accept("no")
        _ = accept("scroll")
        try expect("cursor")
        var parameters: [(name: String, type: TypeName)] = []
        if accept(symbol: "(") {
            repeat {
                let name = try name()
                parameters.append((name, try typeName(fragment(until: [], symbols: [",", ")"]))))
            } while accept(symbol: ",")
            try expect(symbol: ")")
        }
        if !accept("for") { try expect("is") }
        let query = try query(fragment(until: [], symbols: [";"]), asExpression: false)
        try expect(symbol: ";")
        return .cursor(parameters, query)
    }

    private mutating func typeName(_ text: String) throws(SyntaxError) -> TypeName {
        do {
            return try Script.parseTypeName(text)
        } catch {
            throw failure("syntax error at or near \"\(text)\"")
        }
    }

    private mutating func type() throws(SyntaxError) -> ProcedureType {
        let text = try fragment(
            until: ["collate", "not", "default"], symbols: [";", ":=", "="])
        let folded = asciiLowercased(text).filter { !$0.isWhitespace }
        if folded == "record" { return .record }
        guard let mark = folded.firstIndex(of: "%") else { return .named(try typeName(text)) }
        let path = ProcedureScanner(bytes: Array(text.prefix { $0 != "%" }.utf8)).tokens().compactMap(\.name)
        let suffix = folded[mark...]
        if suffix == "%rowtype" {
            return .row(QualifiedName(schema: path.count > 1 ? path[path.count - 2] : nil, path.last ?? ""))
        }
        guard suffix.hasPrefix("%type") else { throw failure() }
        return .sameAs(path, arrayDimensions: suffix.count { $0 == "[" })
    }

    // MARK: Statements

    private mutating func statements(until words: Set<String>) throws(SyntaxError) -> [ProcedureStatement] {
        var result: [ProcedureStatement] = []
        while true {
            if case .word(let word) = token.kind, words.contains(word) { return result }
            if case .end = token.kind { throw failure() }
            let line = line
            result.append(ProcedureStatement(line: line, kind: try statement()))
        }
    }

    private mutating func statement() throws(SyntaxError) -> ProcedureStatement.Kind {
        let label = try label()
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

    private mutating func loopBody(_ label: String?) throws(SyntaxError) -> [ProcedureStatement] {
        let body = try statements(until: ["end"])
        try expect("end")
        try expect("loop")
        try endLabel(label)
        try expect(symbol: ";")
        return body
    }

    private mutating func simpleStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
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
            _ = take()
            return .perform(try expression(symbols: [";"]))
        case .word("execute"): return try execute()
        case .word("get"): return try diagnostics()
        case .word("open"): return try open()
        case .word("fetch"), .word("move"): return try fetch()
        case .word("close"):
            _ = take()
            return .close(cursor: try name())
        case .word("commit"), .word("rollback"):
            let word = scanner.text(take().range).uppercased()
            _ = try fragment(until: [], symbols: [";"])
            return .unsupported("\(word) in a procedure")
        default: return try sql()
        }
    }

    /// `target := expression;` when the statement is one.
    private mutating func assignment() throws(SyntaxError) -> ProcedureStatement.Kind? {
        guard token.name != nil else { return nil }
        var ahead = 1
        while peek(ahead).isSymbol("."), peek(ahead + 1).name != nil { ahead += 2 }
        while peek(ahead).isSymbol("[") {
            var depth = 0
            repeat {
                if peek(ahead).isSymbol("[") { depth += 1 }
                if peek(ahead).isSymbol("]") { depth -= 1 }
                if peek(ahead).kind == .end { return nil }
                ahead += 1
            } while depth > 0
        }
        guard peek(ahead).isSymbol(":=") || peek(ahead).isSymbol("=") else { return nil }
        let target = try target()
        _ = take()
        let value = try expression(symbols: [";"])
        try expect(symbol: ";")
        return .assign(target, value)
    }

    private mutating func target() throws(SyntaxError) -> ProcedureTarget {
        var target = ProcedureTarget(path: [try name()])
        while accept(symbol: ".") { target.path.append(try name()) }
        while accept(symbol: "[") {
            target.subscripts.append(try expression(symbols: ["]"]))
            try expect(symbol: "]")
        }
        return target
    }

    private mutating func targets() throws(SyntaxError) -> [ProcedureTarget] {
        var result: [ProcedureTarget] = []
        repeat { result.append(try target()) } while accept(symbol: ",")
        return result
    }

    private mutating func ifStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
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

    private mutating func caseStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
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

    private mutating func forLoop(_ label: String?) throws(SyntaxError) -> ProcedureStatement.Kind {
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
    private mutating func cursorArguments() throws(SyntaxError) -> [ProcedureQuery]? {
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
        let arguments = token.isSymbol(")") ? [] : try expressions(symbols: [")"])
        try expect(symbol: ")")
        return arguments
    }

    private mutating func forEach(_ label: String?) throws(SyntaxError) -> ProcedureStatement.Kind {
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

    private mutating func leave() throws(SyntaxError) -> ProcedureStatement.Kind {
        let isExit = take().isWord("exit")
        var label: String?
        if !token.isWord("when"), token.name != nil { label = try name() }
        let condition = accept("when") ? try expression(symbols: [";"]) : nil
        return .leave(isExit: isExit, label: label, condition: condition)
    }

    private mutating func returnStatement() throws(SyntaxError) -> ProcedureStatement.Kind {
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

    private mutating func raise() throws(SyntaxError) -> ProcedureStatement.Kind {
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
    private static func placeholders(_ format: String) -> Int {
        format.replacing("%%", with: "").count { $0 == "%" }
    }

    private mutating func dynamicQuery(until words: Set<String>) throws(SyntaxError) -> ProcedureDynamicQuery {
        try expect("execute")
        let text = try expression(until: words.union(["using", "into"]), symbols: [";"])
        var query = ProcedureDynamicQuery(text: text)
        if accept("using") { query.parameters = try expressions(until: words.union(["into"]), symbols: [";"]) }
        return query
    }

    private mutating func into() throws(SyntaxError) -> ProcedureInto {
        let isStrict = accept("strict")
        return ProcedureInto(targets: try targets(), isStrict: isStrict)
    }

    private mutating func execute() throws(SyntaxError) -> ProcedureStatement.Kind {
        var query = try dynamicQuery(until: [])
        var into: ProcedureInto?
        if accept("into") { into = try self.into() }
        if accept("using") { query.parameters = try expressions(until: ["into"], symbols: [";"]) }
        if into == nil, accept("into") { into = try self.into() }
        return .execute(query, into: into)
    }

    private mutating func diagnostics() throws(SyntaxError) -> ProcedureStatement.Kind {
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

    private mutating func open() throws(SyntaxError) -> ProcedureStatement.Kind {
        _ = take()
        let cursor = try name()
        if accept(symbol: "(") {
            let arguments = try expressions(symbols: [")"])
            try expect(symbol: ")")
            return .open(cursor: cursor, nil, arguments: arguments)
        }
        if accept("no") { try expect("scroll") } else { _ = accept("scroll") }
        guard accept("for") else { return .open(cursor: cursor, nil, arguments: []) }
        if token.isWord("execute") {
            return .open(cursor: cursor, .dynamic(try dynamicQuery(until: [])), arguments: [])
        }
        let query = try query(fragment(until: [], symbols: [";"]), asExpression: false)
        return .open(cursor: cursor, .query(query), arguments: [])
    }

    private mutating func fetch() throws(SyntaxError) -> ProcedureStatement.Kind {
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
        case .word("all"), .word("forward"), .word("backward"):
            _ = try fragment(until: [], symbols: [";"])
            return .unsupported("FETCH of several rows")
        default: break
        }
        if !accept("from") { _ = accept("in") }
        let cursor = try name()
        guard !isMove else { return .fetch(cursor: cursor, direction, count: count, into: nil) }
        try expect("into")
        return .fetch(cursor: cursor, direction, count: count, into: try into())
    }

    /// A statement of SQL; INTO and its targets are taken out of it.
    private mutating func sql() throws(SyntaxError) -> ProcedureStatement.Kind {
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
                text += scanner.text(pieceStart..<end) + " "
                _ = take()
                into = try self.into()
                pieceStart = token.range.lowerBound
                end = pieceStart
                previous = token
                continue
            }
            previous = take()
            end = previous.range.upperBound
        }
        text += scanner.text(min(pieceStart, end)..<end)
        return .sql(try query(text, asExpression: false), into: into)
    }
}
