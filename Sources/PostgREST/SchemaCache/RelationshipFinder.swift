import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Derives every relationship from the foreign keys of the catalog: both ways along each key, across junctions,
/// and the same for views over the tables, column by column.
struct RelationshipFinder {
    private let catalog: CatalogSnapshot
    /// Every relation that shows a table's columns under some names: the table itself, and views over it.
    private let appearances: [RelationID: [Appearance]]
    /// Of tables their primary keys, of views the columns that show the whole primary key of a table behind them.
    let primaryKeys: [RelationID: [String]]

    /// A relation through which a table's columns can be reached.
    private struct Appearance {
        var relation: Relation
        /// Table column → the relation's columns that show it.
        var names: [String: [String]]

        /// The relation's names for all of a table's `columns`, in every combination; none when it lacks one.
        func columns(_ columns: [String]) -> [[String]] {
            columns.reduce([[]]) { found, column in
                found.flatMap { start in (names[column] ?? []).map { start + [$0] } }
            }
        }
    }

    init(_ catalog: CatalogSnapshot) {
        self.catalog = catalog
        var appearances: [RelationID: [Appearance]] = [:]
        var keys: [RelationID: [String]] = [:]
        for relation in catalog.relations.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            switch relation.kind {
            case .table(let table) where table.partitionOf == nil:
                keys[relation.id] = table.primaryKeyNames
                let names = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, [$0.name]) })
                appearances[relation.id, default: []].append(Appearance(relation: relation, names: names))
            case .view:
                let traced = ViewTrace(catalog).columns(of: relation).sorted { $0.key.oid < $1.key.oid }
                for (id, names) in traced {
                    let appearance = Appearance(relation: relation, names: names)
                    appearances[id, default: []].append(appearance)
                    // Where a view shows a key column twice, the first one stands for it.
                    guard let key = catalog[id]?.table?.primaryKeyNames, !key.isEmpty else { continue }
                    if let shown = appearance.columns(key).first { keys[relation.id, default: []] += shown }
                }
            default: break
            }
        }
        self.appearances = appearances
        primaryKeys = keys
    }

    func all() -> [Relationship] {
        var along: [Relationship] = []
        for relation in catalog.relations.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            guard let table = relation.table, table.partitionOf == nil else { continue }
            for constraint in table.constraints {
                if case .foreignKey(let key) = constraint.kind {
                    along += self.along(constraint.name, key, from: relation, table)
                }
            }
        }
        let computed = computed()
        // A function of the target's name stands for the relationship that the keys would give.
        let found = (along + along.map(\.inverse) + across(along)).filter { key in
            !computed.contains { $0.source == key.source && $0.function == name(of: key.target) }
        }
        return found + computed
    }

    private func name(of id: RelationID) -> Relationship.Function? {
        catalog[id].map { Relationship.Function(schema: $0.schema, name: $0.name) }
    }

    // MARK: Along a function

    /// Functions from the row of one relation to rows of another: to one where they return no set, or one of ROWS 1.
    private func computed() -> [Relationship] {
        catalog.orderedRoutines.compactMap { routine in
            guard !routine.isProcedure, routine.outputs.isEmpty, routine.inputs.count == 1,
                let source = catalog.relation(ofRowType: routine.inputs[0].type.type),
                let target = catalog.relation(ofRowType: routine.result.type)
            else { return nil }
            let isToOne = !routine.isSet || routine.estimatedRows == 1
            return Relationship(
                source: source.id, target: target.id, sourceName: source.name, targetName: target.name,
                cardinality: isToOne ? .manyToOne : .oneToMany, constraint: "", columns: [],
                isTargetView: target.view != nil, isSourceView: source.view != nil,
                function: Relationship.Function(schema: routine.schema, name: routine.name))
        }
    }

    // MARK: Along one key

    /// From every relation that shows the referencing columns to every one that shows the referenced ones.
    private func along(_ name: String, _ key: ForeignKey, from relation: Relation, _ table: Table) -> [Relationship] {
        let cardinality: Relationship.Cardinality = table.isUnique(key.columns) ? .oneToOne : .manyToOne
        var found: [Relationship] = []
        for child in appearances[relation.id] ?? [] {
            for near in child.columns(key.columns) {
                for parent in appearances[key.referencedTable] ?? [] {
                    for far in parent.columns(key.referencedColumns) {
                        found.append(
                            Relationship(
                                source: child.relation.id, target: parent.relation.id,
                                sourceName: child.relation.name, targetName: parent.relation.name,
                                cardinality: cardinality, constraint: name,
                                columns: zip(near, far).map { Relationship.ColumnPair(near: $0, far: $1) },
                                isTargetView: parent.relation.view != nil, isSourceView: child.relation.view != nil))
                    }
                }
            }
        }
        return found
    }

    // MARK: Across a junction

    /// A table or view links two others when the columns of two of its foreign keys lie within its primary key.
    private func across(_ along: [Relationship]) -> [Relationship] {
        var found: [Relationship] = []
        let byJunction = Dictionary(grouping: along.filter { $0.cardinality == .manyToOne }, by: \.source)
        for (id, keys) in byJunction {
            guard let junction = catalog[id] else { continue }
            let primary = Set(primaryKeys[id] ?? [])
            let inside = keys.filter { $0.columns.allSatisfy { primary.contains($0.near) } }
            for first in inside {
                for second in inside where second.constraint != first.constraint {
                    found.append(
                        Relationship(
                            source: first.target, target: second.target, sourceName: first.targetName,
                            targetName: second.targetName, cardinality: .manyToMany, constraint: "", columns: [],
                            junction: Relationship.Junction(
                                relation: id, schema: junction.schema, name: junction.name,
                                sourceConstraint: first.constraint, targetConstraint: second.constraint,
                                sourceColumns: first.columns.map(\.swapped), targetColumns: second.columns),
                            isTargetView: second.isTargetView, isSourceView: first.isTargetView))
                }
            }
        }
        return found
    }
}

extension CatalogSnapshot {
    /// The table or view whose rows are of this type.
    func relation(ofRowType type: TypeID) -> Relation? {
        guard case .row(let id)? = types[type]?.kind else { return nil }
        return self[id]
    }

    /// The type of a relation's rows.
    func rowType(of id: RelationID) -> TypeID? { self[id].flatMap { $0.table?.rowType ?? $0.view?.rowType } }
}

extension Table {
    var primaryKeyNames: [String] { primaryKey.map { columns[$0].name } }

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
