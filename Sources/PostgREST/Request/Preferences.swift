/// The `Prefer` headers of a request. The first of each kind wins; unknown ones matter only under `handling=strict`.
struct Preferences: Sendable, Hashable {
    enum Return: String {
        case minimal
        case headersOnly = "headers-only"
        case representation
    }
    enum Count: String { case exact, planned, estimated }
    enum Resolution: String {
        case merge = "merge-duplicates"
        case ignore = "ignore-duplicates"
    }
    enum Missing: String {
        case applyDefaults = "default"
        case null
    }
    enum TransactionEnd: String { case commit, rollback }
    enum Handling: String { case strict, lenient }

    var returning: Return?
    var count: Count?
    var resolution: Resolution?
    var missing: Missing?
    var transactionEnd: TransactionEnd?
    var handling: Handling?
    var timeZone: String?
    var maxAffected: Int?
    /// Preferences that PostgREST does not know either.
    var invalid: [String] = []

    init(_ headers: [(name: String, value: String)]) {
        for header in headers where header.name == "prefer" {
            for part in header.value.split(separator: ",") { take(String(part).trimmed) }
        }
    }

    private mutating func take(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
        let value = parts.count > 1 ? parts[1] : ""
        switch parts.first {
        case "return": Self.keep(&returning, Return(rawValue: value), else: &invalid, text)
        case "count": Self.keep(&count, Count(rawValue: value), else: &invalid, text)
        case "resolution": Self.keep(&resolution, Resolution(rawValue: value), else: &invalid, text)
        case "missing": Self.keep(&missing, Missing(rawValue: value), else: &invalid, text)
        case "tx": Self.keep(&transactionEnd, TransactionEnd(rawValue: value), else: &invalid, text)
        case "handling": Self.keep(&handling, Handling(rawValue: value), else: &invalid, text)
        case "timezone": Self.keep(&timeZone, value.isEmpty ? nil : value, else: &invalid, text)
        case "max-affected": Self.keep(&maxAffected, Int(value), else: &invalid, text)
        case nil: break
        default: invalid.append(text)
        }
    }

    private static func keep<T>(_ place: inout T?, _ value: T?, else invalid: inout [String], _ text: String) {
        guard let value else { return invalid.append(text) }
        if place == nil { place = value }
    }
}

extension String {
    /// Without blanks and tabs at both ends.
    var trimmed: String {
        var slice = self[...]
        while slice.first == " " || slice.first == "\t" { slice.removeFirst() }
        while slice.last == " " || slice.last == "\t" { slice.removeLast() }
        return String(slice)
    }
}
