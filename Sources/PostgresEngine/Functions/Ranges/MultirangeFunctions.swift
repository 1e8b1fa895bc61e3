import PostgresTypes
import SQLite

extension Invocation {
    /// A range or multirange argument, of a function that takes types, as the set it is.
    fileprivate func ranges(_ index: Int) throws -> (value: MultirangeValue, kind: RangeKind) {
        switch try type(index) {
        case .range(let kind):
            return (try MultirangeValue([RangeValue(stored: text(index), kind: kind)], kind: kind), kind)
        case .multirange(let kind): return (MultirangeValue(stored: text(index), kind: kind), kind)
        default: throw PostgresError("XX000", "not a multirange")
        }
    }
}

extension FunctionTable {
    mutating func addMultiranges() {
        addMultirangeConstructors()
        addMultirangeProperties()
        addMultirangeOperators()
        addMultirangeAggregates()
    }

    private mutating func addMultirangeConstructors() {
        for kind in RangeKind.builtin {
            let name = kind.multirangeName
            scalar("\(name)()") { _ in .text("{}") }
            scalar("\(name)(\(kind.name))") { call in
                try MultirangeValue([RangeValue(stored: call.text(0), kind: kind)], kind: kind).stored(kind: kind)
            }
            scalar("\(name)(_\(kind.name))") { call in
                let array = ArrayValue(stored: call.text(0), element: .range(kind))
                guard array.dimensions.count <= 1 else {
                    throw PostgresError("21000", "multiranges cannot be constructed from multidimensional arrays")
                }
                let ranges = try array.elements.map { element -> RangeValue in
                    guard case .text(let text) = element else {
                        throw PostgresError(
                            "22004", "multirange values cannot contain null members")
                    }
                    return RangeValue(stored: text, kind: kind)
                }
                return try MultirangeValue(ranges, kind: kind).stored(kind: kind)
            }
        }
        typed("multirange(anyrange)") { call in
            let (value, kind) = try call.ranges(0)
            return value.stored(kind: kind)
        }
        typed("range_merge(anymultirange)") { call in
            let (value, kind) = try call.ranges(0)
            return try value.span(kind: kind).stored(kind: kind)
        }
        rows("unnest(anymultirange)", takesTypes: true) { call in
            let (value, kind) = try call.ranges(0)
            return value.ranges.map { [$0.stored(kind: kind)] }
        }
    }

    private mutating func addMultirangeProperties() {
        typed("isempty(anymultirange)") { .bool(try $0.ranges(0).value.ranges.isEmpty) }
        typed("lower(anymultirange)") { try $0.ranges(0).value.ranges.first?.lower.value ?? .null }
        typed("upper(anymultirange)") { try $0.ranges(0).value.ranges.last?.upper.value ?? .null }
        typed("lower_inc(anymultirange)") { .bool(try $0.ranges(0).value.ranges.first?.lower.isInclusive ?? false) }
        typed("upper_inc(anymultirange)") { .bool(try $0.ranges(0).value.ranges.last?.upper.isInclusive ?? false) }
        typed("lower_inf(anymultirange)") { call in
            .bool(try call.ranges(0).value.ranges.first.map { $0.lower.value == nil } ?? false)
        }
        typed("upper_inf(anymultirange)") { call in
            .bool(try call.ranges(0).value.ranges.last.map { $0.upper.value == nil } ?? false)
        }
    }

    private mutating func addMultirangeOperators() {
        for (name, comparison) in [
            ("eq", Comparison.equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ] {
            self.comparison("multirange_\(name)(anymultirange,anymultirange)", comparison)
        }
        typed("multirange_cmp(anymultirange,anymultirange)") { call in
            let (left, kind) = try call.ranges(0)
            return .integer(Int64(left.compare(try call.ranges(1).value, kind: kind).signum()))
        }
        let tests: [(String, @Sendable (MultirangeValue, MultirangeValue, RangeKind) -> Bool)] = [
            ("overlaps", { $0.overlaps($1, kind: $2) }), ("contains", { $0.contains($1, kind: $2) }),
            ("contained_by", { $1.contains($0, kind: $2) }), ("before", { $0.isBefore($1, kind: $2) }),
            ("after", { $1.isBefore($0, kind: $2) }), ("adjacent", { $0.isAdjacent(to: $1, kind: $2) }),
            ("overleft", { $0.endsWithin($1, kind: $2) }), ("overright", { $0.startsWithin($1, kind: $2) }),
        ]
        let sides = [
            ("multirange", "multirange"), ("multirange", "range"), ("range", "multirange"),
        ]
        for (name, test) in tests {
            for (left, right) in sides {
                typed("\(left)_\(name)_\(right)(any\(left),any\(right))") { call in
                    let (value, kind) = try call.ranges(0)
                    return .bool(test(value, try call.ranges(1).value, kind))
                }
            }
        }
        typed("multirange_contains_elem(anymultirange,anyelement)") { call in
            let (value, kind) = try call.ranges(0)
            return .bool(value.contains(call[1], kind: kind))
        }
        typed("elem_contained_by_multirange(anyelement,anymultirange)") { call in
            let (value, kind) = try call.ranges(1)
            return .bool(value.contains(call[0], kind: kind))
        }
        let combinations:
            [(String, @Sendable (MultirangeValue, MultirangeValue, RangeKind) throws -> MultirangeValue)] = [
                ("union", { try $0.union($1, kind: $2) }), ("intersect", { try $0.intersection($1, kind: $2) }),
                ("minus", { try $0.difference($1, kind: $2) }),
            ]
        for (name, combine) in combinations {
            typed("multirange_\(name)(anymultirange,anymultirange)") { call in
                let (left, kind) = try call.ranges(0)
                return try combine(left, try call.ranges(1).value, kind).stored(kind: kind)
            }
        }
    }

    private mutating func addMultirangeAggregates() {
        for type in ["anyrange", "anymultirange"] {
            aggregate("range_agg(\(type))", takesTypes: true) { types, context in
                RangeAggregate(types, context, combine: { try $0.union($1, kind: $2) })
            }
            aggregate("range_intersect_agg(\(type))", takesTypes: true) { types, context in
                RangeAggregate(types, context, combine: { try $0.intersection($1, kind: $2) })
            }
        }
    }
}

/// Ranges or multiranges joined into one value, in the type that the call has.
private final class RangeAggregate: Accumulator {
    typealias Combine = (MultirangeValue, MultirangeValue, RangeKind) throws -> MultirangeValue

    private let combine: Combine
    private let kind: RangeKind
    private let takesRanges: Bool
    private let givesRange: Bool
    private var result: MultirangeValue?

    init(_ types: CallTypes?, _ context: ExecutionContext, combine: @escaping Combine) {
        self.combine = combine
        let argument = types.map { context.postgresType($0.arguments[0].type) }
        switch argument {
        case .range(let kind)?:
            self.kind = kind
            takesRanges = true
        case .multirange(let kind)?:
            self.kind = kind
            takesRanges = false
        default:
            kind = .numrange
            takesRanges = true
        }
        if let types, case .range = context.postgresType(types.result.type) {
            givesRange = true
        } else {
            givesRange = false
        }
    }

    func add(_ values: [SQLValue]) throws {
        guard case .text(let text) = values[0] else { return }
        let value =
            takesRanges
            ? try MultirangeValue([RangeValue(stored: text, kind: kind)], kind: kind)
            : MultirangeValue(stored: text, kind: kind)
        result = try result.map { try combine($0, value, kind) } ?? value
    }

    func value() throws -> SQLValue {
        guard let result else { return .null }
        return givesRange ? (result.ranges.first ?? .empty).stored(kind: kind) : result.stored(kind: kind)
    }
}
