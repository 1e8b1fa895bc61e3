import PostgresTypes
import Snowball

/// What a configuration shows a token to.
struct TextSearchDictionary: Hashable, Sendable {
    enum Template: Hashable, Sendable {
        /// Every word in small letters, without stop words. One that does not accept leaves what is no stop word to the
        /// dictionaries behind it.
        case simple(stopWords: SnowballLanguage?, accepts: Bool)
        /// Stop words left out, other words reduced to their stems.
        case stem(SnowballLanguage, stopWords: SnowballLanguage?)
        /// Accents taken away, for the dictionaries behind it.
        case unaccent
    }

    enum Answer: Equatable {
        case unknown
        case stop
        case lexeme(String)
        /// A filter's: the dictionaries behind it see this instead.
        case replaced(String)
    }

    let id: UInt32
    let template: Template

    // MARK: Those of a fresh database

    /// Its words as they are, in small letters.
    static let simple = Self(id: 3765, template: .simple(stopWords: nil, accepts: true))

    /// A language's stems: `english_stem`. The OID is that of PostgreSQL 15, before its configuration's.
    init(stemsOf language: SnowballLanguage) {
        id = (TextSearchConfiguration.objectIDs[language.rawValue] ?? 0) - 1
        template = .stem(language, stopWords: language.hasStopWords ? language : nil)
    }

    init(id: UInt32, template: Template) {
        self.id = id
        self.template = template
    }

    /// By name, as `pg_ts_dict` has them.
    static let builtin: [String: Self] = SnowballLanguage.allCases.reduce(
        into: ["simple": simple, "unaccent": Self(id: 12362, template: .unaccent)]
    ) { known, language in
        known["\(language.rawValue)_stem"] = Self(stemsOf: language)
    }

    static let names: [UInt32: String] = Dictionary(uniqueKeysWithValues: builtin.map { ($1.id, $0) })

    /// The dictionary of that OID.
    static func find(_ id: UInt32, _ catalog: CatalogSnapshot) throws(PostgresError) -> Self {
        if let builtin = names[id].flatMap({ builtin[$0] }) { return builtin }
        if let made = catalog.textSearch.dictionaries[id] { return made.dictionary }
        throw PostgresError("XX000", "cache lookup failed for text search dictionary \(id)")
    }

    // MARK: Words

    func answer(to token: String) -> Answer {
        switch template {
        case .simple(let stopWords, let accepts):
            let word = Self.lowered(token)
            if word.isEmpty || stopWords?.isStopWord(word) == true { return .stop }
            return accepts ? .lexeme(word) : .unknown
        case .stem(let language, let stopWords):
            let word = Self.lowered(token)
            if word.utf8.count > 1000 { return .lexeme(word) }
            return word.isEmpty || stopWords?.isStopWord(word) == true ? .stop : .lexeme(language.stem(word))
        case .unaccent:
            let plain = Unaccent.applied(to: token)
            return plain.utf8.elementsEqual(token.utf8) ? .unknown : .replaced(plain)
        }
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

    // MARK: The catalog's view

    /// `pg_ts_dict.dictinitoption`.
    var optionsText: String? {
        switch template {
        case .simple(let stopWords, let accepts):
            let options =
                [stopWords.map { "stopwords = '\($0.rawValue)'" }, accepts ? nil : "accept = 'false'"]
                .compactMap { $0 }
            return options.isEmpty ? nil : options.joined(separator: ", ")
        case .stem(let language, let stopWords):
            return "language = '\(language.rawValue)'" + (stopWords.map { ", stopwords = '\($0.rawValue)'" } ?? "")
        case .unaccent: return "rules = 'unaccent'"
        }
    }
}
