import CStemmer
import Synchronization

/// A language whose words the Snowball library reduces to their stems: those of PostgreSQL 15.
package enum SnowballLanguage: String, CaseIterable, Sendable {
    case arabic, armenian, basque, catalan, danish, dutch, english, finnish, french, german, greek, hindi, hungarian
    case indonesian, irish, italian, lithuanian, nepali, norwegian, portuguese, romanian, russian, serbian, spanish
    case swedish, tamil, turkish, yiddish

    /// The stem of a word in small letters; the word itself where nothing would be left of it.
    package func stem(_ word: String) -> String { Self.stemmers[self]?.stem(word) ?? word }

    /// Whether the word is too common to be looked for. Some languages have no such words.
    package func isStopWord(_ word: String) -> Bool { Self.stopWords[self]?.contains(Array(word.utf8)) ?? false }

    package var hasStopWords: Bool { Self.lists[self] != nil }

    private static let stemmers = Dictionary(uniqueKeysWithValues: allCases.map { ($0, Stemmer($0.rawValue)) })

    /// As bytes: PostgreSQL tells apart what Unicode holds for equal.
    private static let stopWords = lists.mapValues { list in
        Set(list.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map(Array.init))
    }
}

/// One of the library's stemmers, which keeps its last answer and so serves one caller at a time.
private final class Stemmer: Sendable {
    /// Lives as long as the process.
    private struct Handle: @unchecked Sendable { let pointer: OpaquePointer? }

    private let handle: Mutex<Handle>

    init(_ algorithm: String) { handle = Mutex(Handle(pointer: sb_stemmer_new(algorithm, nil))) }

    func stem(_ word: String) -> String? {
        var word = word
        return word.withUTF8 { bytes in
            handle.withLock { handle -> String? in
                guard let pointer = handle.pointer,
                    let stem = sb_stemmer_stem(pointer, bytes.baseAddress, Int32(bytes.count))
                else { return nil }
                let count = Int(sb_stemmer_length(pointer))
                guard count > 0 else { return nil }
                return String(decoding: UnsafeBufferPointer(start: stem, count: count), as: UTF8.self)
            }
        }
    }
}
