import Glibc
import PostgresTypes
import SQLite
import World

extension PostgresError {
    static let floatOverflow = PostgresError("22003", "value out of range: overflow")
    static let floatUnderflow = PostgresError("22003", "value out of range: underflow")
}

extension FunctionTable {
    mutating func addFloats() {
        addFloatArithmetic()
        addFloatCasts()
        addFloatFunctions()
        addTrigonometry()
    }

    private static func single(_ value: Double, finiteInputs: Bool) throws -> SQLValue {
        let result = Double(Float(value))
        if result.isInfinite && finiteInputs { throw PostgresError.floatOverflow }
        return .float(result)
    }

    /// A numeric as a float: through its digits, as in Postgres, so that what is too large or too small is refused.
    static func float(_ value: Decimal, _ type: PostgresType, _ context: ExecutionContext) throws -> SQLValue {
        try type.decode(text: value.description, context: context.valueContext)
    }

    /// `float48pl(float4,float8)` and kin; only float4 with float4 stays single.
    private mutating func addFloatArithmetic() {
        for (left, right) in [("4", "4"), ("8", "8"), ("4", "8"), ("8", "4")] {
            let name = "float" + (left == right ? left : left + right)
            let types = "(float\(left),float\(right))"
            let isSingle = left == "4" && right == "4"
            @Sendable func result(_ a: Double, _ b: Double, _ value: Double, zeroAllowed: Bool) throws -> SQLValue {
                let value = isSingle ? Double(Float(value)) : value
                if value.isInfinite && a.isFinite && b.isFinite { throw PostgresError.floatOverflow }
                if value == 0 && !zeroAllowed { throw PostgresError.floatUnderflow }
                return .float(value)
            }
            scalar("\(name)pl\(types)") { call in
                let (a, b) = (call.double(0), call.double(1))
                return try result(a, b, a + b, zeroAllowed: true)
            }
            scalar("\(name)mi\(types)") { call in
                let (a, b) = (call.double(0), call.double(1))
                return try result(a, b, a - b, zeroAllowed: true)
            }
            scalar("\(name)mul\(types)") { call in
                let (a, b) = (call.double(0), call.double(1))
                return try result(a, b, a * b, zeroAllowed: a == 0 || b == 0)
            }
            scalar("\(name)div\(types)") { call in
                let (a, b) = (call.double(0), call.double(1))
                if b == 0 && !a.isNaN { throw PostgresError.divisionByZero }
                return try result(a, b, a / b, zeroAllowed: a == 0 || b.isInfinite)
            }
        }
        for type in ["float4", "float8"] {
            scalar("\(type)um(\(type))") { .float(-$0.double(0)) }
            native("\(type)up(\(type))") { $0[0] }
            scalar("\(type)abs(\(type))", "abs(\(type))") { .float(abs($0.double(0))) }
            extremum("max(\(type))", isMaximum: true)
            extremum("min(\(type))", isMaximum: false)
        }
    }

    private mutating func addFloatCasts() {
        for source in IntegerWidth.allCases {
            scalar("float8(\(source.rawValue))") { .real(Double($0.integer(0))) }
            scalar("float4(\(source.rawValue))") { .real(Double(Float($0.integer(0)))) }
        }
        native("float8(float4)") { $0[0] }
        scalar("float4(float8)") { call in
            let value = call.double(0)
            if value != 0 && value.isFinite && Float(value) == 0 { throw PostgresError.floatUnderflow }
            return try Self.single(value, finiteInputs: value.isFinite)
        }
        for type in ["float4", "float8"] {
            for width in IntegerWidth.allCases {
                scalar("\(width.rawValue)(\(type))") { call in
                    // Half to even, as the C library rounds by default.
                    let value = call.double(0).rounded(.toNearestOrEven)
                    guard value >= -0x1p63, value < 0x1p63, width.range.contains(Int64(value)) else {
                        throw width.overflow
                    }
                    return .integer(Int64(value))
                }
            }
        }
        scalar("float8(numeric)") { try Self.float($0.decimal(0), .float8, $0.context) }
        scalar("float4(numeric)") { try Self.float($0.decimal(0), .float4, $0.context) }
        scalar("numeric(float8)") { .decimal(Decimal($0.double(0))) }
        scalar("numeric(float4)") { .decimal(Decimal(single: $0.double(0))) }
    }

    private mutating func addFloatFunctions() {
        scalar("dround(float8)", "round(float8)") { .float($0.double(0).rounded(.toNearestOrEven)) }
        scalar("dtrunc(float8)", "trunc(float8)") { .float($0.double(0).rounded(.towardZero)) }
        scalar("ceil(float8)", "ceiling(float8)") { .float($0.double(0).rounded(.up)) }
        scalar("floor(float8)") { .float($0.double(0).rounded(.down)) }
        scalar("sign(float8)") { call in
            let value = call.double(0)
            return .float(value > 0 ? 1 : value < 0 ? -1 : value.isNaN ? .nan : 0)
        }
        scalar("dsqrt(float8)", "sqrt(float8)") { call in
            let value = call.double(0)
            guard !(value < 0) else {
                throw PostgresError("2201F", "cannot take square root of a negative number")
            }
            return .float(value.squareRoot())
        }
        scalar("dcbrt(float8)", "cbrt(float8)") { .float(cbrt($0.double(0))) }
        scalar("dpow(float8,float8)", "pow(float8,float8)", "power(float8,float8)") { call in
            let (base, exponent) = (call.double(0), call.double(1))
            if base == 0 && exponent < 0 {
                throw PostgresError("2201F", "zero raised to a negative power is undefined")
            }
            if base < 0 && exponent.isFinite && exponent.rounded() != exponent {
                throw PostgresError(
                    "2201F", "a negative number raised to a non-integer power yields a complex result")
            }
            let result = pow(base, exponent)
            if result.isInfinite && base.isFinite && exponent.isFinite { throw PostgresError.floatOverflow }
            if result == 0 && base != 0 && base.isFinite && exponent.isFinite { throw PostgresError.floatUnderflow }
            return .float(result)
        }
        scalar("dexp(float8)", "exp(float8)") { call in
            let result = exp(call.double(0))
            if result.isInfinite && call.double(0).isFinite { throw PostgresError.floatOverflow }
            if result == 0 && call.double(0).isFinite { throw PostgresError.floatUnderflow }
            return .float(result)
        }
        scalar("dlog1(float8)", "ln(float8)") { .float(log(try Self.positive($0.double(0)))) }
        scalar("dlog10(float8)", "log(float8)", "log10(float8)") { .float(log10(try Self.positive($0.double(0)))) }
        native("pi()") { _ in "3.141592653589793e0" }
        scalar("degrees(float8)") { .float($0.double(0) / (Double.pi / 180)) }
        scalar("radians(float8)") { .float($0.double(0) * (Double.pi / 180)) }
        volatile("random()") { .real(try $0.context.world.entropy.unit()) }
        scalar("width_bucket(float8,float8,float8,int4)") { call in
            let (value, low, high, count) = (call.double(0), call.double(1), call.double(2), call.integer(3))
            try Self.checkBuckets(
                count, hasNaN: value.isNaN || low.isNaN || high.isNaN, isFinite: low.isFinite && high.isFinite,
                isEmpty: low == high)
            if low < high {
                if value < low { return .integer(0) }
                if value >= high { return .integer(count + 1) }
                return .integer(Self.bucket(value - low, of: high - low, count))
            }
            if value > low { return .integer(0) }
            if value <= high { return .integer(count + 1) }
            return .integer(Self.bucket(low - value, of: low - high, count))
        }
    }

    /// Where numbers grow too great on the way, PostgreSQL makes an integer of that as C does.
    private static func bucket(_ distance: Double, of whole: Double, _ count: Int64) -> Int64 {
        let bucket = Double(count) * distance / whole + 1
        return bucket.isFinite ? Int64(bucket) : Int64(Int32.min)
    }

    private static func positive(_ value: Double) throws -> Double {
        if value == 0 { throw PostgresError("2201E", "cannot take logarithm of zero") }
        if value < 0 { throw PostgresError("2201E", "cannot take logarithm of a negative number") }
        return value
    }

    private mutating func addTrigonometry() {
        let plain: [(String, @Sendable (Double) -> Double)] = [
            ("sin", { sin($0) }), ("cos", { cos($0) }), ("tan", { tan($0) }), ("cot", { 1 / tan($0) }),
            ("asin", { asin($0) }), ("acos", { acos($0) }), ("atan", { atan($0) }), ("sinh", { sinh($0) }),
            ("cosh", { cosh($0) }), ("tanh", { tanh($0) }), ("asinh", { asinh($0) }), ("acosh", { acosh($0) }),
            ("atanh", { atanh($0) }),
        ]
        for (name, function) in plain {
            scalar("\(name)(float8)") { call in
                let value = call.double(0)
                let result = function(value)
                if result.isNaN && !value.isNaN { throw PostgresError("22003", "input is out of range") }
                return .float(result)
            }
        }
        scalar("atan2(float8,float8)") { .float(atan2($0.double(0), $0.double(1))) }
        scalar("atan2d(float8,float8)") { .float(Degrees.arc(atan2($0.double(0), $0.double(1)))) }
        let inDegrees: [(String, @Sendable (Double) -> Double?)] = [
            ("sind", Degrees.sine), ("cosd", Degrees.cosine), ("tand", Degrees.tangent),
            ("cotd", Degrees.cotangent), ("asind", Degrees.arcSine), ("acosd", Degrees.arcCosine),
            ("atand", { Degrees.arc(atan($0)) }),
        ]
        for (name, function) in inDegrees {
            scalar("\(name)(float8)") { call in
                let value = call.double(0)
                if value.isNaN { return .float(.nan) }
                guard let result = function(value) else { throw PostgresError("22003", "input is out of range") }
                return .float(result)
            }
        }
    }
}
