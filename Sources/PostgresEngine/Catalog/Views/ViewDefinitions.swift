import PostgresSyntax
import PostgresTypes

/// CREATE VIEW, CREATE MATERIALIZED VIEW, CREATE TABLE AS.
extension CatalogEditor {
    mutating func createView(_ definition: CreateView) throws(PostgresError) {
        if isTemporary, !definition.isTemporary, definition.name.schema == nil {
            notice("view \"\(definition.name.name)\" will be a temporary view")
        }
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        let shape = try ViewShape(definition.query, names: definition.columns, editor: self)
        try checkColumns(shape.columns)
        var options = definition.options
        if let option = definition.checkOption { options["check_option"] = option }
        if let old = catalog.relation(schema, name), definition.orReplace {
            try replace(old, by: shape, options: options)
            return try checkCheckOption(old.id)
        }
        try checkFree(schema, name, takesType: true)
        let id = addView(schema, name, shape, isMaterialized: false, options: options)
        try checkCheckOption(id)
    }

    /// WITH CHECK OPTION is for views that rows can be written through.
    func checkCheckOption(_ id: RelationID) throws(PostgresError) {
        guard validates, let relation = catalog[id], let option = relation.view?.options["check_option"] else { return }
        guard ["local", "cascaded"].contains(option) else {
            throw PostgresError(
                "22023", "invalid value for enum option \"check_option\": \(option)",
                detail: "Valid values are \"local\" and \"cascaded\".")
        }
        do {
            _ = try UpdatableView(relation, verb: "insert into", catalog: catalog, context: context)
        } catch  where error.code == "55000" {
            throw PostgresError(
                "0A000", "WITH CHECK OPTION is supported only on automatically updatable views", hint: error.detail)
        }
    }

    private func checkColumns(_ columns: [OutputColumn]) throws(PostgresError) {
        for column in columns {
            try checkStorable(column.type, as: column.name)
            try checkUsage(of: column.type)
        }
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            throw PostgresError("42701", "column \"\(column.name)\" specified more than once")
        }
    }

    @discardableResult
    private mutating func addView(
        _ schema: String, _ name: String, _ shape: ViewShape, isMaterialized: Bool, options: [String: String] = [:]
    ) -> RelationID {
        let id = RelationID(newOID())
        let rowType = addType(schema: schema, name: name, kind: .row(id))
        var view = View(
            columns: shape.columns, query: shape.query, searchPath: searchPath, isMaterialized: isMaterialized,
            options: options, rowType: rowType)
        view.uses = shape.uses
        add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .view(view)))
        return id
    }

    private mutating func replace(
        _ old: Relation, by shape: ViewShape, options: [String: String]
    ) throws(PostgresError) {
        guard var view = old.view, !view.isMaterialized else { throw .wrongKind(old.name, "a view") }
        try checkOwner(of: old)
        guard shape.columns.count >= view.columns.count else {
            throw PostgresError("42P16", "cannot drop columns from view")
        }
        for (before, after) in zip(view.columns, shape.columns) {
            guard before.name == after.name else {
                throw PostgresError(
                    "42P16", "cannot change name of view column \"\(before.name)\" to \"\(after.name)\"",
                    hint: "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
            }
            guard before.type == after.type else {
                throw PostgresError(
                    "42P16",
                    "cannot change data type of view column \"\(before.name)\" from "
                        + catalog.typeName(before.type, searchPath: searchPath) + " to "
                        + catalog.typeName(after.type, searchPath: searchPath))
            }
        }
        view.columns = shape.columns
        view.query = shape.query
        view.searchPath = searchPath
        view.uses = shape.uses
        view.options = options
        var relation = old
        relation.kind = .view(view)
        update(relation)
    }

    /// What a first REFRESH changes: from then on the view may be read.
    mutating func markPopulated(_ name: QualifiedName) throws(PostgresError) {
        var relation = try existing(name)
        guard var view = relation.view else { return }
        view.isPopulated = true
        relation.kind = .view(view)
        update(relation)
    }

    mutating func createTableAs(_ definition: CreateTableAs) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        if definition.ifNotExists, isRelationNameTaken(schema, name) {
            return notice("relation \"\(name)\" already exists, skipping", code: "42P07")
        }
        try checkFree(schema, name, takesType: true)
        // A table that stays may be filled from temporary ones, once.
        let path = session.effectivePath
        let shape = try ViewShape(
            definition.query, names: definition.columns, editor: self, path: path,
            command: definition.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS")
        try checkColumns(shape.columns)
        let id: RelationID
        if definition.isMaterializedView {
            guard !shape.uses.keys.contains(where: { catalog[$0]?.isTemporary == true }) else {
                throw PostgresError("0A000", "materialized views must not use temporary tables or views")
            }
            id = addView(schema, name, shape, isMaterialized: true)
            if !definition.withData, var relation = catalog[id], var view = relation.view {
                view.isPopulated = false
                relation.kind = .view(view)
                update(relation)
            }
        } else {
            id = RelationID(newOID())
            let rowType = addType(schema: schema, name: name, kind: .row(id))
            let columns = shape.columns.map { Column(name: $0.name, type: $0.type) }
            try checkColumnNames(columns)
            var table = Table(columns: columns, rowType: rowType)
            table.onCommit = definition.onCommit
            add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .table(table)))
        }
        request(.createTable(id))
        if definition.withData { request(.fill(id, from: shape.query, searchPath: path)) }
    }
}

/// What a view's query says once it is bound: its columns, what it uses, and the query with every `*` of its output
/// spelled out, since Postgres decides at creation which columns those are.
struct ViewShape {
    var columns: [OutputColumn]
    var query: SelectStatement
    var uses: [RelationID: Set<String>]

    init(
        _ query: SelectStatement, names: [String], editor: CatalogEditor, path: [String]? = nil,
        command: String = "CREATE VIEW"
    ) throws(PostgresError) {
        let (typed, accesses) = try Binder(
            catalog: editor.catalog, searchPath: path ?? editor.searchPath, context: editor.context
        ).bindQuery(query)
        columns = typed.columns
        guard names.count <= columns.count else {
            throw .syntax(
                command == "CREATE VIEW"
                    ? "CREATE VIEW specifies more column names than columns" : "too many column names were specified")
        }
        for (position, name) in names.enumerated() { columns[position].name = name }
        self.query = query.spellingOutStars(as: typed)
        uses = [:]
        for access in accesses where access.checkedAs == nil {
            let all = editor.catalog[access.relation]?.columns.map(\.name) ?? []
            uses[access.relation, default: []].formUnion(
                access.columns.compactMap { all.indices.contains($0) ? all[$0] : nil })
        }
    }
}

extension SelectStatement {
    /// The query with the stars of its output replaced by the columns they were bound to.
    func spellingOutStars(as typed: TypedQuery) -> SelectStatement {
        let body: SelectBody
        switch (self.body, typed.body) {
        case (.select(var select), .select(let bound)):
            guard let targets = select.spelledOutTargets(as: bound, names: typed.columns) else { return self }
            select.targets = targets
            body = .select(select)
        case (.setOperation(let operation, let all, let left, let right), .setOperation(_, _, let first, let second)):
            body = .setOperation(
                operation, all: all, left: left.spellingOutStars(as: first), right: right.spellingOutStars(as: second))
        default: return self
        }
        return SelectStatement(body, with: with, order: order, limit: limit, offset: offset, locking: locking)
    }
}

extension PlainSelect {
    /// nil when there is nothing to spell out, or when a star stands for more than plain columns.
    fileprivate func spelledOutTargets(as bound: TypedSelect, names: [OutputColumn]) -> [Target]? {
        let stars = targets.filter { if case .star = $0.value.node { true } else { false } }
        guard !stars.isEmpty, bound.targets.count >= targets.count - stars.count else { return nil }
        var result: [Target] = []
        var position = 0
        for (index, target) in targets.enumerated() {
            guard case .star = target.value.node else {
                result.append(target)
                position += 1
                continue
            }
            let end: Int
            if stars.count == 1 {
                end = bound.targets.count - (targets.count - index - 1)
            } else if case .star(let qualifier) = target.value.node, let name = qualifier.last,
                let range = bound.ranges.first(where: { $0.name == name })
            {
                end = position + range.columns.count
            } else {
                return nil
            }
            while position < end {
                guard case .column(let reference) = bound.targets[position].node, reference.levelsUp == 0 else {
                    return nil
                }
                let range = bound.ranges[reference.range]
                let column = range.columnName(reference.column)
                result.append(
                    Target(Expression(.column([range.name, column])), alias: names[position].name))
                position += 1
            }
        }
        return result
    }
}
