/// A moment in virtual time: whole microseconds since 1970-01-01T00:00:00Z, the resolution of Postgres' `timestamptz`.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    /// Microseconds since the Unix epoch; negative before it.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since the epoch, rounded towards the past: what JWT claims (`iat`, `exp`) hold.
    package var seconds: Int64 { Int64((Double(microseconds) / 1_000_000).rounded(.down)) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds + right.wholeMicroseconds)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    /// The duration in whole microseconds, the rest cut off.
    package var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The duration in milliseconds, with its fraction: what logs and the journal print.
    package var milliseconds: Double { Double(wholeMicroseconds) / 1000 }
}
