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
        scalar("inet_same_family(inet,inet)") { .bool($0.address(0).isIPv6 == $0.address(1).isIPv6) }
        scalar("network_sub(inet,inet)") { .bool($0.address(1).holds($0.address(0), isProper: true)) }
        scalar("network_subeq(inet,inet)") { .bool($0.address(1).holds($0.address(0), isProper: false)) }
        scalar("network_sup(inet,inet)") { .bool($0.address(0).holds($0.address(1), isProper: true)) }
        scalar("network_supeq(inet,inet)") { .bool($0.address(0).holds($0.address(1), isProper: false)) }
        scalar("network_overlap(inet,inet)") { call in
            let (a, b) = (call.address(0), call.address(1))
            return .bool(a.holds(b, isProper: false) || b.holds(a, isProper: false))
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

    /// Whether the other's network lies in this one; a proper part is smaller.
    fileprivate func holds(_ other: NetworkAddress, isProper: Bool) -> Bool {
        guard isIPv6 == other.isIPv6, isProper ? bits < other.bits : bits <= other.bits else { return false }
        return zip(zip(bytes, other.bytes), mask).allSatisfy { $0.0 & $1 == $0.1 & $1 }
    }
}
