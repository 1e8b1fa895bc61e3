import PostgresTypes
import SQLite
@_spi(_Unicode) import Swift

/// `normalize` and `IS NORMALIZED`, in the forms that compose and decompose characters: NFC and NFD. Those that replace
/// compatible characters are refused.
extension FunctionTable {
    mutating func addNormalization() {
        scalar("normalize(text,text)") { .text(try Self.normalized($0.text(0), as: $0.text(1))) }
        scalar("is_normalized(text,text)") { call in
            let text = call.text(0)
            // Strings of Swift are equal whatever their form.
            let normalized = try Self.normalized(text, as: call.text(1))
            return .bool(normalized.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }

    private static func normalized(_ text: String, as form: String) throws(PostgresError) -> String {
        if text.utf8.allSatisfy({ $0 < 128 }) { return text }
        var scalars = String.UnicodeScalarView()
        switch form.uppercased() {
        case "NFC": scalars.append(contentsOf: text._nfc)
        case "NFD": scalars.append(contentsOf: text._nfd)
        default: throw .notSupported("the normalization form \(form.uppercased())")
        }
        return String(scalars)
    }
}
