import PostgresTypes
import SQLite

/// `array_agg` of arrays and `ARRAY(SELECT …)` of them: one more dimension.
final class ArrayOfArrays: Accumulator {
    private let element: PostgresType
    private var first: ArrayValue?
    private var elements: [SQLValue] = []
    private var count = 0

    init(_ types: CallTypes?, _ context: ExecutionContext) {
        if let types, case .array(let element) = context.postgresType(types.arguments[0].type) {
            self.element = element
        } else {
            element = .text
        }
    }

    /// - Throws: 22004 for NULL, 2202E for an array that is empty or of another shape than those before.
    func add(_ values: [SQLValue]) throws {
        guard case .text(let text) = values[0] else {
            throw PostgresError("22004", "cannot accumulate null arrays")
        }
        let array = ArrayValue(stored: text, element: element)
        guard !array.elements.isEmpty else { throw PostgresError("2202E", "cannot accumulate empty arrays") }
        if let first, first.dimensions != array.dimensions {
            throw PostgresError("2202E", "cannot accumulate arrays of different dimensionality")
        }
        first = first ?? array
        elements += array.elements
        count += 1
    }

    func value() -> SQLValue {
        guard let first else { return .null }
        return ArrayValue(
            elements, dimensions: [count] + first.dimensions, lowerBounds: [1] + first.lowerBounds
        ).stored
    }
}
