import PostgresEngine
import PostgresSyntax

/// Derives every relationship from the foreign keys of the catalog: both ways along each key, across junction tables,
/// and the same for views over the tables, column by column.
struct RelationshipFinder {
    private let catalog: CatalogSnapshot
    /// Every relation that shows a table's columns under some names: the table itself, and views over it.
    private let appearances: [RelationID: [Appearance]]

    /// A relation through which a table's columns can be reached.
    private struct Appearance {
        var relation: Relation
        /// Table column → the relation's column.
        var names: [String: String]

        /// The relation's names for all of a table's `columns`; nil when it lacks one.
        func columns(_ columns: [String]) -> [String]? {
            let found = columns.compactMap { names[$0] }
            return found.count == columns.count ? found : nil
        }
    }

    init(_ catalog: CatalogSnapshot) {
        self.catalog = catalog
        var appearances: [RelationID: [Appearance]] = [:]
        for relation in catalog.relations.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            switch relation.kind {
            case .table(let table) where table.partitionOf == nil:
                let names = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.name) })
                appearances[relation.id, default: []].append(Appearance(relation: relation, names: names))
            case .view:
                for (table, names) in ViewTrace(catalog).columns(of: relation) {
                    appearances[table, default: []].append(Appearance(relation: relation, names: names))
                }
            default: break
            }
        }
        self.appearances = appearances
    }

    func all() -> [Relationship] {
        var found: [Relationship] = []
        for relation in catalog.relations.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            guard let table = relation.table, table.partitionOf == nil else { continue }
            let keys = table.constraints.compactMap { constraint -> (String, ForeignKey)? in
                if case .foreignKey(let key) = constraint.kind { (constraint.name, key) } else { nil }
            }
            for (name, key) in keys { found += direct(name, key, from: relation, table) }
            found += junctions(through: relation, table, keys)
        }
        return found
    }

    // MARK: Along one key

    private func direct(_ name: String, _ key: ForeignKey, from relation: Relation, _ table: Table) -> [Relationship] {
        let isUnique = table.isUnique(key.columns)
        var found: [Relationship] = []
        for child in appearances[relation.id] ?? [] {
            guard let near = child.columns(key.columns) else { continue }
            for parent in appearances[key.referencedTable] ?? [] {
                guard let far = parent.columns(key.referencedColumns) else { continue }
                found.append(
                    relationship(child.relation, parent.relation, isUnique ? .oneToOne : .manyToOne, name, near, far)
                )
                found.append(
                    relationship(parent.relation, child.relation, isUnique ? .oneToOne : .oneToMany, name, far, near)
                )
            }
        }
        return found
    }

    private func relationship(
        _ source: Relation, _ target: Relation, _ cardinality: Relationship.Cardinality, _ constraint: String,
        _ near: [String], _ far: [String]
    ) -> Relationship {
        Relationship(
            source: source.id, target: target.id, sourceName: source.name, targetName: target.name,
            cardinality: cardinality, constraint: constraint,
            columns: zip(near, far).map { Relationship.ColumnPair(near: $0, far: $1) },
            isTargetView: target.view != nil
        )
    }

    // MARK: Across a junction

    /// A table links two others when two of its foreign keys lie within its primary key.
    private func junctions(
        through relation: Relation, _ table: Table, _ keys: [(String, ForeignKey)]
    ) -> [Relationship] {
        let primary = Set(table.primaryKey.map { table.columns[$0].name })
        let inside = keys.filter { Set($0.1.columns).isSubset(of: primary) }
        var found: [Relationship] = []
        for junction in appearances[relation.id] ?? [] {
            for first in inside {
                for second in inside where second.0 != first.0 {
                    guard let nearSide = junction.columns(first.1.columns),
                        let farSide = junction.columns(second.1.columns)
                    else { continue }
                    for source in appearances[first.1.referencedTable] ?? [] {
                        guard let sourceColumns = source.columns(first.1.referencedColumns) else { continue }
                        for target in appearances[second.1.referencedTable] ?? [] {
                            guard let targetColumns = target.columns(second.1.referencedColumns) else { continue }
                            var relationship = relationship(
                                source.relation, target.relation, .manyToMany, "", [], [])
                            relationship.junction = Relationship.Junction(
                                relation: junction.relation.id, name: junction.relation.name,
                                sourceConstraint: first.0, targetConstraint: second.0,
                                sourceColumns: zip(sourceColumns, nearSide).map { .init(near: $0, far: $1) },
                                targetColumns: zip(farSide, targetColumns).map { .init(near: $0, far: $1) }
                            )
                            found.append(relationship)
                        }
                    }
                }
            }
        }
        return found
    }
}

extension Table {
    /// Whether exactly these columns are a primary key or unique constraint.
    fileprivate func isUnique(_ columns: [String]) -> Bool {
        constraints.contains { constraint in
            switch constraint.kind {
            case .primaryKey(let key), .unique(let key, _): Set(key) == Set(columns)
            default: false
            }
        }
    }
}
