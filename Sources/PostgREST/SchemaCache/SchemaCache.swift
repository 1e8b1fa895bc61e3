import PostgresEngine
import PostgresSyntax

/// What PostgREST knows of a database beyond its relations: which of them can be embedded in which.
///
/// Made once for every version of the catalog.
struct SchemaCache: Sendable {
    let catalog: CatalogSnapshot
    private let relationships: [RelationID: [Relationship]]

    init(_ catalog: CatalogSnapshot) {
        self.catalog = catalog
        relationships = Dictionary(grouping: RelationshipFinder(catalog).all(), by: \.source)
    }

    /// The relation a request names, by exposed schema.
    func relation(_ name: String, in schema: String) throws(RestError) -> Relation {
        if let relation = catalog.relation(schema, name), isExposed(relation) { return relation }
        throw RestError.unknownTable(schema: schema, name: name, suggestion: suggestion(for: name, in: schema))
    }

    private func isExposed(_ relation: Relation) -> Bool {
        switch relation.kind {
        case .table(let table): table.partitionOf == nil
        case .view: true
        case .sequence, .index: false
        }
    }

    /// The most similar relation of the schema, if it is similar enough: PostgREST suggests from a score of 0.75 on.
    private func suggestion(for name: String, in schema: String) -> String? {
        catalog.relations.values
            .filter { $0.schema == schema && isExposed($0) }
            .map { (name: $0.name, score: similarity($0.name, name)) }
            .filter { $0.score >= 0.75 }
            .max { ($0.score, $1.name) < ($1.score, $0.name) }?.name
    }

    /// The relationship that an embed names, by the rules of PostgREST for targets and hints.
    func relationship(
        from origin: Relation, to target: String, hint: String?, schema: String
    ) throws(RestError) -> Relationship {
        let found = (relationships[origin.id] ?? []).filter { relationship in
            guard let relation = catalog[relationship.target], relation.schema == schema else { return false }
            return relationship.isSelf
                ? Self.matchesSelf(relationship, target: target, hint: hint)
                : Self.matches(relationship, target: target, hint: hint)
        }
        switch found.count {
        case 1: return found[0]
        case 0:
            throw RestError.noRelationship(
                parent: origin.name, child: target, hint: hint, schema: schema,
                suggestion: relationshipSuggestion(origin: origin, target: target, schema: schema)
            )
        default:
            throw RestError.ambiguousRelationship(
                parent: origin.name, child: target, candidates: found.map(\.candidate))
        }
    }

    private func relationshipSuggestion(origin: Relation, target: String, schema: String) -> String? {
        let names = Set((relationships[origin.id] ?? []).map(\.targetName)).subtracting([target])
        return names.map { (name: $0, score: similarity($0, target)) }
            .filter { $0.score >= 0.33 }
            .max { ($0.score, $1.name) < ($1.score, $0.name) }?.name
    }

    /// Without a hint the target may be the relation, the constraint or the foreign key's only column, the last two
    /// only where the relation is no view; with one, the relation is named and the hint says which way.
    private static func matches(_ relationship: Relationship, target: String, hint: String?) -> Bool {
        guard let hint else {
            if target == relationship.targetName { return true }
            guard !relationship.isTargetView, relationship.junction == nil else { return false }
            return target == relationship.constraint || isOnlyNearColumn(target, relationship)
        }
        guard target == relationship.targetName else { return false }
        if let junction = relationship.junction { return hint == junction.name }
        return hint == relationship.constraint || isOnlyNearColumn(hint, relationship)
            || isOnlyFarColumn(hint, relationship)
    }

    /// One foreign key of a table to itself reads two ways: by the table's name as one-to-many, by the column's as
    /// many-to-one.
    private static func matchesSelf(_ relationship: Relationship, target: String, hint: String?) -> Bool {
        switch relationship.cardinality {
        case .manyToMany:
            target == relationship.targetName && (hint == nil || hint == relationship.junction?.name)
        case .oneToMany:
            target == relationship.targetName
                && (hint == nil || hint == relationship.constraint || isOnlyFarColumn(hint, relationship))
        case .manyToOne, .oneToOne:
            hint == nil && isOnlyNearColumn(target, relationship)
                || target == relationship.targetName && isOnlyNearColumn(hint, relationship)
        }
    }

    private static func isOnlyNearColumn(_ name: String?, _ relationship: Relationship) -> Bool {
        relationship.columns.count == 1 && relationship.columns[0].near == name
    }

    private static func isOnlyFarColumn(_ name: String?, _ relationship: Relationship) -> Bool {
        relationship.columns.count == 1 && relationship.columns[0].far == name
    }
}

/// How alike two names are, 0 to 1: the cosine of their two- and three-letter grams, as PostgREST's fuzzy set does.
func similarity(_ left: String, _ right: String) -> Double {
    let best = [2, 3].map { cosine(grams(left, $0), grams(right, $0)) }.max() ?? 0
    return best
}

private func grams(_ text: String, _ size: Int) -> [String: Int] {
    let characters = Array("-" + text.lowercased() + "-")
    var counts: [String: Int] = [:]
    guard characters.count >= size else { return counts }
    for start in 0...(characters.count - size) { counts[String(characters[start..<start + size]), default: 0] += 1 }
    return counts
}

private func cosine(_ left: [String: Int], _ right: [String: Int]) -> Double {
    let product = left.reduce(0) { $0 + $1.value * (right[$1.key] ?? 0) }
    let length = { (counts: [String: Int]) in Double(counts.values.reduce(0) { $0 + $1 * $1 }).squareRoot() }
    let divisor = length(left) * length(right)
    return divisor == 0 ? 0 : Double(product) / divisor
}
