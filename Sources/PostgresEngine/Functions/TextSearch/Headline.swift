import PostgresTypes

/// `ts_headline`: the part of a document that shows best what a query found, as PostgreSQL's default parser picks it.
struct Headline {
    /// A token of the document; `operand` is the word of the query that it answers to.
    private struct Word {
        var text: String
        var kind: TokenKind
        var place: Int
        var lexeme: [UInt8]?
        var operand: Int?
        /// Stands again for a token that answers to several words of the query: it counts, but is not printed.
        var isRepeated = false
        var isIn = false

        /// Whether showing it tells the reader something.
        var isInteresting: Bool { operand != nil && !isRepeated }

        /// Blanks, tags and compounds, whose parts follow, are no words of their own.
        var isWord: Bool {
            switch kind {
            case .blank, .tag, .url, .numHyphenWord, .asciiHyphenWord, .hyphenWord: false
            default: true
            }
        }

        /// What makes a poor end unless it is interesting.
        func isBadEnd(_ shortWord: Int) -> Bool {
            if isInteresting { return false }
            switch kind {
            case .scientific, .version, .float, .signedInteger, .unsignedInteger, .protocolHead, .entity: return true
            default: return !isWord || text.utf8.count <= shortWord
            }
        }
    }

    private let options: HeadlineOptions
    private let root: TextSearchQuery.Node?
    private let operands: [TextSearchQuery.Operand]
    private var words: [Word] = []

    init(
        _ document: String, _ configuration: TextSearchConfiguration, _ query: TextSearchQuery,
        _ options: HeadlineOptions
    ) {
        self.options = options
        root = query.root
        operands = query.root?.operands ?? []
        var parser = DocumentParser(document)
        var place = 0
        while let token = parser.next() {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: parser.scalars[token.range])
            add(String(view), token.kind, configuration, &place)
        }
    }

    private mutating func add(
        _ text: String, _ kind: TokenKind, _ configuration: TextSearchConfiguration, _ place: inout Int
    ) {
        var word = Word(text: text, kind: kind, place: 0)
        if configuration.mapping[kind] != nil, text.utf8.count < 2047 {
            switch configuration.answer(to: text, kind) {
            case .unknown, .replaced: break
            case .stop: place += 1
            case .lexeme(let lexeme):
                place += 1
                word.lexeme = Array(lexeme.utf8)
            }
            word.place = min(place, TextSearchVector.Position.last)
        }
        let found = word.lexeme.map { lexeme in operands.indices.filter { operands[$0].covers(lexeme) } } ?? []
        word.operand = found.first
        words.append(word)
        for operand in found.dropFirst() {
            word.operand = operand
            word.isRepeated = true
            words.append(word)
        }
    }

    // MARK: Covers

    private func firstAnswer(from start: Int) -> Int? {
        start < words.count ? words[start...].firstIndex { $0.operand != nil } : nil
    }

    /// The earliest, then shortest run of words from `start` on that the query is true of.
    private func cover(from start: Int) -> ClosedRange<Int>? {
        var first = firstAnswer(from: start)
        while let begin = first {
            var next: Int?
            var end: Int? = begin
            while let last = end, last == begin || last - begin < options.maxCover {
                if isTrue(of: begin...last) { return begin...last }
                end = firstAnswer(from: last + 1)
                if last == begin { next = end }
            }
            first = next
        }
        return nil
    }

    private func isTrue(of range: ClosedRange<Int>) -> Bool {
        guard let root else { return false }
        return root.matches { operand, needsPlaces in
            let places = words[range].filter { $0.operand != nil && operand.covers($0.lexeme ?? []) }.map(\.place)
            if places.isEmpty { return .nowhere }
            return .places(TextSearchPlaces(places: needsPlaces ? Set(places).sorted() : []))
        }
    }

    // MARK: Choosing

    /// The text of the headline.
    mutating func text() -> String {
        if options.maxFragments == 0 {
            let chosen = options.highlightsAll ? 0...max(0, words.count - 1) : bestExcerpt()
            mark(chosen)
        } else {
            markFragments()
        }
        return rendered
    }

    private mutating func mark(_ range: ClosedRange<Int>) {
        for index in range where words.indices.contains(index) { words[index].isIn = !words[index].isRepeated }
    }

    /// One excerpt around the best cover: the one that is whole, has most interesting words and ends well.
    private func bestExcerpt() -> ClosedRange<Int> {
        var best: (range: ClosedRange<Int>, isWhole: Bool, count: Int)?
        var start = 0
        while let cover = cover(from: start) {
            let (range, count) = excerpt(around: cover)
            let isWhole = range.lowerBound <= cover.lowerBound && range.upperBound >= cover.upperBound
            start = cover.lowerBound + 1
            guard let known = best else {
                best = (range, isWhole, count)
                continue
            }
            let endsBetter = !isBadEnd(range.upperBound) && isBadEnd(known.range.upperBound)
            if isWhole != known.isWhole ? isWhole : count != known.count ? count > known.count : endsBetter {
                best = (range, isWhole, count)
            }
        }
        return best?.range ?? beginning
    }

    private func isBadEnd(_ index: Int) -> Bool { words[index].isBadEnd(options.shortWord) }

    /// The first words of the document, where nothing is found.
    private var beginning: ClosedRange<Int> {
        var count = 0
        var end = 0
        for index in words.indices {
            guard count < options.minWords else { break }
            if words[index].isWord { count += 1 }
            end = index
        }
        return 0...end
    }

    /// A cover made longer or shorter to have between `minWords` and `maxWords` words, and how many are interesting.
    private func excerpt(around cover: ClosedRange<Int>) -> (ClosedRange<Int>, interesting: Int) {
        var length = 0
        var interesting = 0
        func count(_ index: Int, by step: Int) {
            if words[index].isWord { length += step }
            if words[index].isInteresting { interesting += step }
        }
        var start = cover.lowerBound
        var end = start
        var index = start
        while index <= cover.upperBound, length < options.maxWords {
            count(index, by: 1)
            end = index
            index += 1
        }
        if length < options.maxWords {
            // The last word is looked at again: it may be a good place to stop.
            index -= 1
            while index < words.count, length < options.maxWords {
                if index > cover.upperBound { count(index, by: 1) }
                end = index
                if !isBadEnd(index), length >= options.minWords { break }
                index += 1
            }
            if length < options.minWords {
                index = cover.lowerBound - 1
                while index >= 0 {
                    count(index, by: 1)
                    if length >= options.maxWords { break }
                    if !isBadEnd(index), length >= options.minWords { break }
                    index -= 1
                }
                start = max(index, 0)
            }
        } else {
            index = min(index, cover.upperBound)
            while length > options.minWords, isBadEnd(index) {
                count(index, by: -1)
                end = index - 1
                index -= 1
            }
        }
        return (start...max(start, end), interesting)
    }

    // MARK: Fragments

    private struct Fragment {
        var range: ClosedRange<Int>
        var length: Int
        var interesting: Int
        var isTaken = false
    }

    /// Up to `maxFragments` excerpts, those with most interesting words first.
    private mutating func markFragments() {
        var fragments = self.fragments()
        var count = 0
        while count < options.maxFragments {
            var best: Int?
            for (index, fragment) in fragments.enumerated() where !fragment.isTaken {
                let known = best.map { fragments[$0] }
                let interesting = known?.interesting ?? 0
                if fragment.interesting > interesting
                    || fragment.interesting == interesting && fragment.length < (known?.length ?? .max)
                {
                    best = index
                }
            }
            guard let best else { break }
            let range = stretched(fragments[best])
            mark(range)
            count += 1
            fragments[best].isTaken = true
            for index in fragments.indices where fragments[index].range.overlaps(range) {
                fragments[index].isTaken = true
            }
        }
        if count == 0 { mark(beginning) }
    }

    /// All covers, cut where they are too long so that each piece begins and ends with an interesting word.
    private func fragments() -> [Fragment] {
        var result: [Fragment] = []
        var start = 0
        while let cover = cover(from: start) {
            var begin = cover.lowerBound
            while begin <= cover.upperBound {
                let fragment = piece(from: begin, to: cover.upperBound)
                result.append(fragment)
                begin = fragment.range.upperBound + 1
            }
            start = cover.lowerBound + 1
        }
        return result
    }

    private func piece(from begin: Int, to last: Int) -> Fragment {
        let start = words[begin...last].firstIndex(where: \.isInteresting) ?? last
        var length = 0
        var interesting = 0
        var index = start
        while index <= last, length < options.maxWords {
            if words[index].isWord { length += 1 }
            if words[index].isInteresting { interesting += 1 }
            index += 1
        }
        var end = last
        if last > index {
            end = index
            while end > start, !words[end].isInteresting {
                if words[end].isWord { length -= 1 }
                end -= 1
            }
        }
        return Fragment(range: start...end, length: length, interesting: interesting)
    }

    /// A fragment with words around it, as many as there is room for and nothing else has taken.
    private func stretched(_ fragment: Fragment) -> ClosedRange<Int> {
        var (start, end) = (fragment.range.lowerBound, fragment.range.upperBound)
        var length = fragment.length
        guard length < options.maxWords else { return start...end }
        let room = (options.maxWords - length) / 2
        var stretch = 0
        var marker = start
        var index = start - 1
        while index >= 0, stretch < room, !words[index].isIn {
            if words[index].isWord {
                length += 1
                stretch += 1
            }
            marker = index
            index -= 1
        }
        while marker < start, isBadEnd(marker) {
            if words[marker].isWord { length -= 1 }
            marker += 1
        }
        start = marker
        marker = end
        index = end + 1
        while index < words.count, length < options.maxWords, !words[index].isIn {
            if words[index].isWord { length += 1 }
            marker = index
            index += 1
        }
        while marker > end, isBadEnd(marker) { marker -= 1 }
        end = marker
        return start...end
    }

    // MARK: Text

    private var rendered: String {
        var text = ""
        var count = 0
        var isInside = false
        for word in words where !word.isRepeated {
            guard word.isIn else {
                isInside = false
                continue
            }
            if !isInside {
                count += 1
                if count > 1 { text += options.fragmentDelimiter }
                isInside = true
            }
            if word.kind == .tag && !options.highlightsAll {
                text += " "
            } else if word.isWord || word.kind == .blank || word.kind == .tag {
                text += word.operand == nil ? word.text : options.startSelection + word.text + options.stopSelection
            }
        }
        return text
    }
}

extension TextSearchQuery.Operand {
    fileprivate func covers(_ word: [UInt8]) -> Bool { isPrefix ? word.starts(with: lexeme) : word == lexeme }
}

extension TextSearchQuery.Node {
    fileprivate var operands: [TextSearchQuery.Operand] {
        switch self {
        case .stop: []
        case .operand(let operand): [operand]
        case .not(let inner): inner.operands
        case .and(let left, let right), .or(let left, let right), .phrase(let left, let right, _):
            left.operands + right.operands
        }
    }
}
