import PostgresSyntax
import PostgresTypes
import SQLite

/// What depends on an object, and how: Postgres' `pg_depend`, worked out from the catalog when it is needed.
struct Dependencies {
    /// One object that would be lost with another.
    struct Dependent {
        var object: DroppedObject
        /// The object it hangs on.
        var on: DroppedObject
        /// Goes without being asked for: a table's sequence, index or constraint.
        var isAutomatic: Bool
    }

    let catalog: CatalogSnapshot
    let searchPath: [String]
    /// Those of the catalog, oldest first: every step looks through them all.
    let relations: [Relation]

    init(catalog: CatalogSnapshot, searchPath: [String]) {
        self.catalog = catalog
        self.searchPath = searchPath
        relations = catalog.orderedRelations
    }

    private var policies: [(table: Relation, policy: Policy)] {
        relations.flatMap { relation in (relation.table?.policies ?? []).map { (relation, $0) } }
    }

    /// Everything that depends on `object`, each behind what depends on it, the youngest first.
    /// - Parameter found: what is dropped anyway. A part of it (a table's columns) counts as the whole.
    func all(on object: DroppedObject, found: inout Set<DroppedObject>) -> [Dependent] {
        var result: [Dependent] = []
        /// What hangs on a part of the object, such as its row type, is as old as that.
        func order(_ dependent: Dependent) -> ((UInt32, Int), (UInt32, Int)) {
            let own = age(dependent.object)
            return (dependent.on == object ? own : age(dependent.on), own)
        }
        for dependent in direct(on: object).sorted(by: { first, second in
            let (left, right) = (order(first), order(second))
            return left.0 == right.0 ? left.1 > right.1 : left.0 > right.0
        })
        where !found.contains(dependent.object) && !dependent.object.wholes.contains(where: found.contains) {
            found.insert(dependent.object)
            result += all(on: dependent.object, found: &found)
            result.append(dependent)
        }
        return result
    }

    /// The objects that depend on `object` itself, oldest first.
    func direct(on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        func add(_ dependent: DroppedObject, automatic: Bool = false, on other: DroppedObject? = nil) {
            found.append(Dependent(object: dependent, on: other ?? object, isAutomatic: automatic))
        }
        switch object {
        case .schema(let name):
            for relation in relations where relation.schema == name {
                if case .index = relation.kind { continue }
                add(.relation(relation.id))
            }
            for type in catalog.types.values.sorted(by: { $0.id.oid < $1.id.oid }) where type.schema == name {
                if type.isStandalone { add(.type(type.id)) }
            }
            for routine in catalog.orderedRoutines
            where routine.schema == name && !catalog.isRangeConstructor(routine.id) { add(.routine(routine.id)) }
            for (id, made) in catalog.textSearch.configurations where made.name.schema == name {
                add(.textSearchConfiguration(id))
            }
            for (id, made) in catalog.textSearch.dictionaries where made.name.schema == name {
                add(.textSearchDictionary(id))
            }
        case .relation(let id):
            guard let relation = catalog[id] else { break }
            for other in relations where other.view?.uses[id] != nil { add(.relation(other.id)) }
            for (table, policy) in policies where table.id != id && policy.uses[id] != nil {
                add(.policy(table.id, policy.name))
            }
            for other in relations where other.id != id {
                for rule in other.rules where rule.uses.contains(id) { add(.rule(other.id, rule.name)) }
            }
            for (child, constraint, _) in catalog.foreignKeys(to: id) {
                add(.constraint(child.id, constraint.name), automatic: child.id == id)
            }
            for other in relations where other.id != id {
                if other.sequence?.ownedBy == id { add(.relation(other.id), automatic: true) }
                if other.table?.partitionOf == id { add(.relation(other.id), automatic: true) }
            }
            if let type = relation.rowTypeID { found += uses(of: type, on: object, except: id) }
            if relation.sequence != nil { found += defaults(of: relation, on: object) }
        case .column(let id, let name): found += dependents(ofColumn: name, of: id, on: object)
        case .constraint(let id, let name):
            guard let table = catalog[id]?.table,
                let constraint = table.constraints.first(where: { $0.name == name }),
                let columns = constraint.keyColumns
            else { break }
            for (child, other, key) in catalog.foreignKeys(to: id) where Set(key.referencedColumns) == Set(columns) {
                add(.constraint(child.id, other.name))
            }
        case .columnDefault, .policy, .trigger, .rule, .cast, .eventTrigger: break
        case .routine(let id):
            for relation in relations {
                for trigger in relation.triggers where trigger.function == id {
                    add(.trigger(relation.id, trigger.name))
                }
            }
            found += uses(ofRoutine: id, on: object)
            for trigger in catalog.eventTriggers.values.sorted(by: { $0.id < $1.id }) where trigger.function == id {
                add(.eventTrigger(trigger.name))
            }
            for (key, cast) in catalog.orderedCasts where cast.method == .function(id) { add(.cast(key)) }
        case .type(let id):
            for (key, _) in catalog.orderedCasts where key.source == id || key.target == id {
                // The cast that came with a range goes with it.
                if case .range(let range)? = catalog.types[key.source]?.kind, range.multirange == key.target {
                    continue
                }
                add(.cast(key))
            }
            found += uses(of: id, on: object, except: nil)
        case .textSearchConfiguration(let id): found += uses(ofConfiguration: id, on: object)
        case .textSearchDictionary(let id):
            for user in catalog.textSearch.uses(id) { add(.textSearchConfiguration(user)) }
        }
        return found
    }

    private func dependents(ofColumn name: String, of id: RelationID, on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        guard let table = catalog[id]?.table else { return [] }
        for other in relations where other.view?.uses[id]?.contains(name) == true {
            found.append(Dependent(object: .relation(other.id), on: object, isAutomatic: false))
        }
        for (table, policy) in policies where policy.uses[id]?.contains(name) == true {
            found.append(Dependent(object: .policy(table.id, policy.name), on: object, isAutomatic: false))
        }
        for column in table.columns where column.generated?.columnNames.contains(name) == true {
            found.append(Dependent(object: .column(id, column.name), on: object, isAutomatic: false))
        }
        for constraint in table.constraints where constraint.uses(name) {
            found.append(Dependent(object: .constraint(id, constraint.name), on: object, isAutomatic: true))
        }
        for (child, constraint, key) in catalog.foreignKeys(to: id)
        where child.id != id && key.referencedColumns.contains(name) {
            found.append(
                Dependent(object: .constraint(child.id, constraint.name), on: object, isAutomatic: false))
        }
        for sequence in relations {
            if let definition = sequence.sequence, definition.ownedBy == id, definition.ownedByColumn == name {
                found.append(Dependent(object: .relation(sequence.id), on: object, isAutomatic: true))
            }
        }
        return found
    }
}

extension Relation {
    var rowTypeID: TypeID? {
        switch kind {
        case .table(let table): table.rowType
        case .view(let view): view.rowType
        case .sequence, .index: nil
        }
    }
}

extension UserType {
    /// Made by CREATE TYPE or CREATE DOMAIN, not along with something else.
    var isStandalone: Bool {
        switch kind {
        case .enumeration, .domain, .composite, .range: true
        case .row, .array, .multirange: false
        }
    }
}

extension Constraint {
    /// The foreign key it is, if it is one.
    var foreignKey: ForeignKey? { if case .foreignKey(let key) = kind { key } else { nil } }

    /// The columns of a primary key or unique constraint.
    var keyColumns: [String]? {
        switch kind {
        case .primaryKey(let columns), .unique(let columns, _): columns
        case .check, .foreignKey, .exclusion: nil
        }
    }

    func uses(_ column: String) -> Bool {
        switch kind {
        case .primaryKey(let columns), .unique(let columns, _): columns.contains(column)
        case .check(let condition): condition.columnNames.contains(column)
        case .foreignKey(let key): key.columns.contains(column)
        case .exclusion(let exclusion): exclusion.uses(column)
        }
    }
}

extension ExclusionDefinition {
    fileprivate func uses(_ column: String) -> Bool {
        elements.contains { $0.key.columnNames.contains(column) } || filter?.columnNames.contains(column) == true
    }
}
