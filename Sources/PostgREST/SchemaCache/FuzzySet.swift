/// Names that a misspelt one may have meant, scored as the fuzzy set behind PostgREST's hints does: names that share
/// three-letter grams (two-letter ones if none does), by their edit distance.
struct FuzzySet {
    private let names: [String]

    init(_ names: some Sequence<String>) {
        var seen: Set<String> = []
        self.names = names.filter { seen.insert($0.lowercased()).inserted }
    }

    /// The most similar name; nil when none scores `minimum`. A name that is in the set scores 1.
    func best(for query: String, minimum: Double = 0.33) -> (name: String, score: Double)? {
        let query = query.lowercased()
        if let exact = names.first(where: { $0.lowercased() == query }) { return (exact, 1) }
        for size in [3, 2] {
            let wanted = Self.grams(query, size)
            let near = names.map { (name: $0, similarity: Self.cosine(wanted, Self.grams($0.lowercased(), size))) }
                .filter { $0.similarity > 0 }
                .sorted { ($1.similarity, $0.name) < ($0.similarity, $1.name) }
                .prefix(50)
            let scored = near.map { (name: $0.name, score: Self.score(query, $0.name.lowercased())) }
                .filter { $0.score >= minimum }
            // Of equal scores the one with more grams in common, which stands first.
            if var best = scored.first {
                for candidate in scored where candidate.score > best.score { best = candidate }
                return best
            }
        }
        return nil
    }

    private static func grams(_ text: String, _ size: Int) -> [[Character]: Int] {
        let characters = Array("-" + text.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "," } + "-")
        guard characters.count >= size else { return [:] }
        var counts: [[Character]: Int] = [:]
        for start in 0...(characters.count - size) { counts[Array(characters[start..<start + size]), default: 0] += 1 }
        return counts
    }

    private static func cosine(_ left: [[Character]: Int], _ right: [[Character]: Int]) -> Double {
        let product = left.reduce(0) { $0 + $1.value * (right[$1.key] ?? 0) }
        let length = { (counts: [[Character]: Int]) in
            Double(counts.values.reduce(0) { $0 + $1 * $1 }).squareRoot()
        }
        let divisor = length(left) * length(right)
        return divisor == 0 ? 0 : Double(product) / divisor
    }

    /// 1 for equal texts, 0 for texts with nothing in common: the edit distance over the longer length.
    private static func score(_ left: String, _ right: String) -> Double {
        let (left, right) = (Array(left), Array(right))
        let longest = max(left.count, right.count)
        guard longest > 0 else { return 1 }
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                let substitution = diagonal + (right[column] == character ? 0 : 1)
                row[column + 1] = min(substitution, above + 1, row[column] + 1)
                diagonal = above
            }
        }
        return 1 - Double(row[right.count]) / Double(longest)
    }
}
