import PostgresTypes
import SQLite

/// `pg_trgm`: how alike two texts are, by the groups of three letters that they share.
extension FunctionTable {
    mutating func addTrigrams() {
        scalar("similarity(text,text)") { .real(Double(Trigrams.similarity($0.text(0), $0.text(1)))) }
        scalar("similarity_op(text,text)") { call in
            .bool(Trigrams.similarity(call.text(0), call.text(1)) >= 0.3)
        }
        scalar("similarity_dist(text,text)") { .real(Double(1 - Trigrams.similarity($0.text(0), $0.text(1)))) }
        scalar("show_limit()") { _ in .real(Double(Float(0.3))) }
        for (name, isStrict, threshold) in [("word", false, Float(0.6)), ("strict_word", true, 0.5)] {
            @Sendable func likeness(_ call: Invocation, _ first: Int) -> Float {
                Trigrams.likeness(of: call.text(first), in: call.text(1 - first), byWords: isStrict)
            }
            scalar("\(name)_similarity(text,text)") { .real(Double(likeness($0, 0))) }
            scalar("\(name)_similarity_op(text,text)") { .bool(likeness($0, 0) >= threshold) }
            scalar("\(name)_similarity_commutator_op(text,text)") { .bool(likeness($0, 1) >= threshold) }
            scalar("\(name)_similarity_dist_op(text,text)") { .real(Double(1 - likeness($0, 0))) }
            scalar("\(name)_similarity_dist_commutator_op(text,text)") { .real(Double(1 - likeness($0, 1))) }
        }
        scalar("show_trgm(text)") { call in
            let sorted = Trigrams.of(call.text(0)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return ArrayValue(sorted.map { .text($0) }).stored
        }
    }
}

enum Trigrams {
    /// The different trigrams of all words.
    static func of(_ text: String) -> Set<String> { Set(words(text).joined()) }

    /// The trigrams of each word in their order, the word with two blanks before it and one behind.
    private static func words(_ text: String) -> [[String]] {
        var words: [[String]] = []
        var word: Scalars = []
        func finish() {
            guard !word.isEmpty else { return }
            let padded: Scalars = [" ", " "] + word + [" "]
            words.append(
                (0...(padded.count - 3)).map { start in
                    var view = String.UnicodeScalarView()
                    view.append(contentsOf: padded[start..<(start + 3)])
                    return String(view)
                })
            word = []
        }
        for scalar in text.lowercased().unicodeScalars {
            if RegexSet.belongs(scalar, to: .alnum) { word.append(scalar) } else { finish() }
        }
        finish()
        return words
    }

    static func similarity(_ left: String, _ right: String) -> Float {
        let (a, b) = (of(left), of(right))
        let common = a.intersection(b).count
        let all = a.count + b.count - common
        return all == 0 ? 0 : Float(common) / Float(all)
    }

    /// The greatest similarity of a text with any stretch of another: from any trigram to any other, or between whole
    /// words. The search is pg_trgm's own, which widens a stretch to the right and tries to shorten it from the left.
    static func likeness(of text: String, in other: String, byWords: Bool) -> Float {
        let wanted = of(text)
        let words = words(other)
        let trigrams = Array(words.joined())
        var starts: Set<Int> = []
        var ends: Set<Int> = []
        var place = 0
        for word in words {
            starts.insert(place)
            place += word.count
            ends.insert(place - 1)
        }
        func similarity(_ common: Int, _ different: Int) -> Float {
            Float(common) / Float(wanted.count + different - common)
        }
        /// Where in the stretch each trigram stands last.
        var last: [String: Int] = [:]
        var lower = byWords ? 0 : -1
        var (different, common) = (0, 0)
        var best: Float = 0
        for (index, trigram) in trigrams.enumerated() {
            let isWanted = wanted.contains(trigram)
            if lower >= 0 || isWanted {
                if last[trigram] == nil {
                    different += 1
                    if isWanted { common += 1 }
                }
                last[trigram] = index
            }
            guard byWords ? ends.contains(index) : isWanted else { continue }
            if lower == -1 {
                lower = index
                different = 1
            }
            var current = similarity(common, different)
            let first = lower
            var (left, shared) = (different, common)
            for start in first...index {
                if !byWords || starts.contains(start) {
                    let shorter = similarity(shared, left)
                    if shorter > current {
                        current = shorter
                        (different, lower, common) = (left, start, shared)
                    }
                }
                if last[trigrams[start]] == start {
                    left -= 1
                    if wanted.contains(trigrams[start]) { shared -= 1 }
                }
            }
            best = max(best, current)
            for start in first..<lower where last[trigrams[start]] == start { last[trigrams[start]] = nil }
        }
        return best
    }
}
