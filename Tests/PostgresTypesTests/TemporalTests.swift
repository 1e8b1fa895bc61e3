import SQLite
import Testing

@testable import PostgresTypes

/// Date and time arithmetic against PostgreSQL's answers.
struct TemporalTests {
    /// operation, three arguments, result. The third argument of zoned operations is the session's zone.
    @Test(arguments: CaseTable.all("temporal"))
    func datesAndTimesAreCalculatedAsPostgresDoes(_ table: CaseTable) throws {
        try table.check { row in
            var context = recordedContext
            if table.path.hasSuffix("zones.tsv"), let zone = TimeZoneRules(named: row[3]) { context.timeZone = zone }
            return try Calculation(row: row, context: context).result()
        } expected: { row in
            row[4].hasPrefix("!") ? "\(row[4]) \(row[5])" + (row[6].isEmpty ? "" : " (\(row[6]))") : row[4]
        }
    }
}

/// One recorded calculation.
private struct Calculation {
    let row: [String]
    let context: ValueContext

    private func timestamp(_ index: Int) throws -> Int64 { try integer(.timestamp, row[index]) }
    private func timestamptz(_ index: Int) throws -> Int64 { try integer(.timestamptz, row[index]) }
    private func interval(_ index: Int) throws -> Interval { try Interval(parsing: row[index]) }

    private func integer(_ type: PostgresType, _ text: String) throws -> Int64 {
        guard case .integer(let value) = try type.decode(text: text, context: context) else { return 0 }
        return value
    }

    private func show(_ type: PostgresType, _ value: Int64) -> String { type.encode(.integer(value), context: context) }

    func result() throws -> String {
        switch row[0] {
        case "ts+iv": return show(.timestamp, try Temporal.add(interval(2), toTimestamp: timestamp(1)))
        case "tz+iv":
            return show(
                .timestamptz, try Temporal.add(interval(2), toTimestamptz: timestamptz(1), in: context.timeZone))
        case "time+iv": return show(.time, Temporal.add(try interval(2), toTime: try integer(.time, row[1])))
        case "ts-ts": return try Temporal.difference(timestamp(1), timestamp(2)).text
        case "age": return try Temporal.age(timestamp(1), timestamp(2)).text
        case "trunc-ts": return show(.timestamp, try Temporal.truncate(timestamp(2), to: row[1]))
        case "trunc-iv": return try Temporal.truncate(interval(2), to: row[1]).text
        case "trunc-tz":
            return show(
                .timestamptz, try Temporal.truncate(timestamptz(2), to: row[1], in: Temporal.zone(named: row[3])))
        case "extract": return try extract(PostgresType(named: row[1]), row[2], row[3])
        case "tz-extract": return try extract(.timestamptz, row[1], row[2])
        case "tz-text", "tz-local": return show(.timestamptz, try timestamptz(1))
        case "tz-date": return show(.date, Temporal.date(ofTimestamptz: try timestamptz(1), in: context.timeZone))
        case "date-tz":
            let date = try integer(.date, String(row[1].prefix(10)))
            return show(.timestamptz, try Temporal.timestamptz(ofDate: date, in: context.timeZone))
        case "at-tz":
            return show(
                .timestamp, try Temporal.timestamp(ofTimestamptz: timestamptz(1), in: Temporal.zone(named: row[2])))
        case "at-ts":
            return show(
                .timestamp, try Temporal.timestamptz(ofTimestamp: timestamp(1), in: Temporal.zone(named: row[2])))
        case "makedate":
            return show(.date, try Temporal.makeDate(year: Int(row[1])!, month: Int(row[2])!, day: Int(row[3])!))
        case "char-ts": return Temporal.format(timestamp: try timestamp(1), row[2]) ?? "<null>"
        case "char-tz":
            return Temporal.format(timestamptz: try timestamptz(1), row[2], in: context.timeZone) ?? "<null>"
        case "char-iv": return try Temporal.format(interval(1), row[2]) ?? "<null>"
        default: return try intervalResult()
        }
    }

    private func intervalResult() throws -> String {
        let value = try interval(1)
        switch row[0] {
        case "iv*": return try value.multiplied(by: Double(row[2])!).text
        case "iv/": return try value.divided(by: Double(row[2])!).text
        case "iv+iv": return try value.adding(interval(2)).text
        case "iv-iv": return try value.subtracting(interval(2)).text
        case "ivcmp": return try String(value.compare(interval(2)))
        case "justify_hours": return try value.hoursJustified().text
        case "justify_days": return try value.daysJustified().text
        case "justify_interval": return try value.justified().text
        default: return "?"
        }
    }

    private func extract(_ type: PostgresType, _ field: String, _ text: String) throws -> String {
        let value = try type.decode(text: text, context: context)
        return try Temporal.extract(field, from: value, type, in: context.timeZone)?.description ?? "<null>"
    }
}
