import PostgresTypes
import SQLite

/// Comparisons and order: under which collation SQLite has to look at stored values for Postgres' answer.
extension Generation {
    /// ` COLLATE x` for equality, DISTINCT and grouping; empty where stored values are equal exactly when they look it.
    func equalityCollation(_ type: TypeID) throws(PostgresError) -> String {
        if let collation = rowCollation(type) { return collation }
        return postgresType(type).collation.map { " COLLATE \($0)" } ?? ""
    }

    func equalityCollation(_ value: TypedExpression) throws(PostgresError) -> String {
        try equalityCollation(value.type.type)
    }

    /// ` COLLATE x` for `<` and ORDER BY.
    func orderCollation(_ value: TypedExpression) throws(PostgresError) -> String {
        if let collation = rowCollation(value.type.type) { return collation }
        if isByteOrdered(value) { return "" }
        return postgresType(value.type.type).orderCollation.map { " COLLATE \($0)" } ?? ""
    }

    /// A text that SQLite orders as Postgres orders the value.
    func orderable(_ value: TypedExpression) throws(PostgresError) -> String {
        if isEnumeration(value.type.type) {
            return "\"enum position\"(\(try expression(value)), \(value.type.type.oid))"
        }
        return try expression(value) + orderCollation(value)
    }

    func isEnumeration(_ type: TypeID) -> Bool {
        if case .enumeration = postgresType(type) { true } else { false }
    }

    /// ` COLLATE x` for rows, which are compared field by field; nil for other types.
    private func rowCollation(_ type: TypeID) -> String? {
        switch postgresType(type) {
        case .array(.record): " COLLATE \"\(RecordComparison.arrayCollation)\""
        case .composite, .record:
            " COLLATE \"\(RecordComparison.collation(of: TypeSystem(catalog: catalog).base(of: type)))\""
        default: nil
        }
    }

    /// Whether a `COLLATE "C"` on the expression or its column asks for byte order.
    private func isByteOrdered(_ value: TypedExpression) -> Bool {
        switch value.node {
        case .collate(_, let name): return Collations.isByteOrdered(name)
        case .coercion(.relabel, let inner, _): return isByteOrdered(inner)
        case .column(let reference):
            guard reference.levelsUp < scopes.count else { return false }
            let scope = scopes[scopes.count - 1 - reference.levelsUp]
            let entry =
                scope.ranges[reference.range]?.entry
                ?? (scope.entries.indices.contains(reference.range) ? scope.entries[reference.range] : nil)
            guard case .table(let id) = entry?.source, let table = catalog[id]?.table,
                table.columns.indices.contains(reference.column),
                let collation = table.columns[reference.column].collation?.last
            else { return false }
            return Collations.isByteOrdered(collation)
        default: return false
        }
    }

    // MARK: Comparisons

    func compare(
        _ comparison: Comparison, _ left: TypedExpression, _ right: TypedExpression, leftCast: String? = nil,
        rightCast: String? = nil
    ) throws(PostgresError) -> String {
        let texts = (try expression(left), try expression(right))
        return try compare(
            comparison, leftCast.map { "\($0.quotedName)(\(texts.0))" } ?? texts.0,
            rightCast.map { "\($0.quotedName)(\(texts.1))" } ?? texts.1, left, right)
    }

    /// Compares two texts as values of the types of `left` and `right`.
    func compare(
        _ comparison: Comparison, _ leftText: String, _ rightText: String, _ left: TypedExpression,
        _ right: TypedExpression
    ) throws(PostgresError) -> String {
        let isEquality = comparison == .equal || comparison == .notEqual
        let type = left.type.type == .unknown ? right : left
        if isEquality {
            let collation = try equalityCollation(type)
            return "(\(leftText)\(collation) \(comparison.rawValue) \(rightText))"
        }
        if isEnumeration(type.type.type) {
            let oid = type.type.type.oid
            return "(\"enum position\"(\(leftText), \(oid)) \(comparison.rawValue) "
                + "\"enum position\"(\(rightText), \(oid)))"
        }
        let collation = isByteOrdered(right) ? "" : try orderCollation(type)
        return "(\(leftText)\(collation) \(comparison.rawValue) \(rightText))"
    }

    /// The comparison behind an operator, where SQLite can make it without casts.
    private func plainComparison(_ node: OperatorNode) throws(PostgresError) -> Comparison? {
        guard case .comparison(let comparison, nil, nil) = try implementation(of: node.function).1 else { return nil }
        return comparison
    }

    func isDistinct(
        _ node: OperatorNode?, _ left: TypedExpression, _ right: TypedExpression, negated: Bool
    ) throws(PostgresError) -> String {
        let keyword = negated ? "IS" : "IS NOT"
        let texts = (try expression(left), try expression(right))
        guard let node else { return "(\(texts.0) \(keyword) \(texts.1))" }
        switch try implementation(of: node.function).1 {
        case .comparison(.equal, let leftCast, let rightCast):
            let l = leftCast.map { "\($0.quotedName)(\(texts.0))" } ?? texts.0
            let r = rightCast.map { "\($0.quotedName)(\(texts.1))" } ?? texts.1
            return "(\(l)\(try equalityCollation(left)) \(keyword) \(r))"
        default:
            let equal = try call(node.function, [left, right], type: TypeReference(.bool))
            let same =
                "(CASE WHEN \(texts.0) IS NULL OR \(texts.1) IS NULL THEN \(texts.0) IS NULL AND \(texts.1) IS NULL "
                + "ELSE \(equal) END)"
            return negated ? same : "(NOT \(same))"
        }
    }

    func inList(
        _ node: OperatorNode, _ left: TypedExpression, _ items: [TypedExpression], negated: Bool
    ) throws(PostgresError) -> String {
        // `x NOT IN` is `x <> ALL`: the node may hold either operator.
        if let comparison = try plainComparison(node), comparison == .equal || comparison == .notEqual {
            let collation = try equalityCollation(left)
            let list = try texts(items).joined(separator: ", ")
            return "(\(try expression(left))\(collation) \(negated ? "NOT IN" : "IN") (\(list)))"
        }
        var parts: [String] = []
        for item in items { parts.append(try call(node.function, [left, item], type: TypeReference(.bool))) }
        let isNotEqual = node.symbol == "<>"
        let text = "(" + parts.joined(separator: isNotEqual ? " AND " : " OR ") + ")"
        return negated && !isNotEqual ? "(NOT \(text))" : text
    }

    func anyAll(
        _ node: OperatorNode, _ left: TypedExpression, _ array: TypedExpression, isAll: Bool
    ) throws(PostgresError) -> String {
        // An operator over `anyelement` or `anyrange` does not say what the elements are; the array does.
        let itemType =
            node.right.polymorphicFamily == nil ? node.right : elementType(catalog.baseType(of: array.type).type)
        guard let itemType else { throw .notSupported("elements of an array of an unknown type") }
        let element = TypedExpression(.outputColumn(0), type: TypeReference(itemType))
        let comparison = try plainComparison(node)
        let isMembership = comparison == .equal && !isAll || comparison == .notEqual && isAll
        if isMembership, case .array(let items) = array.node.withoutRelabel, !items.contains(where: isArray) {
            return try inList(node, left, items, negated: isAll)
        }
        let alias = newAlias("e")
        let items = typed("array items", [try expression(array)], [array.type], TypeReference(.text))
        let value = unpacked("\(alias).value", type: itemType)
        if isMembership {
            let leftText = try expression(left)
            let collation = try equalityCollation(left)
            return "(\(leftText)\(collation) \(isAll ? "NOT IN" : "IN") "
                + "(SELECT \(value) FROM json_each(\(items)) AS \(alias)))"
        }
        let test = try withOutputColumns([value]) { () throws(PostgresError) in
            try call(node.function, [left, element], type: TypeReference(.bool))
        }
        return "(SELECT \"bool \(isAll ? "all" : "any")\"(\(test)) FROM json_each(\(items)) AS \(alias))"
    }

    private func isArray(_ value: TypedExpression) -> Bool {
        if case .array = postgresType(value.type.type) { true } else { false }
    }

    func rowComparison(
        _ symbol: String, _ nodes: [OperatorNode], _ left: [TypedExpression], _ right: [TypedExpression]
    ) throws(PostgresError) -> String {
        var pairs: [String] = []
        for index in nodes.indices {
            pairs.append(try call(nodes[index].function, [left[index], right[index]], type: TypeReference(.bool)))
        }
        if symbol == "=" { return "(" + pairs.joined(separator: " AND ") + ")" }
        if symbol == "<>" { return "(" + pairs.joined(separator: " OR ") + ")" }
        // (a, b) < (c, d): a < c, or a = c and b < d. The strict form decides in all but the last column.
        var text = pairs[pairs.count - 1]
        for index in nodes.indices.dropLast().reversed() {
            guard case .comparison(let comparison, let l, let r) = try implementation(of: nodes[index].function).1
            else {
                throw .notSupported("comparing rows with \(symbol)")
            }
            let strict: Comparison =
                comparison == .lessOrEqual ? .less : comparison == .greaterOrEqual ? .greater : comparison
            let before = try compare(strict, left[index], right[index], leftCast: l, rightCast: r)
            let equal = try compare(.equal, left[index], right[index], leftCast: l, rightCast: r)
            text = "(\(before) OR (\(equal) AND \(text)))"
        }
        return text
    }
}

extension TypedExpression.Node {
    /// The node under conversions that change no stored value.
    var withoutRelabel: TypedExpression.Node {
        switch self {
        case .coercion(.relabel, let inner, _), .coercion(.elements(.relabel), let inner, _): inner.node.withoutRelabel
        default: self
        }
    }
}
