/// A JSON document as a value that loses nothing: numbers keep their digits, objects their order and duplicates.
///
/// Both matter to what the emulator imitates: `1.50` must reach a `numeric` column as `1.50`, and Postgres' `json`
/// type keeps what was written.
package indirect enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number in the digits it was written with.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One `"key": value` of an object.
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSON

        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }
}

extension JSON {
    package static func integer(_ value: some BinaryInteger) -> JSON { .number(String(value)) }
    package static func double(_ value: Double) -> JSON { .number("\(value)") }

    /// `nil` as null.
    package static func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }

    /// The last member of that name, as Postgres' `jsonb` and every JSON parser of note take duplicates;
    /// nil where there is none or this is no object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package subscript(index: Int) -> JSON? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    package var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var intValue: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
    package var doubleValue: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }
    package var arrayValue: [JSON]? { if case .array(let items) = self { items } else { nil } }
    package var objectValue: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var isNull: Bool { self == .null }

    /// Replaces the member of that name, or appends one. On anything but an object: no effect.
    package mutating func set(_ key: String, _ value: JSON) {
        guard case .object(var members) = self else { return }
        if let index = members.lastIndex(where: { $0.key == key }) {
            members[index].value = value
        } else {
            members.append(Member(key, value))
        }
        self = .object(members)
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
    package init(nilLiteral: ()) { self = .null }
}
