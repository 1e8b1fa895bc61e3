import PostgresSyntax
import PostgresTypes
import SQLite

extension TableRules {
    /// Makes the parts of the rules from the catalog.
    struct Builder {
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
            var result = partitionChecks()
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

        /// Those that partitions have beside their table's: they hold of the rows of the partition.
        private func partitionChecks() -> [Check] {
            var result: [Check] = []
            for partition in ownPartitions {
                for constraint in partition.table?.constraints ?? [] {
                    guard case .check(let condition) = constraint.kind,
                        !catalog.isInherited(constraint, by: partition)
                    else { continue }
                    let generated = outcome { () throws(PostgresError) in
                        let place = try catalog.boundPartitionCondition(
                            partition.id, below: relation.id, context: context)
                        let check = try expressions.bindCheck(
                            condition, over: relation.id, path: constraint.expressionPath)
                        return try generate(
                            TypedExpression(
                                .or([TypedExpression(.not(place), type: TypeReference(.bool)), check]),
                                type: TypeReference(.bool)))
                    }
                    result.append(Check(name: constraint.name, condition: generated))
                }
            }
            return result
        }

        /// All partitions whose rows are in the table.
        private var ownPartitions: [Relation] {
            table.partitionKey != nil && table.partitionOf == nil ? catalog.descendants(of: relation.id) : []
        }

        /// nil where one cannot be bound.
        func checkConditions() -> [TypedExpression]? {
            var conditions: [TypedExpression] = []
            for constraint in table.constraints {
                guard case .check(let condition) = constraint.kind else { continue }
                guard
                    let typed = try? expressions.bindCheck(
                        condition, over: relation.id, path: constraint.expressionPath)
                else { return nil }
                conditions.append(typed)
            }
            return conditions
        }

        func uniques() throws(PostgresError) -> [Unique] {
            var result: [Unique] = []
            for index in table.indexes where index.isUnique { result.append(try unique(index)) }
            for partition in ownPartitions {
                for index in partition.indexes where index.isUnique && !catalog.isCovered(index, of: partition) {
                    result.append(try unique(index, within: partition))
                }
            }
            return result.sorted { $0.index.id.oid < $1.index.id.oid }
        }

        /// - Parameter partition: the one whose rows the index keeps apart; nil for the table's own.
        private func unique(_ index: Index, within partition: Relation? = nil) throws(PostgresError) -> Unique {
            let owner = partition?.table ?? table
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
            if let partition {
                let place = try catalog.boundPartitionCondition(partition.id, below: relation.id, context: context)
                conditions.append("(\(try generator.expression(place, over: relation.id)))")
                var whole = place
                if let condition = index.filter {
                    let typed = try expressions.bindFilter(condition, over: relation.id, path: index.expressionPath)
                    whole = TypedExpression(.and([place, typed]), type: TypeReference(.bool))
                }
                filter = try generate(whole)
            }
            conditions.append("\"#row\" <> ?\(texts.count + 1)")
            let constraint = index.constraint.flatMap { name in owner.constraints.first { $0.name == name } }
            return Unique(
                index: index, columns: index.columns?.compactMap { table.position(of: $0) },
                keys: try generator.expressions(keys, rowImages: [0], ranges: [image]), filter: filter,
                probe: "SELECT \"#row\" FROM \(relation.storageName.quotedName) WHERE "
                    + conditions.joined(separator: " AND ") + " LIMIT 1",
                isEnforcedByStorage: index.isEnforcedByStorage(in: owner), constraint: constraint)
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

        func partitions(of parent: RelationID? = nil) -> [PartitionNode] {
            let parent = parent ?? relation.id
            guard catalog[parent]?.table?.partitionKey != nil else { return [] }
            return catalog.partitions(of: parent).map { partition in
                PartitionNode(
                    relation: partition,
                    condition: outcome { () throws(PostgresError) in
                        let path = ["pg_catalog"] + (catalog[parent]?.table?.partitionKey?.path ?? [])
                        return try generate(
                            expressions.bindCheck(
                                catalog.partitionCondition(partition.id), over: relation.id, path: path))
                    }, parts: partitions(of: partition.id))
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
            return Reference(
                constraint, key, child: child, childTable, parent: parent, parentTable)
        }
    }
}
