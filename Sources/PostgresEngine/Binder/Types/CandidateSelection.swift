import PostgresTypes

/// Something a call or operator could mean, by the types it takes.
protocol Candidate {
    var arguments: [TypeID] { get }
}

extension TypeSystem {
    /// The candidates whose arguments the given ones convert to without being asked.
    func matching<C: Candidate>(_ candidates: [C], _ arguments: [TypeID]) -> [C] {
        candidates.filter { canCoerce(arguments, to: $0.arguments, .implicit) }
    }

    /// The best of several candidates that all fit (`func_select_candidate`); nil when the choice is open.
    func select<C: Candidate>(_ candidates: [C], _ arguments: [TypeID]) -> C? {
        var bases = arguments.map { $0 == .unknown ? $0 : base(of: $0) }
        // The most exact matches; untyped literals never match exactly.
        var best = Self.best(candidates) { candidate in
            zip(bases, candidate.arguments).count { $0 != .unknown && $0 == $1 }
        }
        if best.count == 1 { return best[0] }
        // The most exact matches or preferred types of the argument's own category.
        best = Self.best(best) { candidate in
            zip(bases, candidate.arguments).count { base, declared in
                base != .unknown
                    && (base == declared || isPreferred(declared) && category(of: declared) == category(of: base))
            }
        }
        if best.count == 1 { return best[0] }
        let unknownCount = bases.count { $0 == .unknown }
        if unknownCount == 0 { return nil }
        if let narrowed = byCategory(best, bases) {
            best = narrowed
            if best.count == 1 { return best[0] }
        }
        // All known arguments of one type: try it for the untyped ones.
        guard unknownCount < bases.count else { return nil }
        let known = bases.filter { $0 != .unknown }
        guard let first = known.first, known.allSatisfy({ $0 == first }) else { return nil }
        bases = bases.map { _ in first }
        let fitting = matching(best, bases)
        return fitting.count == 1 ? fitting[0] : nil
    }

    private static func best<C: Candidate>(_ candidates: [C], score: (C) -> Int) -> [C] {
        let scores = candidates.map(score)
        let highest = scores.max() ?? 0
        return zip(candidates, scores).filter { $1 == highest }.map(\.0)
    }

    /// Drops candidates whose argument at an untyped literal is off the category that the literal is taken for:
    /// string if any candidate takes one, else the one they share. nil: no category can be told.
    private func byCategory<C: Candidate>(_ candidates: [C], _ bases: [TypeID]) -> [C]? {
        var kept = candidates
        var slots: [(index: Int, category: UInt8, hasPreferred: Bool)] = []
        for index in bases.indices where bases[index] == .unknown {
            var slot: UInt8?
            var hasPreferred = false
            var hasConflict = false
            for candidate in candidates {
                let type = candidate.arguments[index]
                let category = category(of: type)
                if slot == nil {
                    slot = category
                    hasPreferred = isPreferred(type)
                } else if category == slot {
                    hasPreferred = hasPreferred || isPreferred(type)
                } else if category == Self.stringCategory {
                    slot = category
                    hasPreferred = isPreferred(type)
                } else {
                    hasConflict = true
                }
            }
            guard let slot, !hasConflict || slot == Self.stringCategory else { return nil }
            slots.append((index, slot, hasPreferred))
        }
        kept = candidates.filter { candidate in
            slots.allSatisfy { slot in
                let type = candidate.arguments[slot.index]
                return category(of: type) == slot.category && (!slot.hasPreferred || isPreferred(type))
            }
        }
        return kept.isEmpty ? candidates : kept
    }
}
