package import World

/// What the text of a value may depend on: the moment the transaction began and the session's time zone.
package struct ValueContext: Sendable {
    /// Transaction start: what `'now'::timestamptz`, `'today'::date` and `'12:00'::timetz` refer to.
    package var now: Timestamp
    /// The session's `TimeZone`.
    package var timeZone: TimeZoneRules
    /// What names of objects (`regclass` and kin) refer to; nil where no catalog is at hand.
    package var objects: (any ObjectNaming)?

    package init(now: Timestamp, timeZone: TimeZoneRules = .utc, objects: (any ObjectNaming)? = nil) {
        self.now = now
        self.timeZone = timeZone
        self.objects = objects
    }
}
