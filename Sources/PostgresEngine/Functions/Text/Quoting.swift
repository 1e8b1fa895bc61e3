import PostgresTypes
import SQLite

/// Identifiers and literals in quotes, and `format()`.
extension FunctionTable {
    mutating func addQuoting() {
        scalar("quote_ident(text)") { .text(Quoting.identifier($0.text(0))) }
        scalar("quote_literal(text)") { .text(Quoting.literal($0.text(0))) }
        nullable("quote_nullable(text)") { .text($0.isNull(0) ? "NULL" : Quoting.literal($0.text(0))) }
        typed("quote_literal(anyelement)") { .text(Quoting.literal(try $0.castText(0))) }
        typed("quote_nullable(anyelement)", isStrict: false) {
            .text($0.isNull(0) ? "NULL" : Quoting.literal(try $0.castText(0)))
        }
        nullable("format(text)") { call in
            if call.isNull(0) { return .null }
            return .text(try FormatText(call.text(0)).filled { _ in nil })
        }
        typed("format(text,any)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            return .text(
                try FormatText(call.text(0)).filled { index in
                    guard (1..<call.count).contains(index) else { return nil }
                    return .some(call.isNull(index) ? nil : try call.output(index))
                })
        }
    }
}

enum Quoting {
    static func literal(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if character == "'" || character == "\\" { result.unicodeScalars.append(character) }
            result.unicodeScalars.append(character)
        }
        return (text.unicodeScalars.contains("\\") ? "E'" : "'") + result + "'"
    }

    static func identifier(_ text: String) -> String {
        let isPlain =
            text.utf8.enumerated().allSatisfy { index, byte in
                (97...122).contains(byte) || byte == 95 || index > 0 && ((48...57).contains(byte))
            } && !text.isEmpty
        if isPlain && !reserved.contains(text) { return text }
        return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }

    /// Keywords that are not plain words everywhere.
    static let reserved = Set(
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case \
        cast char character check coalesce collate collation column concurrently constraint create cross \
        current_catalog current_date current_role current_schema current_time current_timestamp current_user dec \
        decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign \
        freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect \
        interval into is isnull join lateral leading least left like limit localtime localtimestamp national natural \
        nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay \
        placing position precision primary real references returning right row select session_user setof similar \
        smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true union \
        unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement \
        xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.split(separator: " ").map(String.init))
}

/// The template of `format()`: text with `%s`, `%I`, `%L`, positions and widths.
struct FormatText {
    private let scalars: Scalars

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// - Parameter argument: the text of an argument from 1; nil when there is none, `.some(nil)` for NULL.
    func filled(_ argument: (Int) throws -> String??) throws -> String {
        var result = ""
        var position = 0
        var next = 1
        func current() throws -> Unicode.Scalar {
            guard position < scalars.count else {
                throw PostgresError("22023", "unterminated format() type specifier", hint: Self.hint)
            }
            return scalars[position]
        }
        func number() throws -> Int? {
            var value: Int?
            while case let digit = try current(), ("0"..."9").contains(digit) {
                let longer = (value ?? 0) * 10 + Int(digit.value - 48)
                guard longer <= Int(Int32.max) else { throw Self.tooGreat }
                value = longer
                position += 1
            }
            return value
        }
        func value(_ index: Int) throws -> String? {
            guard let value = try argument(index) else {
                throw PostgresError("22023", "too few arguments for format()")
            }
            return value
        }
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if try current() == "%" {
                position += 1
                result += "%"
                continue
            }
            var index: Int?
            var width = try number()
            if width != nil, try current() == "$" {
                guard width != 0 else {
                    throw PostgresError("22023", "format specifies argument 0, but arguments are numbered from 1")
                }
                index = width
                width = nil
                position += 1
            }
            var isLeft = false
            while try width == nil && current() == "-" {
                isLeft = true
                position += 1
            }
            if try width == nil && current() == "*" {
                position += 1
                var widthIndex = try number()
                if widthIndex != nil {
                    position += 1
                } else {
                    widthIndex = next
                    next += 1
                }
                width = try value(widthIndex!).map(Self.width)
                if let given = width, given < 0 {
                    guard given > Int(Int32.min) else { throw Self.tooGreat }
                    isLeft = true
                    width = -given
                }
            } else if width == nil {
                width = try number()
            }
            let kind = try current()
            position += 1
            guard kind == "s" || kind == "I" || kind == "L" else {
                throw PostgresError(
                    "22023", "unrecognized format() type specifier \"\(kind)\"", hint: Self.hint)
            }
            let text = try value(index ?? next)
            next = (index ?? next) + 1
            let item: String
            switch (kind, text) {
            case ("s", let text): item = text ?? ""
            case ("L", let text): item = text.map(Quoting.literal) ?? "NULL"
            case (_, let text?): item = Quoting.identifier(text)
            default:
                throw PostgresError("22004", "null values cannot be formatted as an SQL identifier")
            }
            let missing = max(0, (width ?? 0) - item.unicodeScalars.count)
            guard missing < Self.longestText else {
                throw PostgresError(
                    "54000", "out of memory",
                    detail: "Cannot enlarge string buffer containing \(result.utf8.count) bytes by "
                        + "\(missing) more bytes.")
            }
            let padding = String(repeating: " ", count: missing)
            result += isLeft ? item + padding : padding + item
        }
        return result
    }

    /// The width that an argument gives, which is read as an `integer`.
    private static func width(_ text: String) throws -> Int {
        guard case .integer(let width) = try PostgresType.int4.decode(text: text, context: .unset) else { return 0 }
        return Int(width)
    }

    private static let longestText = 0x3FFF_FFFF
    private static var tooGreat: PostgresError { PostgresError("22003", "number is out of range") }

    private static let hint = "For a single \"%\" use \"%%\"."
}
