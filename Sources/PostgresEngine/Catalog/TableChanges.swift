import PostgresSyntax
import PostgresTypes

/// ALTER TABLE and what shares its grammar (ALTER VIEW, ALTER INDEX, ALTER SEQUENCE … OWNER TO).
extension CatalogEditor {
    mutating func alterTable(_ change: AlterTable) throws(PostgresError) {
        if change.kind == .domain { return try alterDomain(change) }
        if change.kind == .type, !change.actions.contains(where: \.isOwnerChange) { return try alterComposite(change) }
        if !change.kind.isRelation { return try alterOwner(change) }
        guard let relation = catalog.relation(change.name, searchPath: searchPath) else {
            if change.ifExists {
                return notice("relation \"\(change.name.name)\" does not exist, skipping", code: "42P01")
            }
            _ = try existing(change.name)
            return
        }
        try checkOwner(of: relation)
        // Postgres runs the actions of one statement in passes, so that a new constraint may use a new column.
        let ordered = change.actions.enumerated().sorted { ($0.element.pass, $0.offset) < ($1.element.pass, $1.offset) }
        for (_, action) in ordered { try apply(action, to: relation.id, kind: change.kind) }
        try shareColumns(of: relation.id)
    }

    private mutating func apply(
        _ action: AlterTable.Action, to id: RelationID, kind: ObjectKind
    ) throws(PostgresError) {
        guard let relation = catalog[id] else { return }
        switch action {
        case .setOwner(let role): return try setOwner(role, of: relation)
        case .ignorable(let what):
            // A view's options decide whose rights it runs with: never to be passed over.
            if relation.view != nil && what != "CLUSTER" { throw .notSupported("ALTER VIEW … \(what)") }
            return
        case .unsupported(let what): throw .notSupported("ALTER TABLE … \(what)")
        case .attachPartition(let partition, let bound):
            return try attach(partition, bound: bound, to: relation)
        case .setOptions(let options): return try setOptions(of: relation) { $0.merge(options) { $1 } }
        case .resetOptions(let names):
            return try setOptions(of: relation) { options in for name in names { options[name] = nil } }
        case .detachPartition(let partition): return try detach(partition, from: relation)
        case .setTriggers(let selection, let firing):
            return try setTriggers(selection, firing, of: relation)
        case .setDefault(let name, let value) where relation.view?.isMaterialized == false:
            return try setViewDefault(value, column: name, of: relation)
        default: break
        }
        guard relation.table != nil else {
            throw PostgresError(
                "42809", "ALTER action cannot be performed on relation \"\(relation.name)\"",
                detail: "This operation is not supported for \(relation.kindName)s.")
        }
        try checkPartitions(relation, action)
        switch action {
        case .addColumn(let definition, let ifNotExists):
            try addColumn(definition, ifNotExists: ifNotExists, to: relation)
        case .dropColumn(let name, let ifExists, let cascade):
            try dropColumn(name, of: relation, ifExists: ifExists, cascade: cascade)
        case .setDefault(let name, let value): try setDefault(value, column: name, of: relation)
        case .setNotNull(let name, let flag): try setNotNull(flag, column: name, of: relation)
        case .setType(let name, let type, let using):
            try setType(type, using: using, column: name, of: relation)
        case .addConstraint(let definition): try addConstraints([definition], to: id, isNew: false)
        case .dropConstraint(let name, let ifExists, let cascade):
            try dropConstraint(name, of: relation, ifExists: ifExists, cascade: cascade)
        case .validateConstraint(let name): try validateConstraint(name, of: relation)
        case .alterConstraint(let name, let isDeferrable, let isInitiallyDeferred):
            try alterConstraint(
                name, of: relation, isDeferrable: isDeferrable, isInitiallyDeferred: isInitiallyDeferred)
        case .addIdentity(let name, let always, let options):
            try addIdentity(column: name, always: always, options, of: relation)
        case .setIdentity(let name, let options):
            let (position, column) = try column(name, of: relation)
            guard column.identity != nil, let sequence = column.sequence else {
                throw notIdentity(name, relation)
            }
            if let always = options.generatedAlways {
                try updateTable(id) { $0.columns[position].identity = always ? .always : .byDefault }
            }
            try alter(sequence, options)
        case .dropIdentity(let name, let ifExists): try dropIdentity(column: name, ifExists: ifExists, of: relation)
        case .dropExpression(let name, let ifExists):
            let (position, column) = try column(name, of: relation)
            guard column.generated != nil else {
                let message = "column \"\(name)\" of relation \"\(relation.name)\" is not a stored generated column"
                if ifExists { return notice("\(message), skipping") }
                throw PostgresError("55000", message)
            }
            try updateTable(id) { $0.columns[position].generated = nil }
        case .enableRowSecurity(let flag): try updateTable(id) { $0.isRowSecurityEnabled = flag }
        case .forceRowSecurity(let flag): try updateTable(id) { $0.isRowSecurityForced = flag }
        case .replicaIdentity(let identity):
            if case .index(let name) = identity, relation.table?.indexes.contains(where: { $0.name == name }) != true {
                throw PostgresError("42704", "index \"\(name)\" for table \"\(relation.name)\" does not exist")
            }
            try updateTable(id) { $0.replicaIdentity = identity }
        case .setOwner, .ignorable, .unsupported, .attachPartition, .detachPartition, .setOptions, .resetOptions,
            .setTriggers:
            break
        }
    }

    private mutating func setOptions(
        of relation: Relation, _ change: (inout [String: String]) -> Void
    ) throws(PostgresError) {
        guard var view = relation.view else { return }
        change(&view.options)
        var changed = relation
        changed.kind = .view(view)
        update(changed)
    }

    private mutating func setViewDefault(
        _ value: Expression?, column name: String, of relation: Relation
    ) throws(PostgresError) {
        guard var view = relation.view, let column = view.columns.first(where: { $0.name == name }) else {
            throw .undefinedColumn(name, of: relation.name)
        }
        if validates, let value {
            _ = try bind(value, over: nil, target: Column(name: name, type: column.type))
        }
        view.defaults[name] = value
        var changed = relation
        changed.kind = .view(view)
        update(changed)
    }

    func column(_ name: String, of relation: Relation) throws(PostgresError) -> (position: Int, column: Column) {
        guard let table = relation.table, let position = table.position(of: name) else {
            throw .undefinedColumn(name, of: relation.name)
        }
        return (position, table.columns[position])
    }

    private func notIdentity(_ column: String, _ relation: Relation) -> PostgresError {
        PostgresError("55000", "column \"\(column)\" of relation \"\(relation.name)\" is not an identity column")
    }

    private mutating func addColumn(
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

    private mutating func setDefault(
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

    private mutating func setNotNull(
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

    private mutating func validateConstraint(_ name: String, of relation: Relation) throws(PostgresError) {
        guard let position = relation.table?.constraints.firstIndex(where: { $0.name == name }) else {
            throw .undefinedConstraint(name, of: relation.name)
        }
        try updateTable(relation.id) { $0.constraints[position].isValid = true }
        request(.checkConstraint(relation.id, name: name))
    }

    /// ALTER CONSTRAINT, which knows of foreign keys only.
    private mutating func alterConstraint(
        _ name: String, of relation: Relation, isDeferrable: Bool, isInitiallyDeferred: Bool
    ) throws(PostgresError) {
        guard let table = relation.table, let position = table.constraints.firstIndex(where: { $0.name == name }) else {
            throw .undefinedConstraint(name, of: relation.name)
        }
        guard case .foreignKey = table.constraints[position].kind else {
            throw PostgresError(
                "42809", "constraint \"\(name)\" of relation \"\(relation.name)\" is not a foreign key constraint")
        }
        try updateTable(relation.id) {
            $0.constraints[position].isDeferrable = isDeferrable || isInitiallyDeferred
            $0.constraints[position].isInitiallyDeferred = isInitiallyDeferred
        }
    }

    private mutating func addIdentity(
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

    private mutating func dropIdentity(
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

    mutating func setOwner(_ role: String, of relation: Relation) throws(PostgresError) {
        let role = try roleName(role)
        var changed = relation
        changed.owner = role
        update(changed)
        for index in relation.indexes {
            if var entry = catalog[index.id] {
                entry.owner = role
                update(entry)
            }
        }
        for column in relation.table?.columns ?? [] {
            if var sequence = column.sequence.flatMap({ catalog[$0] }) {
                sequence.owner = role
                update(sequence)
            }
        }
    }

    /// ALTER … OWNER TO of what is not a relation.
    mutating func alterOwner(_ change: AlterTable) throws(PostgresError) {
        for action in change.actions {
            guard case .setOwner(let role) = action else {
                throw .notSupported("ALTER \(change.kind.rawValue.uppercased())")
            }
            let owner = try roleName(role)
            switch change.kind {
            case .schema:
                guard let schema = catalog.schemas[change.name.name] else {
                    throw .undefinedSchema(change.name.name)
                }
                guard catalog.isMember(session.role, of: schema.owner) else {
                    throw .mustBeOwner("schema", schema.name)
                }
                edit { $0.schemas[schema.name]?.owner = owner }
            case .type, .domain:
                guard var type = catalog.userType(change.name, searchPath: searchPath) else {
                    throw PostgresError("42704", "type \"\(change.name.display)\" does not exist")
                }
                guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", type.name) }
                type.owner = owner
                updateType(type)
            case .function, .procedure, .routine: try alterRoutineOwner(change, to: owner)
            case .textSearchConfiguration, .textSearchDictionary:
                try changeTextSearch(change.kind, change.name) { _, own in own = owner }
            case .eventTrigger:
                let trigger = try eventTrigger(change.name.name)
                edit { $0.eventTriggers[trigger.name]?.owner = owner }
            case .publication:
                // Nothing here asks who owns one.
                guard catalog.publications[change.name.name] != nil else {
                    throw PostgresError("42704", "publication \"\(change.name.name)\" does not exist")
                }
            default: throw .notSupported("ALTER \(change.kind.rawValue.uppercased()) … OWNER TO")
            }
        }
    }

    // MARK: Changing a column's type

    private mutating func setType(
        _ typeName: TypeName, using: Expression?, column name: String, of relation: Relation
    ) throws(PostgresError) {
        let (position, column) = try column(name, of: relation)
        guard let table = relation.table else { return }
        let type = try catalog.resolveType(typeName, searchPath: searchPath)
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
        try updateTable(relation.id) { $0.columns[position].type = type }
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
        for constraint in table.constraints {
            if case .check(let condition) = constraint.kind, condition.columnNames.contains(name) {
                if validates { try checkBoolean(condition, over: relation.id) }
                if constraint.isValid { request(.checkConstraint(relation.id, name: constraint.name)) }
            }
        }
    }

    /// Views and materialized views that use a column of a relation.
    func views(using id: RelationID, column: String) -> [Relation] {
        catalog.orderedRelations.filter { $0.view?.uses[id]?.contains(column) == true }
    }

    func display(_ relation: Relation) -> String { catalog.display(relation, searchPath: searchPath) }
}

extension ObjectKind {
    fileprivate var isRelation: Bool {
        switch self {
        case .table, .view, .materializedView, .index, .sequence, .foreignTable: true
        default: false
        }
    }
}

extension AlterTable.Action {
    /// The pass of ALTER TABLE in which Postgres runs it.
    fileprivate var pass: Int {
        switch self {
        case .dropColumn, .dropConstraint, .setNotNull(_, false), .dropIdentity, .dropExpression: 0
        case .setType: 1
        case .addColumn: 2
        case .setDefault, .setNotNull, .addIdentity, .setIdentity: 3
        case .addConstraint(let definition):
            switch definition.kind {
            case .primaryKey, .unique, .usingIndex: 4
            default: 5
            }
        default: 6
        }
    }
}
