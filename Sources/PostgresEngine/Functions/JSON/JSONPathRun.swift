import JSONText
import PostgresTypes

/// Evaluates a `jsonpath` over one document.
struct JSONPathRun {
    let path: JSONPath
    let document: JSON
    let variables: JSON
    /// Compiles the pattern of `like_regex`.
    let regex: (String, String) throws -> RegularExpression

    /// Everything the path leads to.
    func items() throws -> [JSON] { try values(path.root, Scope(current: document)) }

    /// What `@` and `last` stand for.
    private struct Scope {
        var current: JSON
        var size: Int?
    }

    private enum Truth {
        case yes, no, unknown
    }

    private var isLax: Bool { !path.isStrict }

    // MARK: Values

    private func values(_ node: JSONPath.Node, _ scope: Scope) throws -> [JSON] {
        switch node {
        case .document: return [document]
        case .current: return [scope.current]
        case .last:
            guard let size = scope.size else {
                throw PostgresError("42601", "LAST is allowed only in array subscripts")
            }
            return [.integer(size - 1)]
        case .variable(let name):
            guard let value = variables[name] else {
                throw PostgresError("42704", "could not find jsonpath variable \"\(name)\"")
            }
            return [value]
        case .literal(let json): return [json]
        case .accessor(let base, let steps):
            var items = try values(base, scope)
            for step in steps { items = try take(step, items, scope) }
            return items
        case .arithmetic(let operation, let left, let right):
            let a = try operand(left, operation.rawValue, "left", scope)
            let b = try operand(right, operation.rawValue, "right", scope)
            return [.number(try Self.compute(operation, a, b).description)]
        case .sign(let isMinus, let inner):
            return try unwrapped(values(inner, scope)).map { item in
                guard case .number(let digits) = item else {
                    throw PostgresError(
                        "2203B", "operand of unary jsonpath operator \(isMinus ? "-" : "+") is not a numeric value")
                }
                let number = Decimal(stored: digits)
                return .number((isMinus ? number.negated : number).description)
            }
        default:
            switch try truth(node, scope) {
            case .yes: return [true]
            case .no: return [false]
            case .unknown: return [.null]
            }
        }
    }

    private func unwrapped(_ items: [JSON]) -> [JSON] {
        guard isLax else { return items }
        return items.flatMap { item in
            if case .array(let inner) = item { inner } else { [item] }
        }
    }

    private func operand(_ node: JSONPath.Node, _ symbol: String, _ side: String, _ scope: Scope) throws -> Decimal {
        let items = unwrapped(try values(node, scope))
        guard items.count == 1, case .number(let digits) = items[0] else {
            throw PostgresError(
                "22038", "\(side) operand of jsonpath operator \(symbol) is not a single numeric value")
        }
        return Decimal(stored: digits)
    }

    private static func compute(_ operation: JSONPath.Arithmetic, _ a: Decimal, _ b: Decimal) throws -> Decimal {
        switch operation {
        case .add: try a.adding(b)
        case .subtract: try a.subtracting(b)
        case .multiply: try a.multiplied(by: b)
        case .divide: try a.divided(by: b)
        case .modulo: try a.remainder(dividingBy: b)
        }
    }

    // MARK: Steps

    private func take(_ step: JSONPath.Step, _ items: [JSON], _ scope: Scope) throws -> [JSON] {
        switch step {
        case .key(let key): return try members(items, key)
        case .anyKey:
            return try unwrapped(items).flatMap { item in
                if case .object(let members) = item { return members.map(\.value) }
                if isLax { return [] }
                throw PostgresError("2203C", "jsonpath wildcard member accessor can only be applied to an object")
            }
        case .anyElement:
            return try items.flatMap { item in
                if case .array(let inner) = item { return inner }
                if isLax { return [item] }
                throw PostgresError("22039", "jsonpath wildcard array accessor can only be applied to an array")
            }
        case .elements(let list): return try items.flatMap { try elements(of: $0, list, scope) }
        case .anywhere(let from, let to): return items.flatMap { Self.descend($0, level: 0, from: from, to: to) }
        case .filter(let condition):
            return try unwrapped(items).filter { item in
                if case .yes = try truth(condition, Scope(current: item, size: scope.size)) { true } else { false }
            }
        case .method(let name): return try items.flatMap { try call(name, on: $0) }
        case .dateTime: throw PostgresError.notSupported("the jsonpath method datetime()")
        }
    }

    private func members(_ items: [JSON], _ key: String) throws -> [JSON] {
        try unwrapped(items).compactMap { item in
            guard case .object = item else {
                if isLax { return nil }
                throw PostgresError("2203A", "jsonpath member accessor can only be applied to an object")
            }
            if let value = item[key] { return value }
            if isLax { return nil }
            throw PostgresError("2203A", "JSON object does not contain key \"\(key)\"")
        }
    }

    private func elements(of item: JSON, _ list: JSONPathSubscripts, _ scope: Scope) throws -> [JSON] {
        let array: [JSON]
        if case .array(let inner) = item {
            array = inner
        } else {
            guard isLax else {
                throw PostgresError("22039", "jsonpath array accessor can only be applied to an array")
            }
            array = [item]
        }
        let inner = Scope(current: scope.current, size: array.count)
        var result: [JSON] = []
        for subscripts in list.items {
            let from = try index(subscripts.from, inner)
            let to = try subscripts.to.map { try index($0, inner) } ?? from
            if !isLax, from < 0 || from > to || to >= array.count {
                throw PostgresError("22033", "jsonpath array subscript is out of bounds")
            }
            let (low, high) = (max(from, 0), min(to, array.count - 1))
            if low <= high { result += array[low...high] }
        }
        return result
    }

    private func index(_ node: JSONPath.Node, _ scope: Scope) throws -> Int {
        let items = try values(node, scope)
        guard items.count == 1, case .number(let digits) = items[0] else {
            throw PostgresError("22033", "jsonpath array subscript is not a single numeric value")
        }
        guard let number = Int32("\(Decimal(stored: digits).truncated(toScale: 0))") else {
            throw PostgresError("22033", "jsonpath array subscript is out of integer range")
        }
        return Int(number)
    }

    private static func descend(_ item: JSON, level: Int, from: Int, to: Int) -> [JSON] {
        let children: [JSON]
        switch item {
        case .array(let inner): children = inner
        case .object(let members): children = members.map(\.value)
        default: children = []
        }
        // `last` is where nothing lies deeper.
        let isWanted = from == .max ? children.isEmpty : level >= from && (to == .max || level <= to)
        var result = isWanted ? [item] : []
        if to == .max || level < to {
            for child in children { result += descend(child, level: level + 1, from: from, to: to) }
        }
        return result
    }

    // MARK: Methods

    private func call(_ name: String, on item: JSON) throws -> [JSON] {
        switch name {
        case "type": return [.string(Self.typeName(item))]
        case "size":
            if case .array(let inner) = item { return [.integer(inner.count)] }
            if isLax { return [1] }
            throw PostgresError("22039", "jsonpath item method .size() can only be applied to an array")
        default: break
        }
        if isLax, case .array(let inner) = item { return try inner.flatMap { try call(name, on: $0) } }
        switch name {
        case "keyvalue":
            guard case .object(let members) = item else {
                throw PostgresError("2203C", "jsonpath item method .keyvalue() can only be applied to an object")
            }
            return members.map { ["id": 0, "key": .string($0.key), "value": $0.value] }
        case "double":
            switch item {
            case .number(let digits), .string(let digits):
                var isString = false
                if case .string = item { isString = true }
                guard let number = Double(digits), number.isFinite else {
                    throw PostgresError(
                        "22036",
                        isString
                            ? "string argument of jsonpath item method .double() is not a valid representation of a double precision number"
                            : "numeric argument of jsonpath item method .double() is out of range for type double precision"
                    )
                }
                return [.number(Decimal(number).description)]
            default:
                throw PostgresError(
                    "22036", "jsonpath item method .double() can only be applied to a string or numeric value")
            }
        default:
            guard case .number(let digits) = item else {
                throw PostgresError(
                    "22036", "jsonpath item method .\(name)() can only be applied to a numeric value")
            }
            let number = Decimal(stored: digits)
            let result = name == "abs" ? number.magnitude : name == "floor" ? number.floor : number.ceiling
            return [.number(result.description)]
        }
    }

    private static func typeName(_ item: JSON) -> String {
        switch item {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    // MARK: Predicates

    private func truth(_ node: JSONPath.Node, _ scope: Scope) throws -> Truth {
        switch node {
        case .and(let left, let right):
            let first = try truth(left, scope)
            if case .no = first { return .no }
            let second = try truth(right, scope)
            if case .yes = second { return first }
            return second
        case .or(let left, let right):
            let first = try truth(left, scope)
            if case .yes = first { return .yes }
            let second = try truth(right, scope)
            if case .no = second { return first }
            return second
        case .not(let inner):
            switch try truth(inner, scope) {
            case .yes: return .no
            case .no: return .yes
            case .unknown: return .unknown
            }
        case .isUnknown(let inner):
            if case .unknown = try truth(inner, scope) { return .yes }
            return .no
        case .exists(let inner):
            guard let items = try forgiving({ try values(inner, scope) }) else { return .unknown }
            return items.isEmpty ? .no : .yes
        case .comparison(let comparison, let left, let right):
            return try pairs(left, right, scope) { Self.compare($0, $1, comparison) }
        case .startsWith(let left, let right):
            return try pairs(left, right, scope) { whole, start in
                guard case .string(let text) = whole, case .string(let prefix) = start else { return .unknown }
                return text.utf8.starts(with: prefix.utf8) ? .yes : .no
            }
        case .likeRegex(let inner, let pattern, let flags):
            let compiled = try regex(pattern, flags)
            return try pairs(inner, nil, scope) { item, _ in
                guard case .string(let text) = item else { return .unknown }
                return compiled.matches(Array(text.unicodeScalars)) ? .yes : .no
            }
        default:
            // A value that stands where a condition is expected.
            throw PostgresError("22038", "single boolean result is expected")
        }
    }

    /// nil for an error in the data, which makes a condition unknown.
    private func forgiving(_ body: () throws -> [JSON]) throws -> [JSON]? {
        do { return try body() } catch let error as PostgresError {
            guard error.isAboutJSON else { throw error }
            return nil
        }
    }

    /// Tries a condition on every pair of items: in lax mode the first that holds decides, in strict mode an unknown
    /// one spoils all.
    private func pairs(
        _ left: JSONPath.Node, _ right: JSONPath.Node?, _ scope: Scope, _ test: (JSON, JSON) -> Truth
    ) throws -> Truth {
        guard let lefts = try forgiving({ unwrapped(try values(left, scope)) }) else { return .unknown }
        guard let rights = try forgiving({ try right.map { unwrapped(try values($0, scope)) } ?? [.null] }) else {
            return .unknown
        }
        var found = Truth.no
        for a in lefts {
            for b in rights {
                switch test(a, b) {
                case .yes:
                    if isLax { return .yes }
                    if case .no = found { found = .yes }
                case .unknown:
                    if !isLax { return .unknown }
                    if case .no = found { found = .unknown }
                case .no: break
                }
            }
        }
        return found
    }

    private static func compare(_ left: JSON, _ right: JSON, _ comparison: JSONPath.Comparison) -> Truth {
        let order: Int
        switch (left, right) {
        case (.null, .null): order = 0
        case (.bool(let a), .bool(let b)): order = (a ? 1 : 0) - (b ? 1 : 0)
        case (.number(let a), .number(let b)): order = Decimal(stored: a).compare(Decimal(stored: b))
        case (.string(let a), .string(let b)):
            order = a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.null, _), (_, .null):
            // Null differs from everything and is neither less nor greater.
            switch comparison {
            case .notEqual: return .yes
            default: return .no
            }
        default: return .unknown
        }
        let holds =
            switch comparison {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        return holds ? .yes : .no
    }
}

extension PostgresError {
    /// Errors that a path's data cause: `silent` and conditions pass over them.
    var isAboutJSON: Bool { code.hasPrefix("2203") || code.hasPrefix("22012") || code.hasPrefix("22003") }
}
