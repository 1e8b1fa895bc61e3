import PostgresSyntax
import PostgresTypes
import SQLite

/// A function over frames that SQLite has no words for: RANGE with intervals, offsets that are computed, and kin.
///
/// It is given the frame of the current row and all after it. So it has the whole partition when the first value is
/// asked for, and the count of rows that have left since tells the current row.
final class FramedWindow: WindowState {
    private unowned let connection: Connection
    private var program: FrameProgram?
    private var offsets = (SQLValue.null, SQLValue.null)
    private var rows: [Row] = []
    private var current = 0
    private var extent: FrameExtent?
    /// The rows that `accumulator` has been fed.
    private var fed = 0..<0
    private var accumulator: (any Accumulator)?

    private struct Row {
        /// FILTER lets it in.
        var isIncluded: Bool
        var values: ArraySlice<SQLValue>
    }

    init(on connection: Connection) { self.connection = connection }

    func step(_ arguments: FunctionArguments) throws {
        if program == nil {
            guard let parsed = FrameProgram(text: arguments.text(0)) else {
                throw PostgresError("XX000", "bad frame program")
            }
            program = parsed
            offsets = (arguments[1], arguments[2])
        }
        rows.append(Row(isIncluded: arguments.integer(3) != 0, values: arguments.all[4...]))
    }

    func remove() { current += 1 }

    func value() throws -> SQLValue {
        guard let program, rows.indices.contains(current) else { return .null }
        let context = try Invocation.context(of: connection)
        if extent == nil {
            let count = program.order.argumentCount
            extent = try FrameExtent(program, keys: rows.map { $0.values.dropFirst(count) }, offsets: offsets, context)
        }
        let range = try extent!.rows(around: current)
        switch program.call {
        case .value(let place): return value(place, in: range)
        default: return try aggregate(range, program, context)
        }
    }

    private func isVisible(_ row: Int) -> Bool { !extent!.isExcluded(row, around: current) }

    private func value(_ place: FrameProgram.Place, in range: Range<Int>) -> SQLValue {
        let row: Int?
        switch place {
        case .first: row = range.first(where: isVisible)
        case .last: row = range.last(where: isVisible)
        case .nth:
            guard case .integer(let number) = rows[current].values.dropFirst().first else { return .null }
            row = range.lazy.filter(isVisible).dropFirst(Int(clamping: number - 1)).first
        }
        return row.flatMap { rows[$0].values.first } ?? .null
    }

    private func aggregate(_ range: Range<Int>, _ program: FrameProgram, _ context: ExecutionContext) throws -> SQLValue
    {
        // A frame that has only grown goes on with what it had.
        let goesOn =
            accumulator != nil && program.frame.exclusion == nil && fed.lowerBound == range.lowerBound
            && fed.upperBound <= range.upperBound
        let accumulator = goesOn ? self.accumulator! : try program.accumulator(context)
        for row in (goesOn ? fed.upperBound : range.lowerBound)..<range.upperBound
        where rows[row].isIncluded && isVisible(row) {
            try accumulator.add(Array(rows[row].values.prefix(program.order.argumentCount)))
        }
        self.accumulator = accumulator
        fed = range
        return try accumulator.value()
    }
}

extension FrameProgram {
    fileprivate func accumulator(_ context: ExecutionContext) throws -> any Accumulator {
        switch call {
        case .count: return RowCount()
        case .extremum(let isMaximum, let isByteOrdered):
            let type = context.postgresType(types.arguments[0].type)
            let shape = isByteOrdered && type.orderCollation == "pg_en" ? .name : type
            return Extremum(shape, isMaximum: isMaximum)
        case .aggregate(let signature):
            guard case .aggregate(let function) = FunctionLibrary.shared.implementations[signature] else {
                throw PostgresError("XX000", "\(signature) is no aggregate")
            }
            return try function.make(types, context)
        case .userAggregate(let id):
            guard let make = context.makeAggregate else { throw PostgresError("XX000", "no aggregates here") }
            return try make(FunctionID(id), types)
        case .value: throw PostgresError("XX000", "a window function is no aggregate")
        }
    }
}

/// `count(*)`, and `count` of what is not NULL.
private final class RowCount: Accumulator {
    private var count: Int64 = 0
    func add(_ values: [SQLValue]) { if values.first?.isNull != true { count += 1 } }
    func value() -> SQLValue { .integer(count) }
}

/// `min` and `max`; of equal values the last one stays.
private final class Extremum: Accumulator {
    private let type: PostgresType
    private let isMaximum: Bool
    private var extremum = SQLValue.null

    init(_ type: PostgresType, isMaximum: Bool) {
        self.type = type
        self.isMaximum = isMaximum
    }

    func add(_ values: [SQLValue]) {
        guard !values[0].isNull else { return }
        if !extremum.isNull {
            let order = type.compare(values[0], extremum)
            guard isMaximum ? order >= 0 : order <= 0 else { return }
        }
        extremum = values[0]
    }

    func value() -> SQLValue { extremum }
}
