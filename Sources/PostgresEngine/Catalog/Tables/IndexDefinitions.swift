import PostgresSyntax
import PostgresTypes

/// CREATE INDEX.
extension CatalogEditor {
    mutating func createIndex(_ definition: CreateIndex) throws(PostgresError) {
        let relation = try existing(definition.table)
        guard relation.isStored else {
            throw PostgresError(
                "42809", "cannot create index on relation \"\(relation.name)\"",
                detail: "This operation is not supported for \(relation.kindName)s.")
        }
        try checkOwner(of: relation)
        guard accessMethods.contains(definition.method) else {
            throw PostgresError("42704", "access method \"\(definition.method)\" does not exist")
        }
        if definition.isUnique && definition.method != "btree" {
            throw PostgresError("0A000", "access method \"\(definition.method)\" does not support unique indexes")
        }
        let columnNames = relation.columns.map(\.name)
        for key in definition.keys {
            for used in key.value.columnNames where !columnNames.contains(used) {
                throw PostgresError("42703", "column \"\(used)\" does not exist")
            }
        }
        for used in definition.including where !columnNames.contains(used) {
            throw PostgresError("42703", "column \"\(used)\" does not exist")
        }
        let name: String
        if let given = definition.name {
            name = ObjectNames.clip(given)
            if isRelationNameTaken(relation.schema, name) {
                if definition.ifNotExists {
                    return notice("relation \"\(name)\" already exists, skipping", code: "42P07")
                }
                throw .duplicateRelation(name)
            }
        } else {
            name = indexName(definition.keys.columnNames + definition.including, on: relation)
        }
        if validates { try checkIndexExpressions(definition, over: relation.id) }
        if definition.isUnique {
            try checkUniqueness(over: definition.keys.map(\.plainColumn), as: "UNIQUE", of: relation)
        }
        var index = Index(
            id: RelationID(newOID()), name: name, method: definition.method, keys: definition.keys,
            filter: definition.filter, isUnique: definition.isUnique, nullsNotDistinct: definition.nullsNotDistinct)
        index.including = definition.including
        index.expressionPath = searchPath
        updateIndexes(of: relation.id) { $0.append(index) }
        add(
            Relation(
                id: index.id, schema: relation.schema, name: name, owner: relation.owner, kind: .index(relation.id)))
        request(.createIndex(index.id, on: relation.id))
        if !definition.isOnly { try shareIndex(index, of: relation.id) }
    }

    /// The name that PostgreSQL makes up for an index.
    func indexName(_ columns: [String], on relation: Relation) -> String {
        ObjectNames.choose(relation.name, ObjectNames.joined(columns), label: "idx") {
            isRelationNameTaken(relation.schema, $0)
        }
    }

    private func checkIndexExpressions(_ definition: CreateIndex, over id: RelationID) throws(PostgresError) {
        let expressions = ColumnExpressions(catalog: catalog, context: context)
        for key in definition.keys {
            if case .column(let names) = key.value.node {
                if key.operatorClass.isEmpty, let column = catalog[id]?.columns.first(where: { $0.name == names.last })
                {
                    try checkOperatorClass(of: column.type, method: definition.method)
                }
                continue
            }
            let typed = try expressions.bindKey(key.value, over: id, path: searchPath)
            if key.operatorClass.isEmpty { try checkOperatorClass(of: typed.type, method: definition.method) }
            guard typed.isImmutable(catalog) else {
                throw PostgresError("42P17", "functions in index expression must be marked IMMUTABLE")
            }
        }
        if let filter = definition.filter {
            let typed = try expressions.bindFilter(filter, over: id, path: searchPath)
            guard typed.isImmutable(catalog) else {
                throw PostgresError("42P17", "functions in index predicate must be marked IMMUTABLE")
            }
        }
    }

    mutating func updateIndexes(of id: RelationID, _ change: (inout [Index]) -> Void) {
        updateParts(of: id, \.indexes, \.indexes, change)
    }

}

extension [CreateIndex.Key] {
    /// The names Postgres gives to the columns of an index, made distinct by numbers.
    var columnNames: [String] {
        var names: [String] = []
        for key in self {
            let base = Self.columnName(key.value) ?? "expr"
            var name = base
            var number = 1
            while names.contains(name) {
                name = "\(base)\(number)"
                number += 1
            }
            names.append(name)
        }
        return names
    }

    private static func columnName(_ expression: Expression) -> String? {
        switch expression.node {
        case .column(let parts): parts.last
        case .call(let call): call.name.last
        case .cast(let inner, let type): columnName(inner) ?? type.names.last
        case .coalesce: "coalesce"
        case .extremum(_, let isGreatest): isGreatest ? "greatest" : "least"
        case .nullIf: "nullif"
        case .caseWhen(_, _, let otherwise): otherwise.flatMap(columnName) ?? "case"
        case .collate(let inner, _): columnName(inner)
        case .element(let inner, _): columnName(inner)
        case .field(_, let name): name
        case .array: "array"
        case .row: "row"
        default: nil
        }
    }
}

extension CreateIndex.Key {
    /// The column that it is; nil for an expression.
    fileprivate var plainColumn: String? {
        guard case .column(let names) = value.node, names.count == 1 else { return nil }
        return names[0]
    }
}

/// Those of Postgres and of pgvector. Only btree indexes are built; the others change no result.
private let accessMethods: Set<String> = ["btree", "hash", "gin", "gist", "brin", "spgist", "ivfflat", "hnsw"]
