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
        scalar("show_trgm(text)") { call in
            let sorted = Trigrams.of(call.text(0)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return ArrayValue(sorted.map { .text($0) }).stored
        }
    }
}

enum Trigrams {
    /// The different trigrams of all words, each word with two blanks before it and one behind.
    static func of(_ text: String) -> Set<String> {
        var result: Set<String> = []
        var word: Scalars = []
        func finish() {
            guard !word.isEmpty else { return }
            let padded: Scalars = [" ", " "] + word + [" "]
            for start in 0...(padded.count - 3) {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: padded[start..<(start + 3)])
                result.insert(String(view))
            }
            word = []
        }
        for scalar in text.lowercased().unicodeScalars {
            if RegexSet.belongs(scalar, to: .alnum) { word.append(scalar) } else { finish() }
        }
        finish()
        return result
    }

    static func similarity(_ left: String, _ right: String) -> Float {
        let (a, b) = (of(left), of(right))
        let common = a.intersection(b).count
        let all = a.count + b.count - common
        return all == 0 ? 0 : Float(common) / Float(all)
    }
}
