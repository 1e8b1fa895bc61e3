import PostgresTypes
import SQLite

/// The widths of Postgres' integers: results are checked against them, because SQLite only knows 64 bits.
enum IntegerWidth: String, CaseIterable, Sendable {
    case int2, int4, int8

    var range: ClosedRange<Int64> {
        switch self {
        case .int2: Int64(Int16.min)...Int64(Int16.max)
        case .int4: Int64(Int32.min)...Int64(Int32.max)
        case .int8: Int64.min...Int64.max
        }
    }

    var overflow: PostgresError {
        switch self {
        case .int2: PostgresError("22003", "smallint out of range")
        case .int4: PostgresError("22003", "integer out of range")
        case .int8: PostgresError("22003", "bigint out of range")
        }
    }

    func check(_ result: (partialValue: Int64, overflow: Bool)) throws -> SQLValue {
        guard !result.overflow, range.contains(result.partialValue) else { throw overflow }
        return .integer(result.partialValue)
    }

    func check(_ value: Int64) throws -> SQLValue { try check((value, false)) }
}

extension PostgresError {
    static let divisionByZero = PostgresError("22012", "division by zero")
}

extension FunctionTable {
    mutating func addIntegers() {
        addIntegerArithmetic()
        addIntegerCasts()
        for width in IntegerWidth.allCases {
            let type = width.rawValue
            scalar("\(type)um(\(type))") { try width.check(Int64(0).subtractingReportingOverflow($0.integer(0))) }
            native("\(type)up(\(type))") { $0[0] }
            scalar("\(type)abs(\(type))", "abs(\(type))") { call in
                let value = call.integer(0)
                return try width.check(value < 0 ? Int64(0).subtractingReportingOverflow(value) : (value, false))
            }
            scalar("\(type)mod(\(type),\(type))", "mod(\(type),\(type))") { call in
                guard call.integer(1) != 0 else { throw PostgresError.divisionByZero }
                return .integer(call.integer(1) == -1 ? 0 : call.integer(0) % call.integer(1))
            }
            native("\(type)and(\(type),\(type))") { "(\($0[0]) & \($0[1]))" }
            native("\(type)or(\(type),\(type))") { "(\($0[0]) | \($0[1]))" }
            native("\(type)not(\(type))") { "(~\($0[0]))" }
            scalar("\(type)xor(\(type),\(type))") { .integer($0.integer(0) ^ $0.integer(1)) }
            scalar("\(type)shl(\(type),int4)") { call in
                let bits = type == "int8" ? 63 : 31
                let shifted = call.integer(0) << Int64(Int(call.integer(1)) & bits)
                switch width {
                case .int2: return .integer(Int64(Int16(truncatingIfNeeded: shifted)))
                case .int4: return .integer(Int64(Int32(truncatingIfNeeded: shifted)))
                case .int8: return .integer(shifted)
                }
            }
            scalar("\(type)shr(\(type),int4)") { call in
                .integer(call.integer(0) >> Int64(Int(call.integer(1)) & (type == "int8" ? 63 : 31)))
            }
            extremum("max(\(type))", isMaximum: true)
            extremum("min(\(type))", isMaximum: false)
        }
        for width in [IntegerWidth.int4, .int8] {
            let type = width.rawValue
            scalar("\(type)larger(\(type),\(type))") { .integer(max($0.integer(0), $0.integer(1))) }
            scalar("\(type)smaller(\(type),\(type))") { .integer(min($0.integer(0), $0.integer(1))) }
            scalar("gcd(\(type),\(type))") { call in
                let result = Self.greatestDivisor(call.integer(0), call.integer(1))
                guard let value = Int64(exactly: result) else { throw width.overflow }
                return try width.check(value)
            }
            scalar("lcm(\(type),\(type))") { call in
                let (a, b) = (call.integer(0), call.integer(1))
                if a == 0 || b == 0 { return .integer(0) }
                let (product, overflow) = (a.magnitude / Self.greatestDivisor(a, b)).multipliedReportingOverflow(
                    by: b.magnitude)
                guard !overflow, let value = Int64(exactly: product) else { throw width.overflow }
                return try width.check(value)
            }
        }
        scalar("to_hex(int4)") { .text(String(UInt32(truncatingIfNeeded: $0.integer(0)), radix: 16)) }
        scalar("to_hex(int8)") { .text(String(UInt64(bitPattern: $0.integer(0)), radix: 16)) }
        extremum("max(oid)", isMaximum: true)
        extremum("min(oid)", isMaximum: false)
    }

    static func greatestDivisor(_ left: Int64, _ right: Int64) -> UInt64 {
        var (a, b) = (left.magnitude, right.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    /// `int24pl(int2,int4)` and kin: the result is as wide as the wider side.
    private mutating func addIntegerArithmetic() {
        let widths = IntegerWidth.allCases
        for left in widths {
            for right in widths {
                let result = left.range.upperBound >= right.range.upperBound ? left : right
                let digits = left == right ? "\(left.rawValue.last!)" : "\(left.rawValue.last!)\(right.rawValue.last!)"
                let types = "(\(left.rawValue),\(right.rawValue))"
                scalar("int\(digits)pl\(types)") {
                    try result.check($0.integer(0).addingReportingOverflow($0.integer(1)))
                }
                scalar("int\(digits)mi\(types)") {
                    try result.check($0.integer(0).subtractingReportingOverflow($0.integer(1)))
                }
                scalar("int\(digits)mul\(types)") {
                    try result.check($0.integer(0).multipliedReportingOverflow(by: $0.integer(1)))
                }
                scalar("int\(digits)div\(types)") { call in
                    guard call.integer(1) != 0 else { throw PostgresError.divisionByZero }
                    return try result.check(call.integer(0).dividedReportingOverflow(by: call.integer(1)))
                }
            }
        }
    }

    private mutating func addIntegerCasts() {
        for source in IntegerWidth.allCases {
            for target in IntegerWidth.allCases where source != target {
                let signature = "\(target.rawValue)(\(source.rawValue))"
                if target.range.upperBound > source.range.upperBound {
                    native(signature) { $0[0] }
                } else {
                    scalar(signature) { try target.check($0.integer(0)) }
                }
            }
        }
        native("int8(oid)") { $0[0] }
        scalar("oid(int8)") { call in
            guard (0...Int64(UInt32.max)).contains(call.integer(0)) else {
                throw PostgresError("22003", "OID out of range")
            }
            return .integer(call.integer(0))
        }
        native("int4(bool)") { $0[0] }
        scalar("bool(int4)") { .bool($0.integer(0) != 0) }
        scalar("int4(char)") { call in
            .integer(Int64(call.text(0).utf8.first.map { Int8(bitPattern: $0) } ?? 0))
        }
    }
}
