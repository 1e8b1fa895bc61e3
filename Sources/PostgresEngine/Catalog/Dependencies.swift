import PostgresSyntax
import PostgresTypes
import SQLite

/// Something that DROP can take away.
enum DroppedObject: Hashable {
    case schema(String)
    case relation(RelationID)
    case column(RelationID, String)
    case constraint(RelationID, String)
    case columnDefault(RelationID, String)
    case type(TypeID)
    /// The policy of that name on a table.
    case policy(RelationID, String)
    case routine(FunctionID)
    case trigger(RelationID, String)
    case cast(CastKey)
    case eventTrigger(String)
    case textSearchConfiguration(UInt32)
    case textSearchDictionary(UInt32)

    /// What it is a part of.
    fileprivate var wholes: [DroppedObject] {
        switch self {
        case .column(let id, _), .constraint(let id, _), .policy(let id, _), .trigger(let id, _): [.relation(id)]
        case .columnDefault(let id, let name): [.relation(id), .column(id, name)]
        case .schema, .relation, .type, .routine, .cast, .eventTrigger, .textSearchConfiguration,
            .textSearchDictionary:
            []
        }
    }
}

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
            for relation in catalog.orderedRelations where relation.schema == name {
                if case .index = relation.kind { continue }
                add(.relation(relation.id))
            }
            for type in catalog.types.values.sorted(by: { $0.id.oid < $1.id.oid }) where type.schema == name {
                if type.isStandalone { add(.type(type.id)) }
            }
            for routine in catalog.orderedRoutines where routine.schema == name { add(.routine(routine.id)) }
            for (id, made) in catalog.textSearch.configurations where made.name.schema == name {
                add(.textSearchConfiguration(id))
            }
            for (id, made) in catalog.textSearch.dictionaries where made.name.schema == name {
                add(.textSearchDictionary(id))
            }
        case .relation(let id):
            guard let relation = catalog[id] else { break }
            for other in catalog.orderedRelations where other.view?.uses[id] != nil { add(.relation(other.id)) }
            for (table, policy) in catalog.policies where table.id != id && policy.uses[id] != nil {
                add(.policy(table.id, policy.name))
            }
            for (child, constraint, _) in catalog.foreignKeys(to: id) {
                add(.constraint(child.id, constraint.name), automatic: child.id == id)
            }
            for other in catalog.orderedRelations where other.id != id {
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
        case .columnDefault, .policy, .trigger, .cast, .eventTrigger: break
        case .routine(let id):
            for relation in catalog.orderedRelations {
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
            for (key, _) in catalog.orderedCasts where key.source == id || key.target == id { add(.cast(key)) }
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
        for other in catalog.orderedRelations where other.view?.uses[id]?.contains(name) == true {
            found.append(Dependent(object: .relation(other.id), on: object, isAutomatic: false))
        }
        for (table, policy) in catalog.policies where policy.uses[id]?.contains(name) == true {
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
        for sequence in catalog.orderedRelations {
            if let definition = sequence.sequence, definition.ownedBy == id, definition.ownedByColumn == name {
                found.append(Dependent(object: .relation(sequence.id), on: object, isAutomatic: true))
            }
        }
        return found
    }

    /// Columns, types and views made of a type.
    private func uses(of id: TypeID, on object: DroppedObject, except own: RelationID?) -> [Dependent] {
        let ids: Set<TypeID> = [id, catalog.types[id]?.arrayType ?? id]
        var found: [Dependent] = []
        for relation in catalog.orderedRelations where relation.id != own {
            let used = relation.columns.filter { ids.contains($0.type.type) }
            if relation.table != nil {
                for column in used {
                    found.append(
                        Dependent(
                            object: .column(relation.id, column.name),
                            on: column.type.type == id ? object : .type(column.type.type), isAutomatic: false))
                }
            } else if relation.view != nil, !used.isEmpty {
                found.append(Dependent(object: .relation(relation.id), on: object, isAutomatic: false))
            }
        }
        for type in catalog.types.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            let isUser =
                switch type.kind {
                case .domain(let domain): ids.contains(domain.base.type)
                case .composite(let fields): fields.contains { ids.contains($0.type.type) }
                case .enumeration, .row, .array: false
                }
            if isUser { found.append(Dependent(object: .type(type.id), on: object, isAutomatic: false)) }
        }
        for routine in catalog.orderedRoutines {
            let types = routine.parameters.map(\.type.type) + [routine.result.type]
            guard let used = types.first(where: ids.contains) else { continue }
            found.append(
                Dependent(
                    object: .routine(routine.id), on: .type(used), isAutomatic: false))
        }
        return found
    }

    private func calls(_ id: FunctionID, _ policy: Policy, of relation: Relation) -> Bool {
        [policy.using, policy.check].contains { expression in
            guard let expression else { return false }
            let bound = try? ColumnExpressions(catalog: catalog, context: .unset)
                .bindPolicy(expression, over: relation.id).value
            return bound.map { !$0.walk(callsNot: id) } ?? false
        }
    }

    /// Views, policies, indexes, defaults, generated columns and CHECKs that call a routine.
    private func uses(ofRoutine id: FunctionID, on object: DroppedObject) -> [Dependent] {
        guard let routine = catalog[id] else { return [] }
        var found: [Dependent] = []
        func add(_ dependent: DroppedObject) {
            found.append(Dependent(object: dependent, on: object, isAutomatic: false))
        }
        for relation in catalog.orderedRelations {
            if let view = relation.view {
                let query = try? Binder(catalog: catalog, searchPath: view.searchPath, context: .unset)
                    .bindQuery(view.query).query
                if query?.calls(id) == true { add(.relation(relation.id)) }
            }
            for policy in relation.table?.policies ?? [] where calls(id, policy, of: relation) {
                add(.policy(relation.id, policy.name))
            }
            for index in relation.table?.indexes ?? [] {
                let parts = index.keys.map(\.value) + [index.filter].compactMap { $0 }
                if parts.contains(where: { $0.callNames.contains(routine.name) }) { add(.relation(index.id)) }
            }
            for column in relation.table?.columns ?? [] {
                if column.defaultValue?.callNames.contains(routine.name) == true {
                    add(.columnDefault(relation.id, column.name))
                }
                if column.generated?.callNames.contains(routine.name) == true {
                    add(.column(relation.id, column.name))
                }
            }
            for constraint in relation.table?.constraints ?? [] {
                if case .check(let condition) = constraint.kind, condition.callNames.contains(routine.name) {
                    add(.constraint(relation.id, constraint.name))
                }
            }
        }
        return found
    }

    /// Views, policies, indexes, defaults, generated columns and CHECKs with the literal name of a configuration.
    private func uses(ofConfiguration id: UInt32, on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        func add(_ dependent: DroppedObject) {
            found.append(Dependent(object: dependent, on: object, isAutomatic: false))
        }
        func names(_ expression: Expression?, _ path: [String]) -> Bool {
            let names = CatalogNames(catalog, path)
            return expression?.strings.contains { (try? names.find($0, .regconfig)) == id } ?? false
        }
        for relation in catalog.orderedRelations {
            if let view = relation.view {
                let query = try? Binder(catalog: catalog, searchPath: view.searchPath, context: .unset)
                    .bindQuery(view.query).query
                if query?.mentions(configuration: id) == true { add(.relation(relation.id)) }
            }
            guard let table = relation.table else { continue }
            for policy in table.policies
            where [policy.using, policy.check].contains(where: { names($0?.value, $0?.path ?? []) }) {
                add(.policy(relation.id, policy.name))
            }
            for index in table.indexes
            where index.keys.contains(where: { names($0.value, searchPath) }) || names(index.filter, searchPath) {
                add(.relation(index.id))
            }
            for column in table.columns {
                if names(column.defaultValue, column.expressionPath) { add(.columnDefault(relation.id, column.name)) }
                if names(column.generated, column.expressionPath) { add(.column(relation.id, column.name)) }
            }
            for constraint in table.constraints {
                if case .check(let condition) = constraint.kind, names(condition, searchPath) {
                    add(.constraint(relation.id, constraint.name))
                }
            }
        }
        return found
    }

    /// Defaults that call a sequence.
    private func defaults(of sequence: Relation, on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        for relation in catalog.orderedRelations {
            for column in relation.table?.columns ?? [] {
                guard let name = column.defaultValue?.nextValueSequence,
                    catalog.relation(name, searchPath: column.expressionPath)?.id == sequence.id
                else { continue }
                found.append(
                    Dependent(object: .columnDefault(relation.id, column.name), on: object, isAutomatic: false))
            }
        }
        return found
    }

    /// When an object was made, as far as the catalog can tell: a table's parts count as old as the table.
    /// Of the columns of one table the last comes first.
    func age(_ object: DroppedObject) -> (UInt32, Int) {
        switch object {
        case .schema: return (0, 0)
        case .relation(let id): return (id.oid, 0)
        case .column(let id, let name), .columnDefault(let id, let name):
            return (id.oid, -(catalog[id]?.table?.position(of: name) ?? 0))
        case .constraint(let id, let name):
            return (catalog[id]?.table?.constraints.first { $0.name == name }?.oid ?? id.oid, 0)
        case .type(let id): return (id.oid, 0)
        case .policy(let id, let name):
            return (catalog[id]?.table?.policies.first { $0.name == name }?.oid ?? id.oid, 0)
        case .routine(let id): return (id.oid, 0)
        case .eventTrigger(let name): return (catalog.eventTriggers[name]?.id ?? 0, 0)
        case .cast(let key): return (catalog.casts[key]?.id ?? 0, 0)
        case .textSearchConfiguration(let id), .textSearchDictionary(let id): return (id, 0)
        case .trigger(let id, let name): return (catalog[id]?.triggers.first { $0.name == name }?.oid ?? id.oid, 0)
        }
    }

    // MARK: Descriptions

    /// `table t`, `view s.v`, `constraint c on table t`: an object as messages name it.
    func description(_ object: DroppedObject) -> String {
        switch object {
        case .schema(let name): return "schema \(ObjectNames.quoted(name))"
        case .relation(let id):
            guard let relation = catalog[id] else { return "relation" }
            return "\(relation.kindName) \(catalog.display(relation, searchPath: searchPath))"
        case .column(let id, let name): return "column \(name) of \(description(.relation(id)))"
        case .constraint(let id, let name):
            return "constraint \(name) on \(description(.relation(id)))"
        case .columnDefault(let id, let name):
            return "default value for column \(name) of \(description(.relation(id)))"
        case .policy(let id, let name):
            return "policy \(name) on \(description(.relation(id)))"
        case .type(let id): return "type \(catalog.typeName(TypeReference(id), searchPath: searchPath))"
        case .routine(let id):
            return "function \(CatalogNames(catalog, searchPath).name(id.oid, .regprocedure) ?? "")"
        case .eventTrigger(let name): return "event trigger \(ObjectNames.quoted(name))"
        case .cast(let key):
            let names = [key.source, key.target].map { catalog.typeName(TypeReference($0), searchPath: searchPath) }
            return "cast from \(names[0]) to \(names[1])"
        case .textSearchConfiguration(let id):
            let name = CatalogNames(catalog, searchPath).name(id, .regconfig) ?? ""
            return "text search configuration \(name)"
        case .textSearchDictionary(let id):
            let name = CatalogNames(catalog, searchPath).name(id, .regdictionary) ?? ""
            return "text search dictionary \(name)"
        case .trigger(let id, let name):
            return "trigger \(name) on \(description(.relation(id)))"
        }
    }

    /// As `description`, but a key that foreign keys hang on is its index.
    func target(_ object: DroppedObject) -> String {
        if case .constraint(let id, let name) = object,
            catalog[id]?.table?.constraints.first(where: { $0.name == name })?.keyColumns != nil,
            let index = catalog[id]?.table?.indexes.first(where: { $0.constraint == name }),
            let relation = catalog[index.id]
        {
            return "index \(catalog.display(relation, searchPath: searchPath))"
        }
        return description(object)
    }
}

extension TypedExpression {
    /// Visits its nodes until one calls the function; whether none does.
    fileprivate func walk(callsNot function: FunctionID) -> Bool {
        walk { node, _ in
            if case .call(let call) = node.node, call.function == function { return .stop }
            if case .subquery(let subquery) = node.node, subquery.query.calls(function) { return .stop }
            return .intoChildren
        }
    }
}

extension TypedQuery {
    /// Whether it calls a function, in an expression or in FROM.
    func calls(_ function: FunctionID) -> Bool {
        let isCalled = !walk(depth: 0) { node, _ in
            if case .call(let call) = node.node, call.function == function { return .stop }
            if case .subquery(let subquery) = node.node, subquery.query.callsInFrom(function) { return .stop }
            return .intoChildren
        }
        return isCalled || callsInFrom(function)
    }

    /// Whether an expression holds a configuration's OID.
    func mentions(configuration id: UInt32) -> Bool {
        !walk(depth: 0) { node, _ in
            if node.type.type.oid == 3734, node.node == .constant(.integer(Int64(id))) { return .stop }
            if case .subquery(let subquery) = node.node, subquery.query.mentions(configuration: id) { return .stop }
            return .intoChildren
        }
    }

    private func callsInFrom(_ function: FunctionID) -> Bool {
        if commonTables.contains(where: { $0.query.calls(function) }) { return true }
        switch body {
        case .values: return false
        case .setOperation(_, _, let left, let right): return left.calls(function) || right.calls(function)
        case .select(let select):
            return select.ranges.contains { range in
                switch range.source {
                case .functions(let calls, _): calls.contains { $0.function == function }
                case .subquery(let query, _): query.calls(function)
                default: false
                }
            }
        }
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
        case .enumeration, .domain, .composite: true
        case .row, .array: false
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
