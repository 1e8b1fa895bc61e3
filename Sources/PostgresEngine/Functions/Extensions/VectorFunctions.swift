import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func vector(_ index: Int) -> EmbeddingVector { EmbeddingVector(stored: text(index)) }

    /// The elements of two vectors of one length.
    fileprivate func pair() throws -> (a: [Float], b: [Float]) {
        let (a, b) = (vector(0).elements, vector(1).elements)
        guard a.count == b.count else {
            throw PostgresError("22000", "different vector dimensions \(a.count) and \(b.count)")
        }
        return (a, b)
    }
}

extension SQLValue {
    fileprivate static func vector(_ elements: [Float]) throws -> SQLValue { .text(try EmbeddingVector(elements).text) }
}

/// The extension `vector`: distances between embeddings.
extension FunctionTable {
    mutating func addVectors() {
        scalar("l2_distance(vector,vector)") { .float(Double(try Self.squares($0.pair())).squareRoot()) }
        scalar("inner_product(vector,vector)") { .float(Double(try Self.product($0.pair()))) }
        scalar("vector_negative_inner_product(vector,vector)") { .float(-Double(try Self.product($0.pair()))) }
        scalar("l1_distance(vector,vector)") { call in
            let (a, b) = try call.pair()
            return .float(Double(zip(a, b).reduce(Float(0)) { $0 + abs($1.0 - $1.1) }))
        }
        scalar("cosine_distance(vector,vector)") { call in
            let (a, b) = try call.pair()
            let norms = Double(Self.product((a, a))) * Double(Self.product((b, b)))
            return .float(1 - min(1, max(-1, Double(Self.product((a, b))) / norms.squareRoot())))
        }
        scalar("vector_dims(vector)") { .integer(Int64($0.vector(0).elements.count)) }
        scalar("vector_norm(vector)") { call in
            let elements = call.vector(0).elements.map(Double.init)
            return .float(elements.reduce(0) { $0 + $1 * $1 }.squareRoot())
        }
        scalar("l2_normalize(vector)") { call in
            let elements = call.vector(0).elements
            let norm = elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            return try .vector(norm > 0 ? elements.map { Float(Double($0) / norm) } : elements)
        }
        let sums: [(String, @Sendable (Float, Float) -> Float)] = [
            ("add", { $0 + $1 }), ("sub", { $0 - $1 }), ("mul", { $0 * $1 }),
        ]
        for (name, combine) in sums {
            scalar("vector_\(name)(vector,vector)") { call in
                let (a, b) = try call.pair()
                let result = zip(a, b).map(combine)
                if result.contains(where: \.isInfinite) { throw PostgresError("22003", "value out of range: overflow") }
                return try .vector(result)
            }
        }
        let comparisons: [(String, @Sendable (Int) -> Bool)] = [
            ("eq", { $0 == 0 }), ("ne", { $0 != 0 }), ("lt", { $0 < 0 }), ("le", { $0 <= 0 }), ("gt", { $0 > 0 }),
            ("ge", { $0 >= 0 }),
        ]
        for (name, test) in comparisons {
            scalar("vector_\(name)(vector,vector)") { .bool(test(Self.compare($0.vector(0), $0.vector(1)))) }
        }
        let arrays: [(String, PostgresType)] = [
            ("_int4", .int4), ("_float4", .float4), ("_float8", .float8), ("_numeric", .numeric),
        ]
        for (name, element) in arrays {
            scalar("array_to_vector(\(name))") { call in
                let context = try call.context.valueContext
                let array = ArrayValue(stored: call.text(0), element: element)
                guard array.dimensions.count <= 1 else { throw PostgresError("22000", "array must be 1-D") }
                return try .vector(
                    try array.elements.map { value in
                        if value.isNull { throw PostgresError("22004", "array must not contain nulls") }
                        return Float(element.encode(value, context: context)) ?? .nan
                    })
            }
        }
        scalar("vector_to_float4(vector)") { call in
            ArrayValue(call.vector(0).elements.map { .real(Double($0)) }).stored
        }
    }

    private static func product(_ pair: (a: [Float], b: [Float])) -> Float {
        zip(pair.a, pair.b).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    }

    private static func squares(_ pair: (a: [Float], b: [Float])) -> Float {
        zip(pair.a, pair.b).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Element by element, then the shorter one first.
    private static func compare(_ a: EmbeddingVector, _ b: EmbeddingVector) -> Int {
        for (left, right) in zip(a.elements, b.elements) where left != right { return left < right ? -1 : 1 }
        return a.elements.count - b.elements.count
    }
}
