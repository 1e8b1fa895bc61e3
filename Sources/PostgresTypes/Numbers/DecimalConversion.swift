private import Glibc

extension Decimal {
    /// The cast from `double precision`: 15 significant digits.
    package init(_ number: Double) { self.init(number, digits: 15) }

    /// The cast from `real`: 6 significant digits.
    package init(single number: Double) { self.init(number, digits: 6) }

    private init(_ number: Double, digits: Int) {
        guard number.isFinite else {
            self = number.isNaN ? .nan : number < 0 ? .negativeInfinity : .infinity
            return
        }
        self.init(stored: printed(number, format: "%.\(digits)g"))
    }

    /// The nearest `double precision`.
    package var double: Double {
        switch kind {
        case .nan: .nan
        case .infinite: isNegative ? -.infinity : .infinity
        case .finite: strtod(description, nil)
        }
    }

    /// The cast to an integer type: rounded half away from zero, refused beyond the type's range.
    package func integer(_ type: PostgresType = .int8) throws(PostgresError) -> Int64 {
        let name = type.displayName()
        guard kind == .finite else {
            throw PostgresError("0A000", "cannot convert \(isNaN ? "NaN" : "infinity") to \(name)")
        }
        let range: ClosedRange<Int64> =
            switch type {
            case .int2: Int64(Int16.min)...Int64(Int16.max)
            case .int4: Int64(Int32.min)...Int64(Int32.max)
            default: .min ... .max
            }
        guard let value = rounded(toScale: 0).wholeNumber, range.contains(value) else {
            throw PostgresError("22003", "\(name) out of range")
        }
        return value
    }

    /// The part before the point, if an Int64 holds it.
    var wholeNumber: Int64? {
        guard kind == .finite else { return nil }
        guard weight < 5, weight >= 0 else { return groups.isEmpty || weight < 0 ? 0 : nil }
        var value: Int64 = 0
        for power in stride(from: weight, through: 0, by: -1) {
            let (product, tooBig) = value.multipliedReportingOverflow(by: Int64(Self.base))
            let (difference, overflow) = product.subtractingReportingOverflow(Int64(group(at: power)))
            guard !tooBig, !overflow else { return nil }
            value = difference
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}

/// A number as C's `printf` prints it.
func printed(_ number: Double, format: String) -> String {
    withVaList([number]) { arguments in
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
            return String(cString: buffer.baseAddress!)
        }
    }
}
