import PostgresSyntax
import PostgresTypes
import SQLite

/// Calls of functions and aggregates, and subqueries.
extension ExpressionText {
    func call(_ node: FunctionCallNode) -> String {
        let values = Array(node.arguments.dropLast(node.defaulted))
        guard let builtin = BuiltinCatalog.shared.function(node.function) else {
            let variadic = catalog[node.function]?.variadicElement != nil
            return "\(userFunctionName(node.function))(\(arguments(values, isVariadic: variadic)))"
        }
        if builtin.schema == "pg_catalog" {
            switch (builtin.name, values.count) {
            case ("extract", 2):
                if case .constant(.text(let field)) = values[0].node {
                    return "EXTRACT(\(field) FROM \(text(values[1])))"
                }
            case ("btrim", _) where node.isWrittenAsSyntax: return trim("BOTH", values)
            case ("ltrim", _) where node.isWrittenAsSyntax: return trim("LEADING", values)
            case ("rtrim", _) where node.isWrittenAsSyntax: return trim("TRAILING", values)
            case ("substring", 3) where node.isWrittenAsSyntax:
                return "SUBSTRING(\(text(values[0])) FROM \(text(values[1])) FOR \(text(values[2])))"
            case ("substring", 2) where node.isWrittenAsSyntax && builtin.arguments[1] == .int4:
                return "SUBSTRING(\(text(values[0])) FROM \(text(values[1])))"
            case ("timezone", 2) where node.isWrittenAsSyntax:
                return "(\(zoned(values[1])) AT TIME ZONE \(zoned(values[0])))"
            case ("position", 2): return "POSITION((\(text(values[1]))) IN (\(text(values[0]))))"
            default: break
            }
        }
        let isVariadic = builtin.variadic.map { $0 != .any } ?? false
        return "\(functionName(builtin))(\(arguments(values, isVariadic: isVariadic || node.isVariadic)))"
    }

    private func trim(_ side: String, _ values: [TypedExpression]) -> String {
        let characters = values.count > 1 ? " \(text(values[1]))" : ""
        return "TRIM(\(side)\(characters) FROM \(text(values[0])))"
    }

    /// An operand of AT TIME ZONE.
    private func zoned(_ value: TypedExpression) -> String {
        let call = FunctionCallNode(function: FunctionID(0), arguments: [])
        let parent = TypedExpression(
            .coercion(.relabel, TypedExpression(.call(call), type: value.type), isExplicit: true), type: value.type)
        return operand(value, of: parent)
    }

    private func arguments(_ items: [TypedExpression], isVariadic: Bool) -> String {
        guard isVariadic, let last = items.last else { return arguments(items) }
        let others = items.dropLast().map { text($0, showsImplicit: true) }
        return (others + ["VARIADIC \(text(last, showsImplicit: true))"]).joined(separator: ", ")
    }

    private func functionName(_ function: BuiltinFunction) -> String {
        let isVisible = catalog.isInReach(function, searchPath: searchPath)
        let schema = catalog.schema(of: function) ?? function.schema
        return (isVisible ? "" : schema + ".") + ObjectNames.quoted(function.name)
    }

    private func userFunctionName(_ function: FunctionID) -> String {
        CatalogNames(catalog, searchPath).name(function.oid, .regproc) ?? "function \(function.oid)"
    }

    func aggregate(_ node: AggregateNode) -> String {
        let name = BuiltinCatalog.shared.function(node.function).map(functionName) ?? userFunctionName(node.function)
        var inside = node.isStar ? "*" : (node.isDistinct ? "DISTINCT " : "") + arguments(node.arguments)
        let filter = node.filter.map { " FILTER (WHERE \(text($0)))" } ?? ""
        guard !node.order.isEmpty else { return "\(name)(\(inside))\(filter)" }
        let order = "ORDER BY " + QueryText(expressions: self).sorts(node.order)
        if BuiltinCatalog.shared.function(node.function)?.aggregateKind == .orderedSet {
            return "\(name)(\(inside)) WITHIN GROUP (\(order))\(filter)"
        }
        inside += " " + order
        return "\(name)(\(inside))\(filter)"
    }

    func subquery(_ subquery: TypedSubquery) -> String {
        let inner = QueryText(expressions: self).text(subquery.query, areNamesVisible: false)
        func compared(_ nodes: [OperatorNode], _ left: [TypedExpression], _ word: String) -> String {
            let side = left.count == 1 ? text(left[0], showsImplicit: true) : "(\(arguments(left)))"
            let symbol = nodes.first?.symbol ?? "="
            return "(\(side) \(symbol == "=" && word == "ANY" ? "IN" : "\(symbol) \(word)") (\(inner)))"
        }
        switch subquery.kind {
        case .scalar: return "(\(inner))"
        case .exists: return "(EXISTS (\(inner)))"
        case .array: return "ARRAY(\(inner))"
        case .any(let nodes, let left): return compared(nodes, left, "ANY")
        case .all(let nodes, let left): return compared(nodes, left, "ALL")
        }
    }
}
