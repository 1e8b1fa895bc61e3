import PostgresTypes
import SQLite
import World

extension Invocation {
    func interval(_ index: Int) -> Interval { Interval(stored: text(index)) }

    var zone: TimeZoneRules {
        get throws { try context.valueContext.timeZone }
    }

    /// A `timetz` moved along its day.
    func zonedTime(_ index: Int, adding interval: Interval) -> SQLValue {
        var zoned = ZonedTime(stored: text(index).utf8)
        zoned.time = Temporal.add(interval, toTime: zoned.time)
        return .zoned(zoned)
    }

    /// A `timetz` on the clocks of another zone, as they are set now.
    func zonedTime(_ index: Int, in zone: TimeZoneRules) throws -> SQLValue {
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
}
