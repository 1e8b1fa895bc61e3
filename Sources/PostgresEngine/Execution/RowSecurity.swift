import PostgresTypes
import SQLite

/// What a role sees of tables, and partitions as the parts of their tables that they are.
///
/// Row security without policies: Postgres' default deny. A role that neither owns a table nor bypasses row security
/// reads no rows of it and may write none. CREATE POLICY is refused, so there is never anything to let through.
struct RowSecurity {
    let catalog: CatalogSnapshot
    let role: String
    let context: ValueContext

    /// Whether any table the statement touches has row security or is a partition: only then is there anything to
    /// rewrite.
    func concerns(_ statement: TypedStatement) -> Bool {
        statement.accesses.contains { access in
            let table = catalog[access.relation]?.table
            return table?.isRowSecurityEnabled == true || table?.partitionOf != nil
        }
    }

    /// The rows of a partition: those of its parent that satisfy its bound.
    private func rows(ofPartition id: RelationID, _ parent: RelationID) -> TypedQuery? {
        guard let columns = catalog[id]?.columns, let table = catalog[parent],
            let condition = try? catalog.partitionCondition(id),
            let filter = try? ColumnExpressions(catalog: catalog, context: context).bindCheck(
                condition, over: parent, path: ["pg_catalog"])
        else { return nil }
        let targets = columns.enumerated().map { position, column in
            TypedExpression(.column(ColumnReference(range: 0, column: position)), type: column.type)
        }
        let entry = RangeEntry(source: .table(parent), name: table.name, columns: table.columns)
        return TypedQuery(
            body: .select(TypedSelect(targets: targets, ranges: [entry], from: [.range(0)], filter: filter)),
            columns: columns)
    }

    private func hides(_ id: RelationID, from role: String) -> Bool {
        catalog[id].map { catalog.isHiddenByRowSecurity($0, role: role) } ?? false
    }

    /// The statement with hidden tables emptied. What an INSERT may not write is refused when a row comes.
    func apply(to statement: TypedStatement) -> TypedStatement {
        var changed = statement
        let rewriter = rewriter
        switch statement.body {
        case .query(let query): changed.body = .query(rewriter.query(query, role: role))
        case .insert(var insert):
            switch insert.source {
            case .query(let query): insert.source = .query(rewriter.query(query, role: role))
            case .rows(let rows):
                insert.source = .rows(rows.map { $0.map { $0.map { rewriter.expression($0, role: role) } } })
            case .defaults: break
            }
            insert.returning = insert.returning.map { rewriter.target($0, role: role) }
            changed.body = .insert(insert)
        case .update(var update):
            update.ranges = rewriter.others(update.ranges, role: role)
            update.from = update.from.map { rewriter.from($0, role: role) }
            update.filter = filter(update.filter, on: update.table, writer(statement, update.table), rewriter)
            update.assignments = update.assignments.map {
                TypedAssignment(column: $0.column, value: $0.value.map { rewriter.expression($0, role: role) })
            }
            update.returning = update.returning.map { rewriter.target($0, role: role) }
            changed.body = .update(update)
        case .delete(var delete):
            delete.ranges = rewriter.others(delete.ranges, role: role)
            delete.from = delete.from.map { rewriter.from($0, role: role) }
            delete.filter = filter(delete.filter, on: delete.table, writer(statement, delete.table), rewriter)
            delete.returning = delete.returning.map { rewriter.target($0, role: role) }
            changed.body = .delete(delete)
        }
        return changed
    }

    /// Whose rights the target is written with: through a view, its owner's.
    private func writer(_ statement: TypedStatement, _ table: RelationID) -> String {
        statement.accesses.first { $0.relation == table && $0.privilege != .select }?.checkedAs ?? role
    }

    private func filter(
        _ filter: TypedExpression?, on table: RelationID, _ writer: String, _ rewriter: TypedRewriter
    ) -> TypedExpression? {
        if hides(table, from: writer) { return .isFalse }
        return filter.map { rewriter.expression($0, role: role) }
    }

    private var rewriter: TypedRewriter {
        var rewriter = TypedRewriter()
        rewriter.source = { entry, role in
            guard case .table(let id) = entry.source else { return entry.source }
            guard hides(id, from: role) else {
                guard let parent = catalog[id]?.table?.partitionOf,
                    let query = rows(ofPartition: id, parent)
                else { return entry.source }
                return .subquery(query, isLateral: false)
            }
            return .subquery(.nothing(of: id, columns: catalog[id]?.columns ?? entry.columns), isLateral: false)
        }
        rewriter.viewOwner = { id in
            guard let relation = catalog[id], let view = relation.view else { return nil }
            return view.isInvoker ? nil : relation.owner
        }
        return rewriter
    }
}

extension View {
    /// Whether it runs with its reader's rights.
    var isInvoker: Bool { ["true", "on", "1", "yes"].contains(options["security_invoker"]?.lowercased() ?? "") }
}

extension TypedExpression {
    static var isFalse: TypedExpression { TypedExpression(.constant(.integer(0)), type: TypeReference(.bool)) }
}

extension TypedRewriter {
    func target(_ target: TypedTarget, role: String) -> TypedTarget {
        TypedTarget(column: target.column, value: expression(target.value, role: role))
    }

    /// The ranges of a modification: all but its target.
    func others(_ ranges: [RangeEntry], role: String) -> [RangeEntry] {
        ranges.enumerated().map { $0.offset == 0 ? $0.element : range($0.element, role: role) }
    }
}

extension TypedQuery {
    /// A query with the columns of a table and no rows.
    fileprivate static func nothing(of id: RelationID, columns: [OutputColumn]) -> TypedQuery {
        let targets = columns.enumerated().map { position, column in
            TypedExpression(.column(ColumnReference(range: 0, column: position)), type: column.type)
        }
        let entry = RangeEntry(source: .table(id), name: "hidden", columns: columns)
        return TypedQuery(
            body: .select(TypedSelect(targets: targets, ranges: [entry], from: [.range(0)], filter: .isFalse)),
            columns: columns)
    }
}
