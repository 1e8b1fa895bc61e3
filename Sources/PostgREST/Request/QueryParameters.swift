/// The query string of a request, parsed: what to select, filter, order and page, at which embed.
struct QueryParameters: Sendable {
    /// Something said about an embed: `a.b.order=…` has the path `["a", "b"]`; the root's is empty.
    struct At<Value: Sendable>: Sendable {
        var path: [String]
        var value: Value
    }

    var select: [SelectItem] = [.star]
    var filters: [At<Filter>] = []
    var logic: [At<LogicTree>] = []
    var orders: [At<[OrderTerm]>] = []
    var limits: [At<Int>] = []
    var offsets: [At<Int>] = []
    /// `columns=`: the keys of the payload to use.
    var columns: [String]?
    /// `on_conflict=`.
    var onConflict: [String]?
    /// Parameters that are no `op.value`: the arguments of a GET on a function.
    var arguments: [(name: String, value: String)] = []
    var canonical: String

    /// - Parameter isRoutine: on `/rpc`, a value that is no filter is an argument instead of an error.
    init(_ query: QueryString, isRoutine: Bool) throws(RestError) {
        canonical = query.canonical
        var hasSelect = false
        for (index, (name, value)) in query.pairs.enumerated() {
            switch name {
            case "select":
                // The first one wins, as for columns and on_conflict.
                // Nothing is everything, at the root.
                if !hasSelect {
                    let items = try Self.select(value)
                    select = items.isEmpty ? [.star] : items
                }
                hasSelect = true
            case "columns":
                if columns == nil { columns = try Self.names(value, what: "columns parameter") }
            case "on_conflict":
                if onConflict == nil { onConflict = try Self.names(value, what: "on_conflict parameter") }
            default:
                try take(name: name, value: value, pair: index, isRoutine: isRoutine)
            }
        }
    }

    private mutating func take(
        name: String, value: String, pair: Int, isRoutine: Bool
    ) throws(RestError) {
        let parts = Self.splitPath(name)
        let path = Array(parts.dropLast())
        let last = parts.last ?? ""
        switch last {
        case "order":
            let text = value
            let terms = try Self.parsing(
                "order (\(text))", { () throws(FragmentError) in try FragmentParser.order(text) })
            orders.append(At(path: path, value: terms))
        case "limit": if let number = Int(value) { limits.append(At(path: path, value: number)) }
        case "offset": if let number = Int(value) { offsets.append(At(path: path, value: number)) }
        case "and", "or":
            let isNegated = path.last == "not"
            let tree = try Self.parsing("logic tree (\(value))") { () throws(FragmentError) in
                try FragmentParser.logicTree(value, isOr: last == "or", isNegated: isNegated)
            }
            logic.append(At(path: isNegated ? Array(path.dropLast()) : path, value: tree))
        default:
            let field: Field
            do {
                field = try FragmentParser.filterField(last)
            } catch {
                throw RestError.unparsable(
                    fragment: "tree path (\(name))", column: error.column, details: error.details)
            }
            do {
                var filter = try FragmentParser.filter(value, on: field)
                filter.pair = pair
                filters.append(At(path: path, value: filter))
            } catch {
                guard isRoutine else {
                    throw RestError.unparsable(
                        fragment: "filter (\(value))", column: error.column, details: error.details)
                }
                arguments.append((name, value))
            }
        }
    }

    /// Splits `a.b.column->x` at the dots outside quotes and before any JSON path.
    static func splitPath(_ name: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        var characters = Array(name)[...]
        while let character = characters.popFirst() {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == "-", characters.first == ">" {
                parts[parts.count - 1] += String(character) + String(characters)
                return parts
            }
            if character == ".", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.enumerated().map { index, part in
            index < parts.count - 1 && part.first == "\"" ? part.filter { $0 != "\"" } : part
        }
    }

    private static func select(_ text: String) throws(RestError) -> [SelectItem] {
        try parsing("select parameter (\(text))") { () throws(FragmentError) in try FragmentParser.select(text) }
    }

    private static func names(_ text: String, what: String) throws(RestError) -> [String]? {
        return try parsing("\(what) (\(text))") { () throws(FragmentError) in
            var parser = FragmentParser(text)
            var names: [String] = []
            repeat { names.append(try parser.name()) } while parser.accept(",")
            try parser.expectEnd(expecting: "\",\" or end of input")
            return names
        }
    }

    private static func parsing<T>(
        _ fragment: String, _ parse: () throws(FragmentError) -> T
    ) throws(RestError) -> T {
        do {
            return try parse()
        } catch {
            throw RestError.unparsable(fragment: fragment, column: error.column, details: error.details)
        }
    }
}
