import PostgresSyntax
import PostgresTypes

/// Frames of windows.
extension Analysis {
    /// A frame, with its offsets converted to what its mode counts in.
    func bindFrame(_ frame: WindowFrame<Expression>, _ order: [TypedSort], in scope: QueryScope) throws(PostgresError)
        -> WindowFrame<TypedExpression>
    {
        if frame.mode == .groups, order.isEmpty {
            throw BindError.windowing("GROUPS mode requires an ORDER BY clause")
        }
        if frame.mode == .range, !frame.offsets.isEmpty, order.count != 1 {
            throw BindError.windowing(
                "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
        }
        scope.clause =
            switch frame.mode {
            case .rows: .windowRows
            case .range: .windowRange
            case .groups: .windowGroups
            }
        return try frame.map { (offset) throws(PostgresError) in
            let name = frame.mode.rawValue
            var value = try bind(offset, in: scope)
            let type = frame.mode == .range ? try distance(value.type.type, along: order[0].value) : .int8
            value = try toType(value, type, name)
            if hasColumns(value) {
                throw BindError.columnReference("argument of \(name) must not contain variables")
            }
            return value
        }
    }

    /// The type that an offset of RANGE takes: what the sort key's operator family can add to it.
    private func distance(_ offset: TypeID, along key: TypedExpression) throws(PostgresError) -> TypeID {
        let type = types.base(of: key.type.type)
        let known: [TypeID] =
            switch type {
            case .int2, .int4: [.int8, .int4, .int2]
            case .int8: [.int8]
            case .float4, .float8: [.float8]
            case .numeric: [.numeric]
            case .date, .time, .timetz, .timestamp, .timestamptz, .interval: [.interval]
            default: []
            }
        let text = "RANGE with offset PRECEDING/FOLLOWING"
        if known.isEmpty {
            throw BindError.notImplemented("\(text) is not supported for column type \(typeName(sortType(type)))")
        }
        let fitting = known.filter { types.canCoerce(offset, to: $0, .implicit) }
        let preferred = offset == .unknown ? type : offset
        if fitting.contains(preferred) { return preferred }
        guard let only = fitting.last else {
            throw BindError.notImplemented(
                "\(text) is not supported for column type \(typeName(type)) and offset type \(typeName(offset))",
                hint: "Cast the offset value to an appropriate type.")
        }
        guard fitting.count == 1 else {
            throw BindError.notImplemented(
                "\(text) has multiple interpretations for column type \(typeName(type)) and offset type "
                    + typeName(offset),
                hint: "Cast the offset value to the exact intended type.")
        }
        return only
    }

    /// The type that an operator class without such functions is for.
    private func sortType(_ type: TypeID) -> TypeID {
        switch catalog.postgresType(of: type) {
        case .enumeration: .anyenum
        case .array: .anyarray
        case .range: .anyrange
        case .multirange: .anymultirange
        case .composite: .record
        case .varchar: .text
        default: type
        }
    }
}
