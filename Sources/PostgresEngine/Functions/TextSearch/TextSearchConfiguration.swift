import PostgresTypes
import Snowball

/// What turns a text into lexemes: which tokens count, and the dictionaries that each kind of token is shown to in turn.
struct TextSearchConfiguration: Hashable, Sendable {
    /// The dictionaries of each kind of token; tokens of other kinds are left out.
    var mapping: [TokenKind: [TextSearchDictionary]]

    /// `pg_ts_config.oid` of a fresh PostgreSQL 15, by name. The dictionary of a language's stems has the OID before it.
    static let objectIDs: [String: UInt32] = [
        "simple": 3748, "arabic": 13152, "armenian": 13154, "basque": 13156, "catalan": 13158, "danish": 13160,
        "dutch": 13162, "english": 13164, "finnish": 13166, "french": 13168, "german": 13170, "greek": 13172,
        "hindi": 13174, "hungarian": 13176, "indonesian": 13178, "irish": 13180, "italian": 13182,
        "lithuanian": 13184, "nepali": 13186, "norwegian": 13188, "portuguese": 13190, "romanian": 13192,
        "russian": 13194, "serbian": 13196, "spanish": 13198, "swedish": 13200, "tamil": 13202, "turkish": 13204,
        "yiddish": 13206,
    ]

    static let names: [UInt32: String] = Dictionary(uniqueKeysWithValues: objectIDs.map { ($1, $0) })

    /// The configurations of a fresh database, by OID: `simple` and one for each language.
    static let builtin: [UInt32: Self] = objectIDs.reduce(into: [:]) { known, entry in
        let language = SnowballLanguage(rawValue: entry.key)
        known[entry.value] = language.map(Self.init) ?? Self(mapping: everything)
    }

    /// Every token that is a text, in small letters.
    private static var everything: [TokenKind: [TextSearchDictionary]] {
        Dictionary(
            uniqueKeysWithValues: TokenKind.allCases.filter(\.isIndexed).map { ($0, [TextSearchDictionary.simple]) })
    }

    /// Words are reduced to their stems; where a language has letters of its own, words in ASCII are taken for English.
    private init(_ language: SnowballLanguage) {
        mapping = Self.everything
        let ascii: SnowballLanguage = language == .russian || language == .hindi ? .english : language
        for kind in mapping.keys where kind.isWord {
            mapping[kind] = [TextSearchDictionary(stemsOf: kind.isASCII ? ascii : language)]
        }
    }

    /// The configuration of that OID.
    static func find(_ id: UInt32, _ catalog: CatalogSnapshot) throws(PostgresError) -> Self {
        if let builtin = builtin[id] { return builtin }
        if let made = catalog.textSearch.configurations[id] { return made.configuration }
        throw PostgresError("XX000", "cache lookup failed for text search configuration \(id)")
    }

    init(mapping: [TokenKind: [TextSearchDictionary]]) { self.mapping = mapping }

    /// What the first dictionary that knows a token makes of it; never `replaced`.
    func answer(to token: String, _ kind: TokenKind) -> TextSearchDictionary.Answer {
        var token = token
        for dictionary in mapping[kind] ?? [] {
            switch dictionary.answer(to: token) {
            case .unknown: continue
            case .replaced(let other): token = other
            case let known: return known
            }
        }
        return .unknown
    }
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
            guard configuration.mapping[token.kind] != nil else { continue }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: parser.scalars[token.range])
            let word = String(view)
            // Postgres leaves such words out with a notice.
            if word.utf8.count >= 2047 { continue }
            switch configuration.answer(to: word, token.kind) {
            // A stop word leaves a gap, a word that nobody knows does not.
            case .unknown, .replaced: continue
            case .stop: place += 1
            case .lexeme(let lexeme):
                place += 1
                words.append((Array(lexeme.utf8), place))
            }
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
