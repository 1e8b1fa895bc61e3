extension Lowering {
    /// An expression; what the IR has no case for becomes `.unsupported` with its name.
    func expression(_ node: ParseNode) -> Expression {
        guard let (tag, fields) = node.tagged else { return Expression(.unsupported("an empty expression")) }
        let location = location(fields)
        do throws(UnsupportedSyntax) {
            return Expression(try self.node(tag, fields, location: location), location: location)
        } catch {
            return Expression(.unsupported(error.feature), location: location)
        }
    }

    func expressions(_ nodes: [ParseNode]) -> [Expression] { nodes.map(expression) }

    /// The expression in a field that may be absent.
    func expression(optional node: ParseNode?) -> Expression? { node.map(expression) }

    /// The expression in a field that the grammar always fills.
    func operand(_ fields: ParseNode, _ name: StaticString) throws(UnsupportedSyntax) -> Expression {
        guard let node = fields[name] else { throw UnsupportedSyntax("an expression without \(name)") }
        return expression(node)
    }

    private func node(
        _ tag: String, _ fields: ParseNode, location: Int32
    ) throws(UnsupportedSyntax) -> Expression.Node {
        switch tag {
        case "A_Const": return .constant(try constant(fields, at: location))
        case "ColumnRef": return try column(fields)
        case "A_Expr": return try operation(fields)
        case "FuncCall": return .call(try functionCall(fields))
        case "BoolExpr": return try boolean(fields)
        case "TypeCast":
            guard let type = fields["typeName"] else { throw UnsupportedSyntax("a cast without a type") }
            return .cast(try operand(fields, "arg"), typeName(type))
        case "NullTest":
            return .isNull(try operand(fields, "arg"), negated: fields.text("nulltesttype") == "IS_NOT_NULL")
        case "BooleanTest": return try truthTest(fields)
        case "SubLink": return try subquery(fields)
        case "CaseExpr": return try caseWhen(fields)
        case "CoalesceExpr": return .coalesce(expressions(fields.list("args")))
        case "MinMaxExpr":
            return .extremum(expressions(fields.list("args")), isGreatest: fields.text("op") == "IS_GREATEST")
        case "A_ArrayExpr": return .array(expressions(fields.list("elements")))
        case "RowExpr": return .row(expressions(fields.list("args")))
        case "A_Indirection": return try indirection(fields)
        case "CollateClause": return .collate(try operand(fields, "arg"), names(fields.list("collname")))
        case "SQLValueFunction": return try sqlValue(fields)
        case "ParamRef": return .parameter(fields.integer("number") ?? 0)
        case "SetToDefault": return .defaultValue
        case "GroupingFunc":
            let arguments = expressions(fields.list("args")).map { FunctionCall.Argument($0) }
            return .call(FunctionCall(name: ["grouping"], arguments: arguments))
        case "CurrentOfExpr":
            let cursor = Expression(
                .cast(
                    Expression(.constant(.string(fields.text("cursor_name") ?? ""))),
                    TypeName(["pg_catalog", "refcursor"])))
            let row = FunctionCall(
                name: ["pg_catalog", "emulator_current_of"],
                arguments: [cursor, Expression(.column(["tableoid"]))].map { FunctionCall.Argument($0) })
            return .operation(
                OperatorName("="), left: Expression(.column(["ctid"])), right: Expression(.call(row)))
        case "XmlExpr", "XmlSerialize": throw UnsupportedSyntax("XML")
        case "MultiAssignRef": throw UnsupportedSyntax("assigning several columns at once")
        default: throw UnsupportedSyntax(tag)
        }
    }

    private func constant(_ fields: ParseNode, at location: Int32) throws(UnsupportedSyntax) -> Constant {
        if fields.flag("isnull") { return .null }
        if let value = fields["sval"] {
            let text = value.text("sval") ?? ""
            if let moment, text.meansPassingMoment { return .moment(text, at: moment) }
            return .string(text)
        }
        if let value = fields["ival"] { return .integer(integer(value, at: location)) }
        if let value = fields["boolval"] { return .bool(value.flag("boolval")) }
        if let value = fields["bsval"] { return .bitString(value.text("bsval") ?? "") }
        guard let digits = fields["fval"]?.text("fval") else { throw UnsupportedSyntax("an unknown constant") }
        // The lexer sees 2147483648 before its sign, so the smallest int4 arrives as a "float".
        return Int32(digits).map(Constant.integer) ?? .number(digits)
    }

    private func column(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        var parts: [String] = []
        let nodes = fields.list("fields")
        for (index, node) in nodes.enumerated() {
            guard let (tag, value) = node.tagged else { throw UnsupportedSyntax("an empty name") }
            switch tag {
            case "String": parts.append(value.text("sval") ?? "")
            case "A_Star" where index == nodes.count - 1: return .star(qualifier: parts)
            default: throw UnsupportedSyntax("\(tag) in a name")
            }
        }
        return .column(parts)
    }

    private func boolean(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        let arguments = expressions(fields.list("args"))
        switch fields.text("boolop") {
        case "AND_EXPR": return .and(arguments)
        case "OR_EXPR": return .or(arguments)
        default:
            guard let argument = arguments.first else { throw UnsupportedSyntax("NOT without an operand") }
            return .not(argument)
        }
    }

    private func truthTest(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        let value = try operand(fields, "arg")
        switch fields.text("booltesttype") {
        case "IS_TRUE": return .isTruth(value, .isTrue, negated: false)
        case "IS_NOT_TRUE": return .isTruth(value, .isTrue, negated: true)
        case "IS_FALSE": return .isTruth(value, .isFalse, negated: false)
        case "IS_NOT_FALSE": return .isTruth(value, .isFalse, negated: true)
        case "IS_UNKNOWN": return .isTruth(value, .isUnknown, negated: false)
        case "IS_NOT_UNKNOWN": return .isTruth(value, .isUnknown, negated: true)
        case let kind: throw UnsupportedSyntax(kind ?? "BooleanTest")
        }
    }

    private func subquery(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        let query = try select(tagged: fields["subselect"])
        switch fields.text("subLinkType") {
        case "EXISTS_SUBLINK": return .subquery(.exists, query)
        case "EXPR_SUBLINK": return .subquery(.scalar, query)
        case "ARRAY_SUBLINK": return .subquery(.array, query)
        case "ANY_SUBLINK":
            // `IN` carries no operator name.
            let name = fields["operName"] == nil ? OperatorName("=") : try operatorName(fields.list("operName"))
            return .subquery(.any(name, left: try operand(fields, "testexpr")), query)
        case "ALL_SUBLINK":
            let name = try operatorName(fields.list("operName"))
            return .subquery(.all(name, left: try operand(fields, "testexpr")), query)
        case let kind: throw UnsupportedSyntax(kind ?? "SubLink")
        }
    }

    private func caseWhen(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        var branches: [CaseBranch] = []
        for node in fields.list("args") {
            guard let when = node["CaseWhen"] else { throw UnsupportedSyntax("CASE without WHEN") }
            branches.append(CaseBranch(condition: try operand(when, "expr"), result: try operand(when, "result")))
        }
        return .caseWhen(
            operand: expression(optional: fields["arg"]), branches: branches,
            otherwise: expression(optional: fields["defresult"]))
    }

    /// `a[1].b.*`: one step per field, subscripts that follow one another together.
    private func indirection(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        var value = try operand(fields, "arg")
        var subscripts: [Subscript] = []
        func closeSubscripts() {
            guard !subscripts.isEmpty else { return }
            value = Expression(.element(value, subscripts), location: value.location)
            subscripts = []
        }
        for node in fields.list("indirection") {
            guard let (tag, step) = node.tagged else { throw UnsupportedSyntax("an empty indirection") }
            switch tag {
            case "A_Indices":
                subscripts.append(subscriptItem(step))
            case "String":
                closeSubscripts()
                value = Expression(.field(value, step.text("sval") ?? ""), location: value.location)
            case "A_Star":
                closeSubscripts()
                value = Expression(.allFields(value), location: value.location)
            default: throw UnsupportedSyntax("\(tag) in an indirection")
            }
        }
        closeSubscripts()
        return value.node
    }

    /// `[i]` or `[i:j]`.
    func subscriptItem(_ step: ParseNode) -> Subscript {
        Subscript(
            lower: expression(optional: step["lidx"]), upper: expression(optional: step["uidx"]),
            isSlice: step.flag("is_slice"))
    }

    private func sqlValue(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        let name = fields.text("op") ?? ""
        if let function = Self.sqlValues[name] { return .sqlValue(function) }
        guard name.hasSuffix("_N"), let function = Self.sqlValues[String(name.dropLast(2))],
            let type = Self.preciseTypes[function]
        else { throw UnsupportedSyntax(name) }
        // CURRENT_TIMESTAMP(3) is by definition a cast; its column keeps the keyword's name.
        let precision = Int32(clamping: fields.integer("typmod") ?? 0)
        return .cast(
            Expression(.sqlValue(function), location: location(fields)),
            TypeName(["pg_catalog", type], modifiers: [precision], location: location(fields)))
    }

    private static let sqlValues: [String: SQLValueFunction] = [
        "SVFOP_CURRENT_DATE": .currentDate, "SVFOP_CURRENT_TIME": .currentTime,
        "SVFOP_CURRENT_TIMESTAMP": .currentTimestamp, "SVFOP_LOCALTIME": .localTime,
        "SVFOP_LOCALTIMESTAMP": .localTimestamp, "SVFOP_CURRENT_ROLE": .currentRole,
        "SVFOP_CURRENT_USER": .currentUser, "SVFOP_USER": .user, "SVFOP_SESSION_USER": .sessionUser,
        "SVFOP_CURRENT_CATALOG": .currentCatalog, "SVFOP_CURRENT_SCHEMA": .currentSchema,
    ]

    private static let preciseTypes: [SQLValueFunction: String] = [
        .currentTime: "timetz", .currentTimestamp: "timestamptz", .localTime: "time", .localTimestamp: "timestamp",
    ]
}
