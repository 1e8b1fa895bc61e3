private import Glibc
import PostgresTypes

/// `ts_rank` and `ts_rank_cd`: how well a document fits a query. In the precision of `real`, step by step as
/// PostgreSQL computes it.
struct TextSearchRank {
    /// By weight, D first.
    var weights: [Float] = [0.1, 0.2, 0.4, 1.0]
    var normalization = 0

    private static let unplaced = [TextSearchVector.Position(TextSearchVector.Position.last)]

    /// The words of a query, each once, in order.
    private static func words(of root: TextSearchQuery.Node) -> [TextSearchQuery.Operand] {
        var result: [TextSearchQuery.Operand] = []
        for operand in root.operands.sorted(by: { $0.lexeme.lexicographicallyPrecedes($1.lexeme) })
        where result.last?.lexeme != operand.lexeme {
            result.append(operand)
        }
        return result
    }

    // MARK: By frequency

    func rank(_ vector: TextSearchVector, _ query: TextSearchQuery) -> Float {
        guard !vector.entries.isEmpty, let root = query.root else { return 0 }
        let words = Self.words(of: root)
        var rank: Float
        switch root {
        case .and, .phrase: rank = words.count < 2 ? anyWord(vector, words) : allWords(vector, words)
        default: rank = anyWord(vector, words)
        }
        if rank < 0 { rank = 1e-20 }
        let count = vector.entries.count
        if normalization & 1 != 0 {
            rank = Float(Double(rank) / (log(Double(vector.length + 1)) / log(2)))
        }
        if normalization & 2 != 0, vector.length > 0 { rank /= Float(vector.length) }
        if normalization & 8 != 0 { rank /= Float(count) }
        if normalization & 16 != 0 { rank = Float(Double(rank) / (log(Double(count + 1)) / log(2))) }
        if normalization & 32 != 0 { rank /= rank + 1 }
        return rank
    }

    private func anyWord(_ vector: TextSearchVector, _ words: [TextSearchQuery.Operand]) -> Float {
        var result: Float = 0
        for word in words {
            for entry in vector.entries(for: word.lexeme, isPrefix: word.isPrefix) {
                let positions = entry.positions.isEmpty ? [TextSearchVector.Position(0)] : entry.positions
                var sum: Float = 0
                var best: Float = -1
                var bestIndex = 0
                for (index, position) in positions.enumerated() {
                    let weight = weights[position.weight]
                    sum += weight / Float((index + 1) * (index + 1))
                    if weight > best { (best, bestIndex) = (weight, index) }
                }
                let own = best + sum - best / Float((bestIndex + 1) * (bestIndex + 1))
                result = Float(Double(result) + Double(own) / 1.64493406685)
            }
        }
        return words.isEmpty ? result : result / Float(words.count)
    }

    private func allWords(_ vector: TextSearchVector, _ words: [TextSearchQuery.Operand]) -> Float {
        var seen: [(positions: [TextSearchVector.Position], isPlaced: Bool)?] = Array(
            repeating: nil, count: words.count)
        var result: Float = -1
        for (index, word) in words.enumerated() {
            for entry in vector.entries(for: word.lexeme, isPrefix: word.isPrefix) {
                let isPlaced = !entry.positions.isEmpty
                let own = (positions: isPlaced ? entry.positions : Self.unplaced, isPlaced: isPlaced)
                seen[index] = own
                for other in seen[..<index] {
                    guard let other else { continue }
                    for a in own.positions {
                        for b in other.positions {
                            var distance = abs(a.place - b.place)
                            if distance == 0 {
                                if own.isPlaced && other.isPlaced { continue }
                                distance = 16384
                            }
                            let product = weights[a.weight] * weights[b.weight] * Self.closeness(distance)
                            let current = Float(Double(product).squareRoot())
                            result =
                                result < 0
                                ? current : Float(1.0 - (1.0 - Double(result)) * (1.0 - Double(current)))
                        }
                    }
                }
            }
        }
        return result
    }

    private static func closeness(_ distance: Int) -> Float {
        if distance > 100 { return 1e-30 }
        return Float(1.0 / (1.005 + 0.05 * exp(Double(Float(distance) / 1.5 - 2))))
    }

    // MARK: By cover density

    private struct Mention {
        var position: TextSearchVector.Position
        var words: Set<Int>
    }

    func coverRank(_ vector: TextSearchVector, _ query: TextSearchQuery) -> Float {
        guard let root = query.root else { return 0 }
        let mentions = mentions(vector, root)
        guard !mentions.isEmpty else { return 0 }
        let inverse = weights.map { 1 / Double($0) }
        var rank = 0.0
        var distances = 0.0
        var lastMiddle = 0.0
        var count = 0
        var start = 0
        while let cover = cover(mentions, root, from: &start) {
            let span = mentions[cover]
            let sum = span.reduce(0.0) { $0 + inverse[$1.position.weight] }
            let density = Double(span.count) / sum
            let (first, last) = (span.first!.position.place, span.last!.position.place)
            var noise = (last - first) - (span.count - 1)
            if noise < 0 { noise = (span.count - 1) / 2 }
            rank += density / Double(1 + noise)
            let middle = Double(last + first) / 2
            if count > 0, middle > lastMiddle { distances += 1 / (middle - lastMiddle) }
            lastMiddle = middle
            count += 1
        }
        let size = vector.entries.count
        if normalization & 1 != 0 { rank /= log(Double(vector.length + 1)) }
        if normalization & 2 != 0, vector.length > 0 { rank /= Double(vector.length) }
        if normalization & 4 != 0, count > 0, distances > 0 { rank /= Double(count) / distances }
        if normalization & 8 != 0 { rank /= Double(size) }
        if normalization & 16 != 0 { rank /= log(Double(size + 1)) / log(2) }
        if normalization & 32 != 0 { rank /= rank + 1 }
        return Float(rank)
    }

    /// Every place where a word of the query stands, in order.
    private func mentions(_ vector: TextSearchVector, _ root: TextSearchQuery.Node) -> [Mention] {
        var found: [TextSearchVector.Position: Set<Int>] = [:]
        for (index, operand) in root.operands.enumerated() {
            for entry in vector.entries(for: operand.lexeme, isPrefix: operand.isPrefix) {
                for position in entry.positions
                where operand.weights == 0 || operand.weights & (1 << position.weight) != 0 {
                    found[position, default: []].insert(index)
                }
            }
        }
        return found.map { Mention(position: $0.key, words: $0.value) }.sorted {
            ($0.position.place, $0.position.weight) < ($1.position.place, $1.position.weight)
        }
    }

    /// The next shortest stretch of mentions that satisfies the query.
    private func cover(
        _ mentions: [Mention], _ root: TextSearchQuery.Node, from start: inout Int
    ) -> ClosedRange<Int>? {
        let operands = root.operands
        func isSatisfied(_ places: [[Int]]) -> Bool {
            root.matches { operand, _ in
                var all: Set<Int> = []
                for (index, candidate) in operands.enumerated() where candidate == operand {
                    all.formUnion(places[index])
                }
                return all.isEmpty ? .nowhere : .places(TextSearchPlaces(places: all.sorted()))
            }
        }
        while start < mentions.count {
            var places: [[Int]] = Array(repeating: [], count: operands.count)
            var end: Int?
            for index in start..<mentions.count {
                for word in mentions[index].words { places[word].append(mentions[index].position.place) }
                if isSatisfied(places) {
                    end = index
                    break
                }
            }
            guard let end else { return nil }
            places = Array(repeating: [], count: operands.count)
            for index in stride(from: end, through: start, by: -1) {
                for word in mentions[index].words { places[word].append(mentions[index].position.place) }
                if isSatisfied(places) {
                    start = index + 1
                    return index...end
                }
            }
            start += 1
        }
        return nil
    }
}
