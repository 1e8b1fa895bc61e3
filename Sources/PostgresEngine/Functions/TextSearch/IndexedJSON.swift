import JSONText
import PostgresTypes

/// Which parts of a JSON document are searched: the third argument of `jsonb_to_tsvector`.
struct IndexedJSON: OptionSet {
    let rawValue: Int
    static let strings = IndexedJSON(rawValue: 1)
    static let numbers = IndexedJSON(rawValue: 2)
    static let booleans = IndexedJSON(rawValue: 4)
    static let keys = IndexedJSON(rawValue: 8)
    static let all: IndexedJSON = [.strings, .numbers, .booleans, .keys]

    init(rawValue: Int) { self.rawValue = rawValue }

    /// From `["string", "key"]`, or one of these words alone.
    init(_ filter: JSON) throws(PostgresError) {
        self = []
        let items: [JSON]
        switch filter {
        case .array(let list): items = list
        case .object: throw PostgresError("22023", "wrong flag type, only arrays and scalars are allowed")
        default: items = [filter]
        }
        let hint = "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\"."
        for item in items {
            guard case .string(let word) = item else {
                throw PostgresError("22023", "flag array element is not a string", hint: hint)
            }
            switch word.lowercased() {
            case "all": formUnion(.all)
            case "key": formUnion(.keys)
            case "string": formUnion(.strings)
            case "numeric": formUnion(.numbers)
            case "boolean": formUnion(.booleans)
            default: throw PostgresError("22023", "wrong flag in flag array: \"\(word)\"", hint: hint)
            }
        }
    }

    /// Every part that is searched, in the document's order.
    func forEachText(of json: JSON, _ body: (String) -> Void) {
        switch json {
        case .null: break
        case .string(let text): if contains(.strings) { body(text) }
        case .number(let digits): if contains(.numbers) { body(digits) }
        case .bool(let value): if contains(.booleans) { body(value ? "true" : "false") }
        case .array(let items): for item in items { forEachText(of: item, body) }
        case .object(let members):
            for member in members {
                if contains(.keys) { body(member.key) }
                forEachText(of: member.value, body)
            }
        }
    }
}
