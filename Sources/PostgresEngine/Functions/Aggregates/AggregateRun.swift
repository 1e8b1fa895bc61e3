import PostgresTypes
import SQLite

/// An aggregate as SQLite runs it: the accumulator is made from the types in the first row.
final class AggregateRun: AggregateState, WindowState {
    private let function: AggregateFunction
    private unowned let connection: Connection
    private var accumulator: (any Accumulator)?
    private var types: CallTypes?
    private let isWindow: Bool
    /// The rows in a window's frame, from which one may leave. An aggregate of a group keeps none.
    private var rows: [[SQLValue]] = []
    private var isStale = false

    init(_ function: AggregateFunction, on connection: Connection, isWindow: Bool = false) {
        self.function = function
        self.connection = connection
        self.isWindow = isWindow
    }

    private func start(_ arguments: FunctionArguments?) throws -> any Accumulator {
        if let accumulator { return accumulator }
        if function.takesTypes, types == nil, let arguments {
            types = try Invocation(arguments, on: connection, takesTypes: true).types
        }
        let made = try function.make(types, Invocation.context(of: connection))
        accumulator = made
        return made
    }

    func step(_ arguments: FunctionArguments) throws {
        let accumulator = try start(arguments)
        var values = arguments.all
        if function.takesTypes { values.removeLast() }
        if isWindow { rows.append(values) }
        if !isStale { try accumulator.add(values) }
    }

    func finish() throws -> SQLValue { try value() }

    func remove() throws {
        rows.removeFirst()
        isStale = true
    }

    func value() throws -> SQLValue {
        if isStale {
            accumulator = nil
            isStale = false
            let accumulator = try start(nil)
            for row in rows { try accumulator.add(row) }
        }
        // Without a row there are no types to start from, and no aggregate that takes them has a value.
        if accumulator == nil, function.takesTypes { return .null }
        return try start(nil).value()
    }
}

/// DISTINCT and ORDER BY inside an aggregate call: collects the rows, sorts them, feeds the aggregate.
final class SortedAggregate: AggregateState {
    private let function: AggregateFunction
    private unowned let connection: Connection
    private var order: SortOrder?
    private var types: CallTypes?
    private var rows: [[SQLValue]] = []

    init(_ function: AggregateFunction, on connection: Connection) {
        self.function = function
        self.connection = connection
    }

    func step(_ arguments: FunctionArguments) throws {
        if order == nil {
            guard let order = SortOrder(text: arguments.text(0)) else {
                throw PostgresError("XX000", "bad sort order")
            }
            self.order = order
            types = CallTypes(text: arguments.text(1))
        }
        rows.append(Array(arguments.all.dropFirst(2)))
    }

    func finish() throws -> SQLValue {
        let context = try Invocation.context(of: connection)
        guard let order else {
            return function.takesTypes ? .null : try function.make(nil, context).value()
        }
        let accumulator = try function.make(types, context)
        let shapes = order.keys.map { context.postgresType($0.type) }
        let count = order.argumentCount
        rows.sort { order.compare($0[count...], $1[count...], shapes) < 0 }
        var last: [SQLValue]?
        for row in rows {
            if order.isDistinct, let last, order.compare(last[count...], row[count...], shapes) == 0 { continue }
            last = row
            try accumulator.add(Array(row.prefix(count)))
        }
        return try accumulator.value()
    }
}
