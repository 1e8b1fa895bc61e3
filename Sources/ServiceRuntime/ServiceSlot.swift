import AltanCloud
import Synchronization
import WorkerProtocol

/// A service of a cloud.
struct ServiceKey: Hashable, Sendable {
    var cloud: String
    var service: String
}

/// The place where calls find the worker that serves a service now. It outlives the workers.
final class ServiceSlot: Sendable {
    enum Phase: Sendable {
        /// Calls wait.
        case starting
        case running(WorkerConnection, ServiceInterface)
        case failed(DeployFailure)
        case removed
    }

    private struct State {
        var phase = Phase.starting
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    var phase: Phase { state.withLock(\.phase) }

    func enter(_ phase: Phase) {
        let waiting = state.withLock { state in
            state.phase = phase
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiter in waiting.values { waiter.resume() }
    }

    /// From running to starting, if it is this connection that runs.
    func suspend(_ connection: WorkerConnection) {
        state.withLock { state in
            if case .running(let current, _) = state.phase, current === connection { state.phase = .starting }
        }
    }

    /// Waits until the slot is no longer starting, or the task is cancelled, or the time is over.
    func leaveStarting(limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.phaseChange() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func phaseChange() async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    guard case .starting = state.phase, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
