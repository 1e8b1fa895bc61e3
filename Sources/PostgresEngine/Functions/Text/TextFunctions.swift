import PostgresTypes
import SQLite

/// Text as Postgres counts it: by code points.
typealias Scalars = [Unicode.Scalar]

extension Invocation {
    func scalars(_ index: Int) -> Scalars { Array(text(index).unicodeScalars) }

    /// The text of an argument of any type: what its output function prints.
    func output(_ index: Int) throws -> String {
        try FunctionTable.outputText(self[index], of: types.arguments[index], context)
    }

    /// The text of an argument as `::text` makes it, which for booleans is another one.
    func castText(_ index: Int) throws -> String {
        try type(index) == .bool ? (bool(index) ? "true" : "false") : output(index)
    }
}

extension SQLValue {
    static func text(_ scalars: some Swift.Sequence<Unicode.Scalar>) -> SQLValue {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return .text(String(text))
    }
}

extension FunctionTable {
    mutating func addText() {
        addTextCasts()
        addTextMeasures()
        addTextParts()
        addTextPadding()
        addTextSearch()
        addQuoting()
        native("textcat(text,text)") { "(\($0[0]) || \($0[1]))" }
        typed("textanycat(text,anynonarray)", "anytextcat(anynonarray,text)") {
            .text(try $0.castText(0) + $0.castText(1))
        }
        scalar("lower(text)") { .text(LetterCase.lowered($0.text(0))) }
        scalar("upper(text)") { .text(LetterCase.raised($0.text(0))) }
        scalar("unistr(text)") { .text(try UnicodeEscapes.decode($0.text(0))) }
        scalar("initcap(text)") { .text(LetterCase.titled($0.scalars(0))) }
        typed("concat(any)", isStrict: false) { call in
            var result = ""
            for index in 0..<call.count where !call.isNull(index) { result += try call.output(index) }
            return .text(result)
        }
        typed("concat_ws(text,any)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            var parts: [String] = []
            for index in 1..<max(1, call.count) where !call.isNull(index) { parts.append(try call.output(index)) }
            return .text(parts.joined(separator: call.text(0)))
        }
        extremum("max(text)", isMaximum: true)
        extremum("min(text)", isMaximum: false)
        extremum("max(bpchar)", isMaximum: true)
        extremum("min(bpchar)", isMaximum: false)
        extremum("max(citext)", isMaximum: true)
        extremum("min(citext)", isMaximum: false)
        extremum("max(anyenum)", isMaximum: true)
        extremum("min(anyenum)", isMaximum: false)
        extremum("max(anyarray)", isMaximum: true)
        extremum("min(anyarray)", isMaximum: false)
    }

    private mutating func addTextCasts() {
        native("text(name)", "varchar(name)", "bpchar(name)", "text(char)", "bpchar(char)") { $0[0] }
        scalar("text(bpchar)") { .text(Self.withoutTrailingBlanks($0.text(0))) }
        native("text(bool)") { "(CASE \($0[0]) WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)" }
        native("citext(bool)") { "(CASE \($0[0]) WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)" }
        scalar("citext(bpchar)") { .text(Self.withoutTrailingBlanks($0.text(0))) }
        scalar("name(text)", "name(varchar)", "name(bpchar)") { call in
            try PostgresType.name.decode(text: call.text(0), context: call.context.valueContext)
        }
        scalar("char(text)") { call in
            try PostgresType.internalChar.decode(text: call.text(0), context: call.context.valueContext)
        }
        scalar("varchar(varchar,int4,bool)") { call in
            if call.integer(1) < 4 { return call[0] }
            return try PostgresType.varchar.applyLength(
                call[0], modifier: Int32(call.integer(1)), isExplicit: call.bool(2))
        }
        scalar("bpchar(bpchar,int4,bool)") { call in
            if call.integer(1) < 4 { return call[0] }
            return try PostgresType.bpchar.applyLength(
                call[0], modifier: Int32(call.integer(1)), isExplicit: call.bool(2))
        }
    }

    static func withoutTrailingBlanks(_ text: String) -> String {
        var bytes = text.utf8[...]
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return String(bytes) ?? text
    }

    private mutating func addTextMeasures() {
        scalar("length(text)", "char_length(text)", "character_length(text)") { call in
            // Every byte but the continuation bytes begins a character.
            call.arguments.withBytes(0) { bytes in .integer(Int64(bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }))
            }
        }
        scalar("length(bpchar)", "char_length(bpchar)", "character_length(bpchar)") { call in
            .integer(Int64(Self.withoutTrailingBlanks(call.text(0)).unicodeScalars.count))
        }
        scalar("octet_length(text)", "octet_length(bpchar)", "octet_length(bytea)", "length(bytea)") { call in
            call.arguments.withBytes(0) { .integer(Int64($0.count)) }
        }
        scalar("bit_length(text)", "bit_length(bytea)") { call in
            call.arguments.withBytes(0) { .integer(Int64($0.count * 8)) }
        }
        scalar("ascii(text)") { .integer(Int64($0.text(0).unicodeScalars.first?.value ?? 0)) }
        scalar("chr(int4)") { call in
            let code = call.integer(0)
            guard code != 0 else { throw PostgresError("54000", "null character not permitted") }
            guard code > 0 else { throw PostgresError("54000", "character number must be positive") }
            guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else {
                throw PostgresError("54000", "requested character not valid for encoding: \(code)")
            }
            return .text(String(scalar))
        }
    }

    private mutating func addTextParts() {
        scalar("substr(text,int4)", "substring(text,int4)") { call in
            let scalars = call.scalars(0)
            let start = max(0, Int(call.integer(1)) - 1)
            return .text(scalars.dropFirst(start))
        }
        scalar("substr(text,int4,int4)", "substring(text,int4,int4)") { call in
            let (start, length) = (Int(call.integer(1)), Int(call.integer(2)))
            guard length >= 0 else { throw PostgresError("22011", "negative substring length not allowed") }
            let scalars = call.scalars(0)
            let end = min(scalars.count, start + length - 1)
            let first = max(0, start - 1)
            return first < end ? .text(scalars[first..<end]) : .text("")
        }
        scalar("substr(bytea,int4)", "substring(bytea,int4)") { call in
            .blob(Array(Self.bytes(call, 0).dropFirst(max(0, Int(call.integer(1)) - 1))))
        }
        scalar("substr(bytea,int4,int4)", "substring(bytea,int4,int4)") { call in
            let (start, length) = (Int(call.integer(1)), Int(call.integer(2)))
            guard length >= 0 else { throw PostgresError("22011", "negative substring length not allowed") }
            let bytes = Self.bytes(call, 0)
            let end = min(bytes.count, start + length - 1)
            let first = max(0, start - 1)
            return .blob(first < end ? Array(bytes[first..<end]) : [])
        }
        scalar("left(text,int4)") { call in
            let scalars = call.scalars(0)
            let count = Int(call.integer(1))
            return .text(count >= 0 ? scalars.prefix(count) : scalars.dropLast(-count))
        }
        scalar("right(text,int4)") { call in
            let scalars = call.scalars(0)
            let count = Int(call.integer(1))
            return .text(count >= 0 ? scalars.suffix(count) : scalars.dropFirst(-count))
        }
        scalar("reverse(text)") { .text($0.scalars(0).reversed()) }
        scalar("split_part(text,text,int4)") { call in
            let position = Int(call.integer(2))
            guard position != 0 else { throw PostgresError("22023", "field position must not be zero") }
            let parts = Self.split(call.text(0), by: call.text(1))
            let index = position > 0 ? position - 1 : parts.count + position
            return .text(parts.indices.contains(index) ? parts[index] : "")
        }
        scalar("overlay(text,text,int4)") { call in
            try Self.overlay(call, count: call.scalars(1).count)
        }
        scalar("overlay(text,text,int4,int4)") { try Self.overlay($0, count: Int($0.integer(3))) }
        let trims: [(String, Bool, Bool)] = [("btrim", true, true), ("ltrim", true, false), ("rtrim", false, true)]
        for (name, left, right) in trims {
            scalar("\(name)(text)") { .text(Self.trimmed($0.scalars(0), [" "], left: left, right: right)) }
            scalar("\(name)(text,text)") { call in
                .text(Self.trimmed(call.scalars(0), Set(call.scalars(1)), left: left, right: right))
            }
            scalar("\(name)(bytea,bytea)") { call in
                .blob(
                    Array(Self.trimmed(Self.bytes(call, 0), Set(Self.bytes(call, 1)), left: left, right: right)))
            }
        }
    }

    static func bytes(_ call: Invocation, _ index: Int) -> [UInt8] { call.arguments.withBytes(index) { Array($0) } }

    private static func overlay(_ call: Invocation, count: Int) throws -> SQLValue {
        let start = Int(call.integer(2))
        guard start > 0 else { throw PostgresError("22011", "negative substring length not allowed") }
        let scalars = call.scalars(0)
        return .text(
            scalars.prefix(start - 1) + call.scalars(1) + scalars.dropFirst(max(0, start - 1 + count)))
    }

    private static func trimmed<Item: Hashable>(
        _ items: [Item], _ set: Set<Item>, left: Bool, right: Bool
    ) -> ArraySlice<Item> {
        var slice = items[...]
        if left { while let first = slice.first, set.contains(first) { slice.removeFirst() } }
        if right { while let last = slice.last, set.contains(last) { slice.removeLast() } }
        return slice
    }

    /// Parts between separators; an empty separator separates nothing.
    static func split(_ text: String, by separator: String) -> [String] {
        if separator.isEmpty { return [text] }
        let bytes = Array(text.utf8)
        let pattern = Array(separator.utf8)
        var parts: [String] = []
        var start = 0
        while let found = position(of: pattern, in: bytes, from: start) {
            parts.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + pattern.count
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    /// Where `pattern` first stands in `bytes`; UTF-8 never matches inside a character.
    static func position(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard !pattern.isEmpty, bytes.count >= pattern.count else { return nil }
        var index = start
        while index <= bytes.count - pattern.count {
            if bytes[index] == pattern[0] && bytes[index..<(index + pattern.count)].elementsEqual(pattern) {
                return index
            }
            index += 1
        }
        return nil
    }

    private mutating func addTextPadding() {
        scalar("repeat(text,int4)") { call in
            let count = max(0, Int(call.integer(1)))
            guard call.text(0).utf8.count * count < 0x3FFF_FFFF else {
                throw PostgresError("54000", "requested length too large")
            }
            return .text(String(repeating: call.text(0), count: count))
        }
        for (name, isLeft) in [("lpad", true), ("rpad", false)] {
            scalar("\(name)(text,int4)") { try Self.padded($0, with: [" "], isLeft: isLeft) }
            scalar("\(name)(text,int4,text)") { try Self.padded($0, with: $0.scalars(2), isLeft: isLeft) }
        }
    }

    private static func padded(_ call: Invocation, with fill: Scalars, isLeft: Bool) throws -> SQLValue {
        let scalars = call.scalars(0)
        let length = max(0, Int(call.integer(1)))
        guard length < 0x0FFF_FFFF else { throw PostgresError("54000", "requested length too large") }
        if scalars.count >= length || fill.isEmpty { return .text(scalars.prefix(length)) }
        let padding = (0..<(length - scalars.count)).map { fill[$0 % fill.count] }
        return .text(isLeft ? padding + scalars : scalars + padding)
    }

    private mutating func addTextSearch() {
        scalar("strpos(text,text)", "position(text,text)") { call in
            let text = Array(call.text(0).utf8)
            let pattern = Array(call.text(1).utf8)
            if pattern.isEmpty { return .integer(1) }
            guard let found = Self.position(of: pattern, in: text, from: 0) else { return .integer(0) }
            return .integer(Int64(text[..<found].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }))
        }
        scalar("starts_with(text,text)") { call in
            .bool(call.text(0).utf8.starts(with: call.text(1).utf8))
        }
        scalar("replace(text,text,text)") { call in
            let parts = Self.split(call.text(0), by: call.text(1))
            return .text(parts.joined(separator: call.text(2)))
        }
        scalar("translate(text,text,text)") { call in
            let (from, to) = (call.scalars(1), call.scalars(2))
            var map: [Unicode.Scalar: Unicode.Scalar?] = [:]
            for (index, scalar) in from.enumerated() where map[scalar] == nil {
                map[scalar] = .some(index < to.count ? to[index] : nil)
            }
            return .text(call.scalars(0).compactMap { scalar in map[scalar] ?? scalar })
        }
    }
}

/// Upper and lower case; plain ASCII needs no Unicode tables.
enum LetterCase {
    static func lowered(_ text: String) -> String {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return text.lowercased() }
        return String(decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    /// The first letter of each word large, the others small. An apostrophe or point between letters does not end a word.
    static func titled(_ scalars: Scalars) -> String {
        func isWord(_ index: Int) -> Bool {
            guard scalars.indices.contains(index) else { return false }
            let scalar = scalars[index]
            return scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
        var result = ""
        var inWord = false
        for (index, scalar) in scalars.enumerated() {
            let letter = String(scalar)
            result += inWord ? letter.lowercased() : letter.uppercased()
            let joins = scalar == "'" || scalar == "." || scalar == ":" || scalar == "\u{2019}"
            inWord = isWord(index) || joins && isWord(index - 1) && isWord(index + 1)
        }
        return result
    }

    static func raised(_ text: String) -> String {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return text.uppercased() }
        return String(decoding: text.utf8.map { (97...122).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }
}
