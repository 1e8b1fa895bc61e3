import Dispatch
import Synchronization

/// What a source gives one after the other, of which the next items are made on another thread while those before them
/// are used. Only a part is ahead at a time.
///
/// Items have to depend on the source alone: what is done with those before them is not seen.
package final class Ahead<Source: Sendable, Item: Sendable> {
    /// Some items in a row.
    package struct Part: Sendable {
        fileprivate var items: [Item]
        fileprivate let isLarge: Bool

        /// - Parameter items: none behind the last item.
        /// - Parameter isLarge: they are so much that nothing is to be made beside them.
        package init(_ items: [Item], isLarge: Bool = false) {
            self.items = items.reversed()
            self.isLarge = isLarge
        }
    }

    /// A serial queue is given a thread even where all others wait, as the one that asks for items may; nil where another
    /// thread is not worth it.
    private let queue: DispatchQueue?
    private let makePart: @Sendable (inout Source) -> Part
    private var part = Part([])
    /// Stands behind the part at hand.
    private var source: Source
    private var coming: Coming<(part: Part, source: Source)>?

    /// - Parameter isLong: whether another thread is worth it.
    package init(_ source: Source, isLong: Bool, makePart: @escaping @Sendable (inout Source) -> Part) {
        self.source = source
        queue = isLong ? DispatchQueue(label: "ahead") : nil
        self.makePart = makePart
    }

    package func next() -> Item? {
        if part.items.isEmpty { goOn() }
        return part.items.popLast()
    }

    private func goOn() {
        if let next = coming?.take() {
            (part, source) = next
        } else {
            part = makePart(&source)
        }
        coming = nil
        guard let queue, !part.isLarge, !part.items.isEmpty else { return }
        coming = Coming(on: queue) { [source, makePart] in
            var source = source
            let part = makePart(&source)
            return (part, source)
        }
    }
}

/// A value that another thread makes.
private final class Coming<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    init(on queue: DispatchQueue, _ make: @escaping @Sendable () -> Value) {
        queue.async { [self] in
            let made = make()
            value.withLock { $0 = made }
            isThere.signal()
        }
    }

    /// Waits for the value; asked for once.
    func take() -> Value? {
        isThere.wait()
        return value.withLock { $0.take() }
    }
}
