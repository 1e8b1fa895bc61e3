import PostgresTypes
import SQLite
import World

/// `pgp_sym_encrypt` and `pgp_sym_decrypt` of pgcrypto, and the armor of messages. Public keys are refused by name.
extension FunctionTable {
    mutating func addOpenPGP() {
        for (suffix, first, isText) in [("", "text", true), ("_bytea", "bytea", false)] {
            volatile("pgp_sym_encrypt\(suffix)(\(first),text)", "pgp_sym_encrypt\(suffix)(\(first),text,text)") {
                call in
                let options = call.count > 2 ? try OpenPGPOptions(call.text(2)) : OpenPGPOptions()
                return .blob(
                    try OpenPGPMessage.encrypt(
                        Self.bytes(call, 0), isText: isText, password: Self.bytes(call, 1), options,
                        call.context.world.entropy))
            }
            scalar("pgp_sym_decrypt\(suffix)(bytea,text)", "pgp_sym_decrypt\(suffix)(bytea,text,text)") { call in
                let options = call.count > 2 ? try OpenPGPOptions(call.text(2)) : OpenPGPOptions()
                let data = try OpenPGPMessage.decrypt(
                    Self.bytes(call, 0), asText: isText, password: Self.bytes(call, 1), options)
                guard isText else { return .blob(data) }
                guard let text = String(validating: data, as: UTF8.self) else {
                    throw PostgresError("22021", "invalid byte sequence for encoding \"UTF8\"")
                }
                return .text(text)
            }
        }
        scalar("armor(bytea)") { .text(Armor.encode(Self.bytes($0, 0))) }
        scalar("dearmor(text)") { .blob(try Armor.decode($0.text(0))) }
    }
}

/// OpenPGP's text form of a message: base 64 between two lines, with a checksum.
private enum Armor {
    private static let head = "-----BEGIN PGP MESSAGE-----"
    private static let foot = "-----END PGP MESSAGE-----"

    static func encode(_ data: [UInt8]) -> String {
        let sum = checksum(data)
        let bytes = [UInt8(sum >> 16), UInt8(sum >> 8 & 255), UInt8(sum & 255)]
        return "\(head)\n\n\(Base64.encode(data))\n=\(Base64.encode(bytes))\n\(foot)\n"
    }

    static func decode(_ text: String) throws(PostgresError) -> [UInt8] {
        let corrupt = PostgresError("39000", "Corrupt ascii-armor")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.filter { $0 != "\r" } }
        guard let first = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN PGP ") }),
            let blank = lines[first...].firstIndex(of: ""),
            let last = lines[blank...].firstIndex(where: { $0.hasPrefix("-----END PGP ") }),
            last > blank + 1, lines[last - 1].hasPrefix("="), lines[last - 1].count == 5,
            let data = try? Base64.decode(lines[(blank + 1)..<(last - 1)].joined()),
            let sum = try? Base64.decode(String(lines[last - 1].dropFirst())),
            sum.reduce(UInt32(0), { $0 << 8 | UInt32($1) }) == checksum(data)
        else { throw corrupt }
        return data
    }

    /// The cyclic redundancy check of 24 bits.
    private static func checksum(_ data: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xB7_04CE
        for byte in data {
            sum ^= UInt32(byte) << 16
            for _ in 0..<8 { sum = sum & 0x80_0000 == 0 ? sum << 1 : sum << 1 ^ 0x186_4CFB }
        }
        return sum & 0xFF_FFFF
    }
}
