/// A value of the extension `vector`: single-precision numbers, or half-precision ones (`halfvec`).
package struct EmbeddingVector: Hashable, Sendable {
    package var elements: [Float]

    package init(_ elements: [Float], isHalf: Bool = false) throws(PostgresError) {
        let type = Self.name(isHalf: isHalf)
        guard !elements.isEmpty else { throw PostgresError("22000", "\(type) must have at least 1 dimension") }
        guard elements.count <= 16000 else {
            throw PostgresError("54000", "\(type) cannot have more than 16000 dimensions")
        }
        if elements.contains(where: \.isNaN) { throw PostgresError("22000", "NaN not allowed in \(type)") }
        if elements.contains(where: \.isInfinite) {
            throw PostgresError("22000", "infinite value not allowed in \(type)")
        }
        self.elements = isHalf ? try elements.map { (e) throws(PostgresError) in try Self.half(e) } : elements
    }

    private static func name(isHalf: Bool) -> String { isHalf ? "halfvec" : "vector" }

    /// The nearest number of half precision.
    private static func half(_ element: Float) throws(PostgresError) -> Float {
        let rounded = Float(Float16(element))
        guard rounded.isFinite else {
            let shown = PostgresTypes.text { FloatCodec.write(Double(element), isSingle: true, to: &$0) }
            throw PostgresError("22003", "\"\(shown)\" is out of range for type halfvec")
        }
        return rounded
    }

    /// `[1,2.5,-3]`.
    package init(parsing text: String, isHalf: Bool = false) throws(PostgresError) {
        let type = Self.name(isHalf: isHalf)
        func invalid(_ detail: String?) -> PostgresError {
            PostgresError("22P02", "invalid input syntax for type \(type): \"\(text)\"", detail: detail)
        }
        let body = text.drop(while: \.isWhitespace)
        guard body.first == "[" else { throw invalid("Vector contents must start with \"[\".") }
        guard let end = body.firstIndex(of: "]") else { throw invalid(nil) }
        guard body[body.index(after: end)...].allSatisfy(\.isWhitespace) else {
            throw invalid("Junk after closing right brace.")
        }
        let items = body[body.index(after: body.startIndex)..<end]
        guard !items.allSatisfy(\.isWhitespace) else {
            throw PostgresError("22000", "\(type) must have at least 1 dimension")
        }
        var elements: [Float] = []
        for item in items.split(separator: ",", omittingEmptySubsequences: false) {
            let digits = item.filter { !$0.isWhitespace }
            guard let number = Float(digits) else { throw invalid(nil) }
            elements.append(number)
        }
        try self.init(elements, isHalf: isHalf)
    }

    /// What `text` wrote.
    package init(stored: String) {
        elements = stored.dropFirst().dropLast().split(separator: ",").map { Float($0) ?? 0 }
    }

    /// What its output function prints, and how it is stored.
    package var text: String {
        PostgresTypes.text { buffer in
            buffer.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                FloatCodec.write(Double(element), isSingle: true, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        }
    }
}
