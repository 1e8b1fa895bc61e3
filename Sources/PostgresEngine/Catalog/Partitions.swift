import PostgresSyntax
import PostgresTypes

/// Partitions. The rows of a partitioned table live in it; a partition is a name for those that satisfy its bound. Rows
/// can be inserted and read through it; what else would act on it alone is refused.
extension CatalogEditor {
    mutating func createPartition(
        _ definition: CreateTable, _ schema: String, _ name: String, of parentName: QualifiedName
    ) throws(PostgresError) {
        let parent = try existing(parentName)
        let table = try partitioned(parent)
        guard definition.columns.isEmpty, definition.constraints.isEmpty, definition.partitionBy == nil else {
            throw .notSupported("PARTITION OF with columns, constraints or partitions of its own")
        }
        try checkFree(schema, name, takesType: true)
        let id = RelationID(newOID())
        let rowType = addType(schema: schema, name: name, kind: .row(id))
        var partition = Table(columns: table.columns, rowType: rowType)
        partition.partitionOf = parent.id
        partition.partitionBound = definition.partitionBound ?? "default"
        try checkBound(partition.partitionBound, of: table)
        add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .table(partition)))
        _ = try catalog.partitionCondition(id)
        request(.checkPartition(id))
    }

    /// ALTER TABLE … ATTACH PARTITION. Of an index it only says which one belongs to which.
    mutating func attach(_ name: QualifiedName, bound: String, to parent: Relation) throws(PostgresError) {
        if case .index = parent.kind { return }
        let table = try partitioned(parent, as: "table ")
        let partition = try existing(name)
        guard let own = partition.table else { throw .wrongKind(partition.name, "a table") }
        guard own.partitionOf == nil else {
            throw PostgresError("42809", "\"\(partition.name)\" is already a partition")
        }
        for column in own.columns where table.position(of: column.name) == nil {
            throw PostgresError(
                "42804",
                "table \"\(partition.name)\" contains column \"\(column.name)\" not found in parent \"\(parent.name)\"",
                detail: "The new partition may contain only the columns present in parent.")
        }
        guard own.columns.map(\.name) == table.columns.map(\.name),
            own.columns.map(\.type) == table.columns.map(\.type)
        else { throw .notSupported("a partition whose columns are not its parent's in their order") }
        try checkBound(bound, of: table)
        try updateTable(partition.id) {
            $0.partitionOf = parent.id
            $0.partitionBound = bound
        }
        _ = try catalog.partitionCondition(partition.id)
        request(.checkPartition(partition.id))
        request(.mergePartition(partition.id))
        for constraint in table.constraints {
            switch constraint.kind {
            case .check, .foreignKey, .exclusion:
                request(.checkConstraint(parent.id, name: constraint.name))
            case .primaryKey, .unique: break
            }
        }
        for column in table.columns where column.isNotNull { request(.checkNotNull(parent.id, column: column.name)) }
        request(.dropTable(storage: partition.storageName))
    }

    /// ALTER TABLE … DETACH PARTITION: a table of its own from then on, with constraints and indexes like the parent's.
    mutating func detach(_ name: QualifiedName, from parent: Relation) throws(PostgresError) {
        let table = try partitioned(parent, as: "table ")
        let partition = try existing(name)
        guard partition.table?.partitionOf == parent.id else {
            throw PostgresError(
                "42P01", "relation \"\(partition.name)\" is not a partition of relation \"\(parent.name)\"")
        }
        try updateTable(partition.id) {
            $0.partitionOf = nil
            $0.partitionBound = nil
            for column in $0.columns.indices {
                $0.columns[column].identity = nil
                $0.columns[column].sequence = nil
            }
        }
        request(.separatePartition(partition.id))
        let own = Set(partition.table?.constraints.map(\.name) ?? [])
        for constraint in table.constraints where !own.contains(constraint.name) {
            switch constraint.kind {
            case .check, .foreignKey:
                var copy = constraint
                copy.oid = newOID()
                try updateTable(partition.id) { $0.constraints.append(copy) }
            case .primaryKey, .unique, .exclusion: break
            }
        }
        let keys = Set((partition.table?.constraints ?? []).compactMap(\.keyColumns))
        var missing = table
        missing.constraints.removeAll { $0.keyColumns.map(keys.contains) ?? false }
        if let detached = catalog[partition.id] { try copyIndexes(of: missing, to: detached) }
    }

    /// That the values of a bound are constants of the key's types.
    private func checkBound(_ bound: String?, of table: Table) throws(PostgresError) {
        guard let bound, bound.lowercased() != "default" else { return }
        let context = context.inDatabaseZone
        let groups = try PartitionBound.bind(bound, of: table, catalog: catalog, context: context)
        for case .value(let value) in groups.joined() where !value.isImmutable(catalog) {
            throw .notSupported("a partition bound that is no constant")
        }
    }

    /// - Parameter kind: what messages call it, with a blank.
    private func partitioned(_ parent: Relation, as kind: String = "") throws(PostgresError) -> Table {
        guard let table = parent.table, table.partitionKey != nil else {
            throw PostgresError("42P17", "\(kind)\"\(parent.name)\" is not partitioned")
        }
        try checkOwner(of: parent)
        return table
    }

    /// Refuses what would act on a partition alone, or on the columns that it shares.
    func checkPartitions(_ relation: Relation, _ action: AlterTable.Action) throws(PostgresError) {
        let isPartition = relation.table?.partitionOf != nil
        let hasPartitions =
            relation.table?.partitionKey != nil
            && catalog.relations.values.contains { $0.table?.partitionOf == relation.id }
        if let key = relation.table?.partitionKey { try checkPartitionKey(key, of: relation, action) }
        guard isPartition || hasPartitions else { return }
        if isPartition, let refusal = Self.refusal(ofInherited: action) { throw refusal }
        switch action {
        case .addIdentity, .setIdentity, .dropIdentity, .dropExpression:
            throw .notSupported("this ALTER TABLE of a partitioned table")
        case .dropConstraint, .validateConstraint:
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        case .addConstraint(let definition) where isPartition:
            // A key that the parent has too holds through the parent.
            let parent = relation.table?.partitionOf.flatMap { catalog[$0]?.table }
            let keys = parent?.constraints.compactMap(\.keyColumns) ?? []
            switch definition.kind {
            case .primaryKey(let columns) where keys.contains(columns): return
            case .unique(let columns, _) where keys.contains(columns): return
            default: throw .notSupported("a constraint on a partition alone")
            }
        case .setNotNull, .setDefault:
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        default: return
        }
    }
}

extension CatalogEditor {
    /// The columns of a partition are its parent's.
    private static func refusal(ofInherited action: AlterTable.Action) -> PostgresError? {
        switch action {
        case .addColumn: PostgresError("42809", "cannot add column to a partition")
        case .dropColumn(let name, _, _): PostgresError("42P16", "cannot drop inherited column \"\(name)\"")
        case .setType(let name, _, _): PostgresError("42P16", "cannot alter inherited column \"\(name)\"")
        default: nil
        }
    }

    private func checkPartitionKey(
        _ key: String, of relation: Relation, _ action: AlterTable.Action
    ) throws(PostgresError) {
        let (verb, column) =
            switch action {
            case .dropColumn(let name, _, _): ("drop", name)
            case .setType(let name, _, _): ("alter", name)
            default: ("", "")
            }
        guard PartitionBound.columns(of: key).contains(column) else { return }
        throw PostgresError(
            "42P16",
            "cannot \(verb) column \"\(column)\" because it is part of the partition key of relation "
                + "\"\(relation.name)\"")
    }

    /// Gives the partitions of a table the columns that it has now. What is granted on theirs stays.
    mutating func shareColumns(of id: RelationID) throws(PostgresError) {
        guard let table = catalog[id]?.table, table.partitionKey != nil else { return }
        let columns = table.columns
        for partition in catalog.partitions(of: id) {
            let own = partition.columns
            try updateTable(partition.id) { table in
                let old = table.columns
                table.columns = columns
                for index in columns.indices {
                    let same = own.count == columns.count ? old[index] : old.first { $0.name == columns[index].name }
                    table.columns[index].privileges = same?.privileges ?? []
                }
            }
        }
    }
}

extension CatalogSnapshot {
    /// The partitions of a table, the default one last.
    package func partitions(of id: RelationID) -> [Relation] {
        let all = orderedRelations.filter { $0.table?.partitionOf == id }
        return all.filter { !$0.isDefaultPartition } + all.filter(\.isDefaultPartition)
    }

    /// What the rows of a partition satisfy, over the parent's columns.
    func partitionCondition(_ id: RelationID) throws(PostgresError) -> Expression {
        guard let relation = self[id], let parentID = relation.table?.partitionOf,
            let key = self[parentID]?.table?.partitionKey
        else { throw PostgresError("XX000", "not a partition") }
        if !relation.isDefaultPartition {
            return try PartitionBound.condition(
                key: key, bound: relation.table?.partitionBound ?? "", of: parentID)
        }
        var others: [Expression] = []
        for partition in partitions(of: parentID) where !partition.isDefaultPartition {
            others.append(try partitionCondition(partition.id))
        }
        return Expression(.isTruth(Expression(.or(others + [.constantFalse, .constantFalse])), .isTrue, negated: true))
    }
}

extension CatalogEditor {
    /// That rows can be told apart by the hash of a key.
    func checkHashKey(_ key: String, _ columns: [Column]) throws(PostgresError) {
        guard PartitionBound.strategy(of: key) == "hash" else { return }
        for name in PartitionBound.columns(of: key) {
            guard let column = columns.first(where: { $0.name == name }) else { continue }
            let type = catalog.postgresType(of: column.type.type)
            guard PartitionHash.supports(type) else {
                throw .notSupported("PARTITION BY HASH of \(type.displayName())")
            }
        }
    }
}

extension Relation {
    var isDefaultPartition: Bool { table?.partitionBound?.lowercased() == "default" }
}

extension Expression {
    fileprivate static var constantFalse: Expression { Expression(.constant(.bool(false))) }
}

/// FOR VALUES … as a condition on the partition key.
enum PartitionBound {
    /// That rows can be told apart by a key: columns, and no expressions.
    static func check(key: String, columns: [String]) throws(PostgresError) {
        guard let open = key.firstIndex(of: "("), let close = key.lastIndex(of: ")") else {
            throw .notSupported("PARTITION BY \(key)")
        }
        let known = columns.map { $0.filter { !$0.isWhitespace } }
        for part in key[key.index(after: open)..<close].split(separator: ",") {
            let name = part.filter { !$0.isWhitespace }
            if name == "(expression)" { throw .notSupported("PARTITION BY with an expression") }
            if !known.contains(name) {
                throw PostgresError("42703", "column \"\(name)\" named in partition key does not exist")
            }
        }
    }

    /// The columns of a key, such as `RANGE (a, b)`.
    static func columns(of key: String) -> [String] {
        guard let open = key.firstIndex(of: "("), let close = key.lastIndex(of: ")") else { return [] }
        return key[key.index(after: open)..<close].split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    }

    /// A key with one of its columns renamed.
    static func renamed(_ old: String, to new: String, in key: String) -> String {
        guard let open = key.firstIndex(of: "("), columns(of: key).contains(old) else { return key }
        let names = columns(of: key).map { $0 == old ? new : $0 }
        return "\(key[...open])\(names.joined(separator: ", ")))"
    }

    /// One value of a bound.
    enum Value {
        case minimum, maximum
        case value(TypedExpression)
    }

    /// The names in a key, as they were written between its parentheses.
    static func columns(ofKey key: String) -> [String] {
        key.split(separator: ",").map { name in
            let name = name.filter { !$0.isWhitespace }
            return name.hasPrefix("\"") ? String(name.dropFirst().dropLast()) : name
        }
    }

    /// The values of a bound, converted to the types of the key's columns: those of a list, or the lower and the upper
    /// ones of a range.
    static func bind(
        _ bound: String, of table: Table, catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) -> [[Value]] {
        guard let key = table.partitionKey, let open = key.firstIndex(of: "("), let close = key.lastIndex(of: ")")
        else {
            return []
        }
        let names = columns(ofKey: String(key[key.index(after: open)..<close]))
        if strategy(of: key) == "hash" { return [] }
        let isList = bound.uppercased().hasPrefix("IN")
        let binder = Binder(catalog: catalog, searchPath: [], context: context)
        var result: [[Value]] = []
        for group in groups(bound) {
            var values: [Value] = []
            for (position, item) in try parse(group).enumerated() {
                if !isList, case .column(let words) = item.node, words == ["minvalue"] || words == ["maxvalue"] {
                    values.append(words == ["minvalue"] ? .minimum : .maximum)
                    continue
                }
                let name = names[isList ? 0 : min(position, names.count - 1)]
                guard let column = table.columns.first(where: { $0.name == name }) else {
                    throw PostgresError("XX000", "there is no key column \(name)")
                }
                guard item.columnNames.isEmpty else {
                    throw PostgresError("0A000", "cannot use column reference in partition bound expression")
                }
                let target = OutputColumn(name: name, type: TypeReference(column.type.type, modifier: -1))
                values.append(
                    .value(try binder.bindExpression(item, target: target, purpose: .partitionBound)))
            }
            result.append(values)
        }
        return result
    }

    /// - Parameter parent: the partitioned table.
    static func condition(
        key: String, bound: String, of parent: RelationID
    ) throws(PostgresError) -> Expression {
        guard let open = key.firstIndex(of: "("), let close = key.lastIndex(of: ")") else {
            throw .notSupported("PARTITION BY \(key)")
        }
        let strategy = key[..<open].filter { !$0.isWhitespace }.lowercased()
        let columns = key[key.index(after: open)..<close].split(separator: ",").map { name in
            Expression(.column([name.filter { !$0.isWhitespace }]))
        }
        switch strategy {
        case "list" where columns.count == 1: return try list(columns[0], bound)
        case "range": return try range(columns, bound)
        case "hash":
            guard let place = hashPlace(bound) else { throw .notSupported("the partition bound \(bound)") }
            let table = Expression(
                .cast(Expression(.constant(.number(String(parent.oid)))), TypeName(["pg_catalog", "oid"])))
            let numbers = [place.modulus, place.remainder].map { Expression(.constant(.number(String($0)))) }
            return Expression(
                .call(
                    FunctionCall(
                        name: ["pg_catalog", "satisfies_hash_partition"],
                        arguments: ([table] + numbers + columns).map { FunctionCall.Argument($0) })))
        default: throw .notSupported("PARTITION BY \(key)")
        }
    }

    /// LIST, RANGE or HASH, in lower case.
    static func strategy(of key: String) -> String {
        key.prefix { $0 != "(" }.filter { !$0.isWhitespace }.lowercased()
    }

    /// What `(MODULUS 4, REMAINDER 1)` says, behind WITH; nil for another bound.
    static func hashPlace(_ bound: String) -> (modulus: Int, remainder: Int)? {
        guard let group = groups(bound).first else { return nil }
        var numbers: [String: Int] = [:]
        for item in group.split(separator: ",") {
            let words = item.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, let number = Int(words[1]) else { return nil }
            numbers[words[0].lowercased()] = number
        }
        guard let modulus = numbers["modulus"], let remainder = numbers["remainder"] else { return nil }
        return (modulus, remainder)
    }

    private static func list(_ key: Expression, _ bound: String) throws(PostgresError) -> Expression {
        guard bound.uppercased().hasPrefix("IN"), let items = groups(bound).first else {
            throw .notSupported("the partition bound \(bound)")
        }
        let values = try parse(items)
        let isNull = values.contains { $0.node == .constant(.null) }
        let others = values.filter { $0.node != .constant(.null) }
        var conditions: [Expression] = []
        if !others.isEmpty { conditions.append(Expression(.inList(key, others, negated: false))) }
        if isNull { conditions.append(Expression(.isNull(key, negated: false))) }
        return conditions.count == 1 ? conditions[0] : Expression(.or(conditions))
    }

    private static func range(_ keys: [Expression], _ bound: String) throws(PostgresError) -> Expression {
        let parts = groups(bound)
        guard bound.uppercased().hasPrefix("FROM"), parts.count == 2 else {
            throw .notSupported("the partition bound \(bound)")
        }
        var conditions = keys.map { Expression(.isNull($0, negated: true)) }
        for (part, isLower) in [(parts[0], true), (parts[1], false)] {
            let values = try parse(part)
            guard values.count == keys.count else { throw .notSupported("the partition bound \(bound)") }
            // What follows a MINVALUE or MAXVALUE does not count: it lies before or after all values.
            let end = values.firstIndex { if case .column = $0.node { true } else { false } }
            var isMaximum = false
            if let end, case .column(["maxvalue"]) = values[end].node { isMaximum = true }
            let count = end ?? values.count
            guard count > 0 else {
                if isMaximum == isLower { conditions.append(Expression(.constant(.bool(false)))) }
                continue
            }
            let symbol = isLower ? (isMaximum ? ">" : ">=") : (isMaximum ? "<=" : "<")
            conditions.append(
                Expression(
                    .operation(
                        OperatorName(symbol), left: count == 1 ? keys[0] : Expression(.row(Array(keys[..<count]))),
                        right: count == 1 ? values[0] : Expression(.row(Array(values[..<count]))))))
        }
        return Expression(.and(conditions))
    }

    /// What stands between the outer parentheses, group by group.
    private static func groups(_ text: String) -> [String] {
        var groups: [String] = []
        var current = ""
        var depth = 0
        var isQuoted = false
        for character in text {
            if character == "'" { isQuoted.toggle() }
            if !isQuoted && character == ")" {
                depth -= 1
                if depth == 0 {
                    groups.append(current)
                    current = ""
                }
            }
            if depth > 0 { current.append(character) }
            if !isQuoted && character == "(" { depth += 1 }
        }
        return groups
    }

    private static func parse(_ items: String) throws(PostgresError) -> [Expression] {
        do throws(SyntaxError) {
            guard case .row(let values) = try Script.parseExpression("ROW(\(items))").node else {
                throw SyntaxError(message: "not a list", line: 1, position: nil, text: items)
            }
            return values
        } catch {
            throw .notSupported("the partition bound (\(items))")
        }
    }
}
