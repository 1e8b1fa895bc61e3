import PostgresSyntax
import PostgresTypes

/// EXCLUDE constraints.
extension CatalogEditor {
    mutating func addExclusion(
        _ exclusion: ExclusionDefinition, _ definition: ConstraintDefinition, to id: RelationID, isNew: Bool
    ) throws(PostgresError) {
        guard let relation = catalog[id], relation.table != nil else { return }
        if validates {
            let expressions = ColumnExpressions(catalog: catalog, context: context)
            _ = try expressions.bindExclusion(exclusion, over: id, path: searchPath)
            try checkOperatorClasses(exclusion, expressions, over: id)
        }
        let name: String
        if let given = definition.name {
            name = ObjectNames.clip(given)
            guard relation.table?.constraints.contains(where: { $0.name == name }) != true else {
                throw .duplicateConstraint(name, of: relation.name)
            }
            try checkFree(relation.schema, name, takesType: false)
        } else {
            let columns = exclusion.elements.map { CreateIndex.Key($0.key) }.columnNames
            let editor = self
            name = ObjectNames.choose(relation.name, ObjectNames.joined(columns), label: "excl") {
                editor.isRelationNameTaken(relation.schema, $0) || editor.isConstraintNameTaken(relation.schema, $0)
            }
        }
        var index = Index(
            id: RelationID(newOID()), name: name, method: exclusion.method,
            keys: exclusion.elements.map { CreateIndex.Key($0.key) }, filter: exclusion.filter, isUnique: false,
            constraint: name)
        index.expressionPath = searchPath
        var constraint = Constraint(
            name: name, kind: .exclusion(exclusion),
            isDeferrable: definition.isDeferrable || definition.isInitiallyDeferred,
            isInitiallyDeferred: definition.isInitiallyDeferred)
        constraint.expressionPath = searchPath
        constraint.oid = newOID()
        let made = (index: index, constraint: constraint)
        try updateTable(id) { table in
            table.indexes.append(made.index)
            table.constraints.append(made.constraint)
        }
        add(Relation(id: index.id, schema: relation.schema, name: name, owner: relation.owner, kind: .index(id)))
        if !isNew { request(.checkConstraint(id, name: name)) }
    }

    /// GiST compares plain values only with the help of an extension.
    private func checkOperatorClasses(
        _ exclusion: ExclusionDefinition, _ expressions: ColumnExpressions, over id: RelationID
    ) throws(PostgresError) {
        guard exclusion.method == "gist", catalog.extensions["btree_gist"] == nil else { return }
        for element in exclusion.elements {
            let type = try expressions.bindKey(element.key, over: id, path: searchPath).type.type
            switch catalog.postgresType(of: type) {
            case .range, .inet, .cidr, .tsvector, .tsquery, .unsupported: continue
            default:
                throw PostgresError(
                    "42704",
                    "data type \(catalog.typeName(TypeReference(type), searchPath: searchPath)) has no default operator "
                        + "class for access method \"gist\"",
                    hint: "You must specify an operator class for the index or define a default operator class for "
                        + "the data type.")
            }
        }
    }
}
