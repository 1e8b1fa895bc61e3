import PostgresTypes
import SQLite

/// `unaccent`: letters without their accents, ligatures and signs spelled out.
extension FunctionTable {
    mutating func addUnaccent() {
        scalar("unaccent(text)") { .text(Unaccent.applied(to: $0.text(0))) }
        scalar("unaccent(regdictionary,text)") { .text(Unaccent.applied(to: $0.text(1))) }
    }
}

/// The extension's rules: what becomes of each character that has one.
enum Unaccent {
    private static let replacements: [Unicode.Scalar: String] = {
        var result: [Unicode.Scalar: String] = [:]
        for line in "\(UnaccentData.replacements)".split(separator: "\n") {
            let sides = line.split(separator: ">", omittingEmptySubsequences: false).map { side in
                side.split(separator: " ").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
            }
            guard sides.count == 2 else { continue }
            var replacement = String.UnicodeScalarView()
            replacement.append(contentsOf: sides[1])
            for source in sides[0] { result[source] = String(replacement) }
        }
        return result
    }()

    static func applied(to text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = replacements[scalar] {
                result.append(contentsOf: replacement.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
