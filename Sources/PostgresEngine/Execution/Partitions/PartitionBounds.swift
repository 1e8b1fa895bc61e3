import PostgresSyntax
import PostgresTypes
import SQLite

/// Bounds of partitions that are written as expressions: PostgreSQL keeps what they came to.
extension Transaction {
    /// CREATE TABLE … PARTITION OF and ATTACH PARTITION with their bound computed, and the text that says so.
    func withComputedBound(
        _ statement: PostgresSyntax.Statement, _ text: String
    ) throws -> (PostgresSyntax.Statement, String) {
        let path = session.lastingPath
        switch statement {
        case .createTable(var definition):
            guard let parent = definition.partitionOf, definition.columns.isEmpty, definition.constraints.isEmpty,
                let written = definition.partitionBound,
                let schema = definition.name.schema ?? path.first(where: { catalog.schemas[$0] != nil }),
                catalog.relation(schema, definition.name.name) == nil,
                let bound = try computed(written, of: parent, partition: definition.name.name)
            else { return (statement, text) }
            // What follows the bound in the text is said by expressions only the parser could write again.
            guard definition.partitionBy == nil else {
                throw PostgresError.notSupported("PARTITION OF with a computed bound and partitions of its own")
            }
            definition.partitionBound = bound
            let condition = definition.ifNotExists ? "IF NOT EXISTS " : ""
            let text =
                "CREATE TABLE \(condition)\(definition.name.quoted) PARTITION OF \(parent.quoted) FOR VALUES \(bound)"
            return (.createTable(definition), text)
        case .alterTable(var change):
            guard change.actions.count == 1, case .attachPartition(let partition, let written) = change.actions[0],
                catalog.relation(partition, searchPath: path)?.table?.partitionOf == nil,
                let bound = try computed(written, of: change.name, partition: partition.name)
            else { return (statement, text) }
            change.actions = [.attachPartition(partition, bound: bound)]
            let text =
                "ALTER TABLE \(change.name.quoted) ATTACH PARTITION \(partition.quoted) FOR VALUES \(bound)"
            return (.alterTable(change), text)
        default: return (statement, text)
        }
    }

    /// - Returns: the bound with its values; nil where nothing is to be computed.
    /// - Throws: 42P16 for a bound of another kind than the table's.
    private func computed(_ bound: String, of parent: QualifiedName, partition: String) throws -> String? {
        guard let relation = catalog.relation(parent, searchPath: session.lastingPath),
            let key = relation.table?.partitionKey
        else { return nil }
        let kind = key.strategy
        if bound.lowercased() == "default" {
            guard kind != "hash" else {
                throw PostgresError("42P16", "a hash-partitioned table may not have a default partition")
            }
            return nil
        }
        let words = ["list": "in", "range": "from"]
        let isOfKind =
            words[kind].map { bound.lowercased().hasPrefix($0) } ?? (PartitionBound.hashPlace(bound) != nil)
        guard isOfKind else { throw PostgresError("42P16", "invalid bound specification for a \(kind) partition") }
        if kind == "hash" {
            try HashPartitions(catalog.partitions(of: relation.id)).check(bound, of: partition)
            return nil
        }
        let groups = try PartitionBound.bind(bound, of: relation, catalog: catalog, context: valueContext)
        guard groups.joined().contains(where: \.isComputed) else { return nil }
        let lists = try groups.map { group in "(" + (try group.map(text)).joined(separator: ", ") + ")" }
        return kind == "range" ? "FROM \(lists[0]) TO \(lists[1])" : "IN \(lists.joined())"
    }

    private func text(_ value: PartitionBound.Value) throws -> String {
        switch value {
        case .minimum: return "MINVALUE"
        case .maximum: return "MAXVALUE"
        case .value(let expression):
            let result = try evaluate(SQLGenerator(catalog: catalog).expressions([expression]))[0]
            if result.isNull { return "NULL" }
            let type = catalog.postgresType(of: expression.type.type)
            return Quoting.literal(type.encode(result, context: valueContext))
        }
    }
}

extension PartitionBound.Value {
    /// Whether it is more than a constant in some type.
    fileprivate var isComputed: Bool {
        guard case .value(var value) = self else { return false }
        while case .coercion(_, let source, _) = value.node { value = source }
        if case .constant = value.node { return false }
        return true
    }
}

extension QualifiedName {
    fileprivate var quoted: String { (schema.map { $0.quotedName + "." } ?? "") + name.quotedName }
}
