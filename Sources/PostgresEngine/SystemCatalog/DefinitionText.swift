import PostgresSyntax
import PostgresTypes
import SQLite

/// Definitions as PostgreSQL's own functions print them: `pg_get_constraintdef`, `pg_get_indexdef`, `pg_get_viewdef`,
/// column defaults.
struct DefinitionText {
    let catalog: CatalogSnapshot
    let searchPath: [String]
    let context: ValueContext
    /// Pretty printing: few parentheses, and schemas only where names would not be found without.
    var isPretty = false

    /// The same, printing prettily.
    var pretty: DefinitionText {
        var copy = self
        copy.isPretty = true
        return copy
    }

    private var expressions: ColumnExpressions { ColumnExpressions(catalog: catalog, context: context) }

    private func writer(_ relation: Relation?) -> ExpressionText {
        ExpressionText(catalog: catalog, searchPath: searchPath, context: context, over: relation, isPretty: isPretty)
    }

    /// A stored expression over a table's columns; nil when it cannot be bound any more.
    func text(_ value: TypedExpression, over relation: Relation?) -> String {
        ExpressionText.finished(writer(relation).text(value))
    }

    /// An expression that was printed plainly, over a table's columns; as it is where it cannot be read again.
    func reprinted(_ text: String, over relation: Relation?) -> String {
        guard let parsed = try? Script.parseExpression(text) else { return text }
        do throws(PostgresError) {
            return self.text(
                try expressions.bindKey(parsed, over: relation?.id ?? RelationID(0), path: searchPath), over: relation)
        } catch { return text }
    }

    /// The name of a relation where PostgreSQL always gives the schema, but for pretty printing.
    func qualified(_ relation: Relation) -> String {
        if isPretty { return catalog.display(relation, searchPath: searchPath) }
        return "\(ObjectNames.quoted(relation.schema)).\(ObjectNames.quoted(relation.name))"
    }

    // MARK: Columns

    /// A column's default or what generates it.
    func expression(of column: Column, in relation: Relation) -> String? {
        if column.identity != nil { return nil }
        guard let source = column.generated ?? column.defaultValue else { return nil }
        if case .sqlValue(let function) = source.node, column.generated == nil { return function.name.uppercased() }
        do throws(PostgresError) {
            let typed = try expressions.bind(
                source, over: column.generated == nil ? nil : relation.id, column: column, path: column.expressionPath)
            return text(typed, over: relation)
        } catch { return nil }
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

    /// The constraint with an OID of `pg_constraint`: of a table, a constraint trigger, or of a domain.
    func constraint(withID id: UInt32) -> String? {
        for relation in catalog.orderedRelations {
            for constraint in relation.table?.constraints ?? []
            where SystemRows.id(of: constraint, on: relation.id.oid) == id {
                return self.constraint(constraint, of: relation)
            }
        }
        for relation in catalog.orderedRelations {
            for trigger in relation.triggers where SystemRows.id(ofConstraintOf: trigger) == id {
                return "TRIGGER" + DefinitionText.deferral(of: trigger.definition)
            }
        }
        for type in catalog.types.values {
            guard case .domain(let domain) = type.kind else { continue }
            for check in domain.checks where SystemRows.id(of: check, on: type.id.oid) == id {
                return "CHECK (\(domainCheck(check, of: domain) ?? "?"))"
            }
        }
        return nil
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
            return ExpressionText.finished(writer.text(typed))
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
        let only = relation.table?.partitionKey != nil ? "ONLY " : ""
        let target = only + qualified(relation)
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

    /// The keys of an index as errors about them say, with few parentheses.
    func keys(of index: Index, on relation: Relation) -> String {
        index.keys.indices.map { pretty.key(index, $0, of: relation, isComplete: false) }.joined(separator: ", ")
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
                switch typed.node {
                case .call, .coalesce, .extremum, .nullIf, .session: break
                default: text = "(\(text))"
                }
            } catch { text = "?" }
        }
        guard isComplete else { return text }
        if let name = key.operatorClass.last, !Self.defaultOperatorClasses.contains(name) {
            text += " " + operatorClass(name)
        }
        if key.isDescending { text += " DESC" }
        if let first = key.nullsFirst, first != key.isDescending { text += first ? " NULLS FIRST" : " NULLS LAST" }
        return text
    }

    /// An operator class by its name; one of an extension with the schema where the search path does not lead to it.
    private func operatorClass(_ name: String) -> String {
        let owners = [
            ("_trgm_ops", "pg_trgm"), ("_ip_ops", "vector"), ("_cosine_ops", "vector"), ("_l1_ops", "vector"),
        ]
        let owner =
            owners.first { name.hasSuffix($0.0) }?.1
            ?? (["vector_l2_ops", "halfvec_l2_ops"].contains(name) ? "vector" : nil)
        guard let place = owner.flatMap(catalog.schema(ofExtension:)), !searchPath.contains(place) else {
            return ObjectNames.quoted(name)
        }
        return ObjectNames.quoted(place) + "." + ObjectNames.quoted(name)
    }

    /// The columns of an index with their types: keys, then what it includes. Those of expressions are called after
    /// their function, or `expr`.
    func columns(of index: Index, on relation: Relation) -> [OutputColumn] {
        var columns: [OutputColumn] = []
        func add(_ name: String, _ type: TypeReference) {
            var free = name
            var number = 0
            while columns.contains(where: { $0.name == free }) {
                number += 1
                free = "\(name)\(number)"
            }
            columns.append(OutputColumn(name: free, type: type))
        }
        for key in index.keys {
            if case .column(let parts) = key.value.node,
                let column = relation.columns.first(where: { $0.name == parts.last })
            {
                add(column.name, column.type)
                continue
            }
            let typed = try? expressions.bindKey(key.value, over: relation.id, path: index.expressionPath)
            var name = "expr"
            if case .call(let call) = key.value.node, let last = call.name.last { name = last }
            add(name, typed?.type ?? TypeReference(.text))
        }
        for name in index.including {
            if let column = relation.columns.first(where: { $0.name == name }) { add(name, column.type) }
        }
        return columns
    }

    /// What an index takes by itself, and so does not print.
    private static let defaultOperatorClasses: Set<String> = [
        "array_ops", "bool_ops", "bpchar_ops", "bytea_ops", "date_ops", "enum_ops", "float4_ops", "float8_ops",
        "int2_ops", "int4_ops", "int8_ops", "interval_ops", "jsonb_ops", "numeric_ops", "oid_ops", "range_ops",
        "text_ops", "time_ops", "timestamp_ops", "timestamptz_ops", "timetz_ops", "tsvector_ops", "uuid_ops",
    ]

    /// The rule that makes a view.
    func rule(of relation: Relation) -> String? {
        guard let view = relation.view, let query = self.view(view) else { return nil }
        return "CREATE RULE \"_RETURN\" AS\n    ON SELECT TO \(qualified(relation)) DO INSTEAD \(query)"
    }

    func view(_ view: View) -> String? {
        do throws(PostgresError) {
            let bound = try Binder(catalog: catalog, searchPath: view.searchPath, context: context)
                .bindQuery(view.query).query
            let named = TypedQuery(
                commonTables: bound.commonTables, isRecursive: bound.isRecursive, body: bound.body,
                columns: view.columns, order: bound.order, limit: bound.limit, offset: bound.offset)
            var writer = writer(nil)
            // Its rule has these rows too.
            writer.takenNames = ["old", "new"]
            return ExpressionText.finished(QueryText(expressions: writer, isNamed: true).text(named)) + ";"
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
