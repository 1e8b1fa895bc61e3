import JSONText
import PostgresTypes
import SQLite

extension Invocation {
    func vector(_ index: Int) -> TextSearchVector { TextSearchVector(stored: text(index)) }
    func query(_ index: Int) -> TextSearchQuery { TextSearchQuery(stored: text(index)) }

    /// The configuration a `regconfig` argument names.
    func configuration(_ index: Int) throws -> TextSearchConfiguration {
        let id = UInt32(truncatingIfNeeded: integer(index))
        if let builtin = TextSearchConfiguration.builtin[id] { return builtin }
        return try TextSearchConfiguration.find(id, try context.catalog)
    }

    /// What `default_text_search_config` says.
    var defaultConfiguration: TextSearchConfiguration {
        get throws { try TextSearchConfiguration.find(try defaultConfigurationID, try context.catalog) }
    }

    fileprivate var defaultConfigurationID: UInt32 {
        get throws {
            let context = try context
            let name = FunctionTable.setting("default_text_search_config", context) ?? "pg_catalog.english"
            return try CatalogNames(context.catalog, context.session.effectivePath).find(name, .regconfig)
        }
    }
}

/// Full text search: documents and queries from text, and what joins and compares them.
extension FunctionTable {
    mutating func addFullTextSearch() {
        addDocuments()
        addQueries()
        addMatching()
        addVectorChanges()
        addTextSearchFilters()
        addQueryOperators()
        addRanking()
        addDocumentParsing()
        addHeadlines()
    }

    // MARK: Documents

    private mutating func addDocuments() {
        scalar("to_tsvector(text)") { .text(Self.vector(of: $0.text(0), try $0.defaultConfiguration).text) }
        scalar("to_tsvector(regconfig,text)") { .text(Self.vector(of: $0.text(1), try $0.configuration(0)).text) }
        for type in ["json", "jsonb"] {
            scalar("to_tsvector(\(type))") { call in
                try Self.vector(of: call, 0, try call.defaultConfiguration, .strings)
            }
            scalar("to_tsvector(regconfig,\(type))") { call in
                try Self.vector(of: call, 1, try call.configuration(0), .strings)
            }
            scalar("\(type)_to_tsvector(\(type),jsonb)") { call in
                try Self.vector(of: call, 0, try call.defaultConfiguration, IndexedJSON(call.jsonb(1)))
            }
            scalar("\(type)_to_tsvector(regconfig,\(type),jsonb)") { call in
                try Self.vector(of: call, 1, try call.configuration(0), IndexedJSON(call.jsonb(2)))
            }
        }
        scalar("array_to_tsvector(_text)") { call in
            var entries: [TextSearchVector.Entry] = []
            for lexeme in try Self.lexemes(call.texts(0)) where !entries.contains(where: { $0.lexeme == lexeme }) {
                if lexeme.isEmpty {
                    throw PostgresError("2200F", "lexeme array may not contain empty strings")
                }
                entries.append(.init(lexeme))
            }
            return .text(TextSearchVector(joining: entries).text)
        }
        scalar("get_current_ts_config()") { call in
            .integer(Int64(try call.defaultConfigurationID))
        }
    }

    static func vector(of text: String, _ configuration: TextSearchConfiguration) -> TextSearchVector {
        var collector = LexemeCollector(configuration)
        collector.add(text)
        return collector.vector
    }

    private static func vector(
        of call: Invocation, _ index: Int, _ configuration: TextSearchConfiguration, _ indexed: IndexedJSON
    ) throws -> SQLValue {
        var collector = LexemeCollector(configuration)
        indexed.forEachText(of: try JSON(parsing: call.text(index))) { text in
            let before = collector.words.count
            collector.add(text)
            // No phrase reaches from one value into the next.
            if collector.words.count > before { collector.skipPlace() }
        }
        return .text(collector.vector.text)
    }

    private static func lexemes(_ texts: [String?]) throws -> [[UInt8]] {
        try texts.map { text in
            guard let text else { throw PostgresError("22004", "lexeme array may not contain nulls") }
            return Array(text.utf8)
        }
    }

    // MARK: Queries

    private mutating func addQueries() {
        let builders: [(String, @Sendable (TextSearchQueryBuilder, String) throws -> TextSearchQuery)] = [
            ("to_tsquery", { try $0.written($1) }), ("plainto_tsquery", { $0.plain($1) }),
            ("phraseto_tsquery", { $0.phrase($1) }), ("websearch_to_tsquery", { try $0.webSearch($1) }),
        ]
        for (name, build) in builders {
            scalar("\(name)(text)") { call in
                let query = try build(TextSearchQueryBuilder(configuration: call.defaultConfiguration), call.text(0))
                if query.root == nil { try Self.tellEmpty(call.text(0), name, call.context) }
                return .text(query.text)
            }
            scalar("\(name)(regconfig,text)") { call in
                let query = try build(TextSearchQueryBuilder(configuration: call.configuration(0)), call.text(1))
                if query.root == nil { try Self.tellEmpty(call.text(1), name, call.context) }
                return .text(query.text)
            }
        }
    }

    /// The NOTICE about a query that finds nothing, because nothing in it can be looked for.
    private static func tellEmpty(_ text: String, _ function: String, _ context: ExecutionContext) {
        guard context.memory.emptyQueries.insert("\(function) \(text)").inserted else { return }
        let isBlank = text.allSatisfy(\.isWhitespace) && ["to_tsquery", "websearch_to_tsquery"].contains(function)
        context.transaction?.tell(
            Notice(
                .notice,
                isBlank
                    ? "text-search query doesn't contain lexemes: \"\(text)\""
                    : "text-search query contains only stop words or doesn't contain lexemes, ignored"))
    }

    // MARK: @@

    private mutating func addMatching() {
        scalar("ts_match_vq(tsvector,tsquery)") { .bool($0.query(1).matches($0.vector(0))) }
        scalar("ts_match_qv(tsquery,tsvector)") { .bool($0.query(0).matches($0.vector(1))) }
        scalar("ts_match_tq(text,tsquery)") { call in
            .bool(call.query(1).matches(Self.vector(of: call.text(0), try call.defaultConfiguration)))
        }
        scalar("ts_match_tt(text,text)") { call in
            let configuration = try call.defaultConfiguration
            let query = TextSearchQueryBuilder(configuration: configuration).plain(call.text(1))
            return .bool(query.matches(Self.vector(of: call.text(0), configuration)))
        }
        for (name, comparison) in [
            ("eq", Comparison.equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ] {
            self.comparison("tsvector_\(name)(tsvector,tsvector)", comparison)
        }
        scalar("tsvector_cmp(tsvector,tsvector)") { .integer(Int64($0.vector(0).compare($0.vector(1)))) }
    }

    // MARK: Operators on queries

    private mutating func addQueryOperators() {
        scalar("tsquery_and(tsquery,tsquery)") { Self.joined($0) { .and($0, $1) } }
        scalar("tsquery_or(tsquery,tsquery)") { Self.joined($0) { .or($0, $1) } }
        scalar("tsquery_phrase(tsquery,tsquery)") { Self.joined($0) { .phrase($0, $1, distance: 1) } }
        scalar("tsquery_phrase(tsquery,tsquery,int4)") { call in
            let distance = Int(call.integer(2))
            guard (0...16384).contains(distance) else { throw PostgresError.phraseDistance }
            return Self.joined(call) { .phrase($0, $1, distance: distance) }
        }
        scalar("tsquery_not(tsquery)") { .text(TextSearchQuery($0.query(0).root.map { .not($0) }).text) }
        scalar("numnode(tsquery)") { .integer(Int64($0.query(0).root?.count ?? 0)) }
        scalar("querytree(tsquery)") { call in
            guard let root = call.query(0).root else { return .text("") }
            return .text(root.indexable.map { TextSearchQuery($0).text } ?? "T")
        }
        scalar("tsq_mcontains(tsquery,tsquery)") { .bool(Self.contains($0.query(0), $0.query(1))) }
        scalar("tsq_mcontained(tsquery,tsquery)") { .bool(Self.contains($0.query(1), $0.query(0))) }
    }

    private static func joined(
        _ call: Invocation, _ join: (TextSearchQuery.Node, TextSearchQuery.Node) -> TextSearchQuery.Node
    ) -> SQLValue {
        guard let left = call.query(0).root else { return call[1] }
        guard let right = call.query(1).root else { return call[0] }
        return .text(TextSearchQuery(join(left, right)).text)
    }

    private static func contains(_ outer: TextSearchQuery, _ inner: TextSearchQuery) -> Bool {
        func words(_ query: TextSearchQuery) -> Set<[UInt8]> { Set(query.root?.operands.map(\.lexeme) ?? []) }
        return words(inner).isSubset(of: words(outer))
    }

    // MARK: Ranking

    private mutating func addRanking() {
        for isCover in [false, true] {
            let name = isCover ? "ts_rank_cd" : "ts_rank"
            @Sendable func answer(_ rank: TextSearchRank, _ call: Invocation, _ first: Int) -> SQLValue {
                let (vector, query) = (call.vector(first), call.query(first + 1))
                return .real(Double(isCover ? rank.coverRank(vector, query) : rank.rank(vector, query)))
            }
            scalar("\(name)(tsvector,tsquery)") { answer(TextSearchRank(), $0, 0) }
            scalar("\(name)(tsvector,tsquery,int4)") { call in
                answer(TextSearchRank(normalization: Int(call.integer(2))), call, 0)
            }
            scalar("\(name)(_float4,tsvector,tsquery)") { call in
                answer(TextSearchRank(weights: try Self.weights(call)), call, 1)
            }
            scalar("\(name)(_float4,tsvector,tsquery,int4)") { call in
                answer(TextSearchRank(weights: try Self.weights(call), normalization: Int(call.integer(3))), call, 1)
            }
        }
    }

    /// Weights of D, C, B and A; a negative one is the usual one.
    private static func weights(_ call: Invocation) throws -> [Float] {
        let array = ArrayValue(stored: call.text(0), element: .float4)
        guard array.dimensions.count == 1 else {
            throw PostgresError("2202E", "array of weight must be one-dimensional")
        }
        guard array.elements.count >= 4 else { throw PostgresError("2202E", "array of weight is too short") }
        let usual = TextSearchRank().weights
        return try array.elements.prefix(4).enumerated().map { index, value in
            guard case .real(let number) = value else {
                throw PostgresError("22004", "array of weight must not contain nulls")
            }
            let weight = number < 0 ? usual[index] : Float(number)
            guard weight <= 1 else { throw PostgresError("22023", "weight out of range") }
            return weight
        }
    }

    // MARK: The parser itself

    private mutating func addDocumentParsing() {
        scalar("ts_lexize(regdictionary,text)") { call in
            let id = UInt32(truncatingIfNeeded: call.integer(0))
            let words: [SQLValue]
            switch try TextSearchDictionary.find(id, try call.context.catalog).answer(to: call.text(1)) {
            case .unknown: return .null
            case .stop: words = []
            case .lexeme(let word), .replaced(let word): words = [.text(word)]
            }
            return ArrayValue(words).stored
        }
        rows("ts_parse(text,text)") { call in
            let name = call.text(0)
            guard name == "default" || name == "pg_catalog.default" else {
                throw PostgresError("42704", "text search parser \"\(name)\" does not exist")
            }
            var parser = DocumentParser(call.text(1))
            var rows: [[SQLValue]] = []
            while let token = parser.next() {
                rows.append([.integer(Int64(token.kind.rawValue)), .text(Array(parser.scalars[token.range]))])
            }
            return rows
        }
    }
}

extension TextSearchQuery.Node {
    /// What an index could look for: the query without what is negated; nil where that is anything.
    fileprivate var indexable: Self? {
        switch self {
        case .operand: return self
        case .stop, .not: return nil
        case .or(let left, let right):
            guard let left = left.indexable, let right = right.indexable else { return nil }
            return .or(left, right)
        case .and(let left, let right):
            guard let first = left.indexable else { return right.indexable }
            return right.indexable.map { .and(first, $0) } ?? first
        case .phrase(let left, let right, let distance):
            guard let first = left.indexable else { return right.indexable }
            return right.indexable.map { .phrase(first, $0, distance: distance) } ?? first
        }
    }
}
