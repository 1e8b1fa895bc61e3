import JSONText
import PostgresTypes
import SQLite

extension Invocation {
    /// The bounds of a slice: lower and upper in turn, `-` where there is none.
    func sliceBounds(_ range: Range<Int>) -> [SliceBounds] {
        func bound(_ index: Int) -> Int? { if case .integer(let number) = self[index] { Int(number) } else { nil } }
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map {
            SliceBounds(lower: bound($0), upper: bound($0 + 1))
        }
    }
}

extension FunctionTable {
    /// Array constructors, subscripts, and arrays as rows.
    mutating func addArraySupport() {
        support("array", takesTypes: true) { call in
            guard case .array(let element) = try call.resultType else {
                throw PostgresError.notSupported("an array of anonymous rows")
            }
            let values = (0..<call.count).map { call[$0] }
            // Arrays in an array constructor are one more dimension.
            if let first = call.types.arguments.first, case .array = try call.context.postgresType(first.type) {
                return try Self.stacked(values, element).stored
            }
            return ArrayValue(values).stored
        }
        support("array of parts", takesTypes: true) { call in
            guard case .array(let element) = try call.resultType else {
                throw PostgresError.notSupported("an array of anonymous rows")
            }
            let parts = (0..<call.count).map { ArrayValue(stored: call.text($0), element: element) }
            let elements = parts.flatMap(\.elements)
            guard let first = parts.first, first.dimensions.count > 1 else { return ArrayValue(elements).stored }
            let length = parts.reduce(0) { $0 + $1.dimensions[0] }
            return ArrayValue(elements, dimensions: [length] + first.dimensions.dropFirst()).stored
        }
        // For `= ANY`: an unknown array is one unknown element, so that the answer is unknown.
        support("array items", takesTypes: true) { call in
            if call.isNull(0) { return .text("[null]") }
            return PackedRows.pack(try call.array(0).elements.map { [$0] })
        }
        support("subscript", takesTypes: true) { call in
            if (0..<call.count).contains(where: call.isNull) { return .null }
            switch try call.type(0) {
            case .systemVector(let element):
                let items = ArrayValue(stored: call.text(0), element: element).elements
                let position = Int(call.integer(1))
                return call.count == 2 && items.indices.contains(position) ? items[position] : .null
            case .array(let element):
                let array = ArrayValue(stored: call.text(0), element: element)
                return array.element(at: (1..<call.count).map { Int(call.integer($0)) })
            case .jsonb:
                let path = (1..<call.count).map { call.text($0) }
                return call.scan(0) { json in Self.follow(path, in: json).map { .text(json.text($0)) } ?? .null }
            case .point:
                let point = PlanePoint(stored: call.text(0))
                guard call.count == 2, (0...1).contains(call.integer(1)) else { return .null }
                return .float(call.integer(1) == 0 ? point.x : point.y)
            default: throw PostgresError.notSupported("subscripts on this type")
            }
        }
        support("slice", takesTypes: true) { call in
            guard case .array(let element) = try call.type(0) else {
                throw PostgresError.notSupported("slices of this type")
            }
            if (0..<call.count).contains(where: call.isNull) { return .null }
            let array = ArrayValue(stored: call.text(0), element: element)
            return array.slice(call.sliceBounds(1..<call.count)).stored
        }
        supportAggregate("array like", takesTypes: true) { types, context in ArrayLike(types, context) }
        supportAggregate("array of rows") { _, _ in ArrayOfRows() }
        supportAggregate("array of arrays", takesTypes: true) {
            ArrayOfArrays($0, $1)
        }
    }

    /// Arrays of one shape as the items of a bigger one; NULL or empty ones only if all are.
    static func stacked(_ values: [SQLValue], _ element: PostgresType) throws -> ArrayValue {
        let arrays = values.map { value -> ArrayValue in
            if case .text(let text) = value { ArrayValue(stored: text, element: element) } else { ArrayValue([]) }
        }
        guard let first = arrays.first, !arrays.allSatisfy({ $0.elements.isEmpty }) else { return ArrayValue([]) }
        guard arrays.allSatisfy({ $0.dimensions == first.dimensions && $0.lowerBounds == first.lowerBounds }) else {
            throw PostgresError(
                "2202E", "multidimensional arrays must have array expressions with matching dimensions")
        }
        return ArrayValue(
            arrays.flatMap(\.elements), dimensions: [arrays.count] + first.dimensions,
            lowerBounds: [1] + first.lowerBounds)
    }
}

/// New elements in the shape of the array they were made from.
private final class ArrayLike: Accumulator {
    private let element: PostgresType
    private var shape: ArrayValue?
    private var isNull = false
    private var elements: [SQLValue] = []

    init(_ types: CallTypes?, _ context: ExecutionContext) {
        if let types, case .array(let element) = context.postgresType(types.arguments[0].type) {
            self.element = element
        } else {
            element = .text
        }
    }

    func add(_ values: [SQLValue]) {
        if values[0].isNull { isNull = true }
        if shape == nil, case .text(let text) = values[0] { shape = ArrayValue(stored: text, element: element) }
        elements.append(values[1])
    }

    func value() -> SQLValue {
        guard !isNull, var array = shape else { return isNull ? .null : ArrayValue([]).stored }
        array.elements = elements
        return array.stored
    }
}

/// `ARRAY(SELECT …)`.
private final class ArrayOfRows: Accumulator {
    private var elements: [SQLValue] = []
    func add(_ values: [SQLValue]) { elements.append(values[0]) }
    func value() -> SQLValue { ArrayValue(elements).stored }
}
