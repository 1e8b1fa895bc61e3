import PostgresTypes
import SQLite
import World

/// `crypt` and `gen_salt` of pgcrypto, for bcrypt (`bf`), which is what passwords are stored with, and `md5`.
extension FunctionTable {
    mutating func addPasswords() {
        volatile("gen_salt(text)") { try Self.salt($0, rounds: 0) }
        volatile("gen_salt(text,int4)") { try Self.salt($0, rounds: Int($0.integer(1))) }
        scalar("crypt(text,text)") { call in
            let (password, salt) = (Array(call.text(0).utf8), call.text(1))
            if salt.hasPrefix("$1$") { return .text(MD5Crypt.hash(password, salt: salt)) }
            if let hash = Bcrypt.hash(password, salt: salt) { return .text(hash) }
            // Two letters, or an underscore, are salts of DES.
            let isBroken = salt.utf8.count < 2 || ["$2a$", "$2x$", "$2$"].contains { salt.hasPrefix($0) }
            if isBroken { throw PostgresError("22023", "invalid salt") }
            throw PostgresError.notSupported("crypt with other salts than those of gen_salt('bf') and gen_salt('md5')")
        }
    }

    /// - Parameter rounds: 0 for as many as the algorithm takes by itself.
    private static func salt(_ call: Invocation, rounds: Int) throws -> SQLValue {
        let wrongRounds = PostgresError("22023", "gen_salt: Incorrect number of rounds")
        switch call.text(0).lowercased() {
        case "bf":
            let cost = rounds == 0 ? 6 : rounds
            guard (4...31).contains(cost) else { throw wrongRounds }
            let bytes = try call.context.world.entropy.bytes(16)
            return .text("$2a$" + (cost < 10 ? "0" : "") + "\(cost)$" + Bcrypt.encode(bytes))
        case "md5":
            guard rounds == 0 || rounds == 1000 else { throw wrongRounds }
            return .text(MD5Crypt.salt(try call.context.world.entropy.bytes(6)))
        case "des", "xdes": throw PostgresError.notSupported("gen_salt('\(call.text(0))')")
        default: throw PostgresError("22023", "gen_salt: Unknown salt algorithm")
        }
    }
}

/// Niels Provos' and David Mazières' password hash over Blowfish.
enum Bcrypt {
    private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Base 64 in bcrypt's alphabet, without padding.
    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = Array(bytes[start..<min(start + 3, bytes.count)])
            let bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for index in 0...part.count { result.append(alphabet[Int(bits >> UInt32(18 - 6 * index)) & 63]) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func decode(_ text: Substring, count: Int) -> [UInt8]? {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var width = 0
        for byte in text.utf8 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            width += 6
            if width >= 8 {
                width -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
            }
        }
        return result.count >= count ? Array(result.prefix(count)) : nil
    }

    /// `$2a$06$` and 22 characters of salt (what follows is ignored) → the whole hash; nil for another kind of salt.
    static func hash(_ password: [UInt8], salt: String) -> String? {
        let parts = salt.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, ["2a", "2b", "2x", "2y"].contains(parts[1]), parts[2].count == 2,
            let cost = Int(parts[2]), (4...31).contains(cost), parts[3].utf8.count >= 22,
            let bytes = decode(parts[3].prefix(22), count: 16)
        else { return nil }
        var cipher = Blowfish()
        // The password counts with the zero byte behind it; beyond 72 bytes it makes no difference.
        let key = Array((password + [0]).prefix(72))
        cipher.expand(key: key, salt: bytes)
        for _ in 0..<(1 << cost) {
            cipher.expand(key: key, salt: nil)
            cipher.expand(key: bytes, salt: nil)
        }
        let text = Array("OrpheanBeholderScryDoubt".utf8)
        var words = (0..<6).map { index in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(text[index * 4 + $1]) } }
        for pair in stride(from: 0, to: 6, by: 2) {
            for _ in 0..<64 { (words[pair], words[pair + 1]) = cipher.encrypt(words[pair], words[pair + 1]) }
        }
        let digest = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
        return "$\(parts[1])$\(parts[2])$\(parts[3].prefix(22))" + encode(Array(digest.prefix(23)))
    }
}

/// The cipher, with bcrypt's salted key schedule.
private struct Blowfish {
    private var subkeys: [UInt32]
    private var boxes: [UInt32]

    init() {
        subkeys = Array(PiDigits.words.prefix(18))
        boxes = Array(PiDigits.words[18...])
    }

    func encrypt(_ left: UInt32, _ right: UInt32) -> (UInt32, UInt32) {
        subkeys.withUnsafeBufferPointer { p in
            boxes.withUnsafeBufferPointer { s in
                var (l, r) = (left, right)
                for round in stride(from: 0, to: 16, by: 2) {
                    l ^= p[round]
                    r ^= Self.mix(l, s)
                    r ^= p[round + 1]
                    l ^= Self.mix(r, s)
                }
                return (r ^ p[17], l ^ p[16])
            }
        }
    }

    private static func mix(_ word: UInt32, _ s: UnsafeBufferPointer<UInt32>) -> UInt32 {
        let first = s[Int(word >> 24)] &+ s[256 + Int(word >> 16 & 255)]
        return (first ^ s[512 + Int(word >> 8 & 255)]) &+ s[768 + Int(word & 255)]
    }

    mutating func expand(key: [UInt8], salt: [UInt8]?) {
        var position = 0
        for index in 0..<18 {
            var word: UInt32 = 0
            for _ in 0..<4 {
                word = word << 8 | UInt32(key[position])
                position = (position + 1) % key.count
            }
            subkeys[index] ^= word
        }
        let saltWords = salt.map { salt in
            (0..<4).map { index in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(salt[index * 4 + $1]) } }
        }
        var (left, right): (UInt32, UInt32) = (0, 0)
        var turn = 0
        func next() {
            if let words = saltWords {
                left ^= words[turn]
                right ^= words[turn + 1]
                turn = (turn + 2) % 4
            }
        }
        for index in stride(from: 0, to: 18, by: 2) {
            next()
            (left, right) = encrypt(left, right)
            subkeys[index] = left
            subkeys[index + 1] = right
        }
        for index in stride(from: 0, to: 1024, by: 2) {
            next()
            (left, right) = encrypt(left, right)
            boxes[index] = left
            boxes[index + 1] = right
        }
    }
}

/// Blowfish's tables are the fraction of π in binary; it is computed here, once, by Machin's formula.
private enum PiDigits {
    private static let count = 18 + 1024

    static let words: [UInt32] = {
        // Fixed point: one word before the point, two spare ones at the end.
        let size = count + 3
        func arctangent(ofInverse divisor: UInt64, times factor: UInt64) -> [UInt32] {
            var term = [UInt32](repeating: 0, count: size)
            term[0] = UInt32(factor)
            divide(&term, by: divisor)
            var sum = term
            var step: UInt64 = 1
            while term.contains(where: { $0 != 0 }) {
                divide(&term, by: divisor * divisor)
                var part = term
                divide(&part, by: 2 * step + 1)
                if step % 2 == 1 { subtract(part, from: &sum) } else { add(part, to: &sum) }
                step += 1
            }
            return sum
        }
        var pi = arctangent(ofInverse: 5, times: 16)
        subtract(arctangent(ofInverse: 239, times: 4), from: &pi)
        return Array(pi[1...count])
    }()

    private static func divide(_ number: inout [UInt32], by divisor: UInt64) {
        var rest: UInt64 = 0
        for index in number.indices {
            let value = rest << 32 | UInt64(number[index])
            number[index] = UInt32(value / divisor)
            rest = value % divisor
        }
    }

    private static func add(_ other: [UInt32], to number: inout [UInt32]) {
        var carry: UInt64 = 0
        for index in number.indices.reversed() {
            let sum = UInt64(number[index]) + UInt64(other[index]) + carry
            number[index] = UInt32(truncatingIfNeeded: sum)
            carry = sum >> 32
        }
    }

    private static func subtract(_ other: [UInt32], from number: inout [UInt32]) {
        var borrow: Int64 = 0
        for index in number.indices.reversed() {
            var difference = Int64(number[index]) - Int64(other[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            number[index] = UInt32(difference)
        }
    }
}
