import PostgresTypes
import SQLite

/// Functions that change a `tsvector` or take it apart.
extension FunctionTable {
    mutating func addVectorChanges() {
        scalar("length(tsvector)") { .integer(Int64($0.vector(0).entries.count)) }
        scalar("strip(tsvector)") { call in
            Self.stored(call.vector(0).entries.map { .init($0.lexeme) })
        }
        scalar("tsvector_concat(tsvector,tsvector)") { call in
            let left = call.vector(0)
            let shift = left.lastPlace
            let right = call.vector(1).entries.map { entry in
                TextSearchVector.Entry(
                    entry.lexeme, entry.positions.map { .init($0.place + shift, weight: $0.weight) })
            }
            return .text(TextSearchVector(joining: left.entries + right).text)
        }
        scalar("tsvector_to_array(tsvector)") { call in
            ArrayValue(call.vector(0).entries.map { .text(String(decoding: $0.lexeme, as: UTF8.self)) }).stored
        }
        rows("unnest(tsvector)") { call in
            call.vector(0).entries.map { entry in
                let lexeme = SQLValue.text(String(decoding: entry.lexeme, as: UTF8.self))
                guard !entry.positions.isEmpty else { return [lexeme, .null, .null] }
                return [
                    lexeme, ArrayValue(entry.positions.map { .integer(Int64($0.place)) }).stored,
                    ArrayValue(entry.positions.map { .text(Self.letter($0.weight)) }).stored,
                ]
            }
        }
        scalar("setweight(tsvector,char)") { call in
            let weight = try Self.weight(call.text(1))
            return Self.stored(call.vector(0).entries.map { Self.weighted($0, weight) })
        }
        scalar("setweight(tsvector,char,_text)") { call in
            let weight = try Self.weight(call.text(1))
            let lexemes = Set(call.texts(2).compactMap { $0.map { Array($0.utf8) } })
            return Self.stored(
                call.vector(0).entries.map { lexemes.contains($0.lexeme) ? Self.weighted($0, weight) : $0 })
        }
    }

    mutating func addTextSearchFilters() {
        scalar("ts_delete(tsvector,text)") { call in
            let lexeme = Array(call.text(1).utf8)
            return Self.stored(call.vector(0).entries.filter { $0.lexeme != lexeme })
        }
        scalar("ts_delete(tsvector,_text)") { call in
            let lexemes = Set(call.texts(1).compactMap { $0.map { Array($0.utf8) } })
            return Self.stored(call.vector(0).entries.filter { !lexemes.contains($0.lexeme) })
        }
        scalar("ts_filter(tsvector,_char)") { call in
            let weights = try ArrayValue(stored: call.text(1), element: .internalChar).elements.map { value in
                guard case .text(let letter) = value else {
                    throw PostgresError("22004", "weight array may not contain nulls")
                }
                guard let weight = Self.weights[letter.lowercased()] else {
                    throw PostgresError("22023", "unrecognized weight: \"\(letter)\"")
                }
                return weight
            }
            return Self.stored(
                call.vector(0).entries.compactMap { entry in
                    let kept = entry.positions.filter { weights.contains($0.weight) }
                    return kept.isEmpty ? nil : .init(entry.lexeme, kept)
                })
        }
    }

    private static let weights = ["a": 3, "b": 2, "c": 1, "d": 0]

    private static func letter(_ weight: Int) -> String { ["D", "C", "B", "A"][weight] }

    private static func weight(_ letter: String) throws -> Int {
        guard let weight = weights[letter.lowercased()] else {
            throw PostgresError("XX000", "unrecognized weight: \(letter.utf8.first.map(Int.init) ?? 0)")
        }
        return weight
    }

    private static func weighted(_ entry: TextSearchVector.Entry, _ weight: Int) -> TextSearchVector.Entry {
        .init(entry.lexeme, entry.positions.map { .init($0.place, weight: weight) })
    }

    private static func stored(_ entries: [TextSearchVector.Entry]) -> SQLValue {
        .text(TextSearchVector(sorted: entries).text)
    }
}
