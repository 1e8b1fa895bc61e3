import PostgresTypes
import SQLite

/// How much room a relation takes, counted in PostgreSQL's pages of 8 kB over what SQLite's file holds of it.
struct RelationSize {
    private static let page: Int64 = 8192

    private let relation: Relation
    private let connection: Connection
    private let catalog: CatalogSnapshot
    private let transaction: Transaction?

    init(_ relation: Relation, _ call: Invocation) throws {
        self.relation = relation
        connection = call.connection
        catalog = try call.context.catalog
        transaction = try call.context.transaction
    }

    /// The rows alone: nothing for what is empty, stores nothing, or is told by its partitions.
    var ofRows: Int64 {
        get throws {
            if relation.sequence != nil { return Self.page }
            if case .index = relation.kind { return try ofIndex(relation.id) }
            guard relation.isStored, relation.table?.partitionKey == nil else { return 0 }
            let root = catalog.partitionRoot(of: relation.id)
            guard root != relation.id, let parent = catalog[root] else {
                return try pages(of: relation.storageName, isEmpty: isEmpty(relation.storageName))
            }
            // A partition has its share of its parent's rows.
            guard let condition = try transaction?.condition(ofPartition: relation, in: catalog) else {
                return 0
            }
            let counts = try connection.rows(
                "SELECT count(*) FILTER (WHERE \(condition)), count(*) FROM \(parent.storageName.quotedName)")[0]
            guard case .integer(let own) = counts[0], case .integer(let all) = counts[1], own > 0 else { return 0 }
            return rounded(try bytes(of: parent.storageName) * own / all)
        }
    }

    /// How many rows are stored under the relation's own name.
    var rowCount: Int64 {
        get throws {
            guard relation.isStored, relation.table?.partitionKey == nil else { return 0 }
            var source = relation.storageName.quotedName
            let root = catalog.partitionRoot(of: relation.id)
            if root != relation.id, let parent = catalog[root] {
                guard let condition = try transaction?.condition(ofPartition: relation, in: catalog)
                else { return 0 }
                source = "\(parent.storageName.quotedName) WHERE \(condition)"
            }
            guard case .integer(let count) = try connection.rows("SELECT count(*) FROM \(source)")[0][0] else {
                return 0
            }
            return count
        }
    }

    /// With the index of the table beside it that takes long values.
    var ofTable: Int64 {
        get throws {
            let isTable = relation.isStored && relation.table?.partitionKey == nil
            let hasLongValues =
                isTable && relation.columns.contains { TypeShape($0.type.type, catalog).length < 0 }
            return try ofRows + (hasLongValues ? Self.page : 0)
        }
    }

    var ofIndexes: Int64 {
        get throws {
            guard relation.isStored, relation.table?.partitionKey == nil else { return 0 }
            return try relation.indexes.reduce(0) { try $0 + ofIndex($1.id) }
        }
    }

    /// An index has a page that describes it, even when it is empty.
    private func ofIndex(_ id: RelationID) throws -> Int64 {
        guard let (owner, _) = catalog.index(id) else { return 0 }
        let name = "#index \(id.oid)"
        if try isEmpty(owner.storageName) { return Self.page }
        return Self.page + (try max(Self.page, rounded(bytes(of: name))))
    }

    private func isEmpty(_ storage: String) throws -> Bool {
        try connection.rows("SELECT 1 FROM \(storage.quotedName) LIMIT 1").isEmpty
    }

    private func pages(of storage: String, isEmpty: Bool) throws -> Int64 {
        isEmpty ? 0 : max(Self.page, rounded(try bytes(of: storage)))
    }

    private func rounded(_ bytes: Int64) -> Int64 { (bytes + Self.page - 1) / Self.page * Self.page }

    /// What SQLite's pages of one tree hold.
    private func bytes(of name: String) throws -> Int64 {
        let rows = try connection.rows("SELECT payload FROM dbstat WHERE name = ?1 AND aggregate = TRUE", [.text(name)])
        guard case .integer(let bytes)? = rows.first?.first else { return 0 }
        return bytes
    }
}
