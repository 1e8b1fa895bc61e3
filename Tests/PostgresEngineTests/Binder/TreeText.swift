import PostgresSyntax
import PostgresTypes
import SQLite

@testable import PostgresEngine

/// A bound tree as text, for tests: columns as `range.column` with a `^` per level outwards, operators with the
/// types they were resolved for, conversions as `target(value)`.
struct TreeText {
    let catalog: CatalogSnapshot

    func name(_ type: TypeReference) -> String { catalog.typeName(type, searchPath: ["public", "extensions"]) }
    func name(_ type: TypeID) -> String { name(TypeReference(type)) }

    func text(_ value: TypedExpression) -> String {
        switch value.node {
        case .constant(.null): "NULL:\(name(value.type))"
        case .constant(.integer(let number)): "\(number):\(name(value.type))"
        case .constant(.text(let text)): "'\(text)':\(name(value.type))"
        case .constant(let other): "\(other)"
        case .parameter(let number): "$\(number):\(name(value.type))"
        case .column(let reference):
            String(repeating: "^", count: reference.levelsUp) + "\(reference.range).\(reference.column)"
        case .wholeRow(let levelsUp, let range): String(repeating: "^", count: levelsUp) + "\(range).*"
        case .session(let session): "\(session)"
        case .call(let call): "\(function(call.function))(\(list(call.arguments)))"
        case .operation(let node, let left?, let right): "(\(text(left)) \(symbol(node)) \(text(right)))"
        case .operation(let node, nil, let right): "(\(symbol(node)) \(text(right)))"
        case .anyAll(let node, let left, let array, let isAll):
            "(\(text(left)) \(symbol(node)) \(isAll ? "all" : "any") \(text(array)))"
        case .inList(let node, let left, let items, let negated):
            "(\(text(left)) \(negated ? "not " : "")in \(symbol(node)) \(list(items)))"
        case .and(let parts): "(\(parts.map(text).joined(separator: " and ")))"
        case .or(let parts): "(\(parts.map(text).joined(separator: " or ")))"
        case .not(let part): "not \(text(part))"
        case .isNull(let part, let negated): "\(text(part)) is \(negated ? "not " : "")null"
        case .isTruth(let part, let test, let negated): "\(text(part)) \(negated ? "not " : "")\(test)"
        case .isDistinct(_, let left, let right, let negated):
            "(\(text(left)) is \(negated ? "not " : "")distinct \(text(right)))"
        case .nullIf(_, let left, let right): "nullif(\(text(left)), \(text(right)))"
        case .caseWhen(let branches, let otherwise):
            "case "
                + branches.map { "\(text($0.condition)): \(text($0.result))" }.joined(separator: ", ")
                + " else \(text(otherwise))"
        case .coalesce(let parts): "coalesce(\(list(parts)))"
        case .extremum(let parts, let isGreatest): "\(isGreatest ? "greatest" : "least")(\(list(parts)))"
        case .array(let parts): "[\(list(parts))]"
        case .row(let parts): "row(\(list(parts)))"
        case .rowComparison(let symbol, _, let left, let right): "row(\(list(left))) \(symbol) row(\(list(right)))"
        case .subquery(let subquery): "subquery \(kind(subquery.kind)){\(text(subquery.query))}"
        case .element(let value, let indexes): "\(text(value))[\(list(indexes))]"
        case .slice(let value, let bounds): text(value) + text(bounds)
        case .withPart(let value, .element(let indexes), let new): "\(text(value))[\(list(indexes))]=\(text(new))"
        case .withPart(let value, .slice(let bounds), let new): "\(text(value))\(text(bounds))=\(text(new))"
        case .withPart(let value, .field(let index), let new): "\(text(value)).\(index)=\(text(new))"
        case .withTies(let count): "\(text(count)) with ties"
        case .field(let value, let index): "\(text(value)).\(index)"
        case .aggregate(let node): aggregate(node)
        case .window(let node):
            "\(aggregate(node.call)) over (\(list(node.partition)); \(node.order.map { text($0.value) }.joined(separator: ", ")))"
        case .coercion(let step, let inner, let isExplicit):
            "\(name(value.type))\(isExplicit ? "!" : "")<\(self.step(step))>(\(text(inner)))"
        case .collate(let inner, let collation): "\(text(inner)) collate \(collation)"
        case .grouping(let keys): "grouping(\(list(keys)))"
        case .outputColumn(let index): "output \(index)"
        }
    }

    private func text(_ bounds: [TypedBounds]) -> String {
        bounds.map { "[\($0.lower.map(text) ?? ""):\($0.upper.map(text) ?? "")]" }.joined()
    }

    private func list(_ values: [TypedExpression]) -> String { values.map(text).joined(separator: ", ") }

    private func function(_ id: FunctionID) -> String {
        guard let function = BuiltinCatalog.shared.function(id) else { return "\(id.oid)" }
        return "\(function.name)[\(function.arguments.map { name($0) }.joined(separator: ","))]"
    }

    private func symbol(_ node: OperatorNode) -> String {
        "\(node.symbol)[\((node.left.map { name($0) + "," } ?? "") + name(node.right))]"
    }

    private func kind(_ kind: TypedSubquery.Kind) -> String {
        switch kind {
        case .scalar: "scalar"
        case .exists: "exists"
        case .array: "array"
        case .any(let nodes, let left): "\(list(left)) \(nodes.map(symbol).joined(separator: ",")) any"
        case .all(let nodes, let left): "\(list(left)) \(nodes.map(symbol).joined(separator: ",")) all"
        }
    }

    private func aggregate(_ node: AggregateNode) -> String {
        let order = node.order.map { "\(text($0.value))\($0.isDescending ? " desc" : "")" }.joined(separator: ", ")
        return
            "\(function(node.function))(\(node.isDistinct ? "distinct " : "")\(node.isStar ? "*" : list(node.arguments))\(order.isEmpty ? "" : " order " + order))"
            + (node.filter.map { " filter \(text($0))" } ?? "")
    }

    private func step(_ step: CoercionStep) -> String {
        switch step {
        case .relabel: "relabel"
        case .function(let id): function(id)
        case .throughText: "text"
        case .elements(let inner): "each \(self.step(inner))"
        case .length(let modifier): "length \(modifier)"
        case .domain: "domain"
        case .fields(let steps): steps.map(self.step).joined(separator: "+")
        case .sequence(let steps): steps.map(self.step).joined(separator: " then ")
        }
    }

    /// The outputs, then what they come from.
    func text(_ query: TypedQuery) -> String {
        switch query.body {
        case .select(let select):
            let filter = select.filter.map { " where \(text($0))" } ?? ""
            return list(select.targets) + (select.ranges.isEmpty ? "" : " from ")
                + select.ranges.map(text).joined(separator: ", ") + filter
        case .values(let rows): return "values " + rows.map { "(\(list($0)))" }.joined(separator: ", ")
        case .setOperation(let kind, let all, let left, let right):
            return "{\(text(left))} \(kind)\(all ? " all" : "") {\(text(right))}"
        }
    }

    private func text(_ range: RangeEntry) -> String {
        switch range.source {
        case .table(let id): catalog[id]?.name ?? "?"
        case .view(let id, let query): "\(catalog[id]?.name ?? "?")={\(text(query))}"
        case .subquery(let query, let isLateral): "\(isLateral ? "lateral " : ""){\(text(query))}"
        case .commonTable(let name, let levelsUp): "\(String(repeating: "^", count: levelsUp))\(name)"
        case .functions(let calls, _):
            calls.map { "\(function($0.function))(\(list($0.arguments)))" }.joined(separator: ", ")
        case .excluded: "excluded"
        case .step(let number): "step \(number)"
        case .xmlTable: "xmltable"
        }
    }
}
