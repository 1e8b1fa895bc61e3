import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func address(_ index: Int) -> NetworkAddress { NetworkAddress(stored: text(index)) }
}

/// `inet` and `cidr`: parts of addresses, and which network holds which.
extension FunctionTable {
    mutating func addNetworks() {
        scalar("host(inet)") { call in
            var address = call.address(0)
            address.bits = address.bytes.count * 8
            return .text(address.text())
        }
        scalar("masklen(inet)") { .integer(Int64($0.address(0).bits)) }
        scalar("family(inet)") { .integer($0.address(0).isIPv6 ? 6 : 4) }
        scalar("netmask(inet)") { call in
            let address = call.address(0)
            return .text(NetworkAddress(bytes: address.mask, bits: address.bytes.count * 8).text())
        }
        scalar("hostmask(inet)") { call in
            let address = call.address(0)
            return .text(NetworkAddress(bytes: address.mask.map { ~$0 }, bits: address.bytes.count * 8).text())
        }
        scalar("network(inet)", "cidr(inet)") { call in
            let address = call.address(0)
            let bytes = zip(address.bytes, address.mask).map { $0 & $1 }
            return .text(NetworkAddress(bytes: bytes, bits: address.bits).text(isCIDR: true))
        }
        scalar("broadcast(inet)") { call in
            let address = call.address(0)
            let bytes = zip(address.bytes, address.mask).map { $0 | ~$1 }
            return .text(NetworkAddress(bytes: bytes, bits: address.bits).text())
        }
        scalar("text(inet)") { call in
            let address = call.address(0)
            return .text(address.text(isCIDR: true))
        }
        scalar("abbrev(inet)") { $0[0] }
        scalar("set_masklen(inet,int4)") { call in
            var address = call.address(0)
            let length = call.integer(1) == -1 ? address.bytes.count * 8 : Int(call.integer(1))
            guard (0...address.bytes.count * 8).contains(length) else {
                throw PostgresError("22023", "invalid mask length: \(call.integer(1))")
            }
            address.bits = length
            return .text(address.text())
        }
        addNetworkArithmetic()
        // The maker's half of a card's address.
        scalar("trunc(macaddr)") { .text(String($0.text(0).prefix(9)) + "00:00:00") }
        scalar("inet_same_family(inet,inet)") { .bool($0.address(0).isIPv6 == $0.address(1).isIPv6) }
        scalar("network_sub(inet,inet)") { .bool($0.address(1).holds($0.address(0), isProper: true)) }
        scalar("network_subeq(inet,inet)") { .bool($0.address(1).holds($0.address(0), isProper: false)) }
        scalar("network_sup(inet,inet)") { .bool($0.address(0).holds($0.address(1), isProper: true)) }
        scalar("network_supeq(inet,inet)") { .bool($0.address(0).holds($0.address(1), isProper: false)) }
        scalar("network_overlap(inet,inet)") { call in
            let (a, b) = (call.address(0), call.address(1))
            return .bool(a.holds(b, isProper: false) || b.holds(a, isProper: false))
        }
        extremum("max(inet)", isMaximum: true)
        extremum("min(inet)", isMaximum: false)
    }

    private mutating func addNetworkArithmetic() {
        scalar("inetnot(inet)") { call in
            var address = call.address(0)
            address.bytes = address.bytes.map { ~$0 }
            return .text(address.text())
        }
        let operators: [(String, String, @Sendable (UInt8, UInt8) -> UInt8)] = [
            ("inetand", "AND", { $0 & $1 }), ("inetor", "OR", { $0 | $1 }),
        ]
        for (name, verb, body) in operators {
            scalar("\(name)(inet,inet)") { call in
                let (a, b) = (call.address(0), call.address(1))
                guard a.isIPv6 == b.isIPv6 else {
                    throw PostgresError("22023", "cannot \(verb) inet values of different sizes")
                }
                let bytes = zip(a.bytes, b.bytes).map(body)
                return .text(NetworkAddress(bytes: bytes, bits: max(a.bits, b.bits)).text())
            }
        }
        scalar("inetpl(inet,int8)") { .text(try $0.address(0).adding($0.integer(1)).text()) }
        scalar("int8pl_inet(int8,inet)") { .text(try $0.address(1).adding($0.integer(0)).text()) }
        scalar("inetmi_int8(inet,int8)") { .text(try $0.address(0).adding(0 &- $0.integer(1)).text()) }
        scalar("inetmi(inet,inet)") { call in
            let (a, b) = (call.address(0), call.address(1))
            guard a.isIPv6 == b.isIPv6 else {
                throw PostgresError("22023", "cannot subtract inet values of different sizes")
            }
            return .integer(try a.distance(from: b))
        }
    }
}

extension NetworkAddress {
    fileprivate var mask: [UInt8] {
        bytes.indices.map { index in
            let kept = min(max(bits - index * 8, 0), 8)
            return kept == 8 ? 0xFF : ~(0xFF >> UInt8(kept))
        }
    }

    private static let outOfRange = PostgresError("22003", "result is out of range")

    fileprivate func adding(_ number: Int64) throws(PostgresError) -> NetworkAddress {
        var (sum, rest, carry) = (self, number, 0)
        for index in bytes.indices.reversed() {
            carry += Int(bytes[index]) + Int(rest & 0xFF)
            sum.bytes[index] = UInt8(carry & 0xFF)
            carry >>= 8
            rest >>= 8
        }
        guard (rest == 0 && carry == 0) || (rest == -1 && carry == 1) else { throw Self.outOfRange }
        return sum
    }

    /// How many addresses lie between two of the same family.
    fileprivate func distance(from other: NetworkAddress) throws(PostgresError) -> Int64 {
        var (difference, borrow): ([UInt8], Int) = ([], 0)
        for (a, b) in zip(bytes, other.bytes).reversed() {
            let digit = Int(a) - Int(b) - borrow
            borrow = digit < 0 ? 1 : 0
            difference.append(UInt8(digit & 0xFF))
        }
        let fill: UInt8 = borrow == 1 ? 0xFF : 0
        let value = (0..<8).reversed().reduce(UInt64(0)) { sum, index in
            sum << 8 | UInt64(index < difference.count ? difference[index] : fill)
        }
        let result = Int64(bitPattern: value)
        guard difference.dropFirst(8).allSatisfy({ $0 == fill }), (result < 0) == (borrow == 1) else {
            throw Self.outOfRange
        }
        return result
    }

    /// Whether the other's network lies in this one; a proper part is smaller.
    fileprivate func holds(_ other: NetworkAddress, isProper: Bool) -> Bool {
        guard isIPv6 == other.isIPv6, isProper ? bits < other.bits : bits <= other.bits else { return false }
        return zip(zip(bytes, other.bytes), mask).allSatisfy { $0.0 & $1 == $0.1 & $1 }
    }
}
