import PostgresTypes
import SQLite

extension Invocation {
    /// A range argument of a function that takes types.
    fileprivate func range(_ index: Int) throws -> (value: RangeValue, kind: RangeKind) {
        guard case .range(let kind) = try type(index) else { throw PostgresError("XX000", "not a range") }
        return (RangeValue(stored: text(index), kind: kind), kind)
    }
}

extension FunctionTable {
    mutating func addRanges() {
        addRangeConstructors()
        addRangeProperties()
        addRangeOperators()
    }

    private mutating func addRangeConstructors() {
        let kinds: [(RangeKind, String)] = [
            (.int4range, "int4"), (.int8range, "int8"), (.numrange, "numeric"), (.tsrange, "timestamp"),
            (.tstzrange, "timestamptz"), (.daterange, "date"),
        ]
        for (kind, element) in kinds {
            let name = kind.name
            nullable("\(name)(\(element),\(element))", "\(name)(\(element),\(element),text)") { call in
                try Self.range(call, boundsFrom: 0, kind: kind)
            }
        }
        // What the constructors of a user's own ranges call, with any range of the kind before the bounds.
        typed("emulator_range(anyrange,anyelement,anyelement,text)", isStrict: false) { call in
            guard case .range(let kind) = try call.type(0) else { throw PostgresError("XX000", "not a range") }
            return try Self.range(call, boundsFrom: 1, kind: kind)
        }
    }

    private static func range(_ call: Invocation, boundsFrom first: Int, kind: RangeKind) throws -> SQLValue {
        let last = first + 2
        if call.count > last, call.isNull(last) {
            throw PostgresError("22000", "range constructor flags argument must not be null")
        }
        let flags = call.count > last ? call.text(last) : "[)"
        guard ["[]", "[)", "(]", "()"].contains(flags) else {
            throw PostgresError(
                "42601", "invalid range bound flags",
                hint: "Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
        }
        func bound(_ index: Int, isInclusive: Bool) -> RangeValue.Bound {
            .init(call.isNull(index) ? nil : call[index], isInclusive: isInclusive)
        }
        return try RangeValue(
            lower: bound(first, isInclusive: flags.first == "["),
            upper: bound(first + 1, isInclusive: flags.last == "]"), kind: kind
        ).stored(kind: kind)
    }

    private mutating func addRangeProperties() {
        typed("lower(anyrange)") { try $0.range(0).value.lower.value ?? .null }
        typed("upper(anyrange)") { try $0.range(0).value.upper.value ?? .null }
        typed("isempty(anyrange)") { .bool(try $0.range(0).value.isEmpty) }
        typed("lower_inc(anyrange)") { .bool(try $0.range(0).value.lower.isInclusive) }
        typed("upper_inc(anyrange)") { .bool(try $0.range(0).value.upper.isInclusive) }
        typed("lower_inf(anyrange)") { call in
            let range = try call.range(0).value
            return .bool(!range.isEmpty && range.lower.value == nil)
        }
        typed("upper_inf(anyrange)") { call in
            let range = try call.range(0).value
            return .bool(!range.isEmpty && range.upper.value == nil)
        }
    }

    private mutating func addRangeOperators() {
        for (name, comparison) in [
            ("eq", Comparison.equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ] {
            self.comparison("range_\(name)(anyrange,anyrange)", comparison)
        }
        typed("range_cmp(anyrange,anyrange)") { call in
            let (left, kind) = try call.range(0)
            return .integer(Int64(left.compare(try call.range(1).value, kind: kind).signum()))
        }
        let tests: [(String, @Sendable (RangeValue, RangeValue, RangeKind) -> Bool)] = [
            ("overlaps", { $0.overlaps($1, kind: $2) }), ("contains", { $0.contains($1, kind: $2) }),
            ("contained_by", { $1.contains($0, kind: $2) }), ("before", { $0.isBefore($1, kind: $2) }),
            ("after", { $1.isBefore($0, kind: $2) }), ("adjacent", { $0.isAdjacent(to: $1, kind: $2) }),
            ("overleft", { $0.endsWithin($1, kind: $2) }), ("overright", { $0.startsWithin($1, kind: $2) }),
        ]
        for (name, test) in tests {
            typed("range_\(name)(anyrange,anyrange)") { call in
                let (left, kind) = try call.range(0)
                return .bool(test(left, try call.range(1).value, kind))
            }
        }
        typed("range_contains_elem(anyrange,anyelement)") { call in
            let (range, kind) = try call.range(0)
            return .bool(range.contains(call[1], kind: kind))
        }
        typed("elem_contained_by_range(anyelement,anyrange)") { call in
            let (range, kind) = try call.range(1)
            return .bool(range.contains(call[0], kind: kind))
        }
        let combinations: [(String, @Sendable (RangeValue, RangeValue, RangeKind) throws -> RangeValue)] = [
            ("range_union", { try $0.union($1, kind: $2, fillsGap: false) }),
            ("range_merge", { try $0.union($1, kind: $2, fillsGap: true) }),
            ("range_intersect", { try $0.intersection($1, kind: $2) }),
            ("range_minus", { try $0.difference($1, kind: $2) }),
        ]
        for (name, combine) in combinations {
            typed("\(name)(anyrange,anyrange)") { call in
                let (left, kind) = try call.range(0)
                return try combine(left, try call.range(1).value, kind).stored(kind: kind)
            }
        }
    }
}
