import PostgresSyntax
import PostgresTypes
import SQLite

/// COPY … FROM stdin.
extension Transaction {
    /// - Returns: the number of rows stored.
    func run(_ copy: CopyFrom) throws -> Int {
        let relation = try catalog.resolveRelation(copy.table, searchPath: session.effectivePath)
        guard relation.table != nil else {
            throw PostgresError("42809", "cannot copy to \(relation.kindName) \"\(relation.name)\"")
        }
        let partition = relation.table?.partitionOf == nil ? nil : relation.id
        let rules = try rules(of: catalog.partitionRoot(of: relation.id))
        var columns: [Int] = []
        for name in copy.columns {
            guard let position = rules.table.position(of: name) else {
                throw PostgresError.undefinedColumn(name, of: relation.name)
            }
            guard rules.table.columns[position].generated == nil else {
                throw PostgresError(
                    "42P10", "column \"\(name)\" is a generated column",
                    detail: "Generated columns cannot be used in COPY.")
            }
            columns.append(position)
        }
        if copy.columns.isEmpty {
            columns = rules.table.columns.indices.filter { rules.table.columns[$0].generated == nil }
        }
        try catalog.check(
            [TableAccess(relation: relation.id, privilege: .insert, columns: Set(columns))], role: session.role)
        guard !catalog.isRowSecurityActive(relation, role: session.role) else {
            throw PostgresError(
                "0A000", "COPY FROM not supported with row-level security", hint: "Use INSERT statements instead.")
        }
        let modification = Modification(self)
        modification.partition = partition
        return try modification.copy(try CopyFormat(copy.options), copy.data, into: rules, columns)
    }
}

extension Modification {
    fileprivate func copy(
        _ format: CopyFormat, _ data: String, into rules: TableRules, _ columns: [Int]
    ) throws -> Int {
        givenColumns = Set(columns)
        let omitted = rules.table.columns.indices.filter { !columns.contains($0) }
        let rows = try CopyRows(data, format, rules, columns, transaction.valueContext).ahead()
        var count = 0
        var position = 0
        try fireStatement(.before, .insert, rules)
        while let item = rows.next() {
            var row: [SQLValue]
            (row, position) = try item.get()
            for column in omitted { row[column] = try defaultValue(of: column, rules) }
            try checkDomains(row, rules)
            guard let fired = try fireBefore(.insert, old: nil, new: row, rules) else { continue }
            row = fired
            try complete(&row, rules)
            _ = try insert(row, rules)
            count += 1
            if count % 1000 == 0 { transaction.copied?(count, position) }
        }
        transaction.copied?(count, position)
        try fireStatement(.after, .insert, rules)
        try finish()
        return count
    }
}

/// The rows of COPY data as a table stores them; NULL where the data says nothing of a column.
private struct CopyRows: Sendable {
    typealias Row = (values: [SQLValue], position: Int)

    private static let longData = 16 << 10
    private static let rowsInPart = 200

    private var reader: CopyReader
    private let isLong: Bool
    private let rules: TableRules
    private let columns: [Int]
    private let context: ValueContext

    init(
        _ data: String, _ format: CopyFormat, _ rules: TableRules, _ columns: [Int], _ context: ValueContext
    ) throws(PostgresError) {
        reader = CopyReader(data, format)
        isLong = data.utf8.count > Self.longData
        self.rules = rules
        self.columns = columns
        self.context = context
        if format.hasHeader { _ = try reader.next() }
    }

    /// The rows up to the first that cannot be read, which is its error; decoded while those before them are stored.
    func ahead() -> Ahead<CopyRows, Result<Row, PostgresError>> {
        Ahead(self, isLong: isLong) { rows in
            var items: [Result<Row, PostgresError>] = []
            while items.count < Self.rowsInPart {
                do throws(PostgresError) {
                    guard let row = try rows.next() else { break }
                    items.append(.success(row))
                } catch {
                    items.append(.failure(error))
                    break
                }
            }
            return Ahead.Part(items)
        }
    }

    private mutating func next() throws(PostgresError) -> Row? {
        guard let fields = try reader.next() else { return nil }
        if fields.count > columns.count {
            throw PostgresError("22P04", "extra data after last expected column")
        }
        var row = [SQLValue](repeating: .null, count: rules.table.columns.count)
        for (place, column) in columns.enumerated() {
            guard place < fields.count else {
                throw PostgresError("22P04", "missing data for column \"\(rules.table.columns[column].name)\"")
            }
            guard let text = fields[place] else { continue }
            row[column] = try rules.types[column].decode(
                text: text, modifier: rules.modifiers[column], context: context)
        }
        return (row, reader.position)
    }
}

/// The options of COPY that say how its data is written.
struct CopyFormat {
    var isCSV = false
    var delimiter: UInt8 = 9
    var null = "\\N"
    var hasHeader = false
    var quote: UInt8 = 34
    var escape: UInt8 = 34
    /// Columns whose values are quoted whether they need it or not; `*` is all of them.
    var quotedColumns: [String] = []

    init(_ options: [String: String]) throws(PostgresError) {
        switch options["format"] ?? "text" {
        case "text": break
        case "csv":
            isCSV = true
            delimiter = 44
            null = ""
        case "binary": throw .notSupported("COPY format binary")
        case let other: throw PostgresError("22023", "COPY format \"\(other)\" not recognized")
        }
        for (name, value) in options {
            switch name {
            case "format": break
            case "delimiter":
                guard value.utf8.count == 1, let byte = value.utf8.first else {
                    throw PostgresError("0A000", "COPY delimiter must be a single one-byte character")
                }
                delimiter = byte
            case "null": null = value
            case "header": hasHeader = !["false", "off", "0", "no"].contains(value.lowercased())
            case "quote", "escape":
                guard isCSV else { throw PostgresError("0A000", "COPY \(name) available only in CSV mode") }
                guard value.utf8.count == 1, let byte = value.utf8.first else {
                    throw PostgresError("0A000", "COPY \(name) must be a single one-byte character")
                }
                if name == "quote" {
                    quote = byte
                    if options["escape"] == nil { escape = byte }
                } else {
                    escape = byte
                }
            case "freeze": break
            case "force_quote":
                guard isCSV else { throw PostgresError("22023", "COPY force quote available only in CSV mode") }
                quotedColumns = value.split(separator: ",").map(String.init)
            case "encoding":
                guard ["utf8", "utf-8"].contains(value.lowercased()) else {
                    throw .notSupported("COPY encoding \(value)")
                }
            default: throw .notSupported("COPY option \(name)")
            }
        }
    }
}

/// Takes COPY data apart into rows of fields; nil fields are NULL.
struct CopyReader {
    private let bytes: [UInt8]
    private let format: CopyFormat
    private let null: [UInt8]
    /// How many bytes are read.
    private(set) var position = 0

    init(_ data: String, _ format: CopyFormat) {
        bytes = Array(data.utf8)
        self.format = format
        null = Array(format.null.utf8)
    }

    mutating func next() throws(PostgresError) -> [String?]? {
        guard position < bytes.count else { return nil }
        return format.isCSV ? try nextCSV() : try nextText()
    }

    private mutating func nextText() throws(PostgresError) -> [String?] {
        var fields: [String?] = []
        while true {
            let field = nextField()
            fields.append(field.value)
            if field.isLast { return fields }
        }
    }

    /// The text up to a delimiter or the end of the line. Most have no escapes, and are taken as they are.
    private mutating func nextField() -> (value: String?, isLast: Bool) {
        let start = position
        var end = start
        while end < bytes.count, bytes[end] != format.delimiter, bytes[end] != 10, bytes[end] != 13, bytes[end] != 92 {
            end += 1
        }
        guard end < bytes.count, bytes[end] == 13 || bytes[end] == 92 else {
            position = min(end + 1, bytes.count)
            return (text(start..<end, bytes[start..<end]), end == bytes.count || bytes[end] == 10)
        }
        var value = Array(bytes[start..<end])
        position = end
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 10: return (text(start..<position - 1, value[...]), true)
            case 13 where position < bytes.count && bytes[position] == 10: continue
            case format.delimiter: return (text(start..<position - 1, value[...]), false)
            case 92 where position < bytes.count: unescape(into: &value)
            default: value.append(byte)
            }
        }
        return (text(start..<position, value[...]), true)
    }

    /// nil where what is written is what stands for NULL.
    private func text(_ written: Range<Int>, _ value: ArraySlice<UInt8>) -> String? {
        let isNull = written.count == null.count && bytes[written].elementsEqual(null)
        return isNull ? nil : String(decoding: value, as: UTF8.self)
    }

    /// What follows a backslash.
    private mutating func unescape(into value: inout [UInt8]) {
        let byte = bytes[position]
        position += 1
        func digit(_ byte: UInt8, radix: UInt8) -> UInt8? {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: return nil
            }
            return digit < radix ? digit : nil
        }
        switch byte {
        case 98: value.append(8)
        case 102: value.append(12)
        case 110: value.append(10)
        case 114: value.append(13)
        case 116: value.append(9)
        case 118: value.append(11)
        case 48...55:
            var code = Int(byte - 48)
            for _ in 0..<2 {
                guard position < bytes.count, let next = digit(bytes[position], radix: 8) else { break }
                code = code * 8 + Int(next)
                position += 1
            }
            value.append(UInt8(truncatingIfNeeded: code))
        case 120:
            var code = 0
            var digits = 0
            while digits < 2, position < bytes.count, let next = digit(bytes[position], radix: 16) {
                code = code * 16 + Int(next)
                position += 1
                digits += 1
            }
            value.append(digits == 0 ? 120 : UInt8(code))
        default: value.append(byte)
        }
    }

    private mutating func nextCSV() throws(PostgresError) -> [String?] {
        var fields: [String?] = []
        var value: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        func end() {
            fields.append(!wasQuoted && value == null ? nil : String(decoding: value, as: UTF8.self))
            value = []
            wasQuoted = false
        }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if isQuoted {
                if byte == format.escape, position < bytes.count,
                    bytes[position] == format.quote || bytes[position] == format.escape && format.escape != format.quote
                {
                    value.append(bytes[position])
                    position += 1
                } else if byte == format.quote {
                    isQuoted = false
                } else {
                    value.append(byte)
                }
                continue
            }
            switch byte {
            case format.quote:
                isQuoted = true
                wasQuoted = true
            case format.delimiter: end()
            case 10:
                end()
                return fields
            case 13 where position < bytes.count && bytes[position] == 10: continue
            default: value.append(byte)
            }
        }
        guard !isQuoted else { throw PostgresError("22P04", "unterminated CSV quoted field") }
        end()
        return fields
    }
}
