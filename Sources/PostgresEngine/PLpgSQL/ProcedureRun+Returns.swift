import PostgresSyntax
import PostgresTypes
import SQLite

/// RETURN in its forms.
extension ProcedureRun {
    func setReturned(_ query: ProcedureQuery?) throws {
        guard let query else { return }
        if isTrigger || transaction.catalog.isRowType(routine.result.type) && !routine.isProcedure {
            returnedRow = try row(query)
        } else if routine.result.type != .void, routine.result.type != .eventTrigger {
            returned = try evaluate(query, as: routine.result, isReturned: true)
        }
    }

    func returnNext(_ query: ProcedureQuery?) throws {
        guard let query else { return result.append(outputValues()) }
        let columns = compiled.columns
        guard transaction.catalog.isRowType(routine.result.type) || columns.count != 1 else {
            return result.append([try evaluate(query, as: columns[0].type).value])
        }
        guard let row = try row(query), !row.values.isEmpty else { return result.append(columns.map { _ in .null }) }
        try append([row.values], row.shape, "returned record type does not match expected record type")
    }

    func returnRows(_ source: ProcedureRows) throws {
        let found = try rows(source, isWhole: true)
        try append(found.rows, found.shape, "structure of query does not match function result type")
        rowCount = found.rows.count
        setFound(!found.rows.isEmpty)
    }

    func append(_ rows: [[SQLValue]], _ shape: RecordShape, _ mismatch: String) throws {
        if routine.returnsAnyRecord {
            result += rows.map { [transaction.recordValue($0, of: shape.columns)] }
            return
        }
        try check(shape, compiled.columns, mismatch)
        result += rows
    }

    /// That rows have the columns wanted, type by type.
    func check(_ shape: RecordShape, _ columns: [OutputColumn], _ mismatch: String) throws {
        try transaction.checkColumns(shape.columns, against: columns, mismatch)
    }
}
