package import World

/// What the text of a value may depend on: the moment the transaction began and the session's time zone.
package struct ValueContext: Sendable {
    /// Transaction start: what `'now'::timestamptz`, `'today'::date` and `'12:00'::timetz` refer to.
    package var now: Timestamp
    /// The session's `TimeZone`.
    package var timeZone: TimeZoneRules
    /// How the session reads dates that do not start with the year (`DateStyle`).
    package var dateOrder = DateOrder.mdy
    /// The session's zone while a definition is looked at: it is kept as it was written, and read in UTC later.
    package var definitionZone: TimeZoneRules?
    /// What names of objects (`regclass` and kin) refer to; nil where no catalog is at hand.
    package var objects: (any ObjectNaming)?

    package init(now: Timestamp, timeZone: TimeZoneRules = .utc, objects: (any ObjectNaming)? = nil) {
        self.now = now
        self.timeZone = timeZone
        self.objects = objects
    }
}

/// The order of day, month and year in dates such as `01/02/03`.
package enum DateOrder: String, Sendable { case mdy, dmy, ymd }
