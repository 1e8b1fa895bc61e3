import PostgresTypes
import SQLite

/// `fuzzystrmatch`: how far two words are from each other, and how a word sounds. Metaphones are refused by name.
extension FunctionTable {
    mutating func addFuzzyMatching() {
        scalar("levenshtein(text,text)") { .integer(Int64(try EditDistance().between($0.text(0), $0.text(1)))) }
        scalar("levenshtein(text,text,int4,int4,int4)") { call in
            .integer(Int64(try EditDistance(call, costsAt: 2).between(call.text(0), call.text(1))))
        }
        scalar("levenshtein_less_equal(text,text,int4)") { call in
            let bound = Int(call.integer(2))
            return .integer(Int64(try EditDistance().between(call.text(0), call.text(1), bound: bound)))
        }
        scalar("levenshtein_less_equal(text,text,int4,int4,int4,int4)") { call in
            let (costs, bound) = (EditDistance(call, costsAt: 2), Int(call.integer(5)))
            return .integer(Int64(try costs.between(call.text(0), call.text(1), bound: bound)))
        }
        for name in ["soundex", "text_soundex"] {
            scalar("\(name)(text)") { .text(Soundex.code($0.text(0))) }
        }
        scalar("difference(text,text)") { call in
            let codes = zip(Soundex.code(call.text(0)).utf8, Soundex.code(call.text(1)).utf8)
            return .integer(Int64(codes.count { $0 == $1 }))
        }
    }
}

/// The least cost of turning one text into another, letter by letter (Levenshtein).
private struct EditDistance {
    var insertion = 1
    var deletion = 1
    var substitution = 1

    init() {}

    init(_ call: Invocation, costsAt first: Int) {
        insertion = Int(call.integer(first))
        deletion = Int(call.integer(first + 1))
        substitution = Int(call.integer(first + 2))
    }

    /// - Parameter bound: what is farther counts as just too far; a negative one is none.
    /// - Throws: 22023 for texts of more than 255 letters.
    func between(_ source: String, _ target: String, bound: Int = -1) throws(PostgresError) -> Int {
        let (source, target) = (Array(source.unicodeScalars), Array(target.unicodeScalars))
        guard source.count <= 255, target.count <= 255 else {
            throw PostgresError("22023", "levenshtein argument exceeds maximum length of 255 characters")
        }
        if source.isEmpty { return target.count * insertion }
        if target.isEmpty { return source.count * deletion }
        var previous = (0...source.count).map { $0 * deletion }
        for (row, letter) in target.enumerated() {
            var current = [(row + 1) * insertion]
            for (column, other) in source.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + insertion, current[column] + deletion,
                        previous[column] + (other == letter ? 0 : substitution)))
            }
            previous = current
        }
        return bound < 0 ? previous[source.count] : min(previous[source.count], bound + 1)
    }
}

/// The code of American English for how a word begins.
private enum Soundex {
    /// For A to Z.
    private static let digits = Array("01230120022455012623010202".utf8)

    /// A letter and three digits; nothing of a text without letters.
    static func code(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: isLetter) else { return "" }
        var code = [capital(bytes[first])]
        var place = first + 1
        while place < bytes.count, code.count < 4 {
            if isLetter(bytes[place]), digit(bytes[place]) != digit(bytes[place - 1]), digit(bytes[place]) != 48 {
                code.append(digit(bytes[place]))
            }
            place += 1
        }
        while code.count < 4 { code.append(48) }
        return String(decoding: code, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { 65...90 ~= byte || 97...122 ~= byte }

    private static func capital(_ byte: UInt8) -> UInt8 { 97...122 ~= byte ? byte - 32 : byte }

    private static func digit(_ byte: UInt8) -> UInt8 { isLetter(byte) ? digits[Int(capital(byte) - 65)] : byte }
}
