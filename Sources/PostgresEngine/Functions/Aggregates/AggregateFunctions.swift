import JSONText
import PostgresTypes
import SQLite

extension FunctionTable {
    mutating func addAggregates() {
        nativeAggregate("count()") { _ in "count(*)" }
        nativeAggregate("count(any)") { "count(\($0[0]))" }
        for width in ["int2", "int4"] {
            aggregate("sum(\(width))") { _, _ in IntegerSum { Int64(exactly: $0).map { .integer($0) } } }
        }
        aggregate("sum(money)") { _, _ in IntegerSum { Int64(exactly: $0).map { .integer($0) } } }
        extremum("max(money)", isMaximum: true)
        extremum("min(money)", isMaximum: false)
        aggregate("sum(int8)") { _, _ in IntegerSum { .text(String($0)) } }
        for width in ["int2", "int4", "int8"] {
            aggregate("avg(\(width))") { _, _ in NumericSum(isAverage: true) }
            addSpread(width)
        }
        addSpread("numeric")
        aggregate("sum(numeric)") { _, _ in NumericSum(isAverage: false) }
        aggregate("avg(numeric)") { _, _ in NumericSum(isAverage: true) }
        for width in ["float4", "float8"] {
            aggregate("sum(\(width))") { _, _ in FloatSum(isAverage: false, isSingle: width == "float4") }
            aggregate("avg(\(width))") { _, _ in FloatSum(isAverage: true, isSingle: false) }
            for (name, isSample, isRoot) in [
                ("stddev", true, true), ("stddev_samp", true, true), ("stddev_pop", false, true),
                ("variance", true, false), ("var_samp", true, false), ("var_pop", false, false),
            ] {
                aggregate("\(name)(\(width))") { _, _ in FloatSpread(isSample: isSample, isRoot: isRoot) }
            }
        }
        addRegressions()
        supportAggregate("user aggregate", takesTypes: true) { NamedAggregate($0, $1) }
        support("user aggregate of nothing", isVolatile: true, takesTypes: true) { call in
            guard let make = try call.context.makeAggregate else { return .null }
            return try make(FunctionID(UInt32(call.integer(0))), call.types).value()
        }
        aggregate("sum(interval)") { _, _ in IntervalSum(isAverage: false) }
        aggregate("avg(interval)") { _, _ in IntervalSum(isAverage: true) }
        aggregate("bool_and(bool)", "every(bool)") { _, _ in BoolFold(isAnd: true) }
        aggregate("bool_or(bool)") { _, _ in BoolFold(isAnd: false) }
        for width in ["int2", "int4", "int8"] {
            aggregate("bit_and(\(width))") { _, _ in BitFold { $0 & $1 } }
            aggregate("bit_or(\(width))") { _, _ in BitFold { $0 | $1 } }
            aggregate("bit_xor(\(width))") { _, _ in BitFold { $0 ^ $1 } }
        }
        aggregate("string_agg(text,text)") { _, _ in StringAggregate() }
        aggregate("string_agg(bytea,bytea)") { _, _ in BytesAggregate() }
        aggregate("array_agg(anynonarray)") { _, _ in ArrayAggregate() }
        aggregate("array_agg(anyarray)", takesTypes: true) { types, context in
            ArrayOfArrays(types, context)
        }
        for type in ["json", "jsonb"] {
            aggregate("\(type)_agg(anyelement)", takesTypes: true) { types, context in
                JSONArrayAggregate(types!.arguments[0], context, isBinary: type == "jsonb")
            }
            aggregate("\(type)_object_agg(any,any)", takesTypes: true) { types, context in
                JSONObjectAggregate(types!, context, isBinary: type == "jsonb")
            }
        }
        // Looked at once for a query, also where it has no rows.
        support("good frame") { call in
            try FrameProgram.checkOffset(call[1], call.text(0), "starting")
            try FrameProgram.checkOffset(call[2], call.text(0), "ending")
            return .bool(true)
        }
        let windows = [
            ("row_number()", "row_number"), ("rank()", "rank"), ("dense_rank()", "dense_rank"),
            ("percent_rank()", "percent_rank"), ("cume_dist()", "cume_dist"), ("ntile(int4)", "ntile"),
            ("lag(anyelement)", "lag"), ("lag(anyelement,int4)", "lag"),
            ("lag(anycompatible,int4,anycompatible)", "lag"),
            ("lead(anyelement)", "lead"), ("lead(anyelement,int4)", "lead"),
            ("lead(anycompatible,int4,anycompatible)", "lead"), ("first_value(anyelement)", "first_value"),
            ("last_value(anyelement)", "last_value"), ("nth_value(anyelement,int4)", "nth_value"),
        ]
        for (signature, name) in windows { window(signature, name) }
    }

    private mutating func addSpread(_ type: String) {
        for (name, isSample, isRoot) in [
            ("stddev", true, true), ("stddev_samp", true, true), ("stddev_pop", false, true),
            ("variance", true, false), ("var_samp", true, false), ("var_pop", false, false),
        ] {
            aggregate("\(name)(\(type))") { _, _ in NumericSpread(isSample: isSample, isRoot: isRoot) }
        }
    }
}

/// `sum` of integers: the sum is exact however large, and `finish` says what fits.
private final class IntegerSum: Accumulator {
    private var total: Int128?
    private let finish: (Int128) -> SQLValue?

    init(_ finish: @escaping (Int128) -> SQLValue?) { self.finish = finish }

    func add(_ values: [SQLValue]) {
        guard case .integer(let number) = values[0] else { return }
        total = (total ?? 0) + Int128(number)
    }

    func value() throws -> SQLValue {
        guard let total else { return .null }
        guard let value = finish(total) else { throw IntegerWidth.int8.overflow }
        return value
    }
}

/// `sum` and `avg` as numeric, of numerics or integers.
private final class NumericSum: Accumulator {
    private let isAverage: Bool
    private var total = Decimal.zero
    private var count: Int64 = 0

    init(isAverage: Bool) { self.isAverage = isAverage }

    func add(_ values: [SQLValue]) throws {
        switch values[0] {
        case .integer(let number): total = try total.adding(Decimal(number))
        case .text(let text): total = try total.adding(Decimal(stored: text))
        default: return
        }
        count += 1
    }

    func value() throws -> SQLValue {
        if count == 0 { return .null }
        return .decimal(isAverage ? try total.divided(by: Decimal(count)) : total)
    }
}

/// Variance and standard deviation as numeric.
private final class NumericSpread: Accumulator {
    private let isSample: Bool
    private let isRoot: Bool
    private var sum = Decimal.zero
    private var squares = Decimal.zero
    private var count: Int64 = 0

    init(isSample: Bool, isRoot: Bool) {
        self.isSample = isSample
        self.isRoot = isRoot
    }

    func add(_ values: [SQLValue]) throws {
        let number: Decimal
        switch values[0] {
        case .integer(let value): number = Decimal(value)
        case .text(let text): number = Decimal(stored: text)
        default: return
        }
        sum = try sum.adding(number)
        squares = try squares.adding(number.multiplied(by: number))
        count += 1
    }

    func value() throws -> SQLValue {
        if count == 0 || isSample && count == 1 { return .null }
        let numerator = try squares.multiplied(by: Decimal(count)).subtracting(sum.multiplied(by: sum))
        if numerator.signum <= 0 { return .text("0") }
        let denominator = Decimal(count * (isSample ? count - 1 : count))
        let variance = try numerator.divided(by: denominator)
        return .decimal(isRoot ? try variance.squareRoot(scale: variance.scale) : variance)
    }
}

/// `sum` and `avg` of floating-point numbers, added up as PostgreSQL does.
private final class FloatSum: Accumulator {
    private let isAverage: Bool
    private let isSingle: Bool
    private var total: Double?
    private var count = 0
    private var isFinite = true

    init(isAverage: Bool, isSingle: Bool) {
        self.isAverage = isAverage
        self.isSingle = isSingle
    }

    func add(_ values: [SQLValue]) throws {
        guard let number = values[0].double else { return }
        if !number.isFinite { isFinite = false }
        // PostgreSQL's average begins at 0, its sum at the first number, which may be -0.
        let sum = (total ?? (isAverage ? 0 : -0.0)) + number
        total = isSingle ? Double(Float(sum)) : sum
        if sum.isInfinite && isFinite { throw PostgresError.floatOverflow }
        count += 1
    }

    func value() -> SQLValue {
        guard let total else { return .null }
        return .float(isAverage ? total / Double(count) : total)
    }
}

/// Variance and standard deviation of floats, by Youngs and Cramer's method as in Postgres.
private final class FloatSpread: Accumulator {
    private let isSample: Bool
    private let isRoot: Bool
    private var count = 0.0
    private var sum = 0.0
    private var squares = 0.0

    init(isSample: Bool, isRoot: Bool) {
        self.isSample = isSample
        self.isRoot = isRoot
    }

    func add(_ values: [SQLValue]) {
        guard let number = values[0].double else { return }
        count += 1
        sum += number
        if count > 1 {
            let difference = number * count - sum
            squares += difference * difference / (count * (count - 1))
        } else if !number.isFinite {
            squares = .nan
        }
    }

    func value() -> SQLValue {
        if count == 0 || isSample && count == 1 { return .null }
        let variance = squares / (isSample ? count - 1 : count)
        return .float(isRoot ? variance.squareRoot() : variance)
    }
}

/// `sum` and `avg` of intervals.
private final class IntervalSum: Accumulator {
    private let isAverage: Bool
    private var total: Interval?
    private var count = 0

    init(isAverage: Bool) { self.isAverage = isAverage }

    func add(_ values: [SQLValue]) throws {
        guard case .text(let text) = values[0] else { return }
        total = try (total ?? Interval()).adding(Interval(stored: text))
        count += 1
    }

    func value() throws -> SQLValue {
        guard let total else { return .null }
        return .interval(isAverage ? try total.divided(by: Double(count)) : total)
    }
}

/// `bool_and`, `bool_or` and `every`.
private final class BoolFold: Accumulator {
    private let isAnd: Bool
    private var result: Bool?

    init(isAnd: Bool) { self.isAnd = isAnd }

    func add(_ values: [SQLValue]) {
        guard case .integer(let number) = values[0] else { return }
        let value = number != 0
        result = result.map { isAnd ? $0 && value : $0 || value } ?? value
    }

    func value() -> SQLValue { result.map { .bool($0) } ?? .null }
}

/// `bit_and`, `bit_or` and `bit_xor`.
private final class BitFold: Accumulator {
    private let combine: (Int64, Int64) -> Int64
    private var result: Int64?

    init(_ combine: @escaping (Int64, Int64) -> Int64) { self.combine = combine }

    func add(_ values: [SQLValue]) {
        guard case .integer(let number) = values[0] else { return }
        result = result.map { combine($0, number) } ?? number
    }

    func value() -> SQLValue { result.map { .integer($0) } ?? .null }
}

/// `string_agg` of texts.
private final class StringAggregate: Accumulator {
    private var result: String?
    /// What PostgreSQL gives to one value: a gigabyte.
    private static let limit = 1_073_741_823

    func add(_ values: [SQLValue]) throws {
        guard case .text(let text) = values[0] else { return }
        guard let length = result?.utf8.count else {
            result = text
            return
        }
        guard length + text.utf8.count < Self.limit else {
            throw PostgresError(
                "54000", "out of memory",
                detail: "Cannot enlarge string buffer containing \(length) bytes by \(text.utf8.count) more bytes.")
        }
        // Each row's own separator stands before it; the first row's is never used.
        if case .text(let separator) = values[1] { result! += separator }
        result! += text
    }

    func value() -> SQLValue { result.map { .text($0) } ?? .null }
}

/// `string_agg` of bytes.
private final class BytesAggregate: Accumulator {
    private var result: [UInt8]?

    func add(_ values: [SQLValue]) {
        guard case .blob(let bytes) = values[0] else { return }
        guard result != nil else {
            result = bytes
            return
        }
        if case .blob(let separator) = values[1] { result! += separator }
        result! += bytes
    }

    func value() -> SQLValue { result.map { .blob($0) } ?? .null }
}

/// `array_agg` of values that are no arrays: NULLs are elements, too.
private final class ArrayAggregate: Accumulator {
    private var elements: [SQLValue] = []
    func add(_ values: [SQLValue]) { elements.append(values[0]) }
    func value() -> SQLValue { elements.isEmpty ? .null : ArrayValue(elements).stored }
}

/// `json_agg` and `jsonb_agg`.
private final class JSONArrayAggregate: Accumulator {
    private let type: TypeReference
    private let context: ExecutionContext
    private let isBinary: Bool
    /// Rows stand on lines of their own.
    private let separator: String
    private var items: [String] = []

    init(_ type: TypeReference, _ context: ExecutionContext, isBinary: Bool) {
        self.type = type
        self.context = context
        self.isBinary = isBinary
        switch context.postgresType(type.type) {
        case .record, .composite, .array: separator = ", \n "
        default: separator = ", "
        }
    }

    func add(_ values: [SQLValue]) throws {
        let json = try JSONOutput.json(values[0], of: type, context)
        items.append(isBinary ? try JSONB.store(JSON(parsing: json)) : json)
    }

    func value() -> SQLValue {
        if items.isEmpty { return .null }
        return .text("[" + items.joined(separator: isBinary ? ", " : separator) + "]")
    }
}

/// `json_object_agg` and `jsonb_object_agg`.
private final class JSONObjectAggregate: Accumulator {
    private let types: CallTypes
    private let context: ExecutionContext
    private let isBinary: Bool
    private var members: [(key: String, value: String)] = []

    init(_ types: CallTypes, _ context: ExecutionContext, isBinary: Bool) {
        self.types = types
        self.context = context
        self.isBinary = isBinary
    }

    func add(_ values: [SQLValue]) throws {
        if values[0].isNull { throw PostgresError("22023", "field name must not be null") }
        let key = try JSONOutput.key(values[0], of: types.arguments[0], context)
        members.append((key, try JSONOutput.json(values[1], of: types.arguments[1], context)))
    }

    func value() throws -> SQLValue {
        if members.isEmpty { return .null }
        if isBinary {
            return .text(
                try JSONB.store(.object(members.map { JSON.Member($0.key, try JSON(parsing: $0.value)) })))
        }
        let parts = members.map { JSON.string($0.key).text + " : " + $0.value }
        return .text("{ " + parts.joined(separator: ", ") + " }")
    }
}
