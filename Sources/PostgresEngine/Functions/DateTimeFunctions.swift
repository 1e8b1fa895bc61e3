import PostgresTypes
import SQLite
import World

extension Invocation {
    func interval(_ index: Int) -> Interval { Interval(stored: text(index)) }

    var zone: TimeZoneRules {
        get throws { try context.valueContext.timeZone }
    }

    /// A `timetz` moved along its day.
    fileprivate func zonedTime(_ index: Int, adding interval: Interval) -> SQLValue {
        var zoned = ZonedTime(stored: text(index).utf8)
        zoned.time = Temporal.add(interval, toTime: zoned.time)
        return .zoned(zoned)
    }

    /// A `timetz` on the clocks of another zone, as they are set now.
    fileprivate func zonedTime(_ index: Int, in zone: TimeZoneRules) throws -> SQLValue {
        let zoned = ZonedTime(stored: text(index).utf8)
        let offset = zone.offset(at: try context.transactionStart.seconds)
        let moved = zoned.time + Int64(offset - zoned.offset) * Temporal.microsecondsPerSecond
        let day = Temporal.microsecondsPerDay
        return .zoned(ZonedTime(time: moved < 0 ? moved + day : moved >= day ? moved - day : moved, offset: offset))
    }
}

extension SQLValue {
    static func interval(_ value: Interval) -> SQLValue { .text(value.text) }
    static func zoned(_ value: ZonedTime) -> SQLValue { .text(value.description) }
}

extension FunctionTable {
    mutating func addDatesAndTimes() {
        addClock()
        addDateArithmetic()
        addIntervalArithmetic()
        addDateCasts()
        addDateParts()
        addDateMakers()
        addOverlaps()
        addDatePatterns()
        for type in ["date", "time", "timetz", "timestamp", "timestamptz", "interval"] {
            extremum("max(\(type))", isMaximum: true)
            extremum("min(\(type))", isMaximum: false)
        }
    }

    private mutating func addClock() {
        scalar("now()", "transaction_timestamp()") { .integer(try $0.context.transactionStart.microseconds) }
        scalar("statement_timestamp()") { .integer(try $0.context.statementStart.microseconds) }
        volatile("pg_sleep(float8)") { call in
            let seconds = call.double(0)
            // A day at most, so that no number is too big for the clock.
            return try Self.sleep(call, microseconds: seconds.isNaN ? 0 : Int64(min(max(seconds, 0), 86_400) * 1e6))
        }
        volatile("pg_sleep_for(interval)") { call in
            let now = try call.context.world.now.microseconds
            let end = try Temporal.add(call.interval(0), toTimestamptz: now, in: call.zone)
            return try Self.sleep(call, microseconds: end - now)
        }
        volatile("pg_sleep_until(timestamptz)") { call in
            let now = try call.context.world.now.microseconds
            return try Self.sleep(call, microseconds: max(call.integer(0), now) - now)
        }
        volatile("clock_timestamp()") { .integer(try $0.context.world.now.microseconds) }
        volatile("timeofday()") { call in
            let context = try call.context
            return .text(
                PostgresType.timestamptz.encode(
                    .integer(context.world.now.microseconds), context: context.valueContext))
        }
    }

    /// Lets the world's time pass for the whole emulator: there is one clock.
    private static func sleep(_ call: Invocation, microseconds: Int64) throws -> SQLValue {
        guard microseconds > 0 else { return .text("") }
        let clock = try call.context.world.clock
        guard call.connection.isWatched else {
            clock.wait(.microseconds(microseconds))
            return .text("")
        }
        // A clock that stands still does not tell how long this took.
        let limit = Int64(try call.context.session.statementTimeout) * 1000
        var slept: Int64 = 0
        while slept < microseconds {
            let step = min(microseconds - slept, 10_000)
            clock.wait(.microseconds(step))
            slept += step
            if limit > 0, slept > limit { throw Transaction.timeout }
            try call.connection.checkWatch()
        }
        return .text("")
    }

    // MARK: Arithmetic

    private mutating func addDateArithmetic() {
        for (name, swapped, subtracts) in [
            ("date_pl_interval(date,interval)", false, false), ("interval_pl_date(interval,date)", true, false),
            ("date_mi_interval(date,interval)", false, true),
        ] {
            scalar(name) { call in
                let interval = call.interval(swapped ? 0 : 1)
                return .integer(
                    try Temporal.add(
                        subtracts ? interval.negated() : interval,
                        toTimestamp: Temporal.timestamp(ofDate: call.integer(swapped ? 1 : 0))))
            }
        }
        for (name, swapped, subtracts) in [
            ("timestamp_pl_interval(timestamp,interval)", false, false),
            ("interval_pl_timestamp(interval,timestamp)", true, false),
            ("timestamp_mi_interval(timestamp,interval)", false, true),
        ] {
            scalar(name) { call in
                let interval = call.interval(swapped ? 0 : 1)
                return .integer(
                    try Temporal.add(
                        subtracts ? interval.negated() : interval, toTimestamp: call.integer(swapped ? 1 : 0)))
            }
        }
        for (name, swapped, subtracts) in [
            ("timestamptz_pl_interval(timestamptz,interval)", false, false),
            ("interval_pl_timestamptz(interval,timestamptz)", true, false),
            ("timestamptz_mi_interval(timestamptz,interval)", false, true),
        ] {
            scalar(name) { call in
                let interval = call.interval(swapped ? 0 : 1)
                return .integer(
                    try Temporal.add(
                        subtracts ? interval.negated() : interval, toTimestamptz: call.integer(swapped ? 1 : 0),
                        in: call.zone))
            }
        }
        scalar("time_pl_interval(time,interval)") { .integer(Temporal.add($0.interval(1), toTime: $0.integer(0))) }
        scalar("interval_pl_time(interval,time)") { .integer(Temporal.add($0.interval(0), toTime: $0.integer(1))) }
        scalar("time_mi_interval(time,interval)") {
            .integer(Temporal.add(try $0.interval(1).negated(), toTime: $0.integer(0)))
        }
        scalar("timetz_pl_interval(timetz,interval)") { $0.zonedTime(0, adding: $0.interval(1)) }
        scalar("interval_pl_timetz(interval,timetz)") { $0.zonedTime(1, adding: $0.interval(0)) }
        scalar("timetz_mi_interval(timetz,interval)") { $0.zonedTime(0, adding: try $0.interval(1).negated()) }
        scalar("time_mi_time(time,time)") { .interval(Interval(microseconds: $0.integer(0) - $0.integer(1))) }
        scalar("date_pli(date,int4)") { .integer(try Temporal.add(days: $0.integer(1), toDate: $0.integer(0))) }
        scalar("integer_pl_date(int4,date)") { .integer(try Temporal.add(days: $0.integer(0), toDate: $0.integer(1))) }
        scalar("date_mii(date,int4)") { .integer(try Temporal.add(days: -$0.integer(1), toDate: $0.integer(0))) }
        scalar("date_mi(date,date)") { .integer(try Temporal.dateDifference($0.integer(0), $0.integer(1))) }
        scalar("timestamp_mi(timestamp,timestamp)", "timestamptz_mi(timestamptz,timestamptz)") {
            .interval(try Temporal.difference($0.integer(0), $0.integer(1)))
        }
        scalar("datetime_pl(date,time)", "timestamp(date,time)") { call in
            .integer(try Self.moment(call.integer(0), call.integer(1)))
        }
        scalar("timedate_pl(time,date)") { call in
            .integer(try Self.moment(call.integer(1), call.integer(0)))
        }
        for (name, date, time) in [
            ("datetimetz_pl(date,timetz)", 0, 1), ("timestamptz(date,timetz)", 0, 1),
            ("timetzdate_pl(timetz,date)", 1, 0),
        ] {
            scalar(name) { call in
                let zoned = ZonedTime(stored: call.text(time).utf8)
                let moment = try Self.moment(call.integer(date), zoned.time)
                guard !Temporal.isInfinite(moment) else { return .integer(moment) }
                return .integer(try Temporal.checked(moment - Int64(zoned.offset) * Temporal.microsecondsPerSecond))
            }
        }
        scalar("timestamptz(date,time)") { call in
            .integer(
                try Temporal.timestamptz(
                    ofTimestamp: Self.moment(call.integer(0), call.integer(1)), in: call.zone))
        }
        scalar("age(timestamp,timestamp)") { .interval(try Temporal.age($0.integer(0), $0.integer(1))) }
        scalar("age(timestamptz,timestamptz)") { call in
            let zone = try call.zone
            return .interval(
                try Temporal.age(
                    Temporal.timestamp(ofTimestamptz: call.integer(0), in: zone),
                    Temporal.timestamp(ofTimestamptz: call.integer(1), in: zone)))
        }
        scalar("age(timestamp)") { .interval(try Temporal.age(Self.today($0) * 86_400_000_000, $0.integer(0))) }
        scalar("age(timestamptz)") { call in
            .interval(
                try Temporal.age(
                    Self.today(call) * 86_400_000_000,
                    Temporal.timestamp(ofTimestamptz: call.integer(0), in: call.zone)))
        }
    }

    /// A date's midnight and a time of day; an infinite date stays what it is.
    private static func moment(_ date: Int64, _ time: Int64) throws -> Int64 {
        let midnight = try Temporal.timestamp(ofDate: date)
        return Temporal.isInfinite(midnight) ? midnight : midnight + time
    }

    /// CURRENT_DATE as stored.
    private static func today(_ call: Invocation) throws -> Int64 {
        try Temporal.date(ofTimestamptz: call.context.transactionStart.microseconds, in: call.zone)
    }

    private mutating func addIntervalArithmetic() {
        scalar("interval_pl(interval,interval)") { .interval(try $0.interval(0).adding($0.interval(1))) }
        scalar("interval_mi(interval,interval)") { .interval(try $0.interval(0).subtracting($0.interval(1))) }
        scalar("interval_um(interval)") { .interval(try $0.interval(0).negated()) }
        scalar("interval_mul(interval,float8)") { .interval(try $0.interval(0).multiplied(by: $0.double(1))) }
        scalar("mul_d_interval(float8,interval)") { .interval(try $0.interval(1).multiplied(by: $0.double(0))) }
        scalar("interval_div(interval,float8)") { .interval(try $0.interval(0).divided(by: $0.double(1))) }
        scalar("justify_hours(interval)") { .interval(try $0.interval(0).hoursJustified()) }
        scalar("justify_days(interval)") { .interval(try $0.interval(0).daysJustified()) }
        scalar("justify_interval(interval)") { .interval(try $0.interval(0).justified()) }
        native("isfinite(interval)") { "(CASE WHEN \($0[0]) IS NOT NULL THEN 1 END)" }
        scalar("isfinite(date)", "isfinite(timestamp)", "isfinite(timestamptz)") {
            .bool(!Temporal.isInfinite($0.integer(0)))
        }
        scalar("interval(time)") { .interval(Interval(microseconds: $0.integer(0))) }
        scalar("time(interval)") { .integer(Temporal.split($0.interval(0).microseconds).time) }
        scalar("interval(interval,int4)") { .interval(try $0.interval(0).limited(by: Int32($0.integer(1)))) }
    }

    // MARK: Casts

    private mutating func addDateCasts() {
        scalar("timestamp(date)") { .integer(try Temporal.timestamp(ofDate: $0.integer(0))) }
        scalar("timestamptz(date)") { .integer(try Temporal.timestamptz(ofDate: $0.integer(0), in: $0.zone)) }
        scalar("timestamptz(timestamp)") {
            .integer(try Temporal.timestamptz(ofTimestamp: $0.integer(0), in: $0.zone))
        }
        scalar("timestamp(timestamptz)") {
            .integer(try Temporal.timestamp(ofTimestamptz: $0.integer(0), in: $0.zone))
        }
        scalar("date(timestamp)") { .integer(Temporal.date(ofTimestamp: $0.integer(0))) }
        scalar("date(timestamptz)") { .integer(Temporal.date(ofTimestamptz: $0.integer(0), in: try $0.zone)) }
        scalar("time(timestamp)") { Temporal.time(ofTimestamp: $0.integer(0)).map { .integer($0) } ?? .null }
        scalar("time(timestamptz)") { call in
            Temporal.time(ofTimestamp: try Temporal.timestamp(ofTimestamptz: call.integer(0), in: call.zone))
                .map { .integer($0) } ?? .null
        }
        scalar("timetz(timestamptz)") { call in
            let moment = call.integer(0)
            if Temporal.isInfinite(moment) { return .null }
            let zone = try call.zone
            let local = zone.local(at: moment)
            return .zoned(
                ZonedTime(time: Temporal.split(local).time, offset: Int((local - moment) / 1_000_000)))
        }
        scalar("timetz(time)") { call in
            let context = try call.context
            let offset = context.valueContext.timeZone.offset(at: context.transactionStart.seconds)
            return .zoned(ZonedTime(time: call.integer(0), offset: offset))
        }
        scalar("time(timetz)") { .integer(ZonedTime(stored: $0.text(0).utf8).time) }
        let lengths: [(String, PostgresType)] = [
            ("timestamp", .timestamp), ("timestamptz", .timestamptz), ("time", .time), ("timetz", .timetz),
        ]
        for (name, type) in lengths {
            scalar("\(name)(\(name),int4)") {
                try type.applyLength($0[0], modifier: Int32($0.integer(1)), isExplicit: true)
            }
        }
        scalar("to_timestamp(float8)") { call in
            let seconds = call.double(0)
            if seconds.isInfinite { return .integer(seconds > 0 ? Temporal.infinity : Temporal.negativeInfinity) }
            let microseconds = (seconds * 1_000_000).rounded(.toNearestOrEven)
            if seconds.isNaN { throw PostgresError("22008", "timestamp cannot be NaN") }
            guard abs(microseconds) < 0x1p63 else {
                let shown = PostgresType.float8.encode(.real(seconds), context: try call.context.valueContext)
                throw PostgresError("22008", "timestamp out of range: \"\(shown)\"")
            }
            return .integer(Int64(microseconds))
        }
        let zones: [(String, @Sendable (Invocation) throws -> TimeZoneRules)] = [
            ("text", { try Temporal.zone(named: $0.text(0)) }), ("interval", { try Self.zone($0.interval(0)) }),
        ]
        for (name, zone) in zones {
            // What is infinite is so in any zone, even in one that does not exist.
            scalar("timezone(\(name),timestamptz)") { call in
                let moment = call.integer(1)
                if Temporal.isInfinite(moment) { return .integer(moment) }
                return .integer(try Temporal.timestamp(ofTimestamptz: moment, in: zone(call)))
            }
            scalar("timezone(\(name),timestamp)") { call in
                let moment = call.integer(1)
                if Temporal.isInfinite(moment) { return .integer(moment) }
                return .integer(try Temporal.timestamptz(ofTimestamp: moment, in: zone(call)))
            }
        }
        scalar("timezone(text,timetz)") { try $0.zonedTime(1, in: Temporal.zone(named: $0.text(0))) }
        scalar("timezone(interval,timetz)") { try $0.zonedTime(1, in: Self.zone($0.interval(0))) }
    }

    private static func zone(_ offset: Interval) throws -> TimeZoneRules {
        guard offset.months == 0, offset.days == 0 else {
            throw PostgresError("22023", "interval time zone \"\(offset.text)\" must not include months or days")
        }
        return TimeZoneRules(offset: Int(offset.microseconds / 1_000_000))
    }

    // MARK: Parts

    private mutating func addDateParts() {
        let types: [(String, PostgresType)] = [
            ("date", .date), ("time", .time), ("timetz", .timetz), ("timestamp", .timestamp),
            ("timestamptz", .timestamptz), ("interval", .interval),
        ]
        for (name, type) in types {
            scalar("extract(text,\(name))") { call in
                try Temporal.extract(call.text(0), from: call[1], type, in: call.zone).map { .decimal($0) } ?? .null
            }
            scalar("date_part(text,\(name))") { call in
                try Temporal.extract(call.text(0), from: call[1], type, in: call.zone).map { .float($0.double) }
                    ?? .null
            }
        }
        scalar("date_trunc(text,timestamp)") { .integer(try Temporal.truncate($0.integer(1), to: $0.text(0))) }
        scalar("date_trunc(text,timestamptz)") {
            .integer(try Temporal.truncate($0.integer(1), to: $0.text(0), in: $0.zone))
        }
        scalar("date_trunc(text,timestamptz,text)") {
            .integer(try Temporal.truncate($0.integer(1), to: $0.text(0), in: Temporal.zone(named: $0.text(2))))
        }
        scalar("date_trunc(text,interval)") { .interval(try Temporal.truncate($0.interval(1), to: $0.text(0))) }
        scalar("date_bin(interval,timestamp,timestamp)", "date_bin(interval,timestamptz,timestamptz)") { call in
            let stride = call.interval(0)
            guard stride.months == 0 else {
                throw PostgresError(
                    "0A000", "timestamps cannot be binned into intervals containing months or years")
            }
            let length = Int64(stride.days) * Temporal.microsecondsPerDay &+ stride.microseconds
            guard length > 0 else { throw PostgresError("22008", "stride must be greater than zero") }
            let (moment, origin) = (call.integer(1), call.integer(2))
            if Temporal.isInfinite(moment) { return .integer(moment) }
            if Temporal.isInfinite(origin) { throw PostgresError("22008", "origin out of range") }
            let (difference, overflow) = moment.subtractingReportingOverflow(origin)
            guard !overflow else { throw PostgresError("22008", "interval out of range") }
            var remainder = difference % length
            if remainder < 0 { remainder += length }
            return .integer(moment - remainder)
        }
    }

    // MARK: Patterns

    private mutating func addDatePatterns() {
        scalar("to_char(timestamp,text)") {
            Temporal.format(timestamp: $0.integer(0), $0.text(1)).map { .text($0) } ?? .null
        }
        scalar("to_char(timestamptz,text)") {
            Temporal.format(timestamptz: $0.integer(0), $0.text(1), in: try $0.zone).map { .text($0) } ?? .null
        }
        scalar("to_char(interval,text)") {
            try Temporal.format($0.interval(0), $0.text(1)).map { .text($0) } ?? .null
        }
        scalar("to_timestamp(text,text)") {
            .integer(try Temporal.timestamp($0.text(0), pattern: $0.text(1), in: try $0.zone))
        }
        scalar("to_date(text,text)") { .integer(try Temporal.date($0.text(0), pattern: $0.text(1))) }
        scalar("to_number(text,text)") {
            try Decimal.parse($0.text(0), pattern: $0.text(1)).map { .text($0.description) } ?? .null
        }
    }

    // MARK: Makers

    private mutating func addDateMakers() {
        scalar("make_date(int4,int4,int4)") { call in
            .integer(
                try Temporal.makeDate(
                    year: Int(call.integer(0)), month: Int(call.integer(1)), day: Int(call.integer(2))))
        }
        scalar("make_time(int4,int4,float8)") { call in
            .integer(
                try Temporal.makeTime(
                    hour: Int(call.integer(0)), minute: Int(call.integer(1)), second: call.double(2)))
        }
        scalar("make_timestamp(int4,int4,int4,int4,int4,float8)") { .integer(try Self.localTimestamp($0)) }
        scalar("make_timestamptz(int4,int4,int4,int4,int4,float8)") {
            .integer(try Temporal.timestamptz(ofTimestamp: Self.localTimestamp($0), in: $0.zone))
        }
        scalar("make_timestamptz(int4,int4,int4,int4,int4,float8,text)") {
            .integer(
                try Temporal.timestamptz(ofTimestamp: Self.localTimestamp($0), in: Temporal.zone(named: $0.text(6))))
        }
        scalar("make_interval(int4,int4,int4,int4,int4,int4,float8)") { call in
            func number(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: call.integer(index)) }
            return .interval(
                try Temporal.makeInterval(
                    years: number(0), months: number(1), weeks: number(2), days: number(3), hours: number(4),
                    minutes: number(5), seconds: call.double(6)))
        }
    }

    private static func localTimestamp(_ call: Invocation) throws -> Int64 {
        func number(_ index: Int) -> Int { Int(call.integer(index)) }
        return try Temporal.makeTimestamp(
            year: number(0), month: number(1), day: number(2), hour: number(3), minute: number(4),
            second: call.double(5))
    }

    /// OVERLAPS: two spans share a moment; ends may be given as lengths.
    private mutating func addOverlaps() {
        for type in ["timestamp", "timestamptz", "time"] {
            for first in [type, "interval"] {
                for second in [type, "interval"] {
                    nullable("overlaps(\(type),\(first),\(type),\(second))") { call in
                        func end(_ index: Int, _ kind: String) throws -> Int64? {
                            if call.isNull(index) { return nil }
                            if kind != "interval" { return call.integer(index) }
                            if call.isNull(index - 1) { return nil }
                            let start = call.integer(index - 1)
                            switch type {
                            case "time": return Temporal.add(call.interval(index), toTime: start)
                            case "timestamp": return try Temporal.add(call.interval(index), toTimestamp: start)
                            default: return try Temporal.add(call.interval(index), toTimestamptz: start, in: call.zone)
                            }
                        }
                        let spans = (
                            (call.isNull(0) ? nil : call.integer(0), try end(1, first)),
                            (call.isNull(2) ? nil : call.integer(2), try end(3, second))
                        )
                        return Self.overlap(spans.0, spans.1).map { .bool($0) } ?? .null
                    }
                }
            }
        }
    }

    /// As SQL defines it, with NULLs: a known start alone may already decide.
    private static func overlap(_ first: (Int64?, Int64?), _ second: (Int64?, Int64?)) -> Bool? {
        func ordered(_ span: (Int64?, Int64?)) -> (start: Int64, end: Int64?)? {
            guard let a = span.0 else { return span.1.map { ($0, nil) } }
            guard let b = span.1 else { return (a, nil) }
            return a <= b ? (a, b) : (b, a)
        }
        guard let a = ordered(first), let b = ordered(second) else { return nil }
        if a.start > b.start {
            guard let end = b.end else { return nil }
            if a.start < end { return true }
            return a.end == nil ? nil : false
        }
        if a.start < b.start {
            guard let end = a.end else { return nil }
            if b.start < end { return true }
            return b.end == nil ? nil : false
        }
        return a.end == nil || b.end == nil ? nil : true
    }
}
