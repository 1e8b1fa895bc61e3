/// The modifier of an `interval` column: which fields it keeps and how many digits of a second.
struct IntervalModifier: CustomStringConvertible {
    private static let fullRange = 0x7FFF
    private static let fullPrecision = 0xFFFF

    /// Field bits, as in PostgreSQL: 2 month, 4 year, 8 day, 1024 hour, 2048 minute, 4096 second; nil for all.
    let fields: Int?
    /// Digits after the second's point; nil for all six.
    let precision: Int?

    init(_ modifier: Int32) {
        let range = Int(modifier) >> 16 & Self.fullRange
        let digits = Int(modifier) & Self.fullPrecision
        fields = modifier < 0 || range == Self.fullRange ? nil : range
        precision = modifier < 0 || digits == Self.fullPrecision ? nil : digits
    }

    static let month = 1 << 1
    static let year = 1 << 2
    static let day = 1 << 3
    static let hour = 1 << 10
    static let minute = 1 << 11
    static let second = 1 << 12

    private static let names: [(bits: Int, name: String)] = [
        (year, " year"), (month, " month"), (day, " day"), (hour, " hour"), (minute, " minute"), (second, " second"),
        (year | month, " year to month"), (day | hour, " day to hour"), (day | hour | minute, " day to minute"),
        (day | hour | minute | second, " day to second"), (hour | minute, " hour to minute"),
        (hour | minute | second, " hour to second"), (minute | second, " minute to second"),
    ]

    var description: String {
        let name = fields.flatMap { bits in Self.names.first { $0.bits == bits }?.name } ?? ""
        return name + (precision.map { "(\($0))" } ?? "")
    }
}
