import JSONText
package import SQLite

/// Arrays of any element type.
package enum ArrayCodec {
    static func decode(_ text: String, element: PostgresType, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        let literal = try ArrayLiteral(text)
        var elements: [SQLValue] = []
        elements.reserveCapacity(literal.elements.count)
        for item in literal.elements {
            guard let item else {
                elements.append(.null)
                continue
            }
            elements.append(try element.decode(text: item, modifier: modifier, context: context))
        }
        return ArrayValue(elements, dimensions: literal.dimensions, lowerBounds: literal.lowerBounds).stored
    }

    /// A JSON array becomes an array, nested ones further dimensions; a string is read as an array literal.
    static func decode(_ json: JSON, element: PostgresType, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        guard case .array(let items) = json else {
            if case .string(let text) = json {
                return try decode(text, element: element, modifier: modifier, context: context)
            }
            throw PostgresError("22P02", "expected JSON array")
        }
        var reader = JSONArrayReader(element: element, modifier: modifier, context: context)
        try reader.read(items, depth: 0)
        return ArrayValue(reader.elements, dimensions: reader.dimensions).stored
    }

    static func write(
        _ array: ArrayValue, element: PostgresType, to buffer: inout [UInt8], context: ValueContext
    ) {
        guard !array.elements.isEmpty else { return buffer.append(ascii: "{}") }
        if array.hasOwnBounds {
            buffer.append(contentsOf: array.boundsText.utf8)
            buffer.append(UInt8(ascii: "="))
        }
        var next = 0
        func level(_ depth: Int) {
            buffer.append(UInt8(ascii: "{"))
            for index in 0..<array.dimensions[depth] {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                if depth + 1 < array.dimensions.count {
                    level(depth + 1)
                    continue
                }
                if array.elements[next].isNull {
                    buffer.append(ascii: "NULL")
                } else {
                    let text = element.encode(array.elements[next], context: context)
                    ArrayLiteral.write(element: text.utf8, to: &buffer)
                }
                next += 1
            }
            buffer.append(UInt8(ascii: "}"))
        }
        level(0)
    }

    static func writeJSON(
        _ array: ArrayValue, element: PostgresType, to buffer: inout [UInt8], context: ValueContext
    ) {
        writeJSON(array, to: &buffer) { element.writeJSON($0, to: &$1, context: context) }
    }

    /// The same where `write` knows what an element looks like.
    package static func writeJSON<Failure>(
        _ array: ArrayValue, to buffer: inout [UInt8], _ write: (SQLValue, inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard !array.elements.isEmpty else { return buffer.append(ascii: "[]") }
        var next = 0
        func level(_ depth: Int) throws(Failure) {
            buffer.append(UInt8(ascii: "["))
            for index in 0..<array.dimensions[depth] {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                if depth + 1 < array.dimensions.count {
                    try level(depth + 1)
                } else {
                    try write(array.elements[next], &buffer)
                    next += 1
                }
            }
            buffer.append(UInt8(ascii: "]"))
        }
        try level(0)
    }

    /// Btree order of arrays: element by element (NULLs equal each other and stand last), then length, then shape.
    package static func compare(_ left: ArrayValue, _ right: ArrayValue, _ order: (SQLValue, SQLValue) -> Int) -> Int {
        for (a, b) in zip(left.elements, right.elements) {
            if a.isNull || b.isNull {
                if a.isNull && b.isNull { continue }
                return a.isNull ? 1 : -1
            }
            let result = order(a, b)
            if result != 0 { return result }
        }
        if left.elements.count != right.elements.count { return left.elements.count - right.elements.count }
        if left.dimensions.count != right.dimensions.count { return left.dimensions.count - right.dimensions.count }
        for (a, b) in zip(left.dimensions, right.dimensions) where a != b { return a - b }
        for (a, b) in zip(left.lowerBounds, right.lowerBounds) where a != b { return a - b }
        return 0
    }
}

/// Collects the elements of nested JSON arrays, whose shape must be a box.
private struct JSONArrayReader {
    let element: PostgresType
    let modifier: Int32
    let context: ValueContext
    var elements: [SQLValue] = []
    var dimensions: [Int] = []
    /// The depth at which the elements themselves stand; known from the first one.
    private var elementDepth: Int?

    init(element: PostgresType, modifier: Int32, context: ValueContext) {
        self.element = element
        self.modifier = modifier
        self.context = context
    }

    mutating func read(_ items: [JSON], depth: Int) throws(PostgresError) {
        if dimensions.count == depth {
            guard elementDepth == nil else { throw PostgresError("22P02", "expected JSON array") }
            dimensions.append(items.count)
        } else if dimensions[depth] != items.count {
            throw PostgresError(
                "22P02", "malformed JSON array",
                detail: "Multidimensional arrays must have sub-arrays with matching dimensions.")
        }
        for item in items {
            // Arrays of json and of composites see nested arrays as further dimensions too.
            if case .array(let nested) = item, elementDepth == nil || elementDepth! > depth {
                try read(nested, depth: depth + 1)
                continue
            }
            if let known = elementDepth, known != depth { throw PostgresError("22P02", "expected JSON array") }
            elementDepth = depth
            elements.append(try element.decode(json: item, modifier: modifier, context: context))
        }
    }
}
