import PostgresTypes
import SQLite

extension SQLValue {
    /// A numeric in its stored form.
    static func decimal(_ value: Decimal) -> SQLValue { .text(value.description) }
}

extension FunctionTable {
    mutating func addNumerics() {
        scalar("numeric_add(numeric,numeric)") { .decimal(try $0.decimal(0).adding($0.decimal(1))) }
        scalar("numeric_sub(numeric,numeric)") { .decimal(try $0.decimal(0).subtracting($0.decimal(1))) }
        scalar("numeric_mul(numeric,numeric)") { .decimal(try $0.decimal(0).multiplied(by: $0.decimal(1))) }
        scalar("numeric_div(numeric,numeric)") { .decimal(try $0.decimal(0).divided(by: $0.decimal(1))) }
        scalar("div(numeric,numeric)") { .decimal(try $0.decimal(0).dividedToWhole(by: $0.decimal(1))) }
        scalar("numeric_mod(numeric,numeric)", "mod(numeric,numeric)") {
            .decimal(try $0.decimal(0).remainder(dividingBy: $0.decimal(1)))
        }
        scalar("numeric_uminus(numeric)") { .decimal($0.decimal(0).negated) }
        native("numeric_uplus(numeric)") { $0[0] }
        scalar("numeric_abs(numeric)", "abs(numeric)") { .decimal($0.decimal(0).magnitude) }
        scalar("sign(numeric)") { .decimal($0.decimal(0).sign) }
        scalar("ceil(numeric)", "ceiling(numeric)") { .decimal($0.decimal(0).ceiling) }
        scalar("floor(numeric)") { .decimal($0.decimal(0).floor) }
        scalar("round(numeric)") { .decimal($0.decimal(0).rounded(toScale: 0)) }
        scalar("round(numeric,int4)") { .decimal($0.decimal(0).rounded(toScale: Self.scale($0.integer(1)))) }
        scalar("trunc(numeric)") { .decimal($0.decimal(0).truncated(toScale: 0)) }
        scalar("trunc(numeric,int4)") { .decimal($0.decimal(0).truncated(toScale: Self.scale($0.integer(1)))) }
        scalar("scale(numeric)") { call in
            let value = call.decimal(0)
            return value.isFinite ? .integer(Int64(value.scale)) : .null
        }
        scalar("min_scale(numeric)") { call in
            let value = call.decimal(0)
            return value.isFinite ? .integer(Int64(value.minimalScale)) : .null
        }
        scalar("trim_scale(numeric)") { call in
            let value = call.decimal(0)
            return .decimal(value.isFinite ? value.rounded(toScale: value.minimalScale) : value)
        }
        for width in IntegerWidth.allCases {
            let type: PostgresType = width == .int2 ? .int2 : width == .int4 ? .int4 : .int8
            scalar("\(width.rawValue)(numeric)") { .integer(try $0.decimal(0).integer(type)) }
            scalar("numeric(\(width.rawValue))") { .text(String($0.integer(0))) }
        }
        scalar("numeric(numeric,int4)") { call in
            try PostgresType.numeric.applyLength(call[0], modifier: Int32(call.integer(1)), isExplicit: true)
        }
        addNumberPatterns()
        addNumericBuckets()
        extremum("max(numeric)", isMaximum: true)
        extremum("min(numeric)", isMaximum: false)
        scalar("factorial(int8)") { call in
            let number = call.integer(0)
            guard number >= 0 else { throw PostgresError("22003", "factorial of a negative number is undefined") }
            guard number <= 32177 else { throw PostgresError("22003", "value overflows numeric format") }
            var result = Decimal.one
            var factor: Int64 = 2
            while factor <= number {
                result = try result.multiplied(by: Decimal(factor))
                factor += 1
            }
            return .decimal(result)
        }
    }

    /// `to_char` of every number.
    private mutating func addNumberPatterns() {
        for width in ["int4", "int8"] {
            scalar("to_char(\(width),text)") { .text(try Decimal($0.integer(0)).formatted($0.text(1))) }
        }
        scalar("to_char(numeric,text)") { .text(try $0.decimal(0).formatted($0.text(1))) }
        for width in ["float4", "float8"] {
            scalar("to_char(\(width),text)") { call in
                .text(try Decimal.formatted(call.double(0), call.text(1), isSingle: width == "float4"))
            }
        }
    }

    /// `width_bucket` of numerics: the bucket is found exactly, whatever the number of digits.
    private mutating func addNumericBuckets() {
        // Buckets of any width: how many thresholds the value has reached.
        typed("width_bucket(anycompatible,anycompatiblearray)") { call in
            let thresholds = try call.array(1)
            guard thresholds.dimensions.count <= 1 else {
                throw PostgresError("2202E", "thresholds must be one-dimensional array")
            }
            if thresholds.elements.contains(where: \.isNull) {
                throw PostgresError("22004", "thresholds array must not contain NULLs")
            }
            let (type, value) = (try call.element(1), call[0])
            return .integer(Int64(thresholds.elements.count { type.compare($0, value) <= 0 }))
        }
        scalar("width_bucket(numeric,numeric,numeric,int4)") { call in
            let (value, low, high, count) = (call.decimal(0), call.decimal(1), call.decimal(2), call.integer(3))
            try Self.checkBuckets(
                count, hasNaN: value.isNaN || low.isNaN || high.isNaN, isFinite: low.isFinite && high.isFinite,
                isEmpty: low == high)
            let isRising = low < high
            if isRising ? value < low : low < value { return .integer(0) }
            if isRising ? !(value < high) : !(high < value) { return try IntegerWidth.int4.check(count + 1) }
            let (offset, width) =
                isRising
                ? (try value.subtracting(low), try high.subtracting(low))
                : (try low.subtracting(value), try low.subtracting(high))
            let share = try offset.multiplied(by: Decimal(count)).dividedToWhole(by: width)
            return .integer(min(try share.integer() + 1, count))
        }
    }

    /// What `width_bucket` demands of any kind of number.
    static func checkBuckets(_ count: Int64, hasNaN: Bool, isFinite: Bool, isEmpty: Bool) throws {
        guard count > 0 else { throw PostgresError("2201G", "count must be greater than zero") }
        if hasNaN { throw PostgresError("2201G", "operand, lower bound, and upper bound cannot be NaN") }
        guard isFinite else { throw PostgresError("2201G", "lower and upper bounds must be finite") }
        if isEmpty { throw PostgresError("2201G", "lower bound cannot equal upper bound") }
    }

    /// Scales beyond what a numeric can carry make no difference.
    private static func scale(_ value: Int64) -> Int { Int(max(-2000, min(2000, value))) }
}
