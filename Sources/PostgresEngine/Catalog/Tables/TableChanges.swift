import PostgresSyntax
import PostgresTypes

/// ALTER TABLE and what shares its grammar (ALTER VIEW, ALTER INDEX, ALTER SEQUENCE … OWNER TO).
extension CatalogEditor {
    mutating func alterTable(_ change: AlterTable) throws(PostgresError) {
        if change.kind == .domain { return try alterDomain(change) }
        if change.kind == .type, !change.actions.contains(where: \.isOwnerChange) { return try alterComposite(change) }
        if !change.kind.isRelation { return try alterOwner(change) }
        guard let relation = try altered(change.name, ifExists: change.ifExists) else { return }
        try checkOwner(of: relation)
        // Postgres runs the actions of one statement in passes, so that a new constraint may use a new column.
        let ordered = change.actions.enumerated().sorted { ($0.element.pass, $0.offset) < ($1.element.pass, $1.offset) }
        let indexes = Set(relation.indexes.map(\.id))
        for (_, action) in ordered {
            if change.isOnly { try checkOnly(relation, action) }
            try apply(action, to: relation.id, kind: change.kind)
        }
        try shareColumns(of: relation.id)
        guard !change.isOnly else { return }
        for index in catalog[relation.id]?.indexes ?? [] where !indexes.contains(index.id) {
            try shareIndex(index, of: relation.id)
        }
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
        case .setType(let name, let type, let using, let collation):
            try setType(type, using: using, collation: collation, column: name, of: relation)
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
