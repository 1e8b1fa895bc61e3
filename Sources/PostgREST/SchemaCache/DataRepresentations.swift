import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Domains that are shown, read and filtered through functions: those of their implicit casts to and from `json`, and
/// from `text`.
extension CatalogSnapshot {
    /// The function that shows a column's values in JSON.
    func output(of column: String, in relation: Relation) -> [String]? {
        domain(of: column, in: relation).flatMap { implicitCast(from: $0, to: .json) }
    }

    /// The function that takes a column's values from the JSON of a body.
    func input(of column: String, in relation: Relation) -> [String]? {
        domain(of: column, in: relation).flatMap { implicitCast(from: .json, to: $0) }
    }

    /// The function that takes a column's values from the text of a filter.
    func literal(of column: String, in relation: Relation) -> [String]? {
        domain(of: column, in: relation).flatMap { implicitCast(from: .text, to: $0) }
    }

    /// Whether a column of it is not shown as it is.
    func hasOutputs(_ relation: Relation) -> Bool {
        !casts.isEmpty && relation.columns.contains { output(of: $0.name, in: relation) != nil }
    }

    private func domain(of column: String, in relation: Relation) -> TypeID? {
        guard !casts.isEmpty, let type = relation.columns.first(where: { $0.name == column })?.type.type,
            case .domain? = types[type]?.kind
        else { return nil }
        return type
    }
}
