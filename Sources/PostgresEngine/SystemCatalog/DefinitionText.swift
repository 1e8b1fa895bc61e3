import PostgresSyntax
import PostgresTypes
import SQLite

/// Definitions as PostgreSQL's own functions print them: `pg_get_constraintdef`, `pg_get_indexdef`, `pg_get_viewdef`,
/// column defaults.
struct DefinitionText {
    let catalog: CatalogSnapshot
    let searchPath: [String]
    let context: ValueContext

    private var expressions: ColumnExpressions { ColumnExpressions(catalog: catalog, context: context) }

    private func writer(_ relation: Relation?) -> ExpressionText {
        ExpressionText(catalog: catalog, searchPath: searchPath, context: context, over: relation)
    }

    /// A stored expression over a table's columns; nil when it cannot be bound any more.
    func text(_ value: TypedExpression, over relation: Relation?) -> String { writer(relation).text(value) }

    // MARK: Columns

    /// A column's default or what generates it.
    func expression(of column: Column, in relation: Relation) -> String? {
        if column.identity != nil { return nil }
        guard let source = column.generated ?? column.defaultValue else { return nil }
        if case .sqlValue(let function) = source.node, column.generated == nil { return Self.keyword(function) }
        do throws(PostgresError) {
            let typed = try expressions.bind(
                source, over: column.generated == nil ? nil : relation.id, column: column, path: column.expressionPath)
            return text(typed, over: relation)
        } catch { return nil }
    }

    private static func keyword(_ function: SQLValueFunction) -> String? {
        switch function {
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        case .currentDate: "CURRENT_DATE"
        default: nil
        }
    }

    // MARK: Constraints

    func constraint(_ constraint: Constraint, of relation: Relation) -> String {
        var text: String
        switch constraint.kind {
        case .primaryKey(let columns): text = "PRIMARY KEY (\(list(columns)))" + including(constraint.name, relation)
        case .unique(let columns, let nullsNotDistinct):
            text =
                "UNIQUE \(nullsNotDistinct ? "NULLS NOT DISTINCT " : "")(\(list(columns)))"
                + including(constraint.name, relation)
        case .check(let expression):
            let shown = check(expression, of: relation, path: constraint.expressionPath)
            text = "CHECK (\(shown ?? "?"))"
        case .foreignKey(let key): text = foreignKey(key)
        case .exclusion(let exclusion): text = self.exclusion(exclusion, of: relation, path: constraint.expressionPath)
        }
        if constraint.isDeferrable { text += " DEFERRABLE" }
        if constraint.isInitiallyDeferred { text += " INITIALLY DEFERRED" }
        if !constraint.isValid { text += " NOT VALID" }
        return text
    }

    func check(_ expression: Expression, of relation: Relation, path: [String]) -> String? {
        do throws(PostgresError) {
            return text(try expressions.bindCheck(expression, over: relation.id, path: path), over: relation)
        } catch { return nil }
    }

    func domainCheck(_ check: Constraint, of domain: Domain) -> String? {
        guard case .check(let expression) = check.kind else { return nil }
        do throws(PostgresError) {
            let base = catalog.baseType(of: domain.base)
            let typed = try expressions.bindDomainCheck(expression, base: base, path: check.expressionPath)
            var writer = writer(nil)
            let value = OutputColumn(name: "value", type: base)
            writer.scopes = [
                .init(
                    ranges: [RangeEntry(source: .functions([], withOrdinality: false), name: "", columns: [value])],
                    isQualified: false, names: [""])
            ]
            return writer.text(typed)
        } catch { return nil }
    }

    func defaultText(of domain: Domain) -> String? {
        guard let value = domain.defaultValue else { return nil }
        do throws(PostgresError) {
            let column = Column(name: "value", type: catalog.baseType(of: domain.base))
            return text(try expressions.bind(value, over: nil, column: column, path: domain.expressionPath), over: nil)
        } catch { return nil }
    }

    private func foreignKey(_ key: ForeignKey) -> String {
        let target = catalog[key.referencedTable].map { catalog.display($0, searchPath: searchPath) } ?? "?"
        var text = "FOREIGN KEY (\(list(key.columns))) REFERENCES \(target)(\(list(key.referencedColumns)))"
        if key.isMatchFull { text += " MATCH FULL" }
        if key.onUpdate != .noAction { text += " ON UPDATE \(Self.words(key.onUpdate))" }
        if key.onDelete != .noAction {
            text += " ON DELETE \(Self.words(key.onDelete))"
            if !key.onDeleteColumns.isEmpty { text += " (\(list(key.onDeleteColumns)))" }
        }
        return text
    }

    private func exclusion(_ exclusion: ExclusionDefinition, of relation: Relation, path: [String]) -> String {
        let elements = exclusion.elements.map { element -> String in
            var key = "?"
            if case .column(let parts) = element.key.node {
                key = ObjectNames.quoted(parts.last ?? "")
            } else {
                do throws(PostgresError) {
                    let typed = try expressions.bindKey(element.key, over: relation.id, path: path)
                    key = text(typed, over: relation)
                } catch {}
            }
            return "\(key) WITH \(element.operatorName.symbol)"
        }
        let filter = exclusion.filter.flatMap { check($0, of: relation, path: path) }.map { " WHERE (\($0))" } ?? ""
        return "EXCLUDE USING \(exclusion.method) (\(elements.joined(separator: ", ")))\(filter)"
    }

    static func words(_ action: ReferentialAction) -> String {
        switch action {
        case .noAction: "NO ACTION"
        case .restrict: "RESTRICT"
        case .cascade: "CASCADE"
        case .setNull: "SET NULL"
        case .setDefault: "SET DEFAULT"
        }
    }

    private func list(_ names: [String]) -> String { names.map(ObjectNames.quoted).joined(separator: ", ") }

    private func including(_ constraint: String, _ relation: Relation) -> String {
        let columns = relation.indexes.first { $0.constraint == constraint }?.including ?? []
        return columns.isEmpty ? "" : " INCLUDE (\(list(columns)))"
    }

    // MARK: Indexes, views

    func index(_ index: Index, of relation: Relation) -> String {
        let keys = (0..<index.keys.count).map { key(index, $0, of: relation, isComplete: true) }
        let target = "\(ObjectNames.quoted(relation.schema)).\(ObjectNames.quoted(relation.name))"
        var text =
            "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(ObjectNames.quoted(index.name)) ON \(target) "
            + "USING \(index.method) (\(keys.joined(separator: ", ")))"
        if !index.including.isEmpty { text += " INCLUDE (\(list(index.including)))" }
        if index.nullsNotDistinct { text += " NULLS NOT DISTINCT" }
        if let filter = index.filter {
            do throws(PostgresError) {
                let typed = try expressions.bindFilter(filter, over: relation.id, path: index.expressionPath)
                text += " WHERE \(self.text(typed, over: relation))"
            } catch { text += " WHERE ?" }
        }
        return text
    }

    /// One key: a column by name, a call as it is, anything else in parentheses.
    func key(_ index: Index, _ position: Int, of relation: Relation, isComplete: Bool) -> String {
        let key = index.keys[position]
        var text: String
        if case .column(let parts) = key.value.node {
            text = ObjectNames.quoted(parts.last ?? "")
        } else {
            do throws(PostgresError) {
                let typed = try expressions.bindKey(key.value, over: relation.id, path: index.expressionPath)
                text = self.text(typed, over: relation)
                if case .call = typed.node {} else if !text.hasPrefix("(") { text = "(\(text))" }
                if case .coercion = typed.node { text = "(\(text))" }
            } catch { text = "?" }
        }
        guard isComplete else { return text }
        if let name = key.operatorClass.last, !Self.defaultOperatorClasses.contains(name) {
            text += " " + key.operatorClass.map(ObjectNames.quoted).joined(separator: ".")
        }
        if key.isDescending { text += " DESC" }
        if let first = key.nullsFirst, first != key.isDescending { text += first ? " NULLS FIRST" : " NULLS LAST" }
        return text
    }

    /// What an index takes by itself, and so does not print.
    private static let defaultOperatorClasses: Set<String> = [
        "array_ops", "bool_ops", "bpchar_ops", "bytea_ops", "date_ops", "enum_ops", "float4_ops", "float8_ops",
        "int2_ops", "int4_ops", "int8_ops", "interval_ops", "jsonb_ops", "numeric_ops", "oid_ops", "range_ops",
        "text_ops", "time_ops", "timestamp_ops", "timestamptz_ops", "timetz_ops", "tsvector_ops", "uuid_ops",
    ]

    func view(_ view: View) -> String? {
        do throws(PostgresError) {
            let bound = try Binder(catalog: catalog, searchPath: view.searchPath, context: context)
                .bindQuery(view.query).query
            let named = TypedQuery(
                commonTables: bound.commonTables, isRecursive: bound.isRecursive, body: bound.body,
                columns: view.columns, order: bound.order, limit: bound.limit, offset: bound.offset)
            return " \(QueryText(expressions: writer(nil)).text(named));"
        } catch { return nil }
    }
}

extension CatalogSnapshot {
    /// What a domain is over in the end; any other type is itself.
    func baseType(of type: TypeReference) -> TypeReference {
        guard case .domain(let domain) = types[type.type]?.kind else { return type }
        return baseType(of: domain.base)
    }
}
