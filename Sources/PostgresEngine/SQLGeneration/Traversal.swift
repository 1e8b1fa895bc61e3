import PostgresTypes

/// What bound trees are asked before their SQL is written.
extension TypedExpression {
    /// Whether it uses a column of the query `level` levels outside the one it stands in.
    func refers(toLevel level: Int) -> Bool {
        !walk { node, depth in node.isReference(toLevel: level + depth) ? .stop : .intoChildren }
    }

    fileprivate func isReference(toLevel level: Int) -> Bool {
        switch node {
        case .column(let reference): reference.levelsUp == level
        case .wholeRow(let levelsUp, _): levelsUp == level
        default: false
        }
    }

    /// Whether a set-returning function occurs in it, outside of subqueries.
    var mayReturnSet: Bool {
        if case .call(let call) = node {
            if call.function.oid >= TypeID.firstUserOID { return true }
            if FunctionShape.builtin(call.function)?.isSet == true { return true }
        }
        return operands.contains(where: \.mayReturnSet)
    }
}

extension TypedQuery {
    /// Whether it, standing in an expression, uses columns of the queries around it.
    var refersOutside: Bool {
        !walk(depth: 0) { node, depth in
            switch node.node {
            case .column(let reference): reference.levelsUp > depth ? .stop : .intoChildren
            case .wholeRow(let levelsUp, _): levelsUp > depth ? .stop : .intoChildren
            default: .intoChildren
            }
        }
    }

    /// Whether it, standing in FROM, uses columns of the ranges beside it.
    var refersToSiblings: Bool {
        !walk(depth: 1) { node, depth in node.isReference(toLevel: depth) ? .stop : .intoChildren }
    }
}
