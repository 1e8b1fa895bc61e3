import PostgresTypes
import SQLite

/// `pg_trgm`: how alike two texts are, by the groups of three letters that they share.
extension FunctionTable {
    mutating func addTrigrams() {
        scalar("similarity(text,text)") { .real(Double(Trigrams.similarity($0.text(0), $0.text(1)))) }
        scalar("similarity_op(text,text)") { call in
            .bool(Double(Trigrams.similarity(call.text(0), call.text(1))) >= (try Trigrams.threshold(.whole, call)))
        }
        scalar("similarity_dist(text,text)") { .real(Double(1 - Trigrams.similarity($0.text(0), $0.text(1)))) }
        scalar("show_trgm(text)") { call in
            let sorted = Trigrams.of(call.text(0)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return ArrayValue(sorted.map { .text($0) }).stored
        }
        for measure in [Trigrams.Measure.word, .strictWord] {
            let isStrict = measure == .strictWord
            let name = isStrict ? "strict_word_similarity" : "word_similarity"
            scalar("\(name)(text,text)") { call in
                .real(Double(WordSimilarity.of(call.text(0), in: call.text(1), isStrict: isStrict)))
            }
            // The operators say which side is looked for in which: `a <% b`, and `b %> a` the other way round.
            for (suffix, word, text) in [("", 0, 1), ("_commutator", 1, 0)] {
                scalar("\(name)\(suffix)_op(text,text)") { call in
                    let found = WordSimilarity.of(call.text(word), in: call.text(text), isStrict: isStrict)
                    return .bool(Double(found) >= (try Trigrams.threshold(measure, call)))
                }
                scalar("\(name)_dist\(suffix)_op(text,text)") { call in
                    let found = WordSimilarity.of(call.text(word), in: call.text(text), isStrict: isStrict)
                    return .real(Double(1 - found))
                }
            }
        }
        volatile("set_limit(float4)") { call in
            let value = call.double(0)
            let text = PostgresType.float4.encode(.real(value), context: try call.context.valueContext)
            try SettingValues.check(Trigrams.Measure.whole.setting, text)
            let context = try call.context
            if let set = context.setSetting { try set(Trigrams.Measure.whole.setting, text, false) }
            context.session.settings[Trigrams.Measure.whole.setting] = text
            return .real(value)
        }
        volatile("show_limit()") { .real(try Trigrams.threshold(.whole, $0)) }
    }
}

/// The groups of three letters that words consist of.
enum Trigrams {
    /// What is compared, and the setting of the operators' threshold.
    enum Measure {
        case whole, word, strictWord

        var setting: String {
            switch self {
            case .whole: "pg_trgm.similarity_threshold"
            case .word: "pg_trgm.word_similarity_threshold"
            case .strictWord: "pg_trgm.strict_word_similarity_threshold"
            }
        }
    }

    static func threshold(_ measure: Measure, _ call: Invocation) throws -> Double {
        FunctionTable.setting(measure.setting, try call.context).flatMap(Double.init) ?? 0
    }

    /// The different trigrams of all words, each word with two blanks before it and one behind.
    static func of(_ text: String) -> Set<String> { Set(words(of: text).joined()) }

    /// The trigrams of each word, in their order.
    static func words(of text: String) -> [[String]] {
        var result: [[String]] = []
        var word: Scalars = []
        func finish() {
            guard !word.isEmpty else { return }
            let padded: Scalars = [" ", " "] + word + [" "]
            result.append(
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
        return result
    }

    static func similarity(_ left: String, _ right: String) -> Float {
        let (a, b) = (of(left), of(right))
        return share(a.intersection(b).count, a.count, b.count)
    }

    /// How much two sets have in common.
    static func share(_ common: Int, _ left: Int, _ right: Int) -> Float {
        let all = left + right - common
        return all == 0 ? 0 : Float(common) / Float(all)
    }
}

/// The greatest similarity between a text and a continuous part of another one (`iterate_word_similarity`).
struct WordSimilarity {
    private let found: [Bool]
    private let sequence: [Int]
    private let starts: [Bool]
    private let ends: [Bool]
    private let wanted: Int

    /// - Parameter isStrict: parts begin and end with words.
    static func of(_ word: String, in text: String, isStrict: Bool) -> Float {
        WordSimilarity(word, text).greatest(isStrict: isStrict)
    }

    private init(_ word: String, _ text: String) {
        let own = Trigrams.of(word)
        var numbers: [String: Int] = [:]
        var found: [Bool] = []
        var (sequence, starts, ends): ([Int], [Bool], [Bool]) = ([], [], [])
        for group in Trigrams.words(of: text) {
            for (index, trigram) in group.enumerated() {
                let number = numbers[trigram] ?? numbers.count
                if number == numbers.count {
                    numbers[trigram] = number
                    found.append(own.contains(trigram))
                }
                sequence.append(number)
                starts.append(index == 0)
                ends.append(index == group.count - 1)
            }
        }
        (self.found, self.sequence, self.starts, self.ends, wanted) = (found, sequence, starts, ends, own.count)
    }

    private func greatest(isStrict: Bool) -> Float {
        var last = Array(repeating: -1, count: found.count)
        var lower = isStrict ? 0 : -1
        var (distinct, common) = (0, 0)
        var result: Float = 0
        for (upper, number) in sequence.enumerated() {
            if lower >= 0 || found[number] {
                if last[number] < 0 {
                    distinct += 1
                    if found[number] { common += 1 }
                }
                last[number] = upper
            }
            guard isStrict ? ends[upper] : found[number] else { continue }
            if lower == -1 { (lower, distinct) = (upper, 1) }
            var current = Trigrams.share(common, wanted, distinct)
            var (restCommon, restDistinct) = (common, distinct)
            let start = lower
            // Without its beginning the part may be more alike.
            for place in start...upper {
                if !isStrict || starts[place] {
                    let shorter = Trigrams.share(restCommon, wanted, restDistinct)
                    if shorter > current {
                        (current, distinct, lower, common) = (shorter, restDistinct, place, restCommon)
                    }
                }
                guard last[sequence[place]] == place else { continue }
                restDistinct -= 1
                if found[sequence[place]] { restCommon -= 1 }
            }
            result = max(result, current)
            for place in start..<lower where last[sequence[place]] == place { last[sequence[place]] = -1 }
        }
        return result
    }
}
