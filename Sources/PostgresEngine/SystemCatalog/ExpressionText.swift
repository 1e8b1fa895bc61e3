import PostgresSyntax
import PostgresTypes
import SQLite

/// Expressions as `pg_get_expr` prints them: every operation in parentheses, constants with their types, conversions
/// where a reader would need them.
struct ExpressionText {
    let catalog: CatalogSnapshot
    let searchPath: [String]
    let context: ValueContext
    /// How columns of the ranges are called, innermost query last.
    var scopes: [Scope] = []

    struct Scope {
        var ranges: [RangeEntry]
        /// Whether columns bear the name of their range.
        var isQualified: Bool
        /// Names of the ranges, made different where they are alike.
        var names: [String]
    }

    init(
        catalog: CatalogSnapshot, searchPath: [String], context: ValueContext, over relation: Relation? = nil,
        isQualified: Bool = false
    ) {
        self.catalog = catalog
        self.searchPath = searchPath
        self.context = context
        guard let relation else { return }
        let entry = RangeEntry(source: .table(relation.id), name: relation.name, columns: relation.columns)
        scopes = [Scope(ranges: [entry], isQualified: isQualified, names: [relation.name])]
    }

    /// - Parameter showsImplicit: whether conversions that nobody wrote are printed too.
    func text(_ value: TypedExpression, showsImplicit: Bool = false) -> String {
        switch value.node {
        case .constant(let constant): return self.constant(constant, value.type, isLabelled: true)
        case .parameter(let number): return "$\(number)"
        case .column(let reference): return column(reference)
        case .wholeRow(let levelsUp, let range): return scope(levelsUp)?.names[range] ?? "*"
        case .session(let session): return Self.text(session)
        case .call(let call): return self.call(call.function, call.arguments)
        case .operation(let node, let left, let right):
            guard let left else { return "(\(node.symbol) \(text(right, showsImplicit: true)))" }
            return "(\(text(left, showsImplicit: true)) \(node.symbol) \(text(right, showsImplicit: true)))"
        case .anyAll(let node, let left, let array, let isAll):
            return "(\(text(left, showsImplicit: true)) \(node.symbol) \(isAll ? "ALL" : "ANY") "
                + "(\(text(array, showsImplicit: true))))"
        case .inList(let node, let left, let items, let negated):
            return "(\(text(left, showsImplicit: true)) \(node.symbol) \(negated ? "ALL" : "ANY") (\(list(items))))"
        case .and(let items): return "(" + items.map { text($0) }.joined(separator: " AND ") + ")"
        case .or(let items): return "(" + items.map { text($0) }.joined(separator: " OR ") + ")"
        case .not(let inner): return "(NOT \(text(inner)))"
        case .isNull(let inner, let negated):
            return "(\(text(inner, showsImplicit: true)) IS \(negated ? "NOT " : "")NULL)"
        case .isTruth(let inner, let test, let negated):
            let word = test == .isTrue ? "TRUE" : test == .isFalse ? "FALSE" : "UNKNOWN"
            return "(\(text(inner)) IS \(negated ? "NOT " : "")\(word))"
        case .isDistinct(_, let left, let right, let negated):
            let test = "(\(text(left, showsImplicit: true)) IS DISTINCT FROM \(text(right, showsImplicit: true)))"
            return negated ? "(NOT \(test))" : test
        case .nullIf(_, let left, let right): return "NULLIF(\(arguments([left, right])))"
        case .caseWhen(let branches, let otherwise):
            let lines = branches.map { "\n    WHEN \(text($0.condition)) THEN \(text($0.result, showsImplicit: true))" }
            return "\nCASE\(lines.joined())\n    ELSE \(text(otherwise, showsImplicit: true))\nEND"
        case .coalesce(let items): return "COALESCE(\(arguments(items)))"
        case .extremum(let items, let isGreatest): return "\(isGreatest ? "GREATEST" : "LEAST")(\(arguments(items)))"
        case .array(let items):
            return "ARRAY[\(arguments(items))]" + (items.isEmpty ? "::\(typeName(value.type))" : "")
        case .row(let items): return "ROW(\(arguments(items)))"
        case .rowComparison(let symbol, _, let left, let right):
            return "(ROW(\(arguments(left))) \(symbol) ROW(\(arguments(right))))"
        case .element(let base, let subscripts):
            return operand(base) + subscripts.map { "[\(text($0))]" }.joined()
        case .slice(let base, let bounds):
            return operand(base)
                + bounds.map { "[\($0.lower.map { text($0) } ?? ""):\($0.upper.map { text($0) } ?? "")]" }.joined()
        case .field(let base, let index): return "(\(text(base))).\(field(index, of: base))"
        case .coercion(let step, let inner, let isExplicit):
            return coercion(step, inner, to: value.type, isShown: isExplicit || showsImplicit)
        case .collate(let inner, let name): return "(\(text(inner, showsImplicit: true)) COLLATE \"\(name)\")"
        case .aggregate(let node): return aggregate(node)
        case .window(let node):
            let keys = node.partition.map { text($0) }.joined(separator: ", ")
            let sorts = QueryText(expressions: self).sorts(node.order)
            let parts = [
                keys.isEmpty ? "" : "PARTITION BY \(keys)", sorts.isEmpty ? "" : "ORDER BY \(sorts)", node.frame ?? "",
            ]
            return "\(aggregate(node.call)) OVER (\(parts.filter { !$0.isEmpty }.joined(separator: " ")))"
        case .subquery(let subquery): return self.subquery(subquery)
        // Columns of a set operation's ORDER BY, and what has no text of its own.
        default: return value.shownOtherwise
        }
    }

    func typeName(_ type: TypeReference) -> String { catalog.typeName(type, searchPath: searchPath) }

    private func arguments(_ items: [TypedExpression]) -> String {
        items.map { text($0, showsImplicit: true) }.joined(separator: ", ")
    }

    private func operand(_ value: TypedExpression) -> String {
        if case .column = value.node { return text(value) }
        return "(\(text(value)))"
    }

    // MARK: Constants, columns

    private func constant(_ value: SQLValue, _ type: TypeReference, isLabelled: Bool) -> String {
        if value.isNull { return "NULL" + (isLabelled ? "::\(typeName(type))" : "") }
        let text = catalog.postgresType(of: type.type).encode(value, context: context)
        var needsLabel = true
        let shown: String
        switch type.type {
        case .bool:
            shown = text == "t" ? "true" : "false"
            needsLabel = false
        case .int4:
            needsLabel = text.hasPrefix("-")
            shown = needsLabel ? "'\(text)'" : text
        case .numeric:
            let isPlain = text.first?.isNumber == true && text.contains(".")
            shown = isPlain ? text : "'\(text)'"
            needsLabel = !isPlain || type.modifier >= 0
        default:
            shown = Quoting.literal(text)
            needsLabel = type.type != .unknown
        }
        return needsLabel && isLabelled ? "\(shown)::\(typeName(type))" : shown
    }

    private func scope(_ levelsUp: Int) -> Scope? {
        levelsUp < scopes.count ? scopes[scopes.count - 1 - levelsUp] : nil
    }

    private func column(_ reference: ColumnReference) -> String {
        guard let scope = scope(reference.levelsUp), scope.ranges.indices.contains(reference.range),
            reference.column < scope.ranges[reference.range].columns.count
        else { return "?" }
        let range = scope.ranges[reference.range]
        let name = ObjectNames.quoted(range.columnName(reference.column))
        // A domain's value is no column of anything.
        if range.name.isEmpty { return "VALUE" }
        guard scope.isQualified || reference.levelsUp > 0 else { return name }
        return "\(ObjectNames.quoted(scope.names[reference.range])).\(name)"
    }

    private func field(_ index: Int, of base: TypedExpression) -> String {
        if case .composite(let type) = catalog.postgresType(of: base.type.type), type.fields.indices.contains(index) {
            return ObjectNames.quoted(type.fields[index].name)
        }
        return "f\(index + 1)"
    }

    private static func text(_ session: SessionValue) -> String {
        switch session {
        case .now: "now()"
        case .currentUser: "CURRENT_USER"
        case .sessionUser: "SESSION_USER"
        case .currentDatabase: "current_database()"
        case .currentSchema: "CURRENT_SCHEMA"
        }
    }

    // MARK: Conversions

    private func coercion(
        _ step: CoercionStep, _ inner: TypedExpression, to type: TypeReference, isShown: Bool
    ) -> String {
        guard isShown else { return text(inner) }
        var inner = inner
        // What a length is applied to was converted for its sake.
        if case .length = step, case .coercion(_, let source, _) = inner.node, inner.type.type == type.type {
            inner = source
        }
        if case .constant(let value) = inner.node, inner.type.type == type.type, inner.type.modifier == -1 {
            return "\(constant(value, inner.type, isLabelled: false))::\(typeName(type))"
        }
        return "(\(text(inner)))::\(typeName(type))"
    }

    /// The items of IN as an array. Where each was converted the same way, the array is.
    private func list(_ items: [TypedExpression]) -> String {
        var sources: [TypedExpression] = []
        for item in items {
            guard case .coercion(.relabel, let source, false) = item.node, source.type.type == .varchar else { break }
            sources.append(source)
        }
        guard sources.count == items.count, let first = items.first else { return "ARRAY[\(arguments(items))]" }
        return "(ARRAY[\(arguments(sources))])::\(typeName(first.type))[]"
    }

    // MARK: Calls

    private func call(_ function: FunctionID, _ values: [TypedExpression]) -> String {
        guard let builtin = BuiltinCatalog.shared.function(function) else {
            return "\(userFunctionName(function))(\(arguments(values)))"
        }
        if builtin.schema == "pg_catalog", values.count == 2, builtin.name == "extract",
            case .constant(.text(let field)) = values[0].node
        {
            return "EXTRACT(\(field) FROM \(text(values[1])))"
        }
        if builtin.schema == "pg_catalog", builtin.name == "btrim", values.count == 1 {
            return "TRIM(BOTH FROM \(text(values[0])))"
        }
        return "\(functionName(builtin))(\(arguments(values)))"
    }

    private func functionName(_ function: BuiltinFunction) -> String {
        let isVisible = function.schema == "pg_catalog" || searchPath.contains(function.schema)
        return (isVisible ? "" : function.schema + ".") + ObjectNames.quoted(function.name)
    }

    private func userFunctionName(_ function: FunctionID) -> String {
        CatalogNames(catalog, searchPath).name(function.oid, .regproc) ?? "function \(function.oid)"
    }

    private func aggregate(_ node: AggregateNode) -> String {
        let name = BuiltinCatalog.shared.function(node.function).map(functionName) ?? userFunctionName(node.function)
        var inside = node.isStar ? "*" : (node.isDistinct ? "DISTINCT " : "") + arguments(node.arguments)
        if !node.order.isEmpty { inside += " ORDER BY " + QueryText(expressions: self).sorts(node.order) }
        let filter = node.filter.map { " FILTER (WHERE \(text($0)))" } ?? ""
        return "\(name)(\(inside))\(filter)"
    }

    // MARK: Subqueries

    private func subquery(_ subquery: TypedSubquery) -> String {
        let inner = "( \(QueryText(expressions: self).text(subquery.query, indentation: 3)))"
        func compared(_ nodes: [OperatorNode], _ left: [TypedExpression], _ word: String) -> String {
            let side = left.count == 1 ? text(left[0], showsImplicit: true) : "(\(arguments(left)))"
            let symbol = nodes.first?.symbol ?? "="
            if symbol == "=" && word == "ANY" { return "(\(side) IN \(inner))" }
            return "(\(side) \(symbol) \(word) \(inner))"
        }
        switch subquery.kind {
        case .scalar: return inner
        case .exists: return "(EXISTS \(inner))"
        case .array: return "ARRAY\(inner)"
        case .any(let nodes, let left): return compared(nodes, left, "ANY")
        case .all(let nodes, let left): return compared(nodes, left, "ALL")
        }
    }
}

extension TypedExpression {
    fileprivate var shownOtherwise: String {
        if case .outputColumn(let index) = node { "\(index + 1)" } else { "?" }
    }
}
