import PostgresTypes

/// What turns a text into lexemes: which tokens count, and what each becomes.
enum TextSearchConfiguration: String, CaseIterable, Sendable {
    /// Every word as it is, in small letters.
    case simple
    /// Stop words left out, other words reduced to their stems.
    case english

    /// `pg_ts_config.oid` of a fresh PostgreSQL 15, by name; those without a case here are refused when used.
    static let objectIDs: [String: UInt32] = [
        "simple": 3748, "arabic": 13152, "armenian": 13154, "basque": 13156, "catalan": 13158, "danish": 13160,
        "dutch": 13162, "english": 13164, "finnish": 13166, "french": 13168, "german": 13170, "greek": 13172,
        "hindi": 13174, "hungarian": 13176, "indonesian": 13178, "irish": 13180, "italian": 13182,
        "lithuanian": 13184, "nepali": 13186, "norwegian": 13188, "portuguese": 13190, "romanian": 13192,
        "russian": 13194, "serbian": 13196, "spanish": 13198, "swedish": 13200, "tamil": 13202, "turkish": 13204,
        "yiddish": 13206,
    ]

    static let names: [UInt32: String] = Dictionary(uniqueKeysWithValues: objectIDs.map { ($1, $0) })

    /// The configuration behind a `regconfig`.
    init(_ id: UInt32) throws(PostgresError) {
        guard let name = Self.names[id] else {
            throw PostgresError("XX000", "cache lookup failed for text search configuration \(id)")
        }
        guard let known = Self(rawValue: name) else {
            throw .notSupported(
                "text search configuration \"\(name)\"", hint: "The emulator has \"simple\" and \"english\".")
        }
        self = known
    }

    /// What a token becomes: nil for a stop word.
    func lexeme(_ token: String, _ kind: TokenKind) -> String? {
        let lowered = Self.lowered(token)
        guard self == .english, kind.isWord else { return lowered }
        if Self.englishStopWords.contains(lowered) { return nil }
        return lowered.utf8.count > 1000 ? lowered : EnglishStemmer.stem(lowered)
    }

    /// Letter by letter, as C's `towlower` does it.
    private static func lowered(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return LetterCase.lowered(text) }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let small = scalar.properties.lowercaseMapping.unicodeScalars
            view.append(small.count == 1 ? small.first ?? scalar : scalar)
        }
        return String(view)
    }

    private static let englishStopWords: Set<String> = Set(
        """
        i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it
        its itself they them their theirs themselves what which who whom this that these those am is are was were be been
        being have has had having do does did doing a an the and but if or because as until while of at by for with about
        against between into through during before after above below to from up down in out on off over under again further
        then once here there when where why how all any both each few more most other some such no nor not only own same so
        than too very s t can will just don should now
        """.split { $0 == " " || $0 == "\n" }.map(String.init))
}

/// A document's lexemes as they are collected; several texts may follow each other.
struct LexemeCollector {
    let configuration: TextSearchConfiguration
    private(set) var place = 0
    private(set) var words: [(lexeme: [UInt8], place: Int)] = []

    init(_ configuration: TextSearchConfiguration) { self.configuration = configuration }

    mutating func add(_ text: String) {
        var parser = DocumentParser(text)
        while let token = parser.next() {
            guard token.kind.isIndexed else { continue }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: parser.scalars[token.range])
            let word = String(view)
            // Postgres leaves such words out with a notice.
            if word.utf8.count >= 2047 { continue }
            place += 1
            guard let lexeme = configuration.lexeme(word, token.kind) else { continue }
            words.append((Array(lexeme.utf8), place))
        }
    }

    /// Leaves a gap, so that no phrase reaches from one text into the next.
    mutating func skipPlace() { place += 1 }

    var vector: TextSearchVector {
        var entries: [[UInt8]: [TextSearchVector.Position]] = [:]
        for word in words {
            let position = TextSearchVector.Position(word.place)
            var positions = entries[word.lexeme] ?? []
            if positions.count < 255, positions.last?.place != position.place { positions.append(position) }
            entries[word.lexeme] = positions
        }
        return TextSearchVector(joining: entries.map { TextSearchVector.Entry($0.key, $0.value) })
    }
}
