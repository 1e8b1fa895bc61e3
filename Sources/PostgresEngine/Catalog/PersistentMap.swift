/// A dictionary that shares its storage with the ones it was copied from and to: a change copies a few entries, not all.
///
/// Entries are spread by their hash over small dictionaries, about four entries each, and those over groups. A copy that
/// is changed replaces the one dictionary that the entry belongs to and keeps the others, and all other groups as they
/// are. Entries come in no order.
package struct PersistentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var groups: [[[Key: Value]]] = [[[:]]]
    /// How many dictionaries there are: a power of two.
    private var partCount = 1
    package private(set) var count = 0

    /// Dictionaries in a group: a power of two as well.
    private static var groupSize: Int { 16 }
    private static var usualPart: Int { 4 }

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var keys: some Swift.Sequence<Key> { lazy.map { $0.key } }
    package var values: some Swift.Sequence<Value> { lazy.map { $0.value } }

    package subscript(key: Key) -> Value? {
        get {
            let place = place(of: key)
            return groups[place.group][place.part][key]
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            let place = place(of: key)
            if groups[place.group][place.part].updateValue(newValue, forKey: key) == nil {
                count += 1
                if count > partCount * Self.usualPart { spread() }
            }
        }
    }

    package subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        set { self[key] = newValue }
    }

    @discardableResult
    package mutating func removeValue(forKey key: Key) -> Value? {
        let place = place(of: key)
        // Looked for first: what is not there need not be copied to be removed.
        guard groups[place.group][place.part][key] != nil else { return nil }
        count -= 1
        return groups[place.group][place.part].removeValue(forKey: key)
    }

    private func place(of key: Key) -> (group: Int, part: Int) {
        let part = partCount == 1 ? 0 : key.hashValue & (partCount - 1)
        return (part / Self.groupSize, part % Self.groupSize)
    }

    /// Makes room for four times as many entries.
    private mutating func spread() {
        let entries = groups
        partCount *= 4
        let group = [[Key: Value]](repeating: [:], count: Swift.min(partCount, Self.groupSize))
        groups = Array(repeating: group, count: Swift.max(partCount / Self.groupSize, 1))
        for (key, value) in entries.joined().joined() {
            let place = place(of: key)
            groups[place.group][place.part][key] = value
        }
    }
}

extension PersistentMap: Swift.Sequence {
    package struct Iterator: IteratorProtocol {
        private let groups: [[[Key: Value]]]
        private var group = 0
        private var part = 0
        private var entries = [Key: Value]().makeIterator()

        fileprivate init(_ groups: [[[Key: Value]]]) { self.groups = groups }

        package mutating func next() -> (key: Key, value: Value)? {
            while true {
                if let entry = entries.next() { return entry }
                guard group < groups.count else { return nil }
                entries = groups[group][part].makeIterator()
                part += 1
                if part == groups[group].count { (group, part) = (group + 1, 0) }
            }
        }
    }

    package func makeIterator() -> Iterator { Iterator(groups) }
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
