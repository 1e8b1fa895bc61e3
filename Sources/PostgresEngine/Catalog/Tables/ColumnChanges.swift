import PostgresSyntax
import PostgresTypes

/// What ALTER TABLE does to one column: ADD COLUMN, SET DEFAULT, SET NOT NULL, TYPE and identities.
extension CatalogEditor {
    func column(_ name: String, of relation: Relation) throws(PostgresError) -> (position: Int, column: Column) {
        guard let table = relation.table, let position = table.position(of: name) else {
            throw .undefinedColumn(name, of: relation.name)
        }
        return (position, table.columns[position])
    }

    func notIdentity(_ column: String, _ relation: Relation) -> PostgresError {
        PostgresError("55000", "column \"\(column)\" of relation \"\(relation.name)\" is not an identity column")
    }

    mutating func addColumn(
        _ definition: ColumnDefinition, ifNotExists: Bool, to relation: Relation
    ) throws(PostgresError) {
        let name = ObjectNames.clip(definition.name)
        if relation.table?.position(of: name) != nil {
            if ifNotExists {
                return notice(
                    "column \"\(name)\" of relation \"\(relation.name)\" already exists, skipping", code: "42701")
            }
            throw .duplicateColumn(name, of: relation.name)
        }
        var build = TableBuild(schema: relation.schema, name: relation.name)
        try add(definition, to: &build)
        let column = build.columns[0]
        try updateTable(relation.id) { $0.columns.append(column) }
        try checkColumnNames(catalog[relation.id]?.table?.columns ?? [])
        try adoptSequences(of: relation.id)
        try checkColumnExpressions(of: relation.id, [name])
        request(.addColumn(relation.id, column: name))
        if column.defaultValue != nil || column.generated != nil || column.identity != nil
            || isDomainWithRules(column.type)
        {
            request(.fillColumn(relation.id, column: name))
        }
        if column.isNotNull { request(.checkNotNull(relation.id, column: name)) }
        try addConstraints(build.constraints, to: relation.id, isNew: false)
    }

    private func isDomainWithRules(_ type: TypeReference) -> Bool {
        if case .domain? = catalog.types[type.type]?.kind { true } else { false }
    }

    mutating func setDefault(
        _ value: Expression?, column name: String, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        if column.identity != nil {
            throw .syntax("column \"\(name)\" of relation \"\(relation.name)\" is an identity column")
        }
        if column.generated != nil {
            throw .syntax("column \"\(name)\" of relation \"\(relation.name)\" is a generated column")
        }
        let path = searchPath
        try updateTable(relation.id) {
            $0.columns[position].defaultValue = value
            $0.columns[position].expressionPath = path
        }
        try checkColumnExpressions(of: relation.id, [name])
    }

    mutating func setNotNull(
        _ flag: Bool, column name: String, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        if flag { return try makeNotNull([name], of: relation.id, isNew: false) }
        if relation.table?.primaryKey.contains(position) == true {
            throw PostgresError("42P16", "column \"\(name)\" is in a primary key")
        }
        if column.identity != nil {
            throw .syntax("column \"\(name)\" of relation \"\(relation.name)\" is an identity column")
        }
        try updateTable(relation.id) { $0.columns[position].isNotNull = false }
    }

    mutating func addIdentity(
        column name: String, always: Bool, _ options: SequenceOptions, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        let label = "column \"\(name)\" of relation \"\(relation.name)\""
        guard [.int2, .int4, .int8].contains(column.type.type) else {
            throw PostgresError("22023", "identity column type must be smallint, integer, or bigint")
        }
        guard column.isNotNull else {
            throw PostgresError("55000", "\(label) must be declared NOT NULL before identity can be added")
        }
        guard column.identity == nil else { throw PostgresError("55000", "\(label) is already an identity column") }
        guard column.defaultValue == nil else {
            throw PostgresError("55000", "\(label) already has a default value")
        }
        var sequence = Sequence(type: column.type.type, maximum: Sequence.greatest(of: column.type.type))
        try apply(options, to: &sequence, isNew: true)
        let build = TableBuild(schema: relation.schema, name: relation.name)
        let made = try addSequence(for: name, of: build, sequence, named: options.sequenceName)
        try updateTable(relation.id) {
            $0.columns[position].identity = always ? .always : .byDefault
            $0.columns[position].sequence = made.id
        }
        try adoptSequences(of: relation.id)
    }

    mutating func dropIdentity(
        column name: String, ifExists: Bool, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        guard column.identity != nil else {
            let error = notIdentity(name, relation)
            if ifExists { return notice("\(error.message), skipping") }
            throw error
        }
        try updateTable(relation.id) {
            $0.columns[position].identity = nil
            $0.columns[position].sequence = nil
        }
        if let sequence = column.sequence.flatMap({ catalog[$0] }) {
            remove(sequence)
            request(.dropSequence(sequence.id))
        }
    }

    /// CHECKs on a column whose type changes are made again from what they said before, types of literals included:
    /// on text that became citext they go on comparing text, as in Postgres.
    private mutating func restateChecks(
        of relation: Relation, on column: String, before: CatalogSnapshot
    ) throws(PostgresError) {
        let definitions = DefinitionText(catalog: before, searchPath: [], context: context)
        for constraint in relation.table?.constraints ?? [] {
            guard case .check(let condition) = constraint.kind, condition.columnNames.contains(column),
                let text = definitions.check(condition, of: relation, path: constraint.expressionPath),
                let restated = try? Script.parseExpression(text)
            else { continue }
            try updateTable(relation.id) { table in
                for index in table.constraints.indices where table.constraints[index].name == constraint.name {
                    table.constraints[index].kind = .check(restated)
                }
            }
        }
    }

    mutating func setType(
        _ typeName: TypeName, using: Expression?, collation: [String]?, column name: String, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        guard let table = relation.table else { return }
        let type = try columnType(typeName, of: name)
        try checkCollation(collation, of: type)
        if let dependent = views(using: relation.id, column: name).first {
            throw PostgresError(
                "0A000", "cannot alter type of a column used by a view or rule",
                detail: "rule _RETURN on \(dependent.kindName) \(display(dependent)) depends on column \"\(name)\"")
        }
        if let (table, policy) = catalog.policies.first(where: { $0.policy.uses[relation.id]?.contains(name) == true })
        {
            throw PostgresError(
                "0A000", "cannot alter type of a column used in a policy definition",
                detail: "policy \(policy.name) on table \(display(table)) depends on column "
                    + "\"\(name)\"")
        }
        let before = catalog
        var changed = column
        changed.type = type
        let value = using ?? Expression(.column([name]))
        if validates {
            let expressions = ColumnExpressions(catalog: before, context: context)
            do {
                _ = try expressions.bindConversion(value, over: relation.id, column: changed, path: searchPath)
            } catch {
                guard error.code == "42804" else { throw error }
                let shown = catalog.typeName(type, searchPath: searchPath)
                if using != nil {
                    throw PostgresError(
                        "42804",
                        "result of USING clause for column \"\(name)\" cannot be cast automatically to type \(shown)",
                        hint: "You might need to add an explicit cast.")
                }
                throw PostgresError(
                    "42804", "column \"\(name)\" cannot be cast automatically to type \(shown)",
                    hint: "You might need to specify \"USING \(ObjectNames.quoted(name))::\(shown)\".")
            }
        }
        if let generated = table.columns.first(where: { $0.generated?.columnNames.contains(name) == true }) {
            throw PostgresError(
                "0A000", "cannot alter type of a column used by a generated column",
                detail: "Column \"\(name)\" is used by generated column \"\(generated.name)\".")
        }
        try updateTable(relation.id) {
            $0.columns[position].type = type
            $0.columns[position].collation = collation
        }
        if type.type != column.type.type { try restateChecks(of: relation, on: name, before: before) }
        try checkForeignKeys(of: relation.id)
        if let sequence = column.sequence, [.int2, .int4, .int8].contains(type.type),
            var relation = catalog[sequence], var definition = relation.sequence
        {
            definition.type = type.type
            definition.maximum = Sequence.greatest(of: type.type)
            relation.kind = .sequence(definition)
            update(relation)
        }
        if validates, let value = column.defaultValue, value.nextValueSequence == nil {
            do {
                _ = try ColumnExpressions(catalog: catalog, context: context).bind(
                    value, over: nil, column: changed, path: column.expressionPath)
            } catch {
                throw PostgresError(
                    "42804",
                    "default for column \"\(name)\" cannot be cast automatically to type "
                        + catalog.typeName(type, searchPath: searchPath))
            }
        }
        request(.convertColumn(relation.id, column: name, using: value, before: before))
        for constraint in catalog[relation.id]?.table?.constraints ?? [] {
            if case .check(let condition) = constraint.kind, condition.columnNames.contains(name) {
                if validates { try checkBoolean(condition, over: relation.id) }
                if constraint.isValid { request(.checkConstraint(relation.id, name: constraint.name)) }
            }
        }
    }
}
