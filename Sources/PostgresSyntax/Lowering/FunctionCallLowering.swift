extension Lowering {
    func functionCall(_ fields: ParseNode) throws(UnsupportedSyntax) -> FunctionCall {
        var call = FunctionCall(
            name: names(fields.list("funcname")),
            arguments: fields.list("args").map { node in
                guard let named = node["NamedArgExpr"], let value = named["arg"] else {
                    return FunctionCall.Argument(expression(node))
                }
                return FunctionCall.Argument(expression(value), name: named.text("name"))
            })
        guard call.name.count <= 2 else { throw UnsupportedSyntax("a function name with a database") }
        call.isStar = fields.flag("agg_star")
        call.isDistinct = fields.flag("agg_distinct")
        call.isVariadic = fields.flag("func_variadic")
        call.isWithinGroup = fields.flag("agg_within_group")
        call.order = try sortItems(fields.list("agg_order"))
        call.filter = expression(optional: fields["agg_filter"])
        if let over = fields["over"] {
            var window = try window(over)
            // `OVER w` has its window's name where a definition has its own.
            window.reference = window.reference ?? window.name
            window.name = nil
            call.window = window
        }
        return call
    }

    func window(_ node: ParseNode) throws(UnsupportedSyntax) -> WindowSpecification {
        let fields = node["WindowDef"] ?? node
        return WindowSpecification(
            reference: fields.text("refname"), name: fields.text("name"),
            partition: expressions(fields.list("partitionClause")),
            order: try sortItems(fields.list("orderClause")), frame: try frame(fields))
    }

    /// The frame in SQL's words. Postgres keeps it as a mask of `FRAMEOPTION_` bits.
    private func frame(_ fields: ParseNode) throws(UnsupportedSyntax) -> String? {
        let options = fields.integer("frameOptions") ?? 0
        func has(_ bit: Int) -> Bool { options & bit != 0 }
        guard has(0x1) else { return nil }
        let unit = has(0x4) ? "rows" : has(0x8) ? "groups" : "range"
        let start =
            has(0x20)
            ? "unbounded preceding"
            : has(0x200)
                ? "current row"
                : try frameOffset(fields["startOffset"]) + (has(0x800) ? " preceding" : " following")
        var words = "\(unit) \(start)"
        if has(0x10) {
            let end =
                has(0x100)
                ? "unbounded following"
                : has(0x400)
                    ? "current row"
                    : try frameOffset(fields["endOffset"]) + (has(0x1000) ? " preceding" : " following")
            words = "\(unit) between \(start) and \(end)"
        }
        if has(0x8000) { words += " exclude current row" }
        if has(0x10000) { words += " exclude group" }
        if has(0x20000) { words += " exclude ties" }
        return words
    }

    private func frameOffset(_ node: ParseNode?) throws(UnsupportedSyntax) -> String {
        switch node.map({ expression($0).node }) {
        case .constant(.integer(let value)) where value >= 0: return String(value)
        case .constant(.number(let digits)): return digits
        default: throw UnsupportedSyntax("a window frame whose offset is not a number")
        }
    }
}
