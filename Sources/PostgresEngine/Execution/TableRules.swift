import PostgresSyntax
import PostgresTypes
import SQLite

/// Everything a row of one table has to go through when it is written, made ready once per version of the catalog.
final class TableRules: Sendable {
    /// Where the value of a column comes from when the statement gives none.
    enum Default: Sendable {
        case null
        case constant(SQLValue)
        /// `now()` and kin.
        case session(SessionValue)
        /// `nextval` of a sequence. An identity column's needs no privilege, a serial's does.
        case sequence(RelationID, isIdentity: Bool)
        case computed(GeneratedSQL)
        /// A default that cannot be computed: an error for those who need it, not for a DELETE.
        case refused(PostgresError)
    }

    struct Check: Sendable {
        var name: String
        var condition: Result<GeneratedSQL, PostgresError>
    }

    /// A unique index: the column positions of its keys, or expressions of which SQLite has the index.
    struct Unique: Sendable {
        var index: Index
        /// Positions of the key columns, nil where a key is an expression.
        var columns: [Int]?
        /// Values of the keys for a row image.
        var keys: GeneratedSQL
        /// Whether the row is in the index at all, for a partial one.
        var filter: GeneratedSQL?
        /// Finds rows with given keys: `?1` … the keys, then the row to leave out.
        var probe: String
        /// SQLite has a unique index for it; otherwise every write is probed.
        var isEnforcedByStorage: Bool
        /// Checked at the end of the statement or transaction.
        var constraint: Constraint?
    }

    /// A constraint that two rows may break together.
    struct Exclusion: Sendable {
        var constraint: Constraint
        var index: Index
        /// Whether the new row (image 1) is one of those that count.
        var filter: GeneratedSQL?
        /// Stored rows that exclude the new one, image 1: `#row`, then all columns.
        var rows: GeneratedSQL
        /// The values of the keys of row image 0.
        var keys: GeneratedSQL
    }

    /// One foreign key with its tables' columns as positions.
    struct Reference: Sendable, Hashable {
        var child: RelationID
        var parent: RelationID
        var constraint: Constraint
        var key: ForeignKey
        var childColumns: [Int]
        var parentColumns: [Int]
        /// `SELECT 1` for a key in the parent.
        var parentProbe: String
        /// Rows of the child with a key: `#row`, then all columns.
        var childRows: String
        var childProbe: String
    }

    let relation: Relation
    let table: Table
    let storage: String
    let types: [PostgresType]
    /// The length modifiers of values on their way in; a domain's is its base's.
    let modifiers: [Int32]
    let defaults: [Default]
    let generated: [(column: Int, value: Result<GeneratedSQL, PostgresError>)]
    let checks: [Check]
    /// All of them at once, for rows that satisfy them all; those that do not are looked at one by one.
    let allChecks: GeneratedSQL?
    let uniques: [Unique]
    let exclusions: [Exclusion]
    /// Foreign keys of this table.
    let references: [Reference]
    /// Foreign keys that refer to this table.
    let referrers: [Reference]
    /// The partitions with what their rows satisfy, the default one last.
    let partitions: [(relation: Relation, condition: Result<GeneratedSQL, PostgresError>)]
    /// Columns of a domain type, whose rules values from outside the binder must be put through.
    let domains: [(column: Int, type: TypeID)]

    /// `update` and `delete`, where publications do not allow them.
    let unidentifiedChanges: Set<String>
    /// nil for the many tables without triggers.
    let triggers: TriggerRules?

    let insertSQL: String
    let updateSQL: String
    let deleteSQL: String

    init(_ relation: Relation, catalog: CatalogSnapshot, context: ValueContext) throws(PostgresError) {
        guard let table = relation.table else { throw .wrongKind(relation.name, "a table") }
        self.relation = relation
        self.table = table
        storage = relation.storageName
        let builder = Builder(relation: relation, table: table, catalog: catalog, context: context)
        types = table.columns.map { catalog.postgresType(of: $0.type.type) }
        modifiers = table.columns.map { catalog.baseModifier(of: $0.type) }
        defaults = builder.defaults()
        generated = builder.generated()
        checks = builder.checks()
        allChecks = builder.allChecks()
        uniques = try builder.uniques()
        exclusions = try builder.exclusions()
        references = try builder.references()
        referrers = try builder.referrers()
        partitions = builder.partitions()
        domains = table.columns.enumerated().compactMap { position, column in
            guard case .domain? = catalog.types[column.type.type]?.kind else { return nil }
            return (position, column.type.type)
        }
        unidentifiedChanges = catalog.unidentifiedChanges(of: relation)
        triggers = try TriggerRules(relation, catalog: catalog, context: context)
        let names = table.columns.map(\.name.quotedName)
        let target = storage.quotedName
        insertSQL =
            "INSERT INTO \(target) (\((["\"#row\""] + names).joined(separator: ", "))) VALUES ("
            + (1...names.count + 1).map { "?\($0)" }.joined(separator: ", ") + ")"
        updateSQL =
            "UPDATE \(target) SET "
            + (["\"#row\" = ?1"] + names.enumerated().map { "\($0.element) = ?\($0.offset + 2)" }).joined(
                separator: ", ")
            + " WHERE \"#row\" = ?\(names.count + 2)"
        deleteSQL = "DELETE FROM \(target) WHERE \"#row\" = ?1"
    }

    /// Makes the parts of the rules from the catalog.
    private struct Builder {
        let relation: Relation
        let table: Table
        let catalog: CatalogSnapshot
        let context: ValueContext

        private var generator: SQLGenerator { SQLGenerator(catalog: catalog) }
        private var expressions: ColumnExpressions { ColumnExpressions(catalog: catalog, context: context) }
        private var image: RangeEntry {
            RangeEntry(source: .table(relation.id), name: relation.name, columns: relation.columns)
        }

        private func outcome(
            _ make: () throws(PostgresError) -> GeneratedSQL
        ) -> Result<GeneratedSQL, PostgresError> {
            do throws(PostgresError) { return .success(try make()) } catch { return .failure(error) }
        }

        func generate(_ value: TypedExpression) throws(PostgresError) -> GeneratedSQL {
            try generator.expressions([value], rowImages: [0], ranges: [image])
        }

        func defaults() -> [Default] {
            var result: [Default] = []
            for column in table.columns {
                do throws(PostgresError) {
                    result.append(try defaultValue(of: column))
                } catch {
                    result.append(.refused(error))
                }
            }
            return result
        }

        private func defaultValue(of column: Column) throws(PostgresError) -> Default {
            if column.identity != nil, let sequence = column.sequence {
                return .sequence(sequence, isIdentity: true)
            }
            var value = column.defaultValue
            var path = column.expressionPath
            if value == nil, column.generated == nil, case .domain(let domain)? = catalog.types[column.type.type]?.kind
            {
                value = domain.defaultValue
                path = domain.expressionPath
            }
            guard let value else { return .null }
            if let name = value.nextValueSequence, [.int2, .int4, .int8].contains(column.type.type) {
                guard let sequence = catalog.relation(name, searchPath: path) else {
                    throw .undefinedRelation(name.display)
                }
                return .sequence(sequence.id, isIdentity: false)
            }
            let typed = try expressions.bind(value, over: nil, column: column, path: path)
            switch typed.node {
            case .constant(let constant): return .constant(constant)
            case .session(let session): return .session(session)
            default: return .computed(try generator.expressions([typed]))
            }
        }

        func generated() -> [(column: Int, value: Result<GeneratedSQL, PostgresError>)] {
            var result: [(column: Int, value: Result<GeneratedSQL, PostgresError>)] = []
            for (position, column) in table.columns.enumerated() {
                guard let value = column.generated else { continue }
                result.append(
                    (
                        position,
                        outcome { () throws(PostgresError) in
                            try generate(
                                expressions.bind(
                                    value, over: relation.id, column: column, path: column.expressionPath))
                        }
                    ))
            }
            return result
        }

        /// By name, the order in which Postgres looks at them.
        func checks() -> [Check] {
            var result: [Check] = []
            for constraint in table.constraints {
                guard case .check(let condition) = constraint.kind else { continue }
                let generated = outcome { () throws(PostgresError) in
                    try generate(
                        expressions.bindCheck(condition, over: relation.id, path: constraint.expressionPath))
                }
                result.append(Check(name: constraint.name, condition: generated))
            }
            return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }

        /// nil where there are fewer than two, or one that cannot be bound.
        func allChecks() -> GeneratedSQL? {
            var conditions: [TypedExpression] = []
            for constraint in table.constraints {
                guard case .check(let condition) = constraint.kind else { continue }
                guard
                    let typed = try? expressions.bindCheck(
                        condition, over: relation.id, path: constraint.expressionPath)
                else { return nil }
                conditions.append(typed)
            }
            guard conditions.count > 1 else { return nil }
            return try? generator.expressions(conditions, rowImages: [0], ranges: [image])
        }

        func uniques() throws(PostgresError) -> [Unique] {
            var result: [Unique] = []
            for index in table.indexes where index.isUnique { result.append(try unique(index)) }
            return result.sorted { $0.index.id.oid < $1.index.id.oid }
        }

        private func unique(_ index: Index) throws(PostgresError) -> Unique {
            var keys: [TypedExpression] = []
            var texts: [String] = []
            for key in index.keys {
                let typed = try expressions.bindKey(key.value, over: relation.id, path: index.expressionPath)
                keys.append(typed)
                var text = try generator.expression(typed, over: relation.id)
                if index.columns == nil, let collation = catalog.postgresType(of: typed.type.type).collation {
                    text += " COLLATE \(collation)"
                }
                texts.append(text)
            }
            let comparison = index.nullsNotDistinct ? "IS" : "="
            var conditions = texts.enumerated().map { "\($0.element) \(comparison) ?\($0.offset + 1)" }
            var filter: GeneratedSQL?
            if let condition = index.filter {
                let typed = try expressions.bindFilter(
                    condition, over: relation.id, path: index.expressionPath)
                filter = try generate(typed)
                conditions.append("(\(try generator.expression(typed, over: relation.id)))")
            }
            conditions.append("\"#row\" <> ?\(texts.count + 1)")
            let constraint = index.constraint.flatMap { name in table.constraints.first { $0.name == name } }
            return Unique(
                index: index, columns: index.columns?.compactMap { table.position(of: $0) },
                keys: try generator.expressions(keys, rowImages: [0], ranges: [image]), filter: filter,
                probe: "SELECT \"#row\" FROM \(relation.storageName.quotedName) WHERE "
                    + conditions.joined(separator: " AND ") + " LIMIT 1",
                isEnforcedByStorage: index.isEnforcedByStorage(in: table), constraint: constraint)
        }

        func exclusions() throws(PostgresError) -> [Exclusion] {
            var result: [Exclusion] = []
            for constraint in table.constraints {
                guard case .exclusion(let exclusion) = constraint.kind,
                    let index = table.indexes.first(where: { $0.constraint == constraint.name })
                else { continue }
                let path = constraint.expressionPath
                let condition = try expressions.bindExclusion(exclusion, over: relation.id, path: path)
                let other = RangeEntry(source: .excluded(relation.id), name: "excluded", columns: relation.columns)
                var keys: [TypedExpression] = []
                for element in exclusion.elements {
                    keys.append(try expressions.bindKey(element.key, over: relation.id, path: path))
                }
                result.append(
                    Exclusion(
                        constraint: constraint, index: index,
                        filter: try exclusion.filter.map { (filter) throws(PostgresError) in
                            try generate(expressions.bindFilter(filter, over: relation.id, path: path))
                        },
                        rows: try generator.targetRows(
                            table: relation.id, ranges: [image, other], from: [], filter: condition, rowImages: [1]),
                        keys: try generator.expressions(keys, rowImages: [0], ranges: [image])))
            }
            return result
        }

        func partitions() -> [(relation: Relation, condition: Result<GeneratedSQL, PostgresError>)] {
            guard table.partitionKey != nil else { return [] }
            return catalog.partitions(of: relation.id).map { partition in
                (
                    partition,
                    outcome { () throws(PostgresError) in
                        try generate(
                            expressions.bindCheck(
                                catalog.partitionCondition(partition.id), over: relation.id,
                                path: ["pg_catalog"]))
                    }
                )
            }
        }

        func references() throws(PostgresError) -> [Reference] {
            var result: [Reference] = []
            for constraint in table.constraints {
                if case .foreignKey(let key) = constraint.kind {
                    result.append(try reference(constraint, key, child: relation))
                }
            }
            return result
        }

        func referrers() throws(PostgresError) -> [Reference] {
            var result: [Reference] = []
            for (child, constraint, key) in catalog.foreignKeys(to: relation.id) {
                result.append(try reference(constraint, key, child: child))
            }
            // Postgres runs them by the age of the constraints.
            return result.sorted { $0.constraint.oid < $1.constraint.oid }
        }

        private func reference(
            _ constraint: Constraint, _ key: ForeignKey, child: Relation
        ) throws(PostgresError) -> Reference {
            guard let parent = catalog[key.referencedTable], let parentTable = parent.table,
                let childTable = child.table
            else { throw PostgresError("XX000", "foreign key \(constraint.name) refers to a table that is gone") }
            func condition(_ columns: [String]) -> String {
                columns.enumerated().map { "\($0.element.quotedName) = ?\($0.offset + 1)" }.joined(separator: " AND ")
            }
            let childNames = (["#row"] + childTable.columns.map(\.name)).map(\.quotedName).joined(separator: ", ")
            let childStorage = child.storageName.quotedName
            return Reference(
                child: child.id, parent: parent.id, constraint: constraint, key: key,
                childColumns: key.columns.compactMap { childTable.position(of: $0) },
                parentColumns: key.referencedColumns.compactMap { parentTable.position(of: $0) },
                parentProbe: "SELECT 1 FROM \(parent.storageName.quotedName) WHERE "
                    + condition(key.referencedColumns) + " LIMIT 1",
                childRows: "SELECT \(childNames) FROM \(childStorage) WHERE \(condition(key.columns)) "
                    + "ORDER BY \"#row\"",
                childProbe: "SELECT 1 FROM \(childStorage) WHERE \(condition(key.columns)) LIMIT 1")
        }
    }
}

extension Index {
    /// Whether SQLite is given a unique index for it. Deferred checks and NULLs that count as equal are the engine's.
    func isEnforcedByStorage(in table: Table) -> Bool {
        guard isUnique, !nullsNotDistinct else { return false }
        guard let constraint, let entry = table.constraints.first(where: { $0.name == constraint }) else { return true }
        return !entry.isDeferrable
    }
}

extension CatalogSnapshot {
    /// The length modifier that values of a type have in the end: of a domain, its base's.
    func baseModifier(of type: TypeReference) -> Int32 {
        guard case .domain(let domain)? = types[type.type]?.kind else { return type.modifier }
        return baseModifier(of: domain.base)
    }
}
