import PostgresTypes
import SQLite

/// Calls in FROM of functions that return `record`: the column definition list says what the columns are.
extension Transaction {
    /// The rows of a call as the list defines them. A body in SQL is converted to it as by an assignment; one in
    /// plpgsql has to return just these types.
    func callForRecords(
        _ id: FunctionID, _ arguments: [SQLValue], columns: [OutputColumn]
    ) throws -> [[SQLValue]] {
        let routine = try compiled(id).routine
        return try callForRows(id, arguments, asValues: true).map { row in
            guard let fields = try fields(of: row[0], type: routine.result) else { return columns.map { _ in .null } }
            if routine.language == "sql" {
                try checkCoercible(fields.shape.columns, to: columns)
                return try convert(fields.values, from: fields.shape.columns, to: columns)
            }
            let mismatch =
                routine.isSet
                ? "structure of query does not match function result type"
                : "returned record type does not match expected record type"
            try checkColumns(fields.shape.columns, against: columns, mismatch)
            return fields.values
        }
    }

    /// That rows have the columns wanted, type by type.
    func checkColumns(_ given: [OutputColumn], against wanted: [OutputColumn], _ mismatch: String) throws(PostgresError)
    {
        let path = session.effectivePath
        for (index, (given, wanted)) in zip(given, wanted).enumerated()
        where given.type.type != wanted.type.type
            || wanted.type.modifier >= 0 && given.type.modifier != wanted.type.modifier
        {
            throw PostgresError(
                "42804", mismatch,
                detail: "Returned type \(catalog.typeName(given.type, searchPath: path)) does not match expected type "
                    + "\(catalog.typeName(wanted.type, searchPath: path)) in column \(index + 1).")
        }
        guard given.count == wanted.count else {
            throw PostgresError(
                "42804", mismatch,
                detail: "Number of returned columns (\(given.count)) does not match expected column count "
                    + "(\(wanted.count)).")
        }
    }

    private func checkCoercible(_ given: [OutputColumn], to wanted: [OutputColumn]) throws(PostgresError) {
        func mismatch(_ detail: String) -> PostgresError {
            PostgresError("42P13", "return type mismatch in function declared to return record", detail: detail)
        }
        guard given.count >= wanted.count else { throw mismatch("Final statement returns too few columns.") }
        guard given.count == wanted.count else { throw mismatch("Final statement returns too many columns.") }
        let path = session.effectivePath
        let binder = Binder(catalog: catalog, searchPath: path, context: valueContext)
        for (index, (from, to)) in zip(given, wanted).enumerated() where from.type != to.type {
            let value = TypedExpression(.parameter(1), type: from.type)
            guard (try? binder.convert(value, to: to.type, throughText: false)) == nil else { continue }
            throw mismatch(
                "Final statement returns \(catalog.typeName(from.type, searchPath: path)) instead of "
                    + "\(catalog.typeName(to.type, searchPath: path)) at column \(index + 1).")
        }
    }
}
