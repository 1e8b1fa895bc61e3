import PostgresTypes
import SQLite

/// Arithmetic and casts of `money`: whole cents, which PostgreSQL 15 adds and multiplies without asking whether they fit.
extension FunctionTable {
    mutating func addMoneyFunctions() {
        scalar("cash_pl(money,money)") { .integer($0.integer(0) &+ $0.integer(1)) }
        scalar("cash_mi(money,money)") { .integer($0.integer(0) &- $0.integer(1)) }
        scalar("cash_div_cash(money,money)") { call in
            guard call.integer(1) != 0 else { throw PostgresError.divisionByZero }
            return .real(Double(call.integer(0)) / Double(call.integer(1)))
        }
        for (suffix, type) in [("int2", "int2"), ("int4", "int4"), ("int8", "int8")] {
            scalar("cash_mul_\(suffix)(money,\(type))") { .integer($0.integer(0) &* $0.integer(1)) }
            scalar("\(suffix)_mul_cash(\(type),money)") { .integer($0.integer(0) &* $0.integer(1)) }
            scalar("cash_div_\(suffix)(money,\(type))") { call in
                guard call.integer(1) != 0 else { throw PostgresError.divisionByZero }
                return .integer(call.integer(0).dividedReportingOverflow(by: call.integer(1)).partialValue)
            }
        }
        for (suffix, type) in [("flt4", "float4"), ("flt8", "float8")] {
            scalar("cash_mul_\(suffix)(money,\(type))") { Self.cents(Double($0.integer(0)) * $0.double(1)) }
            scalar("\(suffix)_mul_cash(\(type),money)") { Self.cents($0.double(0) * Double($0.integer(1))) }
            scalar("cash_div_\(suffix)(money,\(type))") { call in
                guard call.double(1) != 0 else { throw PostgresError.divisionByZero }
                return Self.cents(Double(call.integer(0)) / call.double(1))
            }
        }
        for type in ["int4", "int8"] {
            scalar("money(\(type))") { call in
                let (cents, overflow) = call.integer(0).multipliedReportingOverflow(by: 100)
                guard !overflow else { throw PostgresError("22003", "bigint out of range") }
                return .integer(cents)
            }
        }
        scalar("money(numeric)") { .integer(try $0.decimal(0).multiplied(by: Decimal(100)).integer(.int8)) }
        scalar("numeric(money)") { call in
            let cents = call.integer(0)
            let (whole, part) = cents.magnitude.quotientAndRemainder(dividingBy: 100)
            return .text("\(cents < 0 ? "-" : "")\(whole).\(part < 10 ? "0" : "")\(part)")
        }
    }

    /// To the nearest cent, the even one of two; what no integer holds becomes the least, as the processor has it.
    private static func cents(_ value: Double) -> SQLValue {
        .integer(Int64(exactly: value.rounded(.toNearestOrEven)) ?? .min)
    }
}
