import PostgresSyntax
import PostgresTypes

// Conditions that must not be looked at for rows that policies hide: an error or a notice would tell of them.
extension TypedExpression {
    /// The same condition, with every part that may tell something about a row put off until the row's policies have
    /// let it through. Postgres does so with whatever is not marked LEAKPROOF.
    ///
    /// SQLite looks at conditions in their order, those with a correlated subquery last: so such a part becomes one.
    var afterPolicies: TypedExpression {
        if case .and(let items) = node { return TypedExpression(.and(items.map(\.afterPolicies)), type: type) }
        guard mayTell, !hasSubquery else { return self }
        let moved = TypedRewriter(shift: 1).expression(self, role: "")
        let query = TypedQuery(
            body: .select(TypedSelect(targets: [moved], ranges: [], from: [])),
            columns: [OutputColumn(name: "", type: type)])
        return TypedExpression(.subquery(TypedSubquery(kind: .scalar, query: query)), type: type)
    }

    /// Whether something that can fail, or be seen, is computed from a column.
    private var mayTell: Bool {
        !walk { node, _ in node.isTelling && node.operands.contains(where: \.readsColumn) ? .stop : .intoChildren }
    }

    private var readsColumn: Bool {
        !walk { node, _ in
            switch node.node {
            case .column, .wholeRow: .stop
            default: .intoChildren
            }
        }
    }

    /// Whether the node by itself can fail or do something, whatever its operands are.
    var isTelling: Bool {
        switch node {
        case .call(let call):
            !Self.silentFunctions.contains(BuiltinCatalog.shared.function(call.function)?.name ?? "")
        case .operation(let node, _, _), .anyAll(let node, _, _, _), .inList(let node, _, _, _),
            .nullIf(let node, _, _):
            !Self.silentOperators.contains(node.symbol)
        case .coercion(.relabel, _, _): false
        case .coercion(.function, _, let isExplicit): isExplicit
        case .coercion: true
        default: false
        }
    }

    /// Operators that answer for every value there is.
    private static let silentOperators: Set<String> = [
        "=", "<>", "<", "<=", ">", ">=", "->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "&&",
    ]
    private static let silentFunctions: Set<String> = ["lower", "upper", "btrim", "length", "char_length"]
}
