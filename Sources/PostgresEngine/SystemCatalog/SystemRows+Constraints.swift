import PostgresSyntax
import PostgresTypes
import SQLite

// Constraints and indexes.
extension SystemRows {
    static func id(of constraint: Constraint, on owner: UInt32) -> UInt32 {
        constraint.oid != 0 ? constraint.oid : SystemID.named("constraint", "\(owner).\(constraint.name)")
    }

    @Sendable static func constraints(_ facts: SystemFacts) -> [SystemRow] {
        var rows: [SystemRow] = []
        for relation in facts.relations {
            guard let table = relation.table else { continue }
            for constraint in table.constraints {
                var row: SystemRow = [
                    "oid": .number(id(of: constraint, on: relation.id.oid)), "conname": .text(constraint.name),
                    "connamespace": .number(SystemID.schema(relation.schema)),
                    "condeferrable": .bool(constraint.isDeferrable),
                    "condeferred": .bool(constraint.isInitiallyDeferred), "convalidated": .bool(constraint.isValid),
                    "conrelid": .number(relation.id.oid), "conislocal": .bool(true),
                    "confupdtype": .text(" "), "confdeltype": .text(" "), "confmatchtype": .text(" "),
                ]
                row.merge(details(of: constraint, relation, table, facts)) { $1 }
                if let whole = table.indexes.first(where: { $0.constraint == constraint.name })?.parent,
                    let (above, index) = facts.catalog.index(whole),
                    let same = above.table?.constraints.first(where: { $0.name == index.constraint })
                {
                    row["conparentid"] = .number(id(of: same, on: above.id.oid))
                    row["coninhcount"] = .number(1)
                    row["conislocal"] = .bool(false)
                    row["connoinherit"] = .bool(false)
                }
                rows.append(row)
            }
        }
        for type in facts.catalog.types.values.sorted(by: { $0.id.oid < $1.id.oid }) {
            guard case .domain(let domain) = type.kind else { continue }
            for check in domain.checks {
                rows.append([
                    "oid": .number(id(of: check, on: type.id.oid)), "conname": .text(check.name),
                    "connamespace": .number(SystemID.schema(type.schema)), "contype": .text("c"),
                    "convalidated": .bool(true), "contypid": .number(type.id.oid), "conislocal": .bool(true),
                    "confupdtype": .text(" "), "confdeltype": .text(" "), "confmatchtype": .text(" "),
                    "conbin": .optional(facts.definitions.domainCheck(check, of: domain)),
                ])
            }
        }
        return rows + triggerConstraints(facts)
    }

    private static func details(
        of constraint: Constraint, _ relation: Relation, _ table: Table, _ facts: SystemFacts
    ) -> SystemRow {
        func numbers(_ names: [String], _ table: Table?) -> SQLValue {
            .array(names.compactMap { table?.position(of: $0).map { $0 + 1 } })
        }
        func index(_ name: String, _ relation: Relation?) -> SQLValue {
            .number(relation?.indexes.first { $0.constraint == name }?.id.oid ?? 0)
        }
        switch constraint.kind {
        case .primaryKey(let columns), .unique(let columns, _):
            var isPrimary = false
            if case .primaryKey = constraint.kind { isPrimary = true }
            return [
                "contype": .text(isPrimary ? "p" : "u"), "conkey": numbers(columns, table),
                "conindid": index(constraint.name, relation), "connoinherit": .bool(true),
            ]
        case .exclusion(let exclusion):
            let keys = exclusion.elements.map { element -> Int in
                guard case .column(let parts) = element.key.node else { return 0 }
                return (table.position(of: parts.last ?? "") ?? -1) + 1
            }
            return [
                "contype": .text("x"), "conkey": .array(keys), "conindid": index(constraint.name, relation),
                "connoinherit": .bool(true),
            ]
        case .check(let expression):
            let used = expression.columnNames.filter { table.position(of: $0) != nil }
            return [
                "contype": .text("c"),
                "conkey": used.isEmpty ? .null : numbers(used, table),
                "conbin": .optional(
                    facts.definitions.check(expression, of: relation, path: constraint.expressionPath)),
            ]
        case .foreignKey(let key):
            let target = facts.catalog[key.referencedTable]
            let unique = target?.table?.constraints.first { candidate in
                switch candidate.kind {
                case .primaryKey(let columns), .unique(let columns, _): Set(columns) == Set(key.referencedColumns)
                default: false
                }
            }
            return [
                "contype": .text("f"), "conkey": numbers(key.columns, table),
                "confrelid": .number(key.referencedTable.oid), "confkey": numbers(key.referencedColumns, target?.table),
                "confupdtype": .text(letter(key.onUpdate)), "confdeltype": .text(letter(key.onDelete)),
                "confmatchtype": .text(key.isMatchFull ? "f" : "s"), "connoinherit": .bool(true),
                "conindid": unique.map { index($0.name, target) } ?? .number(0),
            ]
        }
    }

    private static func letter(_ action: ReferentialAction) -> String {
        switch action {
        case .noAction: "a"
        case .restrict: "r"
        case .cascade: "c"
        case .setNull: "n"
        case .setDefault: "d"
        }
    }

    @Sendable static func indexes(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            relation.indexes.map { index in
                let columns = relation.columns.map(\.name)
                let keys = index.keys.map { key -> Int in
                    guard case .column(let parts) = key.value.node else { return 0 }
                    return (columns.firstIndex(of: parts.last ?? "") ?? -1) + 1
                }
                let keyColumns = facts.definitions.columns(of: index, on: relation).prefix(keys.count)
                let included = index.including.map { (columns.firstIndex(of: $0) ?? -1) + 1 }
                let isPrimary = relation.table?.constraints.contains { constraint in
                    guard case .primaryKey = constraint.kind else { return false }
                    return constraint.name == index.constraint
                }
                let options = index.keys.map { key in
                    (key.isDescending ? 1 : 0) + (key.nullsFirst ?? key.isDescending ? 2 : 0)
                }
                return [
                    "indexrelid": .number(index.id.oid), "indrelid": .number(relation.id.oid),
                    "indnatts": .number(keys.count + included.count), "indnkeyatts": .number(keys.count),
                    "indisunique": .bool(index.isUnique), "indnullsnotdistinct": .bool(index.nullsNotDistinct),
                    "indisprimary": .bool(isPrimary ?? false),
                    "indimmediate": .bool(!relation.isDeferrable(index)),
                    "indisvalid": .bool(true), "indisready": .bool(true), "indislive": .bool(true),
                    "indkey": .vector(keys + included), "indoption": .vector(options),
                    "indcollation": .vector(keyColumns.map { TypeShape($0.type.type, facts.catalog).collation }),
                    "indclass": .vector(
                        zip(index.keys, keyColumns).map { key, column in
                            OperatorClass.find(
                                key.operatorClass.last, method: index.method, type: column.type.type,
                                catalog: facts.catalog)
                        }),
                    "indexprs": keys.contains(0)
                        ? .text(
                            index.keys.indices.filter { keys[$0] == 0 }.map {
                                facts.definitions.key(index, $0, of: relation, isComplete: false)
                            }.joined(separator: ", ")) : .null,
                    "indpred": index.filter == nil
                        ? .null
                        : .optional(
                            facts.definitions.index(index, of: relation).components(afterFirst: " WHERE ")),
                ]
            }
        }
    }
}

extension Relation {
    /// Whether the constraint that an index keeps may wait.
    fileprivate func isDeferrable(_ index: Index) -> Bool {
        guard let name = index.constraint else { return false }
        return table?.constraints.contains { $0.name == name && $0.isDeferrable } ?? false
    }
}

extension String {
    /// What follows the first occurrence of `mark`.
    fileprivate func components(afterFirst mark: String) -> String? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return String(self[start...].dropFirst(mark.count)) }
            start = index(after: start)
        }
        return nil
    }
}
