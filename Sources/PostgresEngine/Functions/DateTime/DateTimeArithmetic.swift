import PostgresTypes
import SQLite
import World

/// Operators on moments and spans: sums, differences, ages, OVERLAPS.
extension FunctionTable {
    mutating func addDateArithmetic() {
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

    mutating func addIntervalArithmetic() {
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

    /// OVERLAPS: two spans share a moment; ends may be given as lengths.
    mutating func addOverlaps() {
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
