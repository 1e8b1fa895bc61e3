import PostgresTypes
import SQLite
import World

/// Casts between dates, times and zones.
extension FunctionTable {
    mutating func addDateCasts() {
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
}
