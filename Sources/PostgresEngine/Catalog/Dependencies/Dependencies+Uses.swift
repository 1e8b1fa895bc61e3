import PostgresSyntax
import PostgresTypes
import SQLite

/// Who uses a type, a routine, a text search configuration or a sequence, by what definitions say.
extension Dependencies {
    /// Columns, types and views made of a type.
    func uses(of id: TypeID, on object: DroppedObject, except own: RelationID?) -> [Dependent] {
        var ids: Set<TypeID> = [id, catalog.types[id]?.arrayType ?? id]
        if case .range(let range)? = catalog.types[id]?.kind {
            ids.formUnion([range.multirange, catalog.types[range.multirange]?.arrayType ?? id])
        }
        var found: [Dependent] = []
        for relation in relations where relation.id != own {
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
                case .enumeration, .row, .array, .range, .multirange: false
                }
            if isUser { found.append(Dependent(object: .type(type.id), on: object, isAutomatic: false)) }
        }
        for routine in catalog.orderedRoutines {
            let types = routine.parameters.map(\.type.type) + [routine.result.type]
            guard let used = types.first(where: ids.contains), !catalog.isRangeConstructor(routine.id) else { continue }
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
    func uses(ofRoutine id: FunctionID, on object: DroppedObject) -> [Dependent] {
        guard let routine = catalog[id] else { return [] }
        var found: [Dependent] = []
        func add(_ dependent: DroppedObject) {
            found.append(Dependent(object: dependent, on: object, isAutomatic: false))
        }
        for relation in relations {
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
    func uses(ofConfiguration id: UInt32, on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        func add(_ dependent: DroppedObject) {
            found.append(Dependent(object: dependent, on: object, isAutomatic: false))
        }
        func names(_ expression: Expression?, _ path: [String], _ table: Relation) -> Bool {
            let names = CatalogNames(catalog, path)
            guard let expression, expression.strings.contains(where: { (try? names.find($0, .regconfig)) == id }) else {
                return false
            }
            // The same word may be any other text.
            let typed = try? Binder(catalog: catalog, searchPath: path, context: .unset)
                .bindExpression(expression, overTable: table.id)
            return typed?.mentions(configuration: id) ?? true
        }
        for relation in relations {
            if let view = relation.view {
                let query = try? Binder(catalog: catalog, searchPath: view.searchPath, context: .unset)
                    .bindQuery(view.query).query
                if query?.mentions(configuration: id) == true { add(.relation(relation.id)) }
            }
            guard let table = relation.table else { continue }
            for policy in table.policies
            where [policy.using, policy.check].contains(where: { names($0?.value, $0?.path ?? [], relation) }) {
                add(.policy(relation.id, policy.name))
            }
            for index in table.indexes
            where index.keys.contains(where: { names($0.value, searchPath, relation) })
                || names(index.filter, searchPath, relation)
            {
                add(.relation(index.id))
            }
            for column in table.columns {
                if names(column.defaultValue, column.expressionPath, relation) {
                    add(.columnDefault(relation.id, column.name))
                }
                if names(column.generated, column.expressionPath, relation) { add(.column(relation.id, column.name)) }
            }
            for constraint in table.constraints {
                if case .check(let condition) = constraint.kind, names(condition, searchPath, relation) {
                    add(.constraint(relation.id, constraint.name))
                }
            }
        }
        return found
    }

    /// Defaults that call a sequence.
    func defaults(of sequence: Relation, on object: DroppedObject) -> [Dependent] {
        var found: [Dependent] = []
        for relation in relations {
            for column in relation.table?.columns ?? [] {
                let isCalled = column.defaultValue?.calledSequences.contains {
                    catalog.relation($0, searchPath: column.expressionPath)?.id == sequence.id
                }
                guard isCalled == true else { continue }
                found.append(
                    Dependent(object: .columnDefault(relation.id, column.name), on: object, isAutomatic: false))
            }
        }
        return found
    }
}

extension TypedExpression {
    /// Whether it holds a configuration's OID.
    func mentions(configuration id: UInt32) -> Bool {
        !walk { node, _ in
            if node.type.type.oid == 3734, node.node == .constant(.integer(Int64(id))) { return .stop }
            if case .subquery(let subquery) = node.node, subquery.query.mentions(configuration: id) { return .stop }
            return .intoChildren
        }
    }

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
