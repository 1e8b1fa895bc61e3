internal import CSQLite

/// The arguments of a call of a Swift function from SQL; valid during the call only.
package struct FunctionArguments {
    let values: UnsafeMutablePointer<OpaquePointer?>?
    package let count: Int
    /// The call's own; nil where rows are fed to an aggregate.
    var context: OpaquePointer?

    /// What `remember` kept for a constant argument of this place in the statement.
    package func remembered(_ index: Int) -> AnyObject? {
        guard let context, let known = sqlite3_get_auxdata(context, Int32(index)) else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(known).takeUnretainedValue()
    }

    /// Keeps what was made of a constant argument for the next calls of the same run of the statement.
    package func remember(_ object: AnyObject, for index: Int) {
        guard let context else { return }
        sqlite3_set_auxdata(context, Int32(index), Unmanaged.passRetained(object).toOpaque()) {
            Unmanaged<AnyObject>.fromOpaque($0!).release()
        }
    }

    package func isNull(_ index: Int) -> Bool { sqlite3_value_type(values?[index]) == SQLITE_NULL }
    package func integer(_ index: Int) -> Int64 { sqlite3_value_int64(values?[index]) }
    package func real(_ index: Int) -> Double { sqlite3_value_double(values?[index]) }

    package func text(_ index: Int) -> String {
        withBytes(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text or blob argument without a copy.
    package func withBytes<T>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        let argument = values?[index]
        let start =
            sqlite3_value_type(argument) == SQLITE_BLOB
            ? sqlite3_value_blob(argument) : UnsafeRawPointer(sqlite3_value_text(argument))
        let count = Int(sqlite3_value_bytes(argument))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    package subscript(index: Int) -> SQLValue {
        switch sqlite3_value_type(values?[index]) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer(integer(index))
        case SQLITE_FLOAT: .real(real(index))
        case SQLITE_BLOB: .blob(withBytes(index) { Array($0) })
        default: .text(text(index))
        }
    }

    /// All arguments as values.
    package var all: [SQLValue] { (0..<count).map { self[$0] } }
}

/// One run of an aggregate: fed row by row, asked once for its value.
package protocol AggregateState: AnyObject {
    func step(_ arguments: FunctionArguments) throws
    func finish() throws -> SQLValue
}

extension Connection {
    /// Registers a scalar function. What `body` throws is what the statement throws.
    /// - Parameter arguments: the number of arguments, -1 for any.
    /// - Parameter deterministic: same arguments, same result within a statement; lets SQLite hoist and index it.
    package func register(
        function name: String,
        arguments: Int = -1,
        deterministic: Bool = true,
        _ body: @escaping (FunctionArguments) throws -> SQLValue
    ) {
        let box = ScalarBox(connection: self, body: body)
        let flags = SQLITE_UTF8 | (deterministic ? SQLITE_DETERMINISTIC : 0)
        sqlite3_create_function_v2(
            handle, name, Int32(arguments), flags, Unmanaged.passRetained(box).toOpaque(),
            { context, count, values in
                let box = Unmanaged<ScalarBox>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
                do {
                    let arguments = FunctionArguments(values: values, count: Int(count), context: context)
                    setResult(context, try box.body(arguments))
                } catch {
                    box.connection.pendingError = error
                    sqlite3_result_error(context, "function failed", -1)
                }
            },
            nil, nil, { Unmanaged<ScalarBox>.fromOpaque($0!).release() }
        )
    }

    /// Registers an aggregate; `make` starts one for every group.
    package func register(
        aggregate name: String,
        arguments: Int = -1,
        _ make: @escaping () -> any AggregateState
    ) {
        let box = AggregateBox(connection: self, make: make)
        sqlite3_create_function_v2(
            handle, name, Int32(arguments), SQLITE_UTF8, Unmanaged.passRetained(box).toOpaque(), nil,
            { context, count, values in
                let box = Unmanaged<AggregateBox>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
                guard let slot = aggregateSlot(context, bytes: MemoryLayout<UnsafeRawPointer?>.size) else { return }
                let run: AggregateRun
                if let pointer = slot.pointee {
                    run = Unmanaged<AggregateRun>.fromOpaque(pointer).takeUnretainedValue()
                } else {
                    run = AggregateRun(box.make())
                    slot.pointee = UnsafeRawPointer(Unmanaged.passRetained(run).toOpaque())
                }
                do {
                    try run.state.step(FunctionArguments(values: values, count: Int(count)))
                } catch {
                    box.connection.pendingError = error
                    sqlite3_result_error(context, "aggregate failed", -1)
                }
            },
            { context in
                let box = Unmanaged<AggregateBox>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
                // No row was fed: there is no slot, and the aggregate says what the value of nothing is.
                let pointer = aggregateSlot(context, bytes: 0)?.pointee
                let run = pointer.map { Unmanaged<AggregateRun>.fromOpaque($0).takeRetainedValue() }
                do {
                    setResult(context, try (run?.state ?? box.make()).finish())
                } catch {
                    box.connection.pendingError = error
                    sqlite3_result_error(context, "aggregate failed", -1)
                }
            },
            { Unmanaged<AggregateBox>.fromOpaque($0!).release() }
        )
    }

    /// Calls `provide` with the name of a collation that SQLite meets and does not know, so that it can be registered.
    package func onUnknownCollation(_ provide: @escaping (Connection, String) -> Void) {
        collationProvider = provide
        sqlite3_collation_needed(handle, Unmanaged.passUnretained(self).toOpaque()) { owner, _, _, name in
            let connection = Unmanaged<Connection>.fromOpaque(owner!).takeUnretainedValue()
            connection.collationProvider?(connection, String(cString: name!))
        }
    }

    /// Registers a collation over UTF-8 bytes; `compare` answers below, equal to or above zero. It must not decode
    /// to `String`: it runs for every comparison of a sort.
    package func register(
        collation name: String,
        _ compare: @escaping (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int
    ) {
        let box = CollationBox(compare)
        sqlite3_create_collation_v2(
            handle, name, SQLITE_UTF8, Unmanaged.passRetained(box).toOpaque(),
            { user, leftCount, left, rightCount, right in
                let box = Unmanaged<CollationBox>.fromOpaque(user!).takeUnretainedValue()
                return Int32(
                    box.compare(
                        UnsafeRawBufferPointer(start: left, count: Int(leftCount)),
                        UnsafeRawBufferPointer(start: right, count: Int(rightCount))
                    ).signum()
                )
            },
            { Unmanaged<CollationBox>.fromOpaque($0!).release() }
        )
    }
}

/// What a registered function of SQLite leads back to: the Swift body, and the connection that keeps its errors.
private final class ScalarBox {
    // The connection owns the registration, so it outlives every call.
    unowned let connection: Connection
    let body: (FunctionArguments) throws -> SQLValue

    init(connection: Connection, body: @escaping (FunctionArguments) throws -> SQLValue) {
        self.connection = connection
        self.body = body
    }
}

/// What a registered aggregate leads back to: how the state of a new group is made.
private final class AggregateBox {
    unowned let connection: Connection
    let make: () -> any AggregateState

    init(connection: Connection, make: @escaping () -> any AggregateState) {
        self.connection = connection
        self.make = make
    }
}

/// The state of one group, as an object that SQLite can hold a pointer to.
private final class AggregateRun {
    let state: any AggregateState
    init(_ state: any AggregateState) { self.state = state }
}

/// What a registered collation leads back to.
private final class CollationBox {
    let compare: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int
    init(_ compare: @escaping (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int) { self.compare = compare }
}

/// SQLite's per-group memory, used to hold one retained pointer; nil when `bytes` is 0 and no row was seen.
func aggregateSlot(_ context: OpaquePointer?, bytes: Int) -> UnsafeMutablePointer<UnsafeRawPointer?>? {
    sqlite3_aggregate_context(context, Int32(bytes))?.assumingMemoryBound(to: UnsafeRawPointer?.self)
}

func setResult(_ context: OpaquePointer?, _ value: SQLValue) {
    switch value {
    case .null: sqlite3_result_null(context)
    case .integer(let number): sqlite3_result_int64(context, number)
    case .real(let number): sqlite3_result_double(context, number)
    case .text(var text):
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { buffer in
                if let start = buffer.baseAddress {
                    sqlite3_result_text64(context, start, UInt64(buffer.count), csqlite_transient(), UInt8(SQLITE_UTF8))
                } else {
                    sqlite3_result_text(context, "", 0, csqlite_transient())
                }
            }
        }
    case .blob(let bytes):
        bytes.isEmpty
            ? sqlite3_result_zeroblob(context, 0)
            : sqlite3_result_blob64(context, bytes, UInt64(bytes.count), csqlite_transient())
    }
}
