extension Decimal {
    /// The digit groups and the scale cut or extended to `scale` digits after the point, half away from zero.
    /// A negative scale rounds before the point; the printed scale is then 0.
    package func rounded(toScale scale: Int) -> Decimal { cut(toScale: scale, rounds: true) }

    /// As `rounded`, towards zero.
    package func truncated(toScale scale: Int) -> Decimal { cut(toScale: scale, rounds: false) }

    private func cut(toScale newScale: Int, rounds: Bool) -> Decimal {
        guard kind == .finite else { return self }
        var result = self
        result.scale = max(0, newScale)
        guard !groups.isEmpty else { return result }
        // The number of digits, counted from the first group's first, that are kept.
        let kept = (weight + 1) * 4 + newScale
        guard kept < groups.count * 4 else { return result }
        guard kept >= 0 else { return Decimal(scale: result.scale) }
        let whole = kept / 4
        let extra = kept % 4
        let dropped = groups[whole]
        result.groups.removeSubrange(whole...)
        var carry: Int32 = 0
        if extra > 0 {
            let unit: Int32 = extra == 1 ? 1000 : extra == 2 ? 100 : 10
            let rest = dropped % unit
            result.groups.append(dropped - rest)
            if rounds, rest >= unit / 2 { carry = unit }
        } else if rounds, dropped >= Self.base / 2 {
            carry = 1
        }
        var index = result.groups.count - 1
        while carry > 0 {
            guard index >= 0 else {
                result.groups.insert(1, at: 0)
                result.weight += 1
                break
            }
            result.groups[index] += carry
            carry = result.groups[index] >= Self.base ? 1 : 0
            if carry == 1 { result.groups[index] -= Self.base }
            index -= 1
        }
        result.normalize()
        return result
    }

    /// The value as a column `numeric(precision, scale)` takes it: rounded, and refused where it does not fit.
    func limited(by modifier: Int32) throws(PostgresError) -> Decimal {
        guard modifier >= 4, kind != .nan else { return self }
        let precision = Int(modifier - 4) >> 16
        let scale = Self.scale(of: modifier)
        guard kind == .finite else {
            throw PostgresError(
                "22003", "numeric field overflow",
                detail: "A field with precision \(precision), scale \(scale) cannot hold an infinite value.")
        }
        let result = rounded(toScale: scale)
        guard let first = result.groups.first else { return result }
        let digits = result.weight * 4 + (first >= 1000 ? 4 : first >= 100 ? 3 : first >= 10 ? 2 : 1)
        guard digits <= precision - scale else {
            let limit = precision == scale ? "1" : "10^\(precision - scale)"
            throw PostgresError(
                "22003", "numeric field overflow",
                detail: "A field with precision \(precision), scale \(scale) must round to an absolute value"
                    + " less than \(limit).")
        }
        return result
    }

    /// The scale in a modifier: eleven bits with a sign.
    static func scale(of modifier: Int32) -> Int { ((Int(modifier - 4) & 0x7FF) ^ 1024) - 1024 }
}
