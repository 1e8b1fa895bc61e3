import Testing

@testable import PostgresTypes

/// `to_char` of numbers against PostgreSQL's answers.
struct NumberFormatTests {
    /// type, number, pattern, result.
    @Test(arguments: CaseTable.all("number-format"))
    func numbersAreFormattedAsPostgresDoes(_ table: CaseTable) throws {
        try table.check { row in
            let text =
                row[0] == "float8"
                ? try Decimal.formatted(Decimal(parsing: row[1]).double, row[2])
                : try Decimal(parsing: row[1]).formatted(row[2])
            return text
        } expected: { row in
            row[3].hasPrefix("!") ? "\(row[3]) \(row[4])" + (row[5].isEmpty ? "" : " (\(row[5]))") : row[3]
        }
    }
}
