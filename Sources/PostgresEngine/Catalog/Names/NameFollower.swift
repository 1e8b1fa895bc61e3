import PostgresSyntax

/// What got another name.
enum NameChange {
    case relation(Relation, to: QualifiedName)
    case column(of: Relation, String, to: String)
    case routine(Routine, to: QualifiedName)
    case type(UserType, to: QualifiedName)

    /// The relation whose name or column changed.
    var relation: Relation? {
        switch self {
        case .relation(let relation, _), .column(let relation, _, _): relation
        case .routine, .type: nil
        }
    }

    /// A type's name as written, under its new one if it is the one that changed.
    func followed(_ written: TypeName) -> TypeName {
        guard case .type(let type, let new) = self, written.names.last == type.name,
            written.names.count == 1 || written.names[0] == type.schema
        else { return written }
        var renamed = written
        renamed.names = [new.schema ?? type.schema, new.name]
        return renamed
    }
}

/// Gives a query or expression that is kept as it was written the new names of what it mentions.
///
/// Mentions are found as the binder finds them, range by range from the inside out. Where that cannot be told without
/// binding (a merged column, a range whose columns are not known), `isClear` turns false. For such queries there is the
/// other way, which always works: the relation in FROM gets an alias and column aliases, so that everything else in the
/// query keeps the names it has (`keepsNames`).
final class NameFollower {
    private struct Range {
        var name: String
        /// Whether it is the relation that changed, under the names that changed.
        var isChanged = false
        var hasAlias = false
        /// nil: not known.
        var columns: Set<String>?
    }

    private let change: NameChange
    /// The catalog before the change, and the path the definition was written under.
    private let catalog: CatalogSnapshot
    private let path: [String]
    private let keepsNames: Bool
    private var frames: [[Range]] = []
    private var commonTables: [Set<String>] = []
    private(set) var isClear = true

    init(_ change: NameChange, catalog: CatalogSnapshot, path: [String], keepsNames: Bool = false) {
        self.change = change
        self.catalog = catalog
        self.path = path
        self.keepsNames = keepsNames
    }

    /// An expression over the columns of a table: a policy's, a constraint's, an index's.
    func expression(_ expression: Expression, over table: Relation) -> Expression {
        frames = [
            [
                Range(
                    name: table.name, isChanged: table.id == change.relation?.id,
                    columns: Set(table.columns.map(\.name)))
            ]
        ]
        return self.expression(expression)
    }

    func query(_ query: SelectStatement) -> SelectStatement {
        commonTables.append([])
        defer { commonTables.removeLast() }
        let with = query.with.map(common)
        func statement(_ body: SelectBody, order: [SortItem]) -> SelectStatement {
            SelectStatement(
                body, with: with, order: order, limit: query.limit.map(expression),
                offset: query.offset.map(expression), locking: query.locking, lockedTables: query.lockedTables)
        }
        switch query.body {
        case .select(let select):
            frames.append(select.from.flatMap(ranges))
            defer { frames.removeLast() }
            let outputs = Set(select.targets.compactMap { $0.alias ?? $0.value.outputName })
            return statement(.select(plain(select)), order: query.order.map { item($0, outputs: outputs) })
        case .values(let rows): return statement(.values(rows.map { $0.map(expression) }), order: query.order)
        case .setOperation(let name, let all, let left, let right):
            return statement(
                .setOperation(name, all: all, left: self.query(left), right: self.query(right)), order: query.order)
        }
    }

    private func common(_ clause: WithClause) -> WithClause {
        var result = clause
        if clause.isRecursive { commonTables[commonTables.count - 1].formUnion(clause.tables.map(\.name)) }
        for index in clause.tables.indices {
            if case .select(let inner) = clause.tables[index].statement {
                if clause.tables[index].columns.isEmpty { checkStars(in: inner) }
                result.tables[index].statement = .select(query(inner))
            }
            commonTables[commonTables.count - 1].insert(clause.tables[index].name)
        }
        return result
    }

    private func plain(_ select: PlainSelect) -> PlainSelect {
        var result = select
        result.targets = select.targets.map { target in
            let value = expression(target.value)
            // The output keeps its name.
            let name = target.value.outputName
            return Target(value, alias: target.alias ?? (value.outputName == name ? nil : name))
        }
        result.from = select.from.map(item)
        result.filter = select.filter.map(expression)
        result.groupBy = select.groupBy.map(expression)
        result.groupingSets = select.groupingSets?.map { $0.map(expression) }
        result.having = select.having.map(expression)
        result.windows = select.windows.map(window)
        if case .on(let items) = select.distinct { result.distinct = .on(items.map(expression)) }
        return result
    }

    private func window(_ window: WindowSpecification) -> WindowSpecification {
        var result = window
        result.partition = window.partition.map(expression)
        result.order = window.order.map { item($0) }
        result.frame = window.frame.map { $0.map(expression) }
        return result
    }

    /// A bare name in ORDER BY is an output's first.
    private func item(_ item: SortItem, outputs: Set<String> = []) -> SortItem {
        if case .column(let parts) = item.value.node, parts.count == 1, outputs.contains(parts[0]) { return item }
        var result = item
        result.value = expression(item.value)
        return result
    }

    // MARK: FROM

    private func item(_ item: FromItem) -> FromItem {
        switch item {
        case .relation(let name, let alias, let location):
            guard let relation = change.relation, means(name, relation) else { return item }
            if keepsNames {
                var kept = alias ?? Alias(name.name)
                kept.columns += relation.columns.map(\.name).dropFirst(kept.columns.count)
                return .relation(renamed(name), alias: kept, location: location)
            }
            return .relation(renamed(name), alias: alias, location: location)
        case .subquery(let inner, let alias, let isLateral):
            if alias?.columns.isEmpty != false { checkStars(in: inner) }
            let frame = isLateral ? nil : frames.popLast()
            defer { if let frame { frames.append(frame) } }
            return .subquery(query(inner), alias: alias, isLateral: isLateral)
        case .functions(let calls, let alias, let ordinality, let isLateral, var columns):
            for index in columns.indices { columns[index].type = change.followed(columns[index].type) }
            return .functions(
                calls.map { call in
                    if case .call(let changed) = expression(Expression(.call(call))).node { changed } else { call }
                }, alias: alias, withOrdinality: ordinality, isLateral: isLateral, columns: columns)
        case .join(let kind, let left, let right, let condition, let alias):
            var changed = condition
            switch condition {
            case .on(let value): changed = .on(expression(value))
            case .using(let names):
                if case .column(_, let old, _) = change, names.contains(old), !keepsNames { isClear = false }
            case .natural: if case .column = change, !keepsNames { isClear = false }
            case .cross: break
            }
            return .join(kind, left: self.item(left), right: self.item(right), condition: changed, alias: alias)
        case .xmlTable(let table, let alias, let isLateral):
            var changed = table.mapping(expression)
            for index in changed.columns.indices {
                changed.columns[index].type = changed.columns[index].type.map(change.followed)
            }
            return .xmlTable(changed, alias: alias, isLateral: isLateral)
        case .unsupported: return item
        }
    }

    /// A star hands the new name on to whoever reads the inner query.
    private func checkStars(in query: SelectStatement) {
        guard case .column = change, !keepsNames, case .select(let select) = query.body,
            select.targets.contains(where: { if case .star = $0.value.node { true } else { false } }),
            select.from.flatMap(ranges).contains(where: \.isChanged)
        else { return }
        isClear = false
    }

    private func ranges(_ item: FromItem) -> [Range] {
        switch item {
        case .relation(let name, let alias, _):
            let shown = alias?.name ?? name.name
            if name.schema == nil, commonTables.contains(where: { $0.contains(name.name) }) {
                return [Range(name: shown, hasAlias: true)]
            }
            guard let relation = catalog.relation(name, searchPath: path) else {
                return [Range(name: shown, hasAlias: true)]
            }
            var columns = relation.columns.map(\.name)
            for (index, column) in (alias?.columns ?? []).enumerated() where index < columns.count {
                columns[index] = column
            }
            return [
                Range(
                    name: shown, isChanged: !keepsNames && means(name, change.relation), hasAlias: alias != nil,
                    columns: Set(columns))
            ]
        case .subquery(let query, let alias, _):
            return [Range(name: alias?.name ?? "", hasAlias: true, columns: outputs(of: query, alias))]
        case .functions(let calls, let alias, _, _, let columns):
            let name = alias?.name ?? calls.first?.name.last ?? ""
            let names = (alias?.columns ?? []) + columns.map(\.name)
            return [Range(name: name, hasAlias: true, columns: names.isEmpty ? nil : Set(names + [name]))]
        case .join(_, let left, let right, _, let alias):
            if let alias { return [Range(name: alias.name, hasAlias: true)] }
            return ranges(left) + ranges(right)
        case .xmlTable(let table, let alias, _):
            let names = (alias?.columns ?? []) + table.columns.map(\.name)
            return [Range(name: alias?.name ?? "xmltable", hasAlias: true, columns: Set(names))]
        case .unsupported: return []
        }
    }

    private func outputs(of query: SelectStatement, _ alias: Alias?) -> Set<String>? {
        guard alias?.columns.isEmpty != false, case .select(let select) = query.body else { return nil }
        var names: Set<String> = []
        for target in select.targets {
            guard let name = target.alias ?? target.value.outputName else { return nil }
            names.insert(name)
        }
        return names
    }

    private func means(_ name: QualifiedName, _ relation: Relation?) -> Bool {
        guard let relation else { return false }
        if name.schema == nil, commonTables.contains(where: { $0.contains(name.name) }) { return false }
        return catalog.relation(name, searchPath: path)?.id == relation.id
    }

    /// The new name, with its schema where it had one or would mean something else without.
    private func renamed(_ written: QualifiedName) -> QualifiedName {
        guard case .relation(let old, let new) = change else { return written }
        let isAmbiguous = catalog.relation(QualifiedName(new.name), searchPath: path) != nil
        let needsSchema = written.schema != nil || new.schema != old.schema || isAmbiguous
        return QualifiedName(schema: needsSchema ? new.schema : nil, new.name)
    }

    // MARK: Expressions

    private func expression(_ expression: Expression) -> Expression {
        expression.rewritten { [self] part in
            switch part.node {
            case .column(let parts): return Expression(.column(column(parts)), location: part.location)
            case .star(let qualifier) where !qualifier.isEmpty:
                return Expression(.star(qualifier: self.qualifier(qualifier)), location: part.location)
            case .subquery(let kind, let inner):
                let changed: SubqueryKind =
                    switch kind {
                    case .scalar, .exists, .array: kind
                    case .any(let name, let left): .any(name, left: self.expression(left))
                    case .all(let name, let left): .all(name, left: self.expression(left))
                    }
                return Expression(.subquery(changed, query(inner)), location: part.location)
            case .call(var call):
                call.order = call.order.map { item($0) }
                call.window = call.window.map(window)
                call.name = name(of: call)
                return Expression(.call(call), location: part.location)
            case .cast(let value, let written):
                return Expression(.cast(value, change.followed(written)), location: part.location)
            case .field(let row, let name):
                guard case .column(_, name, let new) = change, case .column(let parts) = row.node, parts.count == 1,
                    range(parts[0])?.isChanged == true
                else { return part }
                return Expression(.field(row, new), location: part.location)
            default: return part
            }
        }
    }

    private func name(of call: FunctionCall) -> [String] {
        guard case .routine(let routine, let new) = change, call.name.last == routine.name,
            call.name.count == 1 || call.name[0] == routine.schema,
            catalog.routines(named: routine.name).count == 1
        else { return call.name }
        let needsSchema = call.name.count > 1 || new.schema != routine.schema
        return needsSchema ? [new.schema ?? routine.schema, new.name] : [new.name]
    }

    private func range(_ name: String) -> Range? {
        for frame in frames.reversed() {
            if let found = frame.first(where: { $0.name == name }) { return found }
        }
        return nil
    }

    private func column(_ parts: [String]) -> [String] {
        guard let last = parts.last else { return parts }
        switch change {
        case .routine, .type: return parts
        case .relation:
            if parts.count > 1 { return qualifier(parts.dropLast()) + [last] }
            // A bare name may be a whole row.
            let isColumn = frames.contains { $0.contains { $0.columns?.contains(last) ?? false } }
            return isColumn ? parts : qualifier(parts)
        case .column(_, let old, let new):
            // The new name must not catch what was another column's.
            if last == new, parts.count == 1, !keepsNames, frames.contains(where: { $0.contains(where: \.isChanged) }) {
                isClear = false
            }
            guard last == old, isChanged(parts) else { return parts }
            return parts.dropLast() + [new]
        }
    }

    /// Whether a mention of the old name is one of the renamed column.
    private func isChanged(_ parts: [String]) -> Bool {
        if parts.count > 1 { return range(parts[parts.count - 2])?.isChanged == true }
        for frame in frames.reversed() {
            if frame.contains(where: { $0.isChanged && $0.columns?.contains(parts[0]) == true }) { return true }
            if frame.contains(where: { $0.columns == nil }) { isClear = false }
            if frame.contains(where: { $0.columns?.contains(parts[0]) != false }) { return false }
        }
        return false
    }

    /// `table` or `schema.table` before a column.
    private func qualifier(_ parts: [String]) -> [String] {
        guard case .relation(let relation, let new) = change, let last = parts.last, last == relation.name,
            let range = range(last), range.isChanged, !range.hasAlias
        else { return parts }
        if self.range(new.name) != nil, !keepsNames { isClear = false }
        return parts.count > 1 ? [new.schema ?? relation.schema, new.name] : [new.name]
    }
}

extension Expression {
    /// The name of an output column that is written without one; nil where there is no telling.
    fileprivate var outputName: String? {
        switch node {
        case .column(let parts): parts.last
        case .field(_, let name): name
        case .cast(let value, let type): value.outputName ?? type.names.last
        case .collate(let value, _), .element(let value, _): value.outputName
        case .call(let call): call.name.last
        default: nil
        }
    }
}
