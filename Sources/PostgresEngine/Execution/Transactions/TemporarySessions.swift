import PostgresSyntax
import PostgresTypes
import SQLite

/// What commits and the end of a session do to temporary objects, and what is logged of statements beside them.
extension Transaction {
    /// ON COMMIT, when the deferred checks are done.
    func runCommitActions() throws {
        guard catalog.hasTemporaryObjects else { return }
        for relation in catalog.orderedRelations where relation.isTemporary {
            switch relation.table?.onCommit {
            case .deleteRows: try clear(relation, in: catalog)
            case .drop: try dropTemporary(relation)
            case nil: break
            }
        }
    }

    /// DISCARD TEMP.
    func dropTemporaryObjects() throws {
        guard catalog.hasTemporaryObjects else { return }
        for relation in catalog.orderedRelations where relation.isTemporary { try dropTemporary(relation) }
    }

    /// Drops a table, view or sequence with all that depends on it, if it is still there.
    private func dropTemporary(_ relation: Relation) throws {
        let kind: ObjectKind
        switch relation.kind {
        case .table: kind = .table
        case .view: kind = .view
        case .sequence: kind = .sequence
        case .index: return
        }
        guard catalog[relation.id] != nil else { return }
        let (told, role) = (notices, session.role)
        session.role = relation.owner
        defer { session.role = role }
        let drop = Drop(kind: kind, names: [[relation.schema, relation.name]], ifExists: true, cascade: true)
        _ = try define(.drop(drop), text: "")
        notices = told
    }

    /// Refuses what could not be made again without the temporary objects when the database is opened.
    func checkLasting(_ statement: PostgresSyntax.Statement, without catalog: CatalogSnapshot) throws {
        if case .createTableAs(let definition) = statement, !definition.isMaterializedView { return }
        var lasting = session
        lasting.hasTemporaryObjects = false
        var editor = CatalogEditor(
            catalog: catalog.withoutTemporaryObjects, session: lasting, context: valueContext, validates: false)
        do {
            try editor.apply(statement)
        } catch {
            throw PostgresError.notSupported("\(statement.definitionTag) with what is temporary")
        }
    }

    /// CREATE TABLE AS from what may be temporary, as the CREATE TABLE that makes the same table.
    func lastingText(of statement: PostgresSyntax.Statement) -> String? {
        guard case .createTableAs(let definition) = statement, !definition.isMaterializedView,
            catalog.hasTemporaryObjects,
            let relation = catalog.relation(definition.name, searchPath: session.lastingPath)
        else { return nil }
        let columns = relation.columns.map { column in
            "\(column.name.quotedName) \(catalog.typeName(column.type, searchPath: []))"
        }
        return "CREATE TABLE IF NOT EXISTS \(relation.schema.quotedName).\(relation.name.quotedName) "
            + "(\(columns.joined(separator: ", ")))"
    }
}

extension Drop {
    /// The statement as text.
    var text: String {
        let objects = names.map { $0.map(\.quotedName).joined(separator: ".") }.joined(separator: ", ")
        return "DROP \(kind.rawValue.uppercased()) \(ifExists ? "IF EXISTS " : "")\(objects)"
            + (cascade ? " CASCADE" : "")
    }
}

extension PostgresDatabase {
    /// Takes away what was temporary. Outside of any transaction.
    func endSession(of transaction: Transaction) throws {
        guard transaction.madeTemporaryObjects else { return }
        transaction.madeTemporaryObjects = false
        let connection = transaction.connection
        let tables = try connection.rows(
            "SELECT name FROM sqlite_temp_schema WHERE type = 'table' AND name LIKE '#temp %'")
        for row in tables {
            if case .text(let name) = row[0] { try connection.execute("DROP TABLE temp.\(name.quotedName)") }
        }
        // Under a new version, as plans of the versions in between have pushed out those of the last one.
        var catalog = catalog
        catalog.version = newVersion()
        install(catalog)
        transaction.catalog = catalog
        transaction.session.hasTemporaryObjects = false
        sequences.keepOnly { catalog[$0] != nil }
    }
}
