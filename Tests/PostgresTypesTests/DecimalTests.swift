import Testing

@testable import PostgresTypes

/// `numeric`'s operators and functions against PostgreSQL's answers.
struct DecimalTests {
    /// operation, left, right, result.
    @Test(arguments: CaseTable.all("decimal"))
    func arithmeticShowsTheDigitsOfPostgres(_ table: CaseTable) throws {
        try table.check { row in
            let value = try Decimal(parsing: row[0].hasPrefix("from") ? "0" : row[1])
            return try Self.apply(row[0], value, row[1], row[2])
        } expected: { row in
            row[3].hasPrefix("!") ? "\(row[3]) \(row[4])" + (row[5].isEmpty ? "" : " (\(row[5]))") : row[3]
        }
    }

    private static func apply(_ operation: String, _ left: Decimal, _ text: String, _ right: String) throws -> String {
        switch operation {
        case "+": try left.adding(Decimal(parsing: right)).description
        case "-": try left.subtracting(Decimal(parsing: right)).description
        case "*": try left.multiplied(by: Decimal(parsing: right)).description
        case "/": try left.divided(by: Decimal(parsing: right)).description
        case "%": try left.remainder(dividingBy: Decimal(parsing: right)).description
        case "div": try left.dividedToWhole(by: Decimal(parsing: right)).description
        case "cmp": try String(left.compare(Decimal(parsing: right)).signum())
        case "round": left.rounded(toScale: Int(right)!).description
        case "trunc": left.truncated(toScale: Int(right)!).description
        case "ceil": left.ceiling.description
        case "floor": left.floor.description
        case "abs": left.magnitude.description
        case "sign": left.sign.description
        case "min_scale": left.isFinite ? String(left.minimalScale) : "<null>"
        case "trim_scale": left.rounded(toScale: left.minimalScale).description
        case "int2": try String(left.integer(.int2))
        case "int4": try String(left.integer(.int4))
        case "int8": try String(left.integer(.int8))
        case "float8": PostgresType.float8.encode(FloatCodec.store(left.double), context: recordedContext)
        case "float4":
            PostgresType.float4.encode(FloatCodec.store(Double(Float(left.double))), context: recordedContext)
        case "from8": Decimal(Double(text)!).description
        case "from4": Decimal(single: Double(Float(text)!)).description
        case "power": try left.power(Int(right)!).description
        case "sqrt": try left.squareRoot().description
        case "exp": try left.exponential().description
        case "ln": try left.naturalLogarithm().description
        case "log": try left.logarithm(base: Decimal(10)).description
        case "logb": try Decimal(parsing: right).logarithm(base: left).description
        case "powerd": try left.power(Decimal(parsing: right)).description
        default: "?"
        }
    }
}
