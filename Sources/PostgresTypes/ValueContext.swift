package import World

/// What the text of a value may depend on: the moment the transaction began and the session's time zone.
package struct ValueContext: Sendable {
    /// Transaction start: what `'now'::timestamptz`, `'today'::date` and `'12:00'::timetz` refer to.
    package var now: Timestamp
    /// The session's `TimeZone`.
    package var timeZone: TimeZoneRules

    package init(now: Timestamp, timeZone: TimeZoneRules = .utc) {
        self.now = now
        self.timeZone = timeZone
    }
}
