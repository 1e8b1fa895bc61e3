import PostgresTypes
import SQLite

extension Invocation {
    /// An array argument of a function that takes types.
    func array(_ index: Int) throws -> ArrayValue {
        ArrayValue(stored: text(index), element: try element(index))
    }

    func element(_ index: Int) throws -> PostgresType {
        switch try type(index) {
        case .array(let element), .systemVector(let element): return element
        default: throw PostgresError("XX000", "not an array")
        }
    }
}

extension FunctionTable {
    mutating func addArrays() {
        addArrayShape()
        addArrayChanges()
        addArraySearch()
        addArrayText()
        addSeries()
    }

    // MARK: Shape

    private mutating func addArrayShape() {
        typed("array_length(anyarray,int4)") { call in
            let dimensions = try call.array(0).dimensions
            let index = Int(call.integer(1)) - 1
            return dimensions.indices.contains(index) ? .integer(Int64(dimensions[index])) : .null
        }
        typed("array_upper(anyarray,int4)") { call in
            let array = try call.array(0)
            let index = Int(call.integer(1)) - 1
            guard array.dimensions.indices.contains(index) else { return .null }
            return .integer(Int64(array.lowerBounds[index] + array.dimensions[index] - 1))
        }
        typed("array_lower(anyarray,int4)") { call in
            let bounds = try call.array(0).lowerBounds
            let index = Int(call.integer(1)) - 1
            return bounds.indices.contains(index) ? .integer(Int64(bounds[index])) : .null
        }
        typed("cardinality(anyarray)") { .integer(Int64(try $0.array(0).elements.count)) }
        typed("array_ndims(anyarray)") { call in
            let count = try call.array(0).dimensions.count
            return count == 0 ? .null : .integer(Int64(count))
        }
        typed("array_dims(anyarray)") { call in
            let array = try call.array(0)
            return array.dimensions.isEmpty ? .null : .text(array.boundsText)
        }
        rows("unnest(anyarray)", takesTypes: true) { try $0.array(0).elements.map { [$0] } }
        rows("generate_subscripts(anyarray,int4)", takesTypes: true) { call in
            try Self.subscripts(of: call.array(0), dimension: Int(call.integer(1))).map { [.integer($0)] }
        }
        rows("generate_subscripts(anyarray,int4,bool)", takesTypes: true) { call in
            let subscripts = try Self.subscripts(of: call.array(0), dimension: Int(call.integer(1)))
            return (call.bool(2) ? subscripts.reversed() : subscripts).map { [.integer($0)] }
        }
    }

    private static func subscripts(of array: ArrayValue, dimension: Int) -> [Int64] {
        guard array.dimensions.indices.contains(dimension - 1) else { return [] }
        let first = array.lowerBounds[dimension - 1]
        return (first..<first + array.dimensions[dimension - 1]).map { Int64($0) }
    }

    // MARK: Changes

    private mutating func addArrayChanges() {
        typed("array_append(anycompatiblearray,anycompatible)", isStrict: false) { call in
            try Self.insert(call[1], into: call, array: 0, atEnd: true)
        }
        typed("array_prepend(anycompatible,anycompatiblearray)", isStrict: false) { call in
            try Self.insert(call[0], into: call, array: 1, atEnd: false)
        }
        typed("array_cat(anycompatiblearray,anycompatiblearray)", isStrict: false) { call in
            if call.isNull(0) { return call[1] }
            if call.isNull(1) { return call[0] }
            let (left, right) = (try call.array(0), try call.array(1))
            if left.elements.isEmpty { return right.stored }
            if right.elements.isEmpty { return left.stored }
            let elements = left.elements + right.elements
            let (a, b) = (left.dimensions, right.dimensions)
            if a.count == b.count, a.dropFirst() == b.dropFirst() {
                return ArrayValue(
                    elements, dimensions: [a[0] + b[0]] + a.dropFirst(), lowerBounds: left.lowerBounds
                ).stored
            }
            if a.count == b.count + 1, Array(a.dropFirst()) == b {
                return ArrayValue(elements, dimensions: [a[0] + 1] + b, lowerBounds: left.lowerBounds).stored
            }
            if b.count == a.count + 1, Array(b.dropFirst()) == a {
                return ArrayValue(elements, dimensions: [b[0] + 1] + a, lowerBounds: right.lowerBounds).stored
            }
            throw PostgresError(
                "2202E", "cannot concatenate incompatible arrays",
                detail: "Arrays with differing dimensions are not compatible for concatenation.")
        }
        typed("array_remove(anycompatiblearray,anycompatible)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            let array = try call.array(0)
            guard array.dimensions.count <= 1 else {
                throw PostgresError("0A000", "removing elements from multidimensional arrays is not supported")
            }
            let element = try call.element(0)
            let target = call[1]
            let kept = array.elements.filter { !Self.same($0, target, element) }
            return ArrayValue(kept, dimensions: [kept.count], lowerBounds: array.lowerBounds).stored
        }
        typed("array_replace(anycompatiblearray,anycompatible,anycompatible)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            var array = try call.array(0)
            let element = try call.element(0)
            let (from, to) = (call[1], call[2])
            array.elements = array.elements.map { Self.same($0, from, element) ? to : $0 }
            return array.stored
        }
        typed("trim_array(anyarray,int4)") { call in
            let array = try call.array(0)
            let count = Int(call.integer(1))
            let length = array.dimensions.first ?? 0
            guard (0...length).contains(count) else {
                throw PostgresError(
                    "2202E", "number of elements to trim must be between 0 and \(length)")
            }
            guard length > count else { return ArrayValue([]).stored }
            let stride = array.elements.count / length
            return ArrayValue(
                Array(array.elements.dropLast(count * stride)),
                dimensions: [length - count] + array.dimensions.dropFirst()
            ).stored
        }
        typed("array_fill(anyelement,_int4)", isStrict: false) { call in
            try Self.filled(with: call[0], lengths: call[1], lowerBounds: nil)
        }
        typed("array_fill(anyelement,_int4,_int4)", isStrict: false) { call in
            try Self.filled(with: call[0], lengths: call[1], lowerBounds: call[2])
        }
    }

    /// One value in an array of the given shape.
    private static func filled(with value: SQLValue, lengths: SQLValue, lowerBounds: SQLValue?) throws -> SQLValue {
        guard case .text(let lengths) = lengths, lowerBounds?.isNull != true else {
            throw PostgresError("22004", "dimension array or low bound array cannot be null")
        }
        func numbers(_ stored: String) throws -> [Int] {
            let array = ArrayValue(stored: stored, element: .int4)
            guard array.dimensions.count <= 1 else {
                throw PostgresError(
                    "2202E", "wrong number of array subscripts", detail: "Dimension array must be one dimensional.")
            }
            return try array.elements.map { element in
                guard case .integer(let number) = element else {
                    throw PostgresError("22004", "dimension values cannot be null")
                }
                return Int(number)
            }
        }
        let dimensions = try numbers(lengths)
        var bounds: [Int]?
        if case .text(let text)? = lowerBounds {
            bounds = try numbers(text)
            guard bounds?.count == dimensions.count else {
                throw PostgresError(
                    "2202E", "wrong number of array subscripts",
                    detail: "Low bound array has different size than dimensions array.")
            }
        }
        guard dimensions.count <= 6 else {
            throw PostgresError(
                "54000", "number of array dimensions (\(dimensions.count)) exceeds the maximum allowed (6)")
        }
        let count = try Self.count(of: dimensions)
        return ArrayValue(Array(repeating: value, count: count), dimensions: dimensions, lowerBounds: bounds).stored
    }

    /// How many elements an array of these lengths has.
    /// - Throws: what PostgreSQL says of too many, and a refusal of more than is reasonable here.
    private static func count(of lengths: [Int]) throws(PostgresError) -> Int {
        guard var count = lengths.first else { return 0 }
        for length in lengths.dropFirst() {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: length)
            count = isTooLarge ? .max : product
        }
        guard count <= 134_217_727, lengths.allSatisfy({ $0 >= 0 }) else {
            throw PostgresError("54000", "array size exceeds the maximum allowed (134217727)")
        }
        if count > 5_000_000 { throw .notSupported("an array of over 5,000,000 elements") }
        return count
    }

    private static func insert(
        _ value: SQLValue, into call: Invocation, array index: Int, atEnd: Bool
    ) throws -> SQLValue {
        var array = call.isNull(index) ? ArrayValue([]) : try call.array(index)
        guard array.dimensions.count <= 1 else {
            throw PostgresError("22000", "argument must be empty or one-dimensional array")
        }
        if atEnd { array.elements.append(value) } else { array.elements.insert(value, at: 0) }
        let bounds = array.lowerBounds.isEmpty ? nil : array.lowerBounds
        return ArrayValue(array.elements, dimensions: [array.elements.count], lowerBounds: bounds).stored
    }

    static func same(_ left: SQLValue, _ right: SQLValue, _ type: PostgresType) -> Bool {
        if left.isNull || right.isNull { return left.isNull && right.isNull }
        return type.compare(left, right) == 0
    }

    // MARK: Search

    private mutating func addArraySearch() {
        typed("arraycontains(anyarray,anyarray)") { .bool(try Self.contains($0, 0, 1)) }
        typed("arraycontained(anyarray,anyarray)") { .bool(try Self.contains($0, 1, 0)) }
        typed("arrayoverlap(anyarray,anyarray)") { call in
            let element = try call.element(0)
            let right = try call.array(1).elements
            return .bool(
                try call.array(0).elements.contains { item in
                    !item.isNull && right.contains { !$0.isNull && element.compare(item, $0) == 0 }
                })
        }
        typed("array_position(anycompatiblearray,anycompatible)", isStrict: false) { call in
            try Self.position(call, from: nil)
        }
        typed("array_position(anycompatiblearray,anycompatible,int4)", isStrict: false) { call in
            if call.isNull(2) { throw PostgresError("22004", "initial position must not be null") }
            return try Self.position(call, from: Int(call.integer(2)))
        }
        typed("array_positions(anycompatiblearray,anycompatible)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            let element = try call.element(0)
            let target = call[1]
            let array = try call.array(0)
            guard array.dimensions.count <= 1 else { throw Self.severalDimensions }
            let found = array.elements.enumerated().filter { Self.same($0.element, target, element) }
            let first = array.lowerBounds.first ?? 1
            return ArrayValue(found.map { .integer(Int64($0.offset + first)) }).stored
        }
    }

    private static func contains(_ call: Invocation, _ whole: Int, _ part: Int) throws -> Bool {
        let element = try call.element(whole)
        let items = try call.array(whole).elements
        return try call.array(part).elements.allSatisfy { wanted in
            !wanted.isNull && items.contains { !$0.isNull && element.compare($0, wanted) == 0 }
        }
    }

    private static let severalDimensions = PostgresError(
        "0A000", "searching for elements in multidimensional arrays is not supported")

    private static func position(_ call: Invocation, from start: Int?) throws -> SQLValue {
        if call.isNull(0) { return .null }
        let array = try call.array(0)
        guard array.dimensions.count <= 1 else { throw severalDimensions }
        let element = try call.element(0)
        let target = call[1]
        let first = array.lowerBounds.first ?? 1
        for (index, item) in array.elements.enumerated()
        where index + first >= start ?? first && same(item, target, element) {
            return .integer(Int64(index + first))
        }
        return .null
    }

    // MARK: Text

    private mutating func addArrayText() {
        typed("array_to_string(anyarray,text)") { call in try Self.joined(call, null: nil) }
        typed("array_to_string(anyarray,text,text)", isStrict: false) { call in
            if call.isNull(0) || call.isNull(1) { return .null }
            return try Self.joined(call, null: call.isNull(2) ? nil : call.text(2))
        }
        nullable("string_to_array(text,text)") { call in
            guard let parts = Self.parts(call, null: nil) else { return .null }
            return ArrayValue(parts).stored
        }
        nullable("string_to_array(text,text,text)") { call in
            guard let parts = Self.parts(call, null: call.isNull(2) ? nil : call.text(2)) else { return .null }
            return ArrayValue(parts).stored
        }
        rows("string_to_table(text,text)", isStrict: false) { call in
            (Self.parts(call, null: nil) ?? []).map { [$0] }
        }
        rows("string_to_table(text,text,text)", isStrict: false) { call in
            (Self.parts(call, null: call.isNull(2) ? nil : call.text(2)) ?? []).map { [$0] }
        }
    }

    private static func joined(_ call: Invocation, null: String?) throws -> SQLValue {
        let element = try call.element(0)
        let context = try call.context.valueContext
        let parts = try call.array(0).elements.compactMap {
            $0.isNull ? null : element.encode($0, context: context)
        }
        return .text(parts.joined(separator: call.text(1)))
    }

    /// Text between separators; a NULL separator splits into characters.
    private static func parts(_ call: Invocation, null: String?) -> [SQLValue]? {
        if call.isNull(0) { return nil }
        let text = call.text(0)
        let parts: [String]
        if text.isEmpty {
            parts = []
        } else if call.isNull(1) {
            parts = text.unicodeScalars.map { String($0) }
        } else {
            parts = split(text, by: call.text(1))
        }
        return parts.map { $0 == null ? .null : .text($0) }
    }

    // MARK: generate_series

    private mutating func addSeries() {
        for type in ["int4", "int8"] {
            rows("generate_series(\(type),\(type))") { try Self.series($0.integer(0), $0.integer(1), step: 1) }
            rows("generate_series(\(type),\(type),\(type))") {
                try Self.series($0.integer(0), $0.integer(1), step: $0.integer(2))
            }
        }
        rows("generate_series(numeric,numeric)") { try Self.series($0.decimal(0), $0.decimal(1), step: .one) }
        rows("generate_series(numeric,numeric,numeric)") {
            try Self.series($0.decimal(0), $0.decimal(1), step: $0.decimal(2))
        }
        rows("generate_series(timestamp,timestamp,interval)") { call in
            let step = call.interval(2)
            return try Self.series(call, step) { try Temporal.add(step, toTimestamp: $0) }
        }
        rows("generate_series(timestamptz,timestamptz,interval)") { call in
            let step = call.interval(2)
            let zone = try call.zone
            return try Self.series(call, step) { try Temporal.add(step, toTimestamptz: $0, in: zone) }
        }
    }

    private static let zeroStep = PostgresError("22023", "step size cannot equal zero")

    private static func checkLength(_ count: Int) throws {
        if count > 5_000_000 { throw PostgresError.notSupported("generate_series with over 5,000,000 rows") }
    }

    private static func series(_ first: Int64, _ last: Int64, step: Int64) throws -> [[SQLValue]] {
        guard step != 0 else { throw zeroStep }
        var rows: [[SQLValue]] = []
        var value = first
        while step > 0 ? value <= last : value >= last {
            rows.append([.integer(value)])
            try checkLength(rows.count)
            let (next, overflow) = value.addingReportingOverflow(step)
            if overflow { break }
            value = next
        }
        return rows
    }

    private static func series(_ first: Decimal, _ last: Decimal, step: Decimal) throws -> [[SQLValue]] {
        for (name, value) in [("start value", first), ("stop value", last), ("step size", step)] where !value.isFinite {
            throw PostgresError("22023", "\(name) cannot be \(value.isNaN ? "NaN" : "infinity")")
        }
        guard !step.isZero else { throw zeroStep }
        let scale = max(first.scale, step.scale)
        var rows: [[SQLValue]] = []
        var value = first.rounded(toScale: scale)
        while step.signum > 0 ? value <= last : value >= last {
            rows.append([.decimal(value)])
            try checkLength(rows.count)
            value = try value.adding(step)
        }
        return rows
    }

    private static func series(
        _ call: Invocation, _ step: Interval, _ advance: (Int64) throws -> Int64
    ) throws -> [[SQLValue]] {
        let sign = step.compare(Interval())
        guard sign != 0 else { throw zeroStep }
        let last = call.integer(1)
        var rows: [[SQLValue]] = []
        var value = call.integer(0)
        while sign > 0 ? value <= last : value >= last {
            rows.append([.integer(value)])
            try checkLength(rows.count)
            value = try advance(value)
        }
        return rows
    }
}
