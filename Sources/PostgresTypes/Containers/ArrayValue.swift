import JSONText
package import SQLite

/// An array: its elements in row-major order, each a storage value or null, and its dimensions.
///
/// Stored as JSON: `[1,2]`, `[["a","b"],["c",null]]`. Elements that SQLite keeps as text are JSON strings, integers and
/// reals are numbers, a blob is the string of its hex form. An array with a lower bound other than 1 is stored as
/// `{"lower":[0],"items":[1,2]}`.
package struct ArrayValue: Hashable, Sendable {
    /// The length of each dimension; none for the empty array.
    package var dimensions: [Int]
    /// The first subscript of each dimension.
    package var lowerBounds: [Int]
    package var elements: [SQLValue]

    package init(_ elements: [SQLValue]) { self.init(elements, dimensions: [elements.count]) }

    /// - Parameter lowerBounds: 1 for each dimension without it.
    /// - Precondition: the product of `dimensions` is the number of elements.
    package init(_ elements: [SQLValue], dimensions: [Int], lowerBounds: [Int]? = nil) {
        self.elements = elements
        self.dimensions = elements.isEmpty ? [] : dimensions
        self.lowerBounds = elements.isEmpty ? [] : lowerBounds ?? dimensions.map { _ in 1 }
    }

    /// Reads a stored array of `element`s.
    package init(stored: String, element: PostgresType) {
        var dimensions: [Int] = []
        var elements: [SQLValue] = []
        let storage = element.storageClass
        func visit(_ json: JSON, _ depth: Int) {
            guard case .array(let items) = json else {
                elements.append(StoredJSON.value(json, storage))
                return
            }
            if dimensions.count == depth { dimensions.append(items.count) }
            elements.reserveCapacity(elements.count + items.count)
            for item in items { visit(item, depth + 1) }
        }
        var lowerBounds: [Int]?
        do {
            let json = try JSON(parsing: stored)
            lowerBounds = json["lower"]?.arrayValue?.map { $0.intValue ?? 1 }
            visit(json["items"] ?? json, 0)
        } catch { dimensions = [0] }
        self.init(elements, dimensions: dimensions, lowerBounds: lowerBounds)
    }

    /// The stored form.
    package var stored: SQLValue {
        .text(
            text { buffer in
                guard hasOwnBounds else { return writeItems(to: &buffer) }
                buffer.append(ascii: "{\"lower\":")
                buffer.append(contentsOf: JSON.array(lowerBounds.map { .number(String($0)) }).text.utf8)
                buffer.append(ascii: ",\"items\":")
                writeItems(to: &buffer)
                buffer.append(UInt8(ascii: "}"))
            })
    }

    /// Whether a dimension starts anywhere else than at 1.
    package var hasOwnBounds: Bool { lowerBounds.contains { $0 != 1 } }

    private func writeItems(to buffer: inout [UInt8]) {
        guard !elements.isEmpty else { return buffer.append(ascii: "[]") }
        var next = 0
        func level(_ depth: Int) {
            buffer.append(UInt8(ascii: "["))
            for index in 0..<dimensions[depth] {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                if depth + 1 < dimensions.count {
                    level(depth + 1)
                } else {
                    StoredJSON.write(elements[next], to: &buffer)
                    next += 1
                }
            }
            buffer.append(UInt8(ascii: "]"))
        }
        level(0)
    }
}

/// Storage values inside stored JSON.
enum StoredJSON {
    /// Reads what `write` wrote for a type that is stored as `storage`.
    static func value(_ json: JSON, _ storage: StorageClass) -> SQLValue {
        switch json {
        case .number(let digits):
            if storage != .any, let number = Int64(digits) { return .integer(number) }
            return .real(Double(digits) ?? 0)
        case .string(let text):
            switch storage {
            case .any: return text == "NaN" ? FloatCodec.storedNaN : .real(text == "Infinity" ? .infinity : -.infinity)
            case .blob:
                do { return try ByteaCodec.decode(text) } catch { return .null }
            default: return .text(text)
            }
        default: return .null
        }
    }

    static func write(_ value: SQLValue, to buffer: inout [UInt8]) {
        switch value {
        case .null: buffer.append(ascii: "null")
        case .integer(let number): buffer.append(integer: number)
        case .real(let number):
            if number.isFinite {
                buffer.append(contentsOf: number.description.utf8)
            } else {
                buffer.append(contentsOf: (number < 0 ? "\"-Infinity\"" : "\"Infinity\"").utf8)
            }
        case .text(let text): JSON.write(string: text, to: &buffer)
        case .blob(let bytes):
            // The hex form's backslash has to be escaped in JSON.
            buffer.append(ascii: "\"\\")
            ByteaCodec.write(bytes, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        }
    }
}
