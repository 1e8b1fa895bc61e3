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
            window.isCopy = window.reference != nil
            window.reference = window.reference ?? window.name
            window.name = nil
            call.window = window
        }
        return call
    }

    func window(_ node: ParseNode) throws(UnsupportedSyntax) -> WindowSpecification {
        let fields = node["WindowDef"] ?? node
        var window = WindowSpecification(
            reference: fields.text("refname"), name: fields.text("name"),
            partition: expressions(fields.list("partitionClause")),
            order: try sortItems(fields.list("orderClause")), frame: try frame(fields))
        window.isCopy = window.reference != nil
        return window
    }

    /// The frame, which Postgres keeps as a mask of `FRAMEOPTION_` bits.
    private func frame(_ fields: ParseNode) throws(UnsupportedSyntax) -> WindowFrame<Expression>? {
        let options = fields.integer("frameOptions") ?? 0
        func has(_ bit: Int) -> Bool { options & bit != 0 }
        func offset(_ field: StaticString) throws(UnsupportedSyntax) -> Expression {
            guard let node = fields[field] else { throw UnsupportedSyntax("a window frame without its offset") }
            return expression(node)
        }
        guard has(0x1) else { return nil }
        let start: WindowFrame<Expression>.Bound =
            if has(0x20) {
                .unboundedPreceding
            } else if has(0x200) {
                .currentRow
            } else if has(0x800) {
                .preceding(try offset("startOffset"))
            } else {
                .following(try offset("startOffset"))
            }
        let end: WindowFrame<Expression>.Bound? =
            if !has(0x10) {
                nil
            } else if has(0x100) {
                .unboundedFollowing
            } else if has(0x400) {
                .currentRow
            } else if has(0x1000) {
                .preceding(try offset("endOffset"))
            } else {
                .following(try offset("endOffset"))
            }
        return WindowFrame(
            mode: has(0x4) ? .rows : has(0x8) ? .groups : .range, start: start, end: end,
            exclusion: has(0x8000) ? .currentRow : has(0x10000) ? .group : has(0x20000) ? .ties : nil)
    }
}
