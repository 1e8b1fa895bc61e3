import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func embedding(_ index: Int) -> EmbeddingVector { EmbeddingVector(stored: text(index)) }

    /// The elements of two vectors of one length.
    fileprivate func pair(_ kind: VectorKind) throws -> (a: [Float], b: [Float]) {
        let (a, b) = (embedding(0).elements, embedding(1).elements)
        guard a.count == b.count else { throw kind.lengths(a.count, b.count) }
        return (a, b)
    }
}

/// Which of the extension's types: single or half precision.
private enum VectorKind: String, CaseIterable {
    case vector, halfvec

    func value(_ elements: [Float]) throws -> SQLValue {
        .text(try EmbeddingVector(elements, isHalf: self == .halfvec).text)
    }

    func lengths(_ a: Int, _ b: Int) -> PostgresError {
        PostgresError("22000", "different \(rawValue) dimensions \(a) and \(b)")
    }

    /// The result of an arithmetic, which must be in range.
    func result(_ elements: [Float]) throws -> SQLValue {
        let isOver = elements.contains { $0.isInfinite || self == .halfvec && Float(Float16($0)).isInfinite }
        if isOver { throw PostgresError("22003", "value out of range: overflow") }
        return try value(elements)
    }
}

/// The extension `vector`: distances between embeddings.
extension FunctionTable {
    mutating func addVectors() {
        for kind in VectorKind.allCases {
            addDistances(of: kind)
            addArithmetic(of: kind)
            addComparisons(of: kind)
            addArrays(of: kind)
            aggregate("sum(\(kind))") { _, _ in VectorSum(kind, isAverage: false) }
            aggregate("avg(\(kind))") { _, _ in VectorSum(kind, isAverage: true) }
        }
        scalar("halfvec_to_vector(halfvec)") { try VectorKind.vector.value($0.embedding(0).elements) }
        scalar("vector_to_halfvec(vector)") { try VectorKind.halfvec.value($0.embedding(0).elements) }
    }

    private mutating func addDistances(of kind: VectorKind) {
        let two = "(\(kind),\(kind))"
        scalar("l2_distance\(two)") { .float(Double(try Self.squares($0.pair(kind))).squareRoot()) }
        scalar("inner_product\(two)") { .float(Double(try Self.product($0.pair(kind)))) }
        scalar("\(kind)_negative_inner_product\(two)") { .float(-Double(try Self.product($0.pair(kind)))) }
        scalar("l1_distance\(two)") { call in
            let (a, b) = try call.pair(kind)
            return .float(Double(zip(a, b).reduce(Float(0)) { $0 + abs($1.0 - $1.1) }))
        }
        scalar("cosine_distance\(two)") { call in
            let (a, b) = try call.pair(kind)
            let norms = Double(Self.product((a, a))) * Double(Self.product((b, b)))
            return .float(1 - min(1, max(-1, Double(Self.product((a, b))) / norms.squareRoot())))
        }
        scalar("vector_dims(\(kind))") { .integer(Int64($0.embedding(0).elements.count)) }
        scalar("\(kind == .vector ? "vector_norm" : "l2_norm")(\(kind))") { .float(Self.norm($0.embedding(0))) }
    }

    private mutating func addArithmetic(of kind: VectorKind) {
        scalar("l2_normalize(\(kind))") { call in
            let vector = call.embedding(0)
            let norm = Self.norm(vector)
            return try kind.value(norm > 0 ? vector.elements.map { Float(Double($0) / norm) } : vector.elements)
        }
        let sums: [(String, @Sendable (Float, Float) -> Float)] = [
            ("add", { $0 + $1 }), ("sub", { $0 - $1 }), ("mul", { $0 * $1 }),
        ]
        for (name, combine) in sums {
            scalar("\(kind)_\(name)(\(kind),\(kind))") { call in
                let (a, b) = try call.pair(kind)
                return try kind.result(zip(a, b).map(combine))
            }
        }
        scalar("\(kind)_concat(\(kind),\(kind))") { call in
            try kind.value(call.embedding(0).elements + call.embedding(1).elements)
        }
        scalar("subvector(\(kind),int4,int4)") { call in
            let elements = call.embedding(0).elements
            let (first, count) = (call.integer(1), call.integer(2))
            // Positions count from 1; what lies outside is left out.
            let range = max(1, first)..<max(1, first, min(Int64(elements.count) + 1, first + count))
            guard count > 0, !range.isEmpty else {
                throw PostgresError("22000", "\(kind) must have at least 1 dimension")
            }
            return try kind.value(range.map { elements[Int($0) - 1] })
        }
    }

    private mutating func addComparisons(of kind: VectorKind) {
        let comparisons: [(String, @Sendable (Int) -> Bool)] = [
            ("eq", { $0 == 0 }), ("ne", { $0 != 0 }), ("lt", { $0 < 0 }), ("le", { $0 <= 0 }), ("gt", { $0 > 0 }),
            ("ge", { $0 >= 0 }),
        ]
        for (name, test) in comparisons {
            scalar("\(kind)_\(name)(\(kind),\(kind))") { .bool(test(Self.compare($0.embedding(0), $0.embedding(1)))) }
        }
    }

    private mutating func addArrays(of kind: VectorKind) {
        let arrays: [(String, PostgresType)] = [
            ("_int4", .int4), ("_float4", .float4), ("_float8", .float8), ("_numeric", .numeric),
        ]
        for (name, element) in arrays {
            scalar("array_to_\(kind)(\(name))") { call in
                let context = try call.context.valueContext
                let array = ArrayValue(stored: call.text(0), element: element)
                guard array.dimensions.count <= 1 else { throw PostgresError("22000", "array must be 1-D") }
                return try kind.value(
                    try array.elements.map { value in
                        if value.isNull { throw PostgresError("22004", "array must not contain nulls") }
                        return Float(element.encode(value, context: context)) ?? .nan
                    })
            }
        }
        scalar("\(kind)_to_float4(\(kind))") { call in
            ArrayValue(call.embedding(0).elements.map { .real(Double($0)) }).stored
        }
    }

    private static func norm(_ vector: EmbeddingVector) -> Double {
        vector.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
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

/// The sum of vectors, or their middle.
private final class VectorSum: Accumulator {
    private let kind: VectorKind
    private let isAverage: Bool
    private var totals: [Double] = []
    private var count = 0

    init(_ kind: VectorKind, isAverage: Bool) {
        self.kind = kind
        self.isAverage = isAverage
    }

    func add(_ values: [SQLValue]) throws {
        guard case .text(let text) = values[0] else { return }
        let elements = EmbeddingVector(stored: text).elements
        if count == 0 { totals = elements.map { _ in 0 } }
        guard elements.count == totals.count else {
            throw isAverage
                ? PostgresError("22000", "expected \(totals.count) dimensions, not \(elements.count)")
                : kind.lengths(totals.count, elements.count)
        }
        for (index, element) in elements.enumerated() {
            let sum = totals[index] + Double(element)
            // An average is worked out in double precision, a sum in the vectors' own.
            totals[index] = isAverage ? sum : kind == .halfvec ? Double(Float(Float16(sum))) : Double(Float(sum))
        }
        count += 1
        if totals.contains(where: \.isInfinite) { throw PostgresError("22003", "value out of range: overflow") }
    }

    func value() throws -> SQLValue {
        if count == 0 { return .null }
        return try kind.value(totals.map { Float(isAverage ? $0 / Double(count) : $0) })
    }
}
