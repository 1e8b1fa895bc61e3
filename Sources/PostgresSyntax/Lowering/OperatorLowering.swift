extension Lowering {
    /// An `A_Expr`: Postgres packs every infix construct into one node, told apart by `kind`.
    func operation(_ fields: ParseNode) throws(UnsupportedSyntax) -> Expression.Node {
        let kind = fields.text("kind") ?? ""
        switch kind {
        case "AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR":
            return .operation(
                try operatorName(fields.list("name")), left: expression(optional: fields["lexpr"]),
                right: try operand(fields, "rexpr"))
        case "AEXPR_OP_ANY", "AEXPR_OP_ALL":
            return .anyAll(
                try operatorName(fields.list("name")), left: try operand(fields, "lexpr"),
                array: try operand(fields, "rexpr"), isAll: kind == "AEXPR_OP_ALL")
        case "AEXPR_IN":
            let symbol = names(fields.list("name")).last
            return .inList(
                try operand(fields, "lexpr"), expressions(listItems(fields["rexpr"])), negated: symbol == "<>")
        case "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN_SYM":
            let bounds = expressions(listItems(fields["rexpr"]))
            guard bounds.count == 2 else { throw UnsupportedSyntax("BETWEEN without two bounds") }
            return .between(
                try operand(fields, "lexpr"), low: bounds[0], high: bounds[1], symmetric: kind.hasSuffix("_SYM"),
                negated: kind.hasPrefix("AEXPR_NOT"))
        case "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT":
            return .isDistinct(
                try operand(fields, "lexpr"), from: try operand(fields, "rexpr"),
                negated: kind == "AEXPR_NOT_DISTINCT")
        case "AEXPR_NULLIF": return .nullIf(try operand(fields, "lexpr"), try operand(fields, "rexpr"))
        default: throw UnsupportedSyntax(kind)
        }
    }

    func operatorName(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> OperatorName {
        let parts = names(nodes)
        switch parts.count {
        case 1: return OperatorName(parts[0])
        case 2: return OperatorName(parts[1], schema: parts[0])
        default: throw UnsupportedSyntax("an operator name of \(parts.count) parts")
        }
    }

    /// The items of a `List` node.
    func listItems(_ node: ParseNode?) -> [ParseNode] { node?["List"]?.list("items") ?? [] }
}
