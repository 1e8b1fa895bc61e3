import PostgresSyntax
import PostgresTypes
import SQLite

/// COPY … TO stdout.
extension Transaction {
    func run(_ copy: CopyTo) throws -> ResultSet {
        let format = try CopyFormat(copy.options)
        let result = try run(prepare(query(of: copy.source)))
        var writer = CopyWriter(format, columns: result.columns.map(\.name))
        if format.hasHeader { writer.writeHeader() }
        for row in result.rows {
            writer.write(
                zip(row, result.types).map { value, type in
                    value.isNull ? nil : type.encode(value, context: result.context)
                })
        }
        var copied = ResultSet(tag: "COPY \(result.rows.count)", count: result.rows.count)
        copied.copied = writer.text
        return copied
    }

    /// The query that COPY runs: of a table, the one that reads its columns, with its policies applied.
    private func query(of source: CopyTo.Source) throws -> PostgresSyntax.Statement {
        guard case .table(let name, let given) = source else {
            guard case .query(let statement) = source else { throw PostgresError.notSupported("COPY TO") }
            try check(statement)
            return statement
        }
        let relation = try catalog.resolveRelation(name, searchPath: session.effectivePath)
        guard let table = relation.table, table.partitionKey == nil else {
            let kind = relation.table == nil ? relation.kindName : "partitioned table"
            throw PostgresError(
                "42809", "cannot copy from \(kind) \"\(relation.name)\"",
                hint: kind == "sequence" ? nil : "Try the COPY (SELECT ...) TO variant.")
        }
        for column in given {
            guard let position = table.position(of: column) else {
                throw PostgresError.undefinedColumn(column, of: relation.name)
            }
            guard table.columns[position].generated == nil else {
                throw PostgresError(
                    "42P10", "column \"\(column)\" is a generated column",
                    detail: "Generated columns cannot be used in COPY.")
            }
        }
        let columns = given.isEmpty ? table.columns.filter { $0.generated == nil }.map(\.name) : given
        let select = PlainSelect(
            targets: columns.map { Target(Expression(.column([$0]))) },
            from: [.relation(QualifiedName(schema: relation.schema, relation.name), alias: nil, location: -1)])
        return .select(SelectStatement(.select(select)))
    }

    private func check(_ statement: PostgresSyntax.Statement) throws {
        let returning: [Target]
        switch statement {
        case .select: return
        case .insert(let insert): returning = insert.returning
        case .update(let update): returning = update.returning
        case .delete(let delete): returning = delete.returning
        case .createTableAs: throw PostgresError("0A000", "COPY (SELECT INTO) is not supported")
        case .unsupported(let tag): throw PostgresError.notSupported(tag)
        default: throw PostgresError.notSupported("COPY of \(statement.definitionTag)")
        }
        if returning.isEmpty { throw PostgresError("0A000", "COPY query must have a RETURNING clause") }
    }
}

/// Writes rows in COPY's text or CSV format.
struct CopyWriter {
    private let format: CopyFormat
    private let columns: [String]
    private let isForced: [Bool]
    private(set) var text = ""

    init(_ format: CopyFormat, columns: [String]) {
        self.format = format
        self.columns = columns
        isForced = columns.map { format.quotedColumns.contains("*") || format.quotedColumns.contains($0) }
    }

    mutating func writeHeader() {
        write(columns, isHeader: true)
    }

    mutating func write(_ fields: [String?], isHeader: Bool = false) {
        for (position, field) in fields.enumerated() {
            if position > 0 { text.unicodeScalars.append(Unicode.Scalar(format.delimiter)) }
            guard let field else {
                text += format.null
                continue
            }
            if format.isCSV {
                quote(field, isForced: isForced[position] && !isHeader)
            } else {
                escape(field)
            }
        }
        text += "\n"
    }

    private mutating func escape(_ field: String) {
        for character in field.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{b}": text += "\\v"
            case "\u{c}": text += "\\f"
            default:
                if character.value == UInt32(format.delimiter) { text += "\\" }
                text.unicodeScalars.append(character)
            }
        }
    }

    /// A field in quotes where it could be taken for something else without them.
    private mutating func quote(_ field: String, isForced: Bool) {
        let needsQuotes =
            isForced || field == format.null || columns.count == 1 && field == "\\."
            || field.utf8.contains { $0 == format.delimiter || $0 == format.quote || $0 == 10 || $0 == 13 }
        guard needsQuotes else {
            text += field
            return
        }
        let quote = Unicode.Scalar(format.quote)
        text.unicodeScalars.append(quote)
        for character in field.unicodeScalars {
            if character == quote || character.value == UInt32(format.escape) {
                text.unicodeScalars.append(Unicode.Scalar(format.escape))
            }
            text.unicodeScalars.append(character)
        }
        text.unicodeScalars.append(quote)
    }
}
