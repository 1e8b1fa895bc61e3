import PostgresSyntax

extension Expression {
    /// The expression with `change` applied to every node, children first. Subqueries stay as they are.
    func rewritten(_ change: (Expression) -> Expression) -> Expression {
        func go(_ expression: Expression) -> Expression { expression.rewritten(change) }
        func go(_ expression: Expression?) -> Expression? { expression.map(go) }
        func go(_ expressions: [Expression]) -> [Expression] { expressions.map(go) }
        let node: Node =
            switch self.node {
            case .constant, .column, .star, .parameter, .sqlValue, .defaultValue, .unsupported: self.node
            case .operation(let name, let left, let right): .operation(name, left: go(left), right: go(right))
            case .anyAll(let name, let left, let array, let isAll):
                .anyAll(name, left: go(left), array: go(array), isAll: isAll)
            case .inList(let value, let items, let negated): .inList(go(value), go(items), negated: negated)
            case .between(let value, let low, let high, let symmetric, let negated):
                .between(go(value), low: go(low), high: go(high), symmetric: symmetric, negated: negated)
            case .isDistinct(let left, let right, let negated):
                .isDistinct(go(left), from: go(right), negated: negated)
            case .nullIf(let left, let right): .nullIf(go(left), go(right))
            case .and(let items): .and(go(items))
            case .or(let items): .or(go(items))
            case .not(let item): .not(go(item))
            case .isNull(let item, let negated): .isNull(go(item), negated: negated)
            case .isTruth(let item, let test, let negated): .isTruth(go(item), test, negated: negated)
            case .call(var call):
                {
                    call.arguments = call.arguments.map { .init(go($0.value), name: $0.name) }
                    call.filter = go(call.filter)
                    return .call(call)
                }()
            case .caseWhen(let operand, let branches, let otherwise):
                .caseWhen(
                    operand: go(operand),
                    branches: branches.map { CaseBranch(condition: go($0.condition), result: go($0.result)) },
                    otherwise: go(otherwise))
            case .withTies(let count): .withTies(go(count))
            case .coalesce(let items): .coalesce(go(items))
            case .extremum(let items, let isGreatest): .extremum(go(items), isGreatest: isGreatest)
            case .cast(let item, let type): .cast(go(item), type)
            case .collate(let item, let name): .collate(go(item), name)
            case .array(let items): .array(go(items))
            case .row(let items): .row(go(items))
            case .subquery(let kind, let query): .subquery(kind, query)
            case .element(let item, let subscripts):
                .element(
                    go(item),
                    subscripts.map { Subscript(lower: go($0.lower), upper: go($0.upper), isSlice: $0.isSlice) })
            case .field(let item, let name): .field(go(item), name)
            case .allFields(let item): .allFields(go(item))
            }
        return change(Expression(node, location: location))
    }

    /// The names of columns it mentions, in the order of their first mention.
    var columnNames: [String] {
        var names: [String] = []
        _ = rewritten { expression in
            if case .column(let parts) = expression.node, let name = parts.last, !names.contains(name) {
                names.append(name)
            }
            return expression
        }
        return names
    }

    /// The texts in quotes.
    var strings: Set<String> {
        var found: Set<String> = []
        _ = rewritten { expression in
            if case .constant(.string(let text)) = expression.node { found.insert(text) }
            return expression
        }
        return found
    }

    /// The bare names of the functions it calls.
    var callNames: Set<String> {
        var names: Set<String> = []
        _ = rewritten { expression in
            if case .call(let call) = expression.node, let name = call.name.last { names.insert(name) }
            return expression
        }
        return names
    }

    /// What columns are qualified with, where they are: table names, NEW and OLD. Bare names are among them, because
    /// they may stand for a whole row.
    var qualifiers: Set<String> {
        var names: Set<String> = []
        _ = rewritten { expression in
            if case .column(let parts) = expression.node { names.insert(parts[max(0, parts.count - 2)]) }
            return expression
        }
        return names
    }

    /// With a column renamed wherever it is mentioned.
    func renamingColumn(_ old: String, to new: String) -> Expression {
        rewritten { expression in
            guard case .column(var parts) = expression.node, parts.last == old else { return expression }
            parts[parts.count - 1] = new
            return Expression(.column(parts), location: expression.location)
        }
    }

    /// With a type's name changed in every cast.
    func renamingType(_ change: (TypeName) -> TypeName) -> Expression {
        rewritten { expression in
            guard case .cast(let value, let type) = expression.node else { return expression }
            return Expression(.cast(value, change(type)), location: expression.location)
        }
    }

    /// The sequences that it takes values of, by the literal names it gives them.
    var calledSequences: [QualifiedName] {
        var names: [QualifiedName] = []
        _ = rewritten { expression in
            if let name = expression.nextValueSequence { names.append(name) }
            return expression
        }
        return names
    }

    /// The sequence's name if this is `nextval('name')`, with or without its cast to regclass.
    var nextValueSequence: QualifiedName? {
        guard case .call(let call) = node, call.name.last == "nextval", call.arguments.count == 1,
            call.name.count == 1 || call.name[0] == "pg_catalog"
        else { return nil }
        var argument = call.arguments[0].value
        while case .cast(let inner, let type) = argument.node, ["regclass", "text"].contains(type.names.last) {
            argument = inner
        }
        guard case .constant(.string(let text)) = argument.node else { return nil }
        return QualifiedName(parsing: text)
    }
}

extension QualifiedName {
    /// A name as text, `schema.name`, parts quoted where needed: what regclass reads.
    init?(parsing text: String) {
        var parts: [String] = []
        var current = ""
        var isQuoted = false
        var characters = text[...].unicodeScalars
        while let character = characters.popFirst() {
            switch character {
            case "\"" where isQuoted && characters.first == "\"":
                characters.removeFirst()
                current.append("\"")
            case "\"": isQuoted.toggle()
            case "." where !isQuoted:
                parts.append(current)
                current = ""
            default: current.unicodeScalars.append(isQuoted ? character : lowercase(character))
            }
        }
        parts.append(current)
        guard !isQuoted, parts.count <= 2, !parts.contains("") else { return nil }
        self.init(schema: parts.count == 2 ? parts[0] : nil, parts[parts.count - 1])
    }

    /// As it would be written in SQL.
    var display: String {
        schema.map { "\(ObjectNames.quoted($0)).\(ObjectNames.quoted(name))" } ?? ObjectNames.quoted(name)
    }
}

private func lowercase(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    "A"..."Z" ~= scalar ? Unicode.Scalar(scalar.value + 32)! : scalar
}
