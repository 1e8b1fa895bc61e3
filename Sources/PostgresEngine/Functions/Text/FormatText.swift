import PostgresTypes
import SQLite

/// The template of `format()`: text with `%s`, `%I`, `%L`, positions and widths.
struct FormatText {
    /// The text of an argument from 1; nil when there is none, `.some(nil)` for NULL.
    typealias Arguments = (Int) throws -> String??

    private let scalars: Scalars
    private var position = 0
    /// The argument that an item without a position takes.
    private var next = 1

    /// The template with its items filled in.
    /// - Throws: 22023 for what is no template or lacks arguments, 22003, 22004 and 54000 for what cannot be written.
    static func filled(_ template: String, _ arguments: Arguments) throws -> String {
        var format = FormatText(scalars: Array(template.unicodeScalars))
        return try format.filled(arguments)
    }

    private init(scalars: Scalars) { self.scalars = scalars }

    private mutating func filled(_ arguments: Arguments) throws -> String {
        var result = ""
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            if scalar != "%" {
                result.unicodeScalars.append(scalar)
            } else if try current == "%" {
                position += 1
                result += "%"
            } else {
                result += try item(arguments, after: result)
            }
        }
        return result
    }

    /// What stands for one item, whose `%` has been read.
    private mutating func item(_ arguments: Arguments, after text: String) throws -> String {
        var index: Int?
        var width = try number()
        if width != nil, try current == "$" {
            guard width != 0 else {
                throw PostgresError("22023", "format specifies argument 0, but arguments are numbered from 1")
            }
            index = width
            width = nil
            position += 1
        }
        var isLeft = false
        if width == nil {
            while try current == "-" {
                isLeft = true
                position += 1
            }
            width = try current == "*" ? try givenWidth(arguments) : try number()
            if let given = width, given < 0 {
                guard given > Int(Int32.min) else { throw Self.tooGreat }
                isLeft = true
                width = -given
            }
        }
        let kind = try current
        position += 1
        guard kind == "s" || kind == "I" || kind == "L" else {
            throw PostgresError("22023", "unrecognized format() type specifier \"\(kind)\"", hint: Self.hint)
        }
        let value = try Self.value(index ?? next, arguments)
        next = (index ?? next) + 1
        return try Self.padded(try Self.written(value, as: kind), to: width ?? 0, isLeft: isLeft, after: text)
    }

    /// `*` or `*2$`: the width that an argument gives.
    private mutating func givenWidth(_ arguments: Arguments) throws -> Int? {
        position += 1
        let index: Int
        if let written = try number() {
            index = written
            position += 1
        } else {
            index = next
            next += 1
        }
        return try Self.value(index, arguments).map(Self.width)
    }

    private static func written(_ value: String?, as kind: Unicode.Scalar) throws -> String {
        switch (kind, value) {
        case ("s", let value): return value ?? ""
        case ("L", let value): return value.map(Quoting.literal) ?? "NULL"
        case (_, let value?): return Quoting.identifier(value)
        default: throw PostgresError("22004", "null values cannot be formatted as an SQL identifier")
        }
    }

    private static func padded(_ item: String, to width: Int, isLeft: Bool, after text: String) throws -> String {
        let missing = max(0, width - item.unicodeScalars.count)
        guard missing < longestText else {
            throw PostgresError(
                "54000", "out of memory",
                detail: "Cannot enlarge string buffer containing \(text.utf8.count) bytes by \(missing) more bytes.")
        }
        let padding = String(repeating: " ", count: missing)
        return isLeft ? item + padding : padding + item
    }

    private static func value(_ index: Int, _ arguments: Arguments) throws -> String? {
        guard let value = try arguments(index) else {
            throw PostgresError("22023", "too few arguments for format()")
        }
        return value
    }

    /// The width that an argument gives, which is read as an `integer`.
    private static func width(_ text: String) throws -> Int {
        guard case .integer(let width) = try PostgresType.int4.decode(text: text, context: .unset) else { return 0 }
        return Int(width)
    }

    private var current: Unicode.Scalar {
        get throws {
            guard position < scalars.count else {
                throw PostgresError("22023", "unterminated format() type specifier", hint: Self.hint)
            }
            return scalars[position]
        }
    }

    /// The digits that come next; nil where there are none.
    private mutating func number() throws -> Int? {
        var value: Int?
        while case let digit = try current, ("0"..."9").contains(digit) {
            let longer = (value ?? 0) * 10 + Int(digit.value - 48)
            guard longer <= Int(Int32.max) else { throw Self.tooGreat }
            value = longer
            position += 1
        }
        return value
    }

    private static let longestText = 0x3FFF_FFFF
    private static var tooGreat: PostgresError { PostgresError("22003", "number is out of range") }

    private static let hint = "For a single \"%\" use \"%%\"."
}
