import PostgresTypes

/// A relation by OID, from 16384.
package struct RelationID: Hashable, Sendable {
    package let oid: UInt32
    package init(_ oid: UInt32) { self.oid = oid }
}

/// A table, view, sequence or index: what shares one name space.
package struct Relation: Sendable {
    /// Boxed: a relation is passed around far more often than it is looked into.
    package indirect enum Kind: Sendable {
        case table(Table)
        case view(View)
        case sequence(Sequence)
        /// The relation it indexes; the definition is in that table.
        case index(RelationID)
    }

    package var id: RelationID
    package var schema: String
    package var name: String
    package var owner: String
    package var privileges: [PrivilegeEntry]
    package var kind: Kind

    package init(
        id: RelationID, schema: String, name: String, owner: String, privileges: [PrivilegeEntry] = [], kind: Kind
    ) {
        self.id = id
        self.schema = schema
        self.name = name
        self.owner = owner
        self.privileges = privileges
        self.kind = kind
    }

    /// The SQLite table that holds its rows: `schema.name`, bare in `public`. SQLite's names don't tell case apart,
    /// so every capital letter stands behind a `^`.
    ///
    /// A temporary table's says which one it is, so that one that is dropped while a query reads it is in nobody's way.
    package var storageName: String {
        if isTemporary { return "#temp \(id.oid)" }
        return schema == "public" ? escaped(name) : "\(escaped(schema)).\(escaped(name))"
    }

    /// `name` so that no two names become one: SQLite folds case, `.` separates schema and name, `#` starts the names
    /// of the engine's own tables.
    private func escaped(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { !(65...90 ~= $0) && $0 != 94 && $0 != 46 && $0 != 35 }
        guard !isPlain || name.hasPrefix("sqlite_") else { return name }
        var escaped = name.hasPrefix("sqlite_") ? "^" : ""
        for character in name.unicodeScalars {
            if "A"..."Z" ~= character || "^.#".unicodeScalars.contains(character) { escaped.append("^") }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }

    /// Columns as a query sees them; empty for an index.
    package var columns: [OutputColumn] {
        switch kind {
        case .table(let table): table.columns.map { OutputColumn(name: $0.name, type: $0.type) }
        case .view(let view): view.columns
        case .sequence:
            [
                OutputColumn(name: "last_value", type: TypeReference(.int8)),
                OutputColumn(name: "log_cnt", type: TypeReference(.int8)),
                OutputColumn(name: "is_called", type: TypeReference(.bool)),
            ]
        case .index: []
        }
    }

    package var table: Table? { if case .table(let table) = kind { table } else { nil } }
    package var view: View? { if case .view(let view) = kind { view } else { nil } }
}
