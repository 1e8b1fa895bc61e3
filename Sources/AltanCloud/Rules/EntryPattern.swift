import JSONText
import World

/// What lines of the journal are to look like, as a user's rule says it: `{"kind": "tool", "path": "delete_*"}`.
///
/// Each member is compared with the line's member of that name, where dots lead into objects (`request.query`). A text
/// is a pattern with `*` and `?`, a list means any of its items, `{"min", "max", "not"}` bounds a number or negates a
/// pattern.
struct EntryPattern: Sendable {
    private indirect enum Condition: Sendable {
        case glob([UInt8])
        case equal(JSON)
        case range(min: Double?, max: Double?)
        case not(Condition)
        case any([Condition])
        case all([Condition])
    }

    private var conditions: [(path: [String], condition: Condition)]
    /// The kinds of lines that can match.
    let kinds: Set<JournalEvent.Kind>

    init(_ json: JSON, of rule: String) throws(RuleSettingError) {
        guard let members = json.objectValue, !members.isEmpty else {
            throw RuleSettingError(
                "\(rule): a pattern is an object such as {\"kind\": \"tool\", \"path\": \"delete_*\"}.")
        }
        conditions = []
        var kinds = Set(JournalEvent.Kind.allCases)
        for member in members {
            let condition = try Self.condition(member.value, of: rule)
            if member.key == "kind" {
                kinds = kinds.filter { Self.holds(condition, .string($0.rawValue)) }
                guard !kinds.isEmpty else {
                    let known = JournalEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw RuleSettingError("\(rule): no line is of kind \(member.value.text). Known are \(known).")
                }
            }
            conditions.append((member.key.split(separator: ".").map(String.init), condition))
        }
        self.kinds = kinds
    }

    private static func condition(_ json: JSON, of rule: String) throws(RuleSettingError) -> Condition {
        switch json {
        case .string(let text): return .glob(Array(text.utf8))
        case .array(let items):
            var conditions: [Condition] = []
            for item in items { conditions.append(try condition(item, of: rule)) }
            return .any(conditions)
        case .object(let members):
            var conditions: [Condition] = []
            for member in members {
                switch (member.key, member.value.doubleValue) {
                case ("min", .some(let least)): conditions.append(.range(min: least, max: nil))
                case ("max", .some(let most)): conditions.append(.range(min: nil, max: most))
                case ("not", _): conditions.append(.not(try condition(member.value, of: rule)))
                default:
                    throw RuleSettingError("\(rule): a condition takes min and max (numbers) and not.")
                }
            }
            return .all(conditions)
        default: return .equal(json)
        }
    }

    func matches(_ entry: JournalEntry) -> Bool {
        conditions.allSatisfy { path, condition in
            var value: JSON? = entry.json
            for name in path { value = value?[name] }
            return Self.holds(condition, value ?? .null)
        }
    }

    private static func holds(_ condition: Condition, _ value: JSON) -> Bool {
        switch condition {
        case .glob(let pattern):
            if case .null = value { return false }
            return glob(pattern[...], Array((value.stringValue ?? value.text).utf8)[...])
        case .equal(let expected):
            return expected == value || (expected.doubleValue != nil && expected.doubleValue == value.doubleValue)
        case .range(let min, let max):
            guard let number = value.doubleValue else { return false }
            return number >= min ?? -.infinity && number <= max ?? .infinity
        case .not(let inner): return !holds(inner, value)
        case .any(let conditions): return conditions.contains { holds($0, value) }
        case .all(let conditions): return conditions.allSatisfy { holds($0, value) }
        }
    }

    /// Linear in practice: after a `*` only the last one is ever taken back.
    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let byte = text.first, let wanted = pattern.first,
                wanted == byte || wanted == UInt8(ascii: "?")
            {
                pattern = pattern.dropFirst()
                text = text.dropFirst()
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let last = retry, !last.text.isEmpty {
                pattern = last.pattern
                text = last.text.dropFirst()
                retry = (pattern, text)
            } else {
                return false
            }
        }
    }
}
