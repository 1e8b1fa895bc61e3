import SQLite
import Testing

@testable import PostgresTypes

/// Every input function against PostgreSQL's answers: what is read, how it is printed, which error it is.
struct InputTests {
    /// type, modifier, input, then output and JSON, or `!code`, message and detail.
    @Test(arguments: CaseTable.all("input"))
    func textIsReadAndPrintedAsPostgresDoes(_ table: CaseTable) throws {
        try table.check { row in
            let type = PostgresType(named: row[0])
            let value = try type.decode(text: row[2], modifier: Int32(row[1]) ?? -1, context: recordedContext)
            var json: [UInt8] = []
            type.writeJSON(value, to: &json, context: recordedContext)
            return type.encode(value, context: recordedContext) + " " + String(decoding: json, as: UTF8.self)
        } expected: { row in
            row[3].hasPrefix("!")
                ? "\(row[3]) \(row[4])" + (row[5].isEmpty ? "" : " (\(row[5]))") : "\(row[3]) \(row[4])"
        }
    }
}
