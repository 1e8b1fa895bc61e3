/// Poul-Henning Kamp's password hash over MD5: `$1$salt$hash`.
enum MD5Crypt {
    private static let alphabet = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// - Parameter bytes: six of them, which become eight letters.
    static func salt(_ bytes: [UInt8]) -> String {
        let words = stride(from: 0, to: 6, by: 3).map { start in
            UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
        }
        return "$1$" + words.map { letters($0, 4) }.joined()
    }

    /// - Parameter salt: `$1$` and up to eight letters; what follows is ignored.
    static func hash(_ password: [UInt8], salt: String) -> String {
        let salt = Array(salt.utf8.dropFirst(3).prefix { $0 != UInt8(ascii: "$") }.prefix(8))
        let inner = Digest.md5.hash(password + salt + password)
        var text = password + Array("$1$".utf8) + salt
        for index in password.indices { text.append(inner[index % 16]) }
        var rest = password.count
        while rest > 0 {
            text.append(rest & 1 == 1 ? 0 : password[0])
            rest >>= 1
        }
        var digest = Digest.md5.hash(text)
        for round in 0..<1000 {
            let isOdd = round % 2 == 1
            var turn = isOdd ? password : digest
            if round % 3 != 0 { turn += salt }
            if round % 7 != 0 { turn += password }
            turn += isOdd ? digest : password
            digest = Digest.md5.hash(turn)
        }
        var result = "$1$" + String(decoding: salt, as: UTF8.self) + "$"
        for (first, second, third) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
            result += letters(
                UInt32(digest[first]) << 16 | UInt32(digest[second]) << 8 | UInt32(digest[third]), 4)
        }
        return result + letters(UInt32(digest[11]), 2)
    }

    private static func letters(_ bits: UInt32, _ count: Int) -> String {
        String(decoding: (0..<count).map { alphabet[Int(bits >> UInt32(6 * $0)) & 63] }, as: UTF8.self)
    }
}
