import PostgresSyntax
import PostgresTypes
import SQLite

/// Expressions. Every text that comes out of here stands for itself in any surrounding: it is parenthesised or a call.
extension Generation {
    func expression(_ expression: TypedExpression) throws(PostgresError) -> String {
        if let text = try known(expression) { return text }
        switch expression.node {
        case .constant(let value): return constant(value)
        case .parameter(let number): return bind(.parameter(number))
        case .session(let value): return bind(.session(value))
        case .column(let reference): return try column(reference)
        case .outputColumn(let index): return try outputColumn(index)
        case .wholeRow(let levelsUp, let range):
            return try wholeRow(levelsUp: levelsUp, range: range, type: expression.type)
        case .call(let call): return try self.call(call, type: expression.type)
        case .operation(let node, let left, let right):
            let operands = (left.map { [$0] } ?? []) + [right]
            return try self.call(node.function, operands, type: expression.type)
        case .and(let items): return try value(ofAnd: items)
        case .or(let items): return try value(ofOr: items)
        case .not(let value): return "(NOT \(try self.expression(value)))"
        case .isNull(let value, let negated): return try isNull(value, negated: negated)
        case .isTruth(let value, let test, let negated):
            let keyword = test == .isTrue ? "TRUE" : test == .isFalse ? "FALSE" : "NULL"
            return "(\(try self.expression(value)) IS \(negated ? "NOT " : "")\(keyword))"
        case .caseWhen(let branches, let otherwise):
            var text = "CASE"
            for branch in branches {
                text += " WHEN \(try condition(branch.condition)) THEN \(try self.expression(branch.result))"
            }
            return "(\(text) ELSE \(try self.expression(otherwise)) END)"
        case .coalesce(let items):
            if items.count == 1 { return try self.expression(items[0]) }
            return "coalesce(\(try list(items)))"
        case .nullIf(let node, let left, let right):
            let leftText = try self.expression(left)
            return "(CASE WHEN \(try self.call(node.function, [left, right], type: TypeReference(.bool))) "
                + "THEN NULL ELSE \(leftText) END)"
        case .extremum(let items, let isGreatest):
            return typed("extremum", try texts(items) + [isGreatest ? "1" : "0"], items.map(\.type), expression.type)
        case .isDistinct(let node, let left, let right, let negated):
            return try isDistinct(node, left, right, negated: negated)
        case .inList(let node, let left, let items, let negated):
            return try inList(node, left, items, negated: negated)
        case .anyAll(let node, let left, let array, let isAll):
            return try anyAll(node, left, array, isAll: isAll)
        case .rowComparison(let symbol, let nodes, let left, let right):
            return try rowComparison(symbol, nodes, left, right)
        case .array(let items): return try array(items, type: expression.type)
        case .row(let items): return typed("row", try texts(items), items.map(\.type), expression.type)
        case .element(let base, let subscripts):
            return typed("subscript", try texts([base] + subscripts), [base.type], expression.type)
        case .slice(let base, let bounds):
            return typed("slice", [try self.expression(base)] + (try texts(bounds)), [base.type], expression.type)
        case .withPart(let container, let part, let value):
            return try withPart(container, part, value, type: expression.type)
        case .field(let base, let index): return try field(base, index, type: expression.type)
        case .subquery(let subquery): return try self.subquery(subquery)
        case .aggregate(let aggregate): return try self.aggregate(aggregate, type: expression.type)
        case .window(let window): return try self.window(window, type: expression.type)
        case .coercion(let step, let value, let isExplicit):
            return try coercion(step, value, to: expression.type, isExplicit: isExplicit)
        case .grouping: return "0"
        case .withTies(let count): return try self.expression(count)
        case .collate(let value, _): return try self.expression(value)
        }
    }

    /// What decides on a row of a sample: its number, which is out of reach behind a policy, and the rest.
    private func sampleTexts(_ arguments: [TypedExpression]) throws(PostgresError) -> [String] {
        let row = (try? expression(arguments[0])) ?? "NULL"
        return [row] + (try texts(Array(arguments.dropFirst())))
    }

    func texts(_ items: [TypedExpression]) throws(PostgresError) -> [String] {
        var result: [String] = []
        for item in items { result.append(try expression(item)) }
        return result
    }

    /// Lower and upper bounds in turn, `-` standing for those of the array.
    private func texts(_ bounds: [TypedBounds]) throws(PostgresError) -> [String] {
        var items: [String] = []
        for bound in bounds.flatMap({ [$0.lower, $0.upper] }) {
            items.append(try bound.map { (b) throws(PostgresError) in try expression(b) } ?? "'-'")
        }
        return items
    }

    private func withPart(
        _ container: TypedExpression, _ part: TypedPart, _ value: TypedExpression, type: TypeReference
    ) throws(PostgresError) -> String {
        let (name, places) =
            switch part {
            case .element(let subscripts): ("with element", try texts(subscripts))
            case .slice(let bounds): ("with slice", try texts(bounds))
            case .field(let index): ("with field", ["\(index)"])
            }
        let items = [try expression(container)] + places + [try expression(value)]
        return typed(name, items, [container.type], type)
    }

    private func list(_ items: [TypedExpression]) throws(PostgresError) -> String {
        try texts(items).joined(separator: ", ")
    }

    /// What another part of the query computes already, or leaves out.
    private func known(_ expression: TypedExpression) throws(PostgresError) -> String? {
        if let known = replacements.first(where: { $0.value == expression }) { return known.text }
        return omittedKeys.isEmpty ? nil : try omitted(expression)
    }

    func isKnown(_ expression: TypedExpression) throws(PostgresError) -> Bool { try known(expression) != nil }

    // MARK: Columns

    private func scope(levelsUp: Int) throws(PostgresError) -> Scope {
        guard levelsUp < scopes.count else { throw PostgresError("XX000", "a column refers to a query outside") }
        return scopes[scopes.count - 1 - levelsUp]
    }

    private func column(_ reference: ColumnReference) throws(PostgresError) -> String {
        let scope = try scope(levelsUp: reference.levelsUp)
        if reference.column == ColumnReference.rowNumber {
            guard !scope.rowImages.contains(reference.range), let row = scope.ranges[reference.range]?.rowNumber else {
                throw .notSupported("system column \"ctid\" in this place")
            }
            return row
        }
        if reference.column == ColumnReference.updater {
            throw .notSupported("system column \"xmax\" outside of INSERT … RETURNING")
        }
        if scope.rowImages.contains(reference.range) {
            return bind(.row(range: reference.range, column: reference.column))
        }
        guard let range = scope.ranges[reference.range], range.columns.indices.contains(reference.column) else {
            throw PostgresError(
                "XX000", "column \(reference.column) of range \(reference.range) is out of reach")
        }
        return range.columns[reference.column]
    }

    private func outputColumn(_ index: Int) throws(PostgresError) -> String {
        guard let columns = scopes.last?.outputColumns, columns.indices.contains(index) else {
            throw PostgresError("XX000", "output column \(index) is out of reach")
        }
        return columns[index]
    }

    /// A row as a composite value; NULL for the missing side of an outer join, known by every column being NULL.
    private func wholeRow(levelsUp: Int, range: Int, type: TypeReference) throws(PostgresError) -> String {
        let scope = try scope(levelsUp: levelsUp)
        let entry = scope.ranges[range]?.entry ?? (scope.entries.indices.contains(range) ? scope.entries[range] : nil)
        guard let entry else { throw .notSupported("a whole row of a range without columns") }
        // A function of one plain value in FROM: its row is that value.
        if case .functions = entry.source, entry.columns.count == 1, type == entry.columns[0].type {
            return try column(ColumnReference(levelsUp: levelsUp, range: range, column: 0))
        }
        var columns: [String] = []
        for index in entry.columns.indices {
            columns.append(try column(ColumnReference(levelsUp: levelsUp, range: range, column: index)))
        }
        let name = scope.ranges[range]?.isNullable == true ? "row of or null" : "row of"
        return typed(name, columns, entry.columns.map(\.type), type, columns: entry.columns)
    }

    private func field(
        _ base: TypedExpression, _ index: Int, type: TypeReference
    ) throws(PostgresError) -> String {
        if case .wholeRow(let levelsUp, let range) = base.node {
            return try column(ColumnReference(levelsUp: levelsUp, range: range, column: index))
        }
        return typed("field", [try expression(base), "\(index)"], [base.type], type)
    }

    // MARK: Calls

    func call(_ call: FunctionCallNode, type: TypeReference) throws(PostgresError) -> String {
        guard call.isVariadic else { return try self.call(call.function, call.arguments, type: type) }
        // The elements of an array that is written out are arguments themselves.
        if case .array(let items)? = call.arguments.last?.node,
            !items.contains(where: { if case .array = $0.node { true } else { false } })
        {
            return try self.call(call.function, call.arguments.dropLast() + items, type: type)
        }
        let (signature, implementation) = try implementation(of: call.function)
        guard case .scalar(let function) = implementation, function.takesTypes else {
            throw .notSupported("VARIADIC of an array that is not written out, in \(signature.text)")
        }
        return typed(
            "spread", [signature.text.quotedLiteral] + (try texts(call.arguments)), call.arguments.map(\.type), type)
    }

    func call(
        _ function: FunctionID, _ arguments: [TypedExpression], type: TypeReference
    ) throws(PostgresError) -> String {
        let signature = try signature(of: function)
        if signature.isUser {
            if signature.isSet { throw .notSupported("the set-returning function \(signature.text) in this place") }
            let items = ["\(function.oid)"] + (try texts(arguments))
            if catalog[function]?.isPolymorphic == true {
                return typed("call polymorphic function", items, arguments.map(\.type), type)
            }
            let name = catalog[function]?.volatility == .immutable ? "call immutable function" : "call user function"
            return "\(name.quotedName)(\(items.joined(separator: ", ")))"
        }
        guard let implementation = FunctionLibrary.shared.implementations[signature.text] else {
            throw .notSupported("function \(signature.text)")
        }
        switch implementation {
        case .native(let template): return template(try texts(arguments))
        case .comparison(let comparison, let left, let right):
            return try compare(comparison, arguments[0], arguments[1], leftCast: left, rightCast: right)
        case .scalar(let function):
            let items = try signature.text.hasPrefix("emulator_sample(") ? sampleTexts(arguments) : texts(arguments)
            guard items.count <= 120 else { throw .notSupported("a call of \(signature.text) with over 120 arguments") }
            if let native = nativeCall(signature.text, items, arguments, type) { return native }
            if function.takesTypes { return typed(signature.text, items, arguments.map(\.type), type) }
            return "\(signature.text.quotedName)(\(items.joined(separator: ", ")))"
        case .rows: throw .notSupported("the set-returning function \(signature.text) in this place")
        case .aggregate, .nativeAggregate, .extremum, .window:
            throw PostgresError("XX000", "\(signature.text) is no plain function")
        }
    }

    /// A call that passes the types around it as a last argument.
    func typed(
        _ name: String, _ arguments: [String], _ types: [TypeReference], _ result: TypeReference,
        columns: [OutputColumn] = []
    ) -> String {
        let types = CallTypes(arguments: types, result: result, columns: columns).text.quotedLiteral
        return "\(name.quotedName)(\((arguments + [types]).joined(separator: ", ")))"
    }

    private func array(_ items: [TypedExpression], type: TypeReference) throws(PostgresError) -> String {
        if items.count <= 100 { return typed("array", try texts(items), items.map(\.type), type) }
        // SQLite takes at most 127 arguments: long arrays are built from parts.
        var parts: [String] = []
        var start = 0
        while start < items.count {
            let part = Array(items[start..<min(start + 100, items.count)])
            parts.append(typed("array", try texts(part), part.map(\.type), type))
            start += 100
        }
        return typed("array of parts", parts, [type], type)
    }

    private func isNull(_ value: TypedExpression, negated: Bool) throws(PostgresError) -> String {
        switch postgresType(value.type.type) {
        case .composite, .record:
            // A row is null when all its fields are, and not null when all of them are not.
            let items = [try expression(value), negated ? "1" : "0"]
            return typed("row is null", items, [value.type], TypeReference(.bool))
        default: return "(\(try expression(value)) IS \(negated ? "NOT " : "")NULL)"
        }
    }
}
