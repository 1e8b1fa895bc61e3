import PostgresEngine
import PostgresSyntax

/// What PostgREST knows of a database beyond its relations: which of them can be embedded in which.
///
/// Made once for every version of the catalog.
final class SchemaCache: Sendable {
    let catalog: CatalogSnapshot
    private let relationships: [RelationID: [Relationship]]
    private let primaryKeys: [RelationID: [String]]
    let mediaAggregates: [MediaAggregate]

    init(_ catalog: CatalogSnapshot) {
        self.catalog = catalog
        let finder = RelationshipFinder(catalog)
        primaryKeys = finder.primaryKeys
        mediaAggregates = Self.mediaAggregates(in: catalog)
        relationships = Dictionary(grouping: finder.all(), by: \.source)
            .mapValues { $0.sorted(by: Relationship.precedes) }
    }

    /// The relation a request names, by exposed schema.
    func relation(_ name: String, in schema: String) throws(RestError) -> Relation {
        if let relation = catalog.relation(schema, name), isExposed(relation) { return relation }
        // PostgREST suggests from a score of 0.75 on.
        let names = catalog.relations.values.filter { $0.schema == schema && isExposed($0) }.map(\.name).sorted()
        let suggestion = FuzzySet(names).best(for: name, minimum: 0.75)
        throw RestError.unknownTable(schema: schema, name: name, suggestion: suggestion?.name)
    }

    /// The primary key's columns; a view has those of the table behind it when it shows them all.
    func primaryKey(of relation: Relation) -> [String] { primaryKeys[relation.id] ?? [] }

    /// The foreign key that is this column alone, tables before views.
    func foreignKey(of column: String, in relation: Relation) -> Relationship? {
        let keys = (relationships[relation.id] ?? []).filter { key in
            key.junction == nil && key.cardinality != .oneToMany && !key.isInverse
                && key.columns.map(\.near) == [column]
                && catalog[key.target]?.schema == relation.schema
        }
        return keys.first { !$0.isTargetView } ?? keys.first
    }

    private func isExposed(_ relation: Relation) -> Bool {
        switch relation.kind {
        case .table(let table): table.partitionOf == nil
        case .view: true
        case .sequence, .index: false
        }
    }

    // MARK: Relationships

    /// The relationship that an embed names, by the rules of PostgREST for targets and hints.
    /// - Parameter exposed: `db-schemas`: junctions outside them link nothing.
    func relationship(
        from origin: Relation, to target: String, hint: String?, schema: String, exposed: [String]
    ) throws(RestError) -> Relationship {
        let known = (relationships[origin.id] ?? []).filter {
            ($0.function?.schema ?? catalog[$0.target]?.schema) == schema
        }
        let usable = known.filter { $0.junction.map { exposed.contains($0.schema) } ?? true }
        let found = usable.filter { relationship in
            if let function = relationship.function { return target == function.name }
            return relationship.isSelf
                ? Self.matchesSelf(relationship, target: target, hint: hint)
                : Self.matches(relationship, target: target, hint: hint)
        }
        switch found.count {
        case 1: return found[0]
        case 0:
            throw RestError.noRelationship(
                parent: origin.name, child: target, hint: hint, schema: schema,
                suggestion: known.isEmpty
                    ? parent(like: origin, in: schema) : Self.child(like: target, among: usable)
            )
        default:
            throw RestError.ambiguousRelationship(
                parent: origin.name, child: target, candidates: found.map(\.candidate))
        }
    }

    /// A child that the origin does have. One that exists (and was missed for the hint's sake) suggests nothing.
    private static func child(like target: String, among usable: [Relationship]) -> RestError.Suggestion? {
        guard let best = FuzzySet(usable.map(\.targetName)).best(for: target), best.score < 1 else { return nil }
        return RestError.Suggestion(name: best.name, instead: target)
    }

    /// For an origin without any relationship: a relation that has one.
    private func parent(like origin: Relation, in schema: String) -> RestError.Suggestion? {
        let parents = relationships.filter { id, found in
            catalog[id]?.schema == schema && found.contains { catalog[$0.target]?.schema == schema }
        }
        guard let best = FuzzySet(parents.keys.compactMap { catalog[$0]?.name }.sorted()).best(for: origin.name)
        else { return nil }
        return RestError.Suggestion(name: best.name, instead: origin.name)
    }

    /// Without a hint the target may be the relation, the constraint or the foreign key's only column, the last two
    /// only where the relation is no view; with one, the relation is named and the hint says which way.
    private static func matches(_ relationship: Relationship, target: String, hint: String?) -> Bool {
        guard let hint else {
            if target == relationship.targetName { return true }
            guard !relationship.isTargetView, relationship.junction == nil else { return false }
            return target == relationship.constraint || target == relationship.onlyNearColumn
        }
        guard target == relationship.targetName else { return false }
        if let junction = relationship.junction { return hint == junction.name }
        return hint == relationship.constraint || hint == relationship.onlyNearColumn
            || hint == relationship.onlyFarColumn
    }

    /// One foreign key of a table to itself reads two ways: by the table's name as one-to-many (a hint says along
    /// which column), by the column's name as many-to-one. Junctions from a table to itself can't be named.
    private static func matchesSelf(_ relationship: Relationship, target: String, hint: String?) -> Bool {
        switch relationship.cardinality {
        case .oneToMany:
            target == relationship.targetName && (hint == nil || hint == relationship.onlyFarColumn)
        case .manyToOne: hint == nil && target == relationship.onlyNearColumn
        case .oneToOne, .manyToMany: false
        }
    }
}

extension Relationship {
    /// The column here, where the key has but one.
    fileprivate var onlyNearColumn: String? { columns.count == 1 ? columns[0].near : nil }

    /// The column there, where the key has but one.
    fileprivate var onlyFarColumn: String? { columns.count == 1 ? columns[0].far : nil }
}
