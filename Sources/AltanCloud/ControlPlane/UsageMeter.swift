private import Glibc
private import Synchronization
package import World

/// Measures what the emulator and its workers use, and remembers it: what the platform's charts show.
///
/// Samples are taken when somebody asks and by whoever keeps house, see `Emulator.keepHouse`.
package final class UsageMeter: Sendable {
    package struct Sample: Hashable, Sendable {
        package var at: Timestamp
        /// Thousandths of a core, since the sample before.
        package var millicores: Int
        package var memoryBytes: Int
    }

    private struct State {
        var samples: [Sample] = []
        var ticks = 0
        var moment = Duration.zero
    }

    /// Some 33 hours at one sample every half minute; older ones grow sparse.
    private static let limit = 4000

    private let world: World
    private let state: Mutex<State>

    package init(world: World) {
        self.world = world
        // Nothing runs below this process that has used much yet, and looking for it takes a start's time.
        state = Mutex(State(ticks: Self.process(Int(getpid()))?.ticks ?? 0, moment: world.clock.monotonic))
    }

    /// Measures now.
    @discardableResult
    package func sample() -> Sample {
        let usage = Self.usage()
        let moment = world.clock.monotonic
        return state.withLock { state in
            let seconds = Double((moment - state.moment).wholeMicroseconds) / 1_000_000
            let used = Double(max(usage.ticks - state.ticks, 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
            let sample = Sample(
                at: world.now, millicores: seconds > 0 ? Int(used / seconds * 1000) : 0,
                memoryBytes: usage.pages * sysconf(Int32(_SC_PAGESIZE)))
            (state.ticks, state.moment) = (usage.ticks, moment)
            state.samples.append(sample)
            if state.samples.count > Self.limit {
                let half = Self.limit / 2
                state.samples =
                    stride(from: 0, to: half, by: 2).map { state.samples[$0] } + state.samples[half...]
            }
            return sample
        }
    }

    package func samples(since moment: Timestamp) -> [Sample] {
        state.withLock { $0.samples.filter { $0.at >= moment } }
    }

    /// A file of /proc, which has no size beforehand.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
            filled = max(Glibc.read(descriptor, buffer.baseAddress, buffer.count), 0)
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func process(_ id: Int) -> (parent: Int, ticks: Int, pages: Int)? {
        guard let bytes = read("/proc/\(id)/stat") else { return nil }
        // The program's name may hold spaces and parentheses: the fields start behind the last one.
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 21 else { return nil }
        return (Int(fields[1]) ?? 0, (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0), Int(fields[21]) ?? 0)
    }

    /// Processor time and resident memory of this process and everything below it, from /proc.
    private static func usage() -> (ticks: Int, pages: Int) {
        guard let folder = opendir("/proc") else { return (0, 0) }
        defer { closedir(folder) }
        var processes: [Int: (parent: Int, ticks: Int, pages: Int)] = [:]
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let id = Int(name), let process = process(id) else { continue }
            processes[id] = process
        }
        var total = (ticks: 0, pages: 0)
        var family = [Int(getpid())]
        while let id = family.popLast() {
            guard let process = processes.removeValue(forKey: id) else { continue }
            total.ticks += process.ticks
            total.pages += process.pages
            family += processes.filter { $0.value.parent == id }.map(\.key)
        }
        return total
    }
}
