import PostgresTypes
import SQLite

/// Aggregates.
extension Generation {
    func aggregate(_ node: AggregateNode, type: TypeReference) throws(PostgresError) -> String {
        // What an aggregate computes with is there in every grouping set.
        let omitted = omittedKeys
        omittedKeys = []
        defer { omittedKeys = omitted }
        let filter = try node.filter.map { (f) throws(PostgresError) in " FILTER (WHERE \(try condition(f)))" } ?? ""
        if catalog[node.function]?.aggregate != nil { return try userAggregate(node, type, filter) }
        let (signature, implementation) = try implementation(of: node.function)
        if node.isStar { return "count(*)\(filter)" }
        let arguments = try texts(node.arguments)
        switch implementation {
        case .nativeAggregate(let template):
            // One argument: SQLite's own DISTINCT, under the type's collation.
            var items = arguments
            if node.isDistinct {
                items = ["DISTINCT \(arguments[0])\(try equalityCollation(node.arguments[0]))"]
            }
            return template(items) + filter
        case .extremum(let isMaximum): return try extremum(node, arguments, isMaximum: isMaximum) + filter
        case .aggregate(let function):
            if node.order.isEmpty && !node.isDistinct {
                if let row = scopes.last?.collectingOrder, showsOrder(node) {
                    return try sortedAggregate(signature.text, arguments, node, type, by: row) + filter
                }
                return plainAggregate(signature.text, function, arguments, node, type) + filter
            }
            return try sortedAggregate(signature.text, arguments, node, type) + filter
        default: throw PostgresError("XX000", "\(signature.text) is no aggregate")
        }
    }

    /// An aggregate that a user made, told by its OID as the last argument. Over no rows it is what its initial value
    /// comes to, which SQLite's aggregates cannot say: they learn types from rows.
    private func userAggregate(
        _ node: AggregateNode, _ type: TypeReference, _ filter: String
    ) throws(PostgresError) -> String {
        let id = "\(node.function.oid)"
        let types = node.arguments.map(\.type)
        let arguments = try texts(node.arguments) + [id]
        let value =
            node.order.isEmpty && !node.isDistinct
            ? typed("user aggregate", arguments, types, type)
            : try sortedAggregate("user aggregate", arguments, node, type)
        let none = typed("user aggregate of nothing", [id], types, type)
        return "iif(count(*)\(filter) = 0, \(none), \(value)\(filter))"
    }

    func plainAggregate(
        _ name: String, _ function: AggregateFunction, _ arguments: [String], _ node: AggregateNode,
        _ type: TypeReference
    ) -> String {
        if function.takesTypes { return typed(name, arguments, node.arguments.map(\.type), type) }
        return "\(name.quotedName)(\(arguments.joined(separator: ", ")))"
    }

    /// SQLite's min and max go by a collation; an enum's labels need their positions.
    private func extremum(
        _ node: AggregateNode, _ arguments: [String], isMaximum: Bool
    ) throws(PostgresError) -> String {
        let name = isMaximum ? "max" : "min"
        let type = node.arguments[0].type.type
        if isEnumeration(type) {
            return "\"enum at\"(\(name)(\"enum position\"(\(arguments[0]), \(type.oid))), \(type.oid))"
        }
        return "\(name)(\(arguments[0])\(try orderCollation(node.arguments[0])))"
    }

    /// DISTINCT or ORDER BY inside the call: a wrapper collects the rows, sorts them and feeds the aggregate.
    /// Its arguments: how to sort (constant), the types, the aggregate's arguments, the sort keys.
    /// - Parameter row: a row number to sort by.
    private func sortedAggregate(
        _ name: String, _ given: [String], _ node: AggregateNode, _ type: TypeReference, by row: String? = nil
    ) throws(PostgresError) -> String {
        var arguments = given
        var types = node.arguments.map(\.type)
        // What WITHIN GROUP orders is an argument as well.
        if let kind = BuiltinCatalog.shared.function(node.function)?.aggregateKind, kind != .normal {
            arguments += try texts(node.order.map(\.value))
            types += node.order.map(\.value.type)
        }
        if node.order.contains(where: \.value.type.type.isAnonymous)
            || node.isDistinct && types.contains(where: \.type.isAnonymous)
        {
            throw .notSupported("DISTINCT or ORDER BY of anonymous rows in an aggregate")
        }
        var keys = try node.order.map { (sort) throws(PostgresError) in
            SortOrder.Key(
                type: sort.value.type.type, isDescending: sort.isDescending, nullsFirst: sort.nullsFirst,
                isByteOrdered: try orderCollation(sort.value).isEmpty)
        }
        var keyTexts = try texts(node.order.map(\.value))
        if let row {
            keys.append(SortOrder.Key(type: .int8, isDescending: false, nullsFirst: false, isByteOrdered: true))
            keyTexts.append(row)
        }
        if node.isDistinct {
            // Equal rows must stand together: arguments that are no sort keys follow them.
            for (index, argument) in node.arguments.enumerated()
            where !node.order.contains(where: { $0.value == argument }) {
                keys.append(
                    SortOrder.Key(
                        type: argument.type.type, isDescending: false, nullsFirst: false,
                        isByteOrdered: try orderCollation(argument).isEmpty))
                keyTexts.append(arguments[index])
            }
        }
        let order = SortOrder(isDistinct: node.isDistinct, argumentCount: arguments.count, keys: keys)
        let callTypes = CallTypes(arguments: types, result: type)
        let all = [order.text.quotedLiteral, callTypes.text.quotedLiteral] + arguments + keyTexts
        return "\(("sorted " + name).quotedName)(\(all.joined(separator: ", ")))"
    }
}
