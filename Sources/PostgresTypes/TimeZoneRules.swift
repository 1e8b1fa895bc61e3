/// A time zone: what offset from UTC holds at which moment.
package struct TimeZoneRules: Hashable, Sendable {
    /// The name it was asked for by, as `SHOW TimeZone` prints it.
    package let name: String
    fileprivate let fixedOffset: Int

    package static let utc = TimeZoneRules(name: "UTC", fixedOffset: 0)

    /// Seconds east of Greenwich at a moment given in seconds since 1970 (UTC).
    package func offset(at seconds: Int64) -> Int { fixedOffset }

    func offset(atMicroseconds value: Int64) -> Int {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: Temporal.microsecondsPerSecond)
        return offset(at: remainder < 0 ? quotient - 1 : quotient)
    }
}
