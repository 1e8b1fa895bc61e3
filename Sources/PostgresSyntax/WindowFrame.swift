/// The frame of a window: which rows around the current one a function over it sees. `Offset` is an expression, as it
/// was written or bound.
package struct WindowFrame<Offset: Hashable & Sendable>: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable {
        case rows = "ROWS"
        case range = "RANGE"
        case groups = "GROUPS"
    }

    package enum Bound: Hashable, Sendable {
        case unboundedPreceding
        case preceding(Offset)
        case currentRow
        case following(Offset)
        case unboundedFollowing
    }

    package enum Exclusion: String, Hashable, Sendable {
        case currentRow = "CURRENT ROW"
        case group = "GROUP"
        case ties = "TIES"
    }

    package var mode: Mode
    package var start: Bound
    /// Nil where BETWEEN was not written: the current row.
    package var end: Bound?
    package var exclusion: Exclusion?

    package init(mode: Mode, start: Bound, end: Bound?, exclusion: Exclusion? = nil) {
        self.mode = mode
        self.start = start
        self.end = end
        self.exclusion = exclusion
    }

    /// The frame with its offsets changed.
    package func map<Other, Failure: Error>(_ change: (Offset) throws(Failure) -> Other) throws(Failure)
        -> WindowFrame<Other>
    {
        func mapped(_ bound: Bound) throws(Failure) -> WindowFrame<Other>.Bound {
            switch bound {
            case .unboundedPreceding: .unboundedPreceding
            case .preceding(let offset): .preceding(try change(offset))
            case .currentRow: .currentRow
            case .following(let offset): .following(try change(offset))
            case .unboundedFollowing: .unboundedFollowing
            }
        }
        let exclusion = exclusion.flatMap { WindowFrame<Other>.Exclusion(rawValue: $0.rawValue) }
        return WindowFrame<Other>(
            mode: WindowFrame<Other>.Mode(rawValue: mode.rawValue)!, start: try mapped(start),
            end: try end.map(mapped), exclusion: exclusion)
    }

    package var offsets: [Offset] { [start.offset, end?.offset].compactMap { $0 } }

    /// The clause in SQL's words, in capitals; `text` writes an offset.
    package func text<Failure: Error>(_ text: (Offset) throws(Failure) -> String) throws(Failure) -> String {
        func words(_ bound: Bound) throws(Failure) -> String {
            switch bound {
            case .unboundedPreceding: "UNBOUNDED PRECEDING"
            case .preceding(let offset): try text(offset) + " PRECEDING"
            case .currentRow: "CURRENT ROW"
            case .following(let offset): try text(offset) + " FOLLOWING"
            case .unboundedFollowing: "UNBOUNDED FOLLOWING"
            }
        }
        let first = try words(start)
        let extent = try end.map { (end) throws(Failure) in "BETWEEN \(first) AND \(try words(end))" } ?? first
        return "\(mode.rawValue) \(extent)" + (exclusion.map { " EXCLUDE \($0.rawValue)" } ?? "")
    }
}

extension WindowFrame.Bound {
    package var offset: Offset? {
        switch self {
        case .preceding(let offset), .following(let offset): offset
        default: nil
        }
    }
}
