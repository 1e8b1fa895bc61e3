/// A dictionary that shares its storage with the ones it was copied from and to: a change copies a few entries, not all.
///
/// Entries are spread by their hash over small dictionaries, about four entries each. A copy that is changed replaces the
/// one dictionary that the entry belongs to and keeps the others. Entries come in no order.
package struct PersistentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A power of two of them.
    private var parts: [[Key: Value]] = [[:]]
    package private(set) var count = 0

    private static var usualPart: Int { 4 }

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var keys: some Swift.Sequence<Key> { lazy.map { $0.key } }
    package var values: some Swift.Sequence<Value> { lazy.map { $0.value } }

    package subscript(key: Key) -> Value? {
        get { parts[part(of: key)][key] }
        set {
            if let newValue {
                if parts[part(of: key)].updateValue(newValue, forKey: key) == nil {
                    count += 1
                    if count > parts.count * Self.usualPart { spread() }
                }
            } else {
                removeValue(forKey: key)
            }
        }
    }

    package subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        set { self[key] = newValue }
    }

    @discardableResult
    package mutating func removeValue(forKey key: Key) -> Value? {
        let part = part(of: key)
        // Looked for first: what is not there need not be copied to be removed.
        guard parts[part][key] != nil else { return nil }
        count -= 1
        return parts[part].removeValue(forKey: key)
    }

    private func part(of key: Key) -> Int { parts.count == 1 ? 0 : key.hashValue & (parts.count - 1) }

    /// Makes room for four times as many entries.
    private mutating func spread() {
        let entries = parts
        parts = Array(repeating: [:], count: parts.count * 4)
        for (key, value) in entries.joined() { parts[part(of: key)][key] = value }
    }
}

extension PersistentMap: Swift.Sequence {
    package func makeIterator() -> FlattenSequence<[[Key: Value]]>.Iterator { parts.joined().makeIterator() }
}

extension PersistentMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Key, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension PersistentMap: Equatable where Value: Equatable {
    package static func == (one: Self, other: Self) -> Bool {
        one.count == other.count && one.allSatisfy { other[$0.key] == $0.value }
    }
}
