import PostgresTypes
import SQLite
import World

/// Which rows TABLESAMPLE takes: each with the same chance, whatever the method.
extension FunctionTable {
    mutating func addTableSamples() {
        volatile("emulator_sample(float4)", isStrict: false) { call in
            let share = try Self.share(call)
            if share >= 1 { return .bool(true) }
            let bits = try call.context.world.entropy.bytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return .bool(Double(bits) / Double(UInt32.max) < share)
        }
        volatile("emulator_sample(float4,float8,int4)", isStrict: false) { call in
            let share = try Self.share(call)
            if call.isNull(1) { throw PostgresError("2202G", "TABLESAMPLE REPEATABLE parameter cannot be null") }
            // One seed gives one sequence, from the statement's start.
            let seed = call.double(1).bitPattern
            let context = try call.context
            let place = call.integer(2)
            var state = context.memory.sampling[place] ?? seed
            state &+= 0x9E37_79B9_7F4A_7C15
            context.memory.sampling[place] = state
            var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            bits ^= bits >> 31
            return .bool(Double(bits >> 11) / Double(1 << 53) < share)
        }
    }

    private static func share(_ call: Invocation) throws -> Double {
        if call.isNull(0) { throw PostgresError("2202H", "TABLESAMPLE parameter cannot be null") }
        let percentage = call.double(0)
        guard (0...100).contains(percentage) else {
            throw PostgresError("2202H", "sample percentage must be between 0 and 100")
        }
        return percentage / 100
    }
}
