import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Rows with embeds that have been written as JSON, for SQL to read again: every member is a column, an embed one of
/// jsonb as in PostgREST's own query, what a spread brings of the type it has where it comes from.
struct WrittenRows {
    /// The JSON, for `$1`.
    let parameter: ParameterValue
    private let columns: [OutputColumn]
    private let catalog: CatalogSnapshot

    /// - Throws: 501 where two members are called the same: as columns they can't be told apart.
    init(
        _ body: [UInt8], of prepared: PreparedStatement, _ hiddenCount: Int, _ children: [ReadQuery.Child],
        _ transaction: Transaction
    ) throws {
        parameter = .text(String(decoding: body, as: UTF8.self))
        catalog = transaction.catalog
        let writer = RowWriter(transaction: transaction, context: transaction.context.valueContext)
        let shape = try writer.shape(prepared, hiddenCount: hiddenCount, children: children)
        columns = Self.columns(prepared, shape)
        guard Set(columns.map(\.name)).count == columns.count else {
            throw RestError.unsupported(
                feature: "postgrest.media.names",
                message: "Rows with embeds and two members of one name are not emulated yet in this media type")
        }
    }

    private static func columns(_ prepared: PreparedStatement, _ shape: RowWriter.Shape) -> [OutputColumn] {
        shape.members.map { member in
            let type: TypeReference =
                switch member.source {
                case .column(let index): prepared.columns[index].type
                case .embed: TypeReference(.jsonb)
                case .spread(let child, let index):
                    shape.children[child].isToOne
                        ? columns(shape.children[child].prepared, shape.children[child].shape)[index].type
                        : TypeReference(.jsonb)
                }
            return OutputColumn(name: member.name, type: type)
        }
    }

    /// The rows as something to select from.
    func item(_ name: String) -> FromItem {
        let rows = Expression(.cast(Expression(.parameter(1)), TypeName(["pg_catalog", "json"])))
        let call = FunctionCall(name: ["pg_catalog", "json_to_recordset"], arguments: [.init(rows)])
        return .functions(
            [call], alias: Alias(name), withOrdinality: false, isLateral: false,
            columns: columns.map { ColumnDefinition(name: $0.name, type: catalog.reference(to: $0.type.type)) })
    }
}
