private import Glibc

/// The system's time zone database: one TZif file (RFC 8536) for each zone.
enum ZoneFile {
    private static let folder = "/usr/share/zoneinfo"

    /// Reads a zone by its name in any case; also says how the name is really written.
    static func load(_ name: String) -> (name: String, transitions: ZoneTransitions)? {
        var path = folder
        var found: [String] = []
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
        for part in parts {
            guard let entry = entry(named: part.lowercased(), in: path) else { return nil }
            path += "/" + entry
            found.append(entry)
        }
        guard let bytes = read(path), let transitions = parse(bytes) else { return nil }
        return (found.joined(separator: "/"), transitions)
    }

    private static func entry(named name: String, in folder: String) -> String? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if found.lowercased() == name { return found }
        }
        return nil
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    private static func parse(_ bytes: [UInt8]) -> ZoneTransitions? {
        guard var header = Header(bytes, at: 0) else { return nil }
        var wordSize = 4
        // From version 2 on, the same data follows with 64-bit times.
        if header.version >= 2 {
            guard let second = Header(bytes, at: header.end(wordSize: 4)) else { return nil }
            header = second
            wordSize = 8
        }
        guard header.end(wordSize: wordSize) <= bytes.count, header.typeCount > 0 else { return nil }
        var position = header.start
        var moments: [Int64] = []
        for _ in 0..<header.timeCount {
            moments.append(integer(bytes, position, wordSize))
            position += wordSize
        }
        let indices = bytes[position..<(position + header.timeCount)].map(Int.init)
        position += header.timeCount
        let names = position + header.typeCount * 6
        var kinds: [ZoneTransitions.Kind] = []
        for _ in 0..<header.typeCount {
            let name = bytes[(names + Int(bytes[position + 5]))...].prefix { $0 != 0 }
            kinds.append(
                ZoneTransitions.Kind(
                    offset: Int(integer(bytes, position, 4)), abbreviation: String(decoding: name, as: UTF8.self)))
            position += 6
        }
        guard indices.allSatisfy({ $0 < kinds.count }) else { return nil }
        var rule: PosixZone?
        if wordSize == 8 {
            let footer = bytes[header.end(wordSize: 8)...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
            if !footer.isEmpty { rule = PosixZone(String(decoding: footer, as: UTF8.self)) }
        }
        return ZoneTransitions(moments: moments, kinds: indices.map { kinds[$0] }, first: kinds[0], rule: rule)
    }

    private struct Header {
        let version: Int
        let start: Int
        private let counts: [Int]

        var timeCount: Int { counts[3] }
        var typeCount: Int { counts[4] }

        init?(_ bytes: [UInt8], at offset: Int) {
            guard bytes.count >= offset + 44, bytes[offset..<(offset + 4)].elementsEqual("TZif".utf8) else {
                return nil
            }
            version = Int(bytes[offset + 4]) - Int(UInt8(ascii: "0"))
            counts = (0..<6).map { Int(integer(bytes, offset + 20 + $0 * 4, 4)) }
            start = offset + 44
            guard counts.allSatisfy({ $0 >= 0 && $0 < 1 << 18 }) else { return nil }
        }

        /// Where the data of this header ends.
        func end(wordSize: Int) -> Int {
            start + timeCount * (wordSize + 1) + typeCount * 6 + counts[5] + counts[2] * (wordSize + 4) + counts[1]
                + counts[0]
        }
    }

    private static func integer(_ bytes: [UInt8], _ position: Int, _ size: Int) -> Int64 {
        var value: Int64 = bytes[position] >= 0x80 ? -1 : 0
        for byte in bytes[position..<(position + size)] { value = value << 8 | Int64(byte) }
        return value
    }
}
