internal import CSQLite

/// One run of an aggregate over a window: rows enter at one end and may leave at the other; the value is asked for
/// once for every row of the result.
package protocol WindowState: AnyObject {
    func step(_ arguments: FunctionArguments) throws
    /// The oldest row leaves the frame.
    func remove() throws
    /// The value of the rows in the frame; the run goes on after it.
    func value() throws -> SQLValue
}

extension Connection {
    /// Registers an aggregate that can be used with OVER; `make` starts one for every partition.
    package func register(window name: String, arguments: Int = -1, _ make: @escaping () -> any WindowState) {
        let box = WindowBox(connection: self, make: make)
        sqlite3_create_window_function(
            handle, name, Int32(arguments), SQLITE_UTF8, Unmanaged.passRetained(box).toOpaque(),
            { context, count, values in
                withRun(context) { try $0.step(FunctionArguments(values: values, count: Int(count))) }
            },
            { context in
                finish(context, releasing: true)
            },
            { context in
                finish(context, releasing: false)
            },
            { context, _, _ in
                withRun(context) { try $0.remove() }
            },
            { Unmanaged<WindowBox>.fromOpaque($0!).release() }
        )
    }
}

/// What a registered window function leads back to: how the state of a new partition is made.
private final class WindowBox {
    // The connection owns the registration, so it outlives every call.
    unowned let connection: Connection
    let make: () -> any WindowState

    init(connection: Connection, make: @escaping () -> any WindowState) {
        self.connection = connection
        self.make = make
    }
}

/// The state of one partition, as an object that SQLite can hold a pointer to.
private final class WindowRun {
    let state: any WindowState
    init(_ state: any WindowState) { self.state = state }
}

/// Runs `body` on the partition's state, which the first call makes.
private func withRun(_ context: OpaquePointer?, _ body: (any WindowState) throws -> Void) {
    let box = Unmanaged<WindowBox>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
    guard let slot = aggregateSlot(context, bytes: MemoryLayout<UnsafeRawPointer?>.size) else { return }
    let run: WindowRun
    if let pointer = slot.pointee {
        run = Unmanaged<WindowRun>.fromOpaque(pointer).takeUnretainedValue()
    } else {
        run = WindowRun(box.make())
        slot.pointee = UnsafeRawPointer(Unmanaged.passRetained(run).toOpaque())
    }
    do {
        try body(run.state)
    } catch {
        box.connection.pendingError = error
        sqlite3_result_error(context, "window function failed", -1)
    }
}

private func finish(_ context: OpaquePointer?, releasing: Bool) {
    let box = Unmanaged<WindowBox>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
    let slot = aggregateSlot(context, bytes: 0)
    let state = slot?.pointee.map { Unmanaged<WindowRun>.fromOpaque($0).takeUnretainedValue().state } ?? box.make()
    do {
        setResult(context, try state.value())
    } catch {
        box.connection.pendingError = error
        sqlite3_result_error(context, "window function failed", -1)
    }
    if releasing, let pointer = slot?.pointee {
        Unmanaged<WindowRun>.fromOpaque(pointer).release()
        slot?.pointee = nil
    }
}
