import AltanCloud
import PostgresEngine
import PostgresTypes
import SQLite
import World

/// One table's rows as CSV, in the dialect of Postgres' `COPY … WITH (FORMAT csv, HEADER)`.
struct TableExport {
    let relation: Relation

    /// - Parameter name: `table`, looked for in `public`, or `schema.table`.
    /// - Throws: `CloudError.unknownTable`.
    init(named name: String, in catalog: CatalogSnapshot) throws {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        let found =
            catalog.relation("public", name) ?? (parts.count == 2 ? catalog.relation(parts[0], parts[1]) : nil)
        guard let found, found.table != nil || found.view != nil else {
            let known = catalog.orderedRelations.filter { $0.schema == "public" && $0.table != nil }.map(\.name)
            throw CloudError.unknownTable(name, known: known)
        }
        relation = found
    }

    /// A name that no header is broken by.
    var fileName: String {
        relation.name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") } + ".csv"
    }

    /// The rows as the owner sees them.
    func csv(from database: PostgresDatabase) async throws -> [UInt8] {
        let table = "\(SQLIdentifier.always(relation.schema)).\(SQLIdentifier.always(relation.name))"
        let result = await database.execute(script: "SELECT * FROM \(table)", session: Session())
        guard let entry = result.entries.last else { return [] }
        let rows: ResultSet
        switch entry.outcome {
        case .success(let set): rows = set
        case .failure(let error): throw CloudError.sql(SQLFailure(error))
        }
        let context = ValueContext(now: database.world.now)
        var bytes = Array(rows.columns.map { Self.field($0.name) }.joined(separator: ",").utf8)
        bytes.append(UInt8(ascii: "\n"))
        for row in rows.rows {
            let fields = zip(rows.types, row).map { type, value in
                value.isNull ? "" : Self.field(type.encode(value, context: context))
            }
            bytes += Array(fields.joined(separator: ",").utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Quoted where it must be; an empty text always, so that it differs from NULL.
    private static func field(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text == "\\." || text.utf8.contains { [34, 44, 10, 13].contains($0) }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
