import PostgresSyntax
import PostgresTypes
import SQLite

/// Functions over windows. What SQLite cannot do with a frame runs over the whole partition, in `FramedWindow`.
extension Generation {
    func window(_ node: WindowNode, type: TypeReference) throws(PostgresError) -> String {
        guard node.call.order.isEmpty, !node.call.isDistinct else {
            throw .notSupported("DISTINCT or ORDER BY in a window function")
        }
        let native = try node.frame.map { (f) throws(PostgresError) in try nativeFrame(f, node.order) }
        let isNative = node.frame == nil || native! != nil
        if let call = try framedCall(node, isNative: isNative) { return try framed(call, node, type) }
        return try nativeCall(node, type) + over(node, frame: native ?? nil)
    }

    /// Conditions that fail where the frames of a query's windows make no sense, whatever its rows are: also those of
    /// functions that look at no frame.
    func frameChecks(_ values: [TypedExpression]) throws(PostgresError) -> [String] {
        var frames: [(frame: WindowFrame<TypedExpression>, order: [TypedSort])] = []
        for value in values {
            value.walk { node, _ in
                switch node.node {
                case .subquery: return .pastChildren
                case .window(let window):
                    if let frame = window.frame, !frame.offsets.isEmpty { frames.append((frame, window.order)) }
                    return .pastChildren
                default: return .intoChildren
                }
            }
        }
        var checks: [String] = []
        for (frame, order) in frames where try nativeFrame(frame, order) == nil {
            let check = "\"good frame\"('\(frame.mode.rawValue)', \(try offsets(of: frame)))"
            if !checks.contains(check) { checks.append(check) }
        }
        return checks
    }

    // MARK: SQLite's own

    private func nativeCall(_ node: WindowNode, _ type: TypeReference) throws(PostgresError) -> String {
        let (signature, implementation) = try implementation(of: node.call.function)
        let filter = try node.call.filter.map { (f) throws(PostgresError) in " FILTER (WHERE \(try condition(f)))" }
        let arguments = try texts(node.call.arguments)
        let call: String
        switch implementation {
        case .window(let name): call = "\(name)(\(checked(arguments, of: name).joined(separator: ", ")))"
        case .nativeAggregate(let template): call = node.call.isStar ? "count(*)" : template(arguments)
        case .extremum(let isMaximum):
            call = "\(isMaximum ? "max" : "min")(\(arguments[0])\(try orderCollation(node.call.arguments[0])))"
        case .aggregate(let function):
            call = plainAggregate("window " + signature.text, function, arguments, node.call, type)
        default: throw PostgresError("XX000", "\(signature.text) is no window function")
        }
        return call + (filter ?? "")
    }

    /// The arguments of a window function, those tested that SQLite would refuse in words of its own.
    private func checked(_ arguments: [String], of name: String) -> [String] {
        guard name == "ntile" || name == "nth_value" else { return arguments }
        return Array(arguments.dropLast()) + ["\"positive count\"(\(arguments.last!), \(name.quotedLiteral))"]
    }

    private func over(_ node: WindowNode, frame: String?) throws(PostgresError) -> String {
        var parts: [String] = []
        if !node.partition.isEmpty {
            var keys: [String] = []
            for key in node.partition { keys.append(try expression(key) + equalityCollation(key)) }
            parts.append("PARTITION BY " + keys.joined(separator: ", "))
        }
        let order = try orderBy(node.order)
        if !order.isEmpty { parts.append(String(order.dropFirst())) }
        if let frame { parts.append(frame) }
        return " OVER (\(parts.joined(separator: " ")))"
    }

    /// A frame that SQLite means as Postgres does: its offsets are plain counts, and RANGE adds them to integers that
    /// cannot overflow.
    private func nativeFrame(_ frame: WindowFrame<TypedExpression>, _ order: [TypedSort]) throws(PostgresError)
        -> String?
    {
        if frame.offsets.isEmpty { return try frame.text(expression) }
        if frame.mode == .range {
            switch TypeSystem(catalog: catalog).base(of: order[0].value.type.type) {
            case .int2, .int4: break
            default: return nil
            }
        }
        for offset in frame.offsets {
            let text = try expression(offset).utf8
            guard text.count < 10, text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                return nil
            }
        }
        return try frame.text(expression)
    }

    // MARK: Frames computed here

    /// What `FramedWindow` runs for a call; nil for what looks at no frame, and for what SQLite does itself.
    private func framedCall(_ node: WindowNode, isNative: Bool) throws(PostgresError) -> FrameProgram.Call? {
        if catalog[node.call.function]?.aggregate != nil { return .userAggregate(node.call.function.oid) }
        let (signature, implementation) = try implementation(of: node.call.function)
        switch implementation {
        case .extremum(let isMaximum):
            let argument = node.call.arguments[0]
            if isNative, !isEnumeration(argument.type.type) { return nil }
            return .extremum(isMaximum: isMaximum, isByteOrdered: try orderCollation(argument).isEmpty)
        case .nativeAggregate: return isNative ? nil : .count
        case .aggregate: return isNative ? nil : .aggregate(signature.text)
        case .window(let name): return isNative ? nil : FrameProgram.Call(windowFunction: name)
        default: return nil
        }
    }

    private func framed(_ call: FrameProgram.Call, _ node: WindowNode, _ type: TypeReference) throws(PostgresError)
        -> String
    {
        var arguments = try texts(node.call.arguments)
        if case .value(.nth) = call { arguments = checked(arguments, of: "nth_value") }
        var keys: [SortOrder.Key] = []
        for sort in node.order {
            if sort.value.type.type.isAnonymous {
                throw .notSupported("a window with such a frame ordered by anonymous rows")
            }
            keys.append(
                SortOrder.Key(
                    type: TypeSystem(catalog: catalog).base(of: sort.value.type.type), isDescending: sort.isDescending,
                    nullsFirst: sort.nullsFirst, isByteOrdered: try orderCollation(sort.value).isEmpty))
        }
        let frame = node.frame ?? WindowFrame(mode: .range, start: .unboundedPreceding, end: nil)
        let program = FrameProgram(
            call: call, frame: frame.map { _ in 0 },
            types: CallTypes(arguments: node.call.arguments.map(\.type), result: type),
            order: SortOrder(isDistinct: false, argumentCount: arguments.count, keys: keys))
        let filter = try node.call.filter.map { (f) throws(PostgresError) in "(\(try condition(f))) IS TRUE" } ?? "1"
        let all =
            [program.text.quotedLiteral, try offsets(of: frame), filter] + arguments
            + (try texts(node.order.map(\.value)))
        // The frame of the current row and all after it tells `FramedWindow` the partition and the row.
        return "framed(\(all.joined(separator: ", ")))"
            + (try over(node, frame: "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"))
    }

    /// The two offsets as arguments; an empty text where there is none.
    private func offsets(of frame: WindowFrame<TypedExpression>) throws(PostgresError) -> String {
        func text(_ offset: TypedExpression?) throws(PostgresError) -> String { try offset.map(expression) ?? "''" }
        return try "\(text(frame.start.offset)), \(text(frame.end?.offset))"
    }
}
