import PostgresTypes
import SQLite
import World

/// How far a sample of a table is.
struct SampleScan {
    /// Of the blocks that SYSTEM draws; nil before the first row.
    var seed: UInt32?
    /// The number of the row that was looked at last.
    var row: Int64 = 0
}

/// Which rows TABLESAMPLE takes: BERNOULLI draws rows, SYSTEM blocks of rows that lie together. What is REPEATABLE is
/// decided by PostgreSQL's hash of the row's place.
extension FunctionTable {
    mutating func addTableSamples() {
        volatile("emulator_sample(tid,bool,int4,float4)", isStrict: false) { call in
            let limit = try Self.limit(call)
            let context = try call.context
            guard call.integer(1) != 0 else { return .bool(UInt64(Self.draw(context.world)) < limit) }
            let row = try Self.row(call)
            var scan = context.memory.sampling[call.integer(2)] ?? SampleScan()
            // Another look at the table has another sample.
            if scan.seed == nil || row <= scan.row { scan.seed = Self.draw(context.world) }
            scan.row = row
            context.memory.sampling[call.integer(2)] = scan
            return .bool(UInt64(PartitionHash.hash([Self.block(of: row), scan.seed ?? 0])) < limit)
        }
        volatile("emulator_sample(tid,bool,int4,float4,float8)", isStrict: false) { call in
            let limit = try Self.limit(call)
            if call.isNull(4) { throw PostgresError("2202G", "TABLESAMPLE REPEATABLE parameter cannot be null") }
            let bits = call.double(4).bitPattern
            let seed =
                call.double(4) == 0
                ? 0 : PartitionHash.hash([UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)])
            let row = try Self.row(call)
            let place =
                call.integer(1) != 0
                ? [Self.block(of: row), seed] : [UInt32(truncatingIfNeeded: row >> 16), UInt32(row & 0xFFFF), seed]
            return .bool(UInt64(PartitionHash.hash(place)) < limit)
        }
    }

    /// Of all values of a hash those that are below it are taken.
    private static func limit(_ call: Invocation) throws -> UInt64 {
        if call.isNull(3) { throw PostgresError("2202H", "TABLESAMPLE parameter cannot be null") }
        let percentage = call.double(3)
        guard (0...100).contains(percentage) else {
            throw PostgresError("2202H", "sample percentage must be between 0 and 100")
        }
        return UInt64(((Double(UInt32.max) + 1) * percentage / 100).rounded(.toNearestOrEven))
    }

    /// The number of the row. Behind a policy nobody knows it: there rows are counted.
    private static func row(_ call: Invocation) throws -> Int64 {
        if !call.isNull(0) { return call.integer(0) }
        let context = try call.context
        let place = ~call.integer(2)
        let row = (context.memory.sampling[place]?.row ?? 0) + 1
        context.memory.sampling[place] = SampleScan(row: row)
        return row
    }

    /// So many rows of 80 bytes fill a page of PostgreSQL's.
    private static func block(of row: Int64) -> UInt32 { UInt32(truncatingIfNeeded: (row - 1) / 100) }

    private static func draw(_ world: World) -> UInt32 {
        world.entropy.bytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
}
