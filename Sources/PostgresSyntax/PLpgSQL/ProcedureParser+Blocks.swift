/// Blocks, what they declare, and their handlers.
extension ProcedureParser {
    mutating func label() throws(SyntaxError) -> String? {
        guard accept(symbol: "<<") else { return nil }
        let label = try name()
        try expect(symbol: ">>")
        return label
    }

    mutating func labelledBlock() throws(SyntaxError) -> ProcedureBlock {
        let label = try label()
        return try block(label)
    }

    mutating func block(_ label: String?) throws(SyntaxError) -> ProcedureBlock {
        blockCount += 1
        var block = ProcedureBlock(number: blockCount, label: label)
        if accept("declare") {
            while !token.isWord("begin") {
                if accept("declare") { continue }
                block.declarations.append(try declaration())
            }
        }
        block.line = line
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

    mutating func endLabel(_ label: String?) throws(SyntaxError) {
        guard let end = token.name else { return }
        guard label != nil else {
            throw failure("end label \"\(end)\" specified for unlabeled block")
        }
        guard end == label else {
            throw failure("end label \"\(end)\" differs from block's label \"\(label ?? "")\"")
        }
        _ = take()
    }

    mutating func condition() throws(SyntaxError) -> ProcedureCondition {
        if accept("sqlstate") { return .sqlState(try string()) }
        return .name(try name())
    }

    mutating func declaration() throws(SyntaxError) -> ProcedureDeclaration {
        let line = line
        let name = try name()
        if accept("alias") {
            try expect("for")
            var path = [try self.name()]
            while accept(symbol: ".") { path.append(try self.name()) }
            try expect(symbol: ";")
            return ProcedureDeclaration(name: name, line: line, kind: .alias(path))
        }
        if token.isWord("cursor") || token.isWord("scroll") || token.isWord("no") && peek().isWord("scroll") {
            return ProcedureDeclaration(name: name, line: line, kind: try cursor())
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
            name: name, line: line,
            kind: .variable(type, isConstant: isConstant, isNotNull: isNotNull, initial: initial))
    }

    mutating func cursor() throws(SyntaxError) -> ProcedureDeclaration.Kind {
        let isScrollable = try scrolling()
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
        return .cursor(parameters, query, isScrollable: isScrollable)
    }

    /// SCROLL and NO SCROLL; nil where nothing is said.
    mutating func scrolling() throws(SyntaxError) -> Bool? {
        if accept("no") {
            try expect("scroll")
            return false
        }
        return accept("scroll") ? true : nil
    }

    mutating func typeName(_ text: String) throws(SyntaxError) -> TypeName {
        do {
            return try Script.parseTypeName(text)
        } catch {
            throw failure("syntax error at or near \"\(text)\"")
        }
    }

    mutating func type() throws(SyntaxError) -> ProcedureType {
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
}
