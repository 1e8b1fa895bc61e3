import PostgresSyntax
import PostgresTypes
import SQLite

extension Relation {
    /// `pg_class.relkind`.
    var kindLetter: String {
        switch kind {
        case .table(let table): table.partitionKey != nil ? "p" : "r"
        case .view(let view): view.isMaterialized ? "m" : "v"
        case .sequence: "S"
        case .index: "i"
        }
    }

    var rowType: UInt32 {
        switch kind {
        case .table(let table): table.rowType.oid
        case .view(let view): view.rowType.oid
        case .sequence, .index: 0
        }
    }
}

// Tables, views, sequences and indexes with their columns.
extension SystemRows {
    @Sendable static func classes(_ facts: SystemFacts) -> [SystemRow] {
        var rows = SystemCatalog.relations.values.map { system -> SystemRow in
            let relation = system.relation
            return [
                "oid": .number(relation.id.oid), "relname": .text(relation.name),
                "relnamespace": .number(SystemID.schema(relation.schema)), "relowner": .number(10),
                "relkind": .text(relation.schema == "pg_catalog" ? "r" : "v"), "relpersistence": .text("p"),
                "relnatts": .number(system.columns.count), "relispopulated": .bool(true), "relreplident": .text("n"),
                "relacl": .array(["supabase_admin=arwdDxt/supabase_admin", "=r/supabase_admin"]),
            ]
        }
        let referenced = facts.referencedTables
        for relation in facts.relations { rows.append(classRow(relation, facts, referenced)) }
        return rows
            + composites(facts).map { type, fields in
                [
                    "oid": .number(id(ofRelationOf: type)), "relname": .text(type.name),
                    "relnamespace": .number(SystemID.schema(type.schema)), "reltype": .number(type.id.oid),
                    "relowner": .number(SystemID.role(type.owner)), "relkind": .text("c"), "relpersistence": .text("p"),
                    "relreplident": .text("n"), "relispopulated": .bool(true), "relnatts": .number(fields.count),
                ]
            }
    }

    /// A composite type is a relation without rows.
    static func id(ofRelationOf type: UserType) -> UInt32 { SystemID.named("composite", "\(type.id.oid)") }

    private static func composites(_ facts: SystemFacts) -> [(type: UserType, fields: [CompositeField])] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.compactMap { type in
            guard case .composite(let fields) = type.kind else { return nil }
            return (type, fields)
        }
    }

    private static func classRow(
        _ relation: Relation, _ facts: SystemFacts, _ referenced: Set<RelationID>
    ) -> SystemRow {
        var row: SystemRow = [
            "oid": .number(relation.id.oid), "relname": .text(relation.name),
            "relnamespace": .number(SystemID.schema(relation.schema)), "reltype": .number(relation.rowType),
            "relowner": .number(SystemID.role(relation.owner)),
            "relfilenode": .number(relation.isStored || relation.view == nil ? relation.id.oid : 0),
            "relkind": .text(relation.kindLetter), "relpersistence": .text(relation.isTemporary ? "t" : "p"),
            "relreplident": .text(relation.replicaLetter),
            "relispopulated": .bool(relation.view?.isPopulated ?? true), "reltuples": .real(-1),
            "relnatts": .number(relation.columns.count),
            "relacl": AccessList.value(
                relation.privileges, owner: relation.owner,
                all: relation.sequence == nil ? AccessList.table : AccessList.sequence),
        ]
        switch relation.kind {
        case .table(let table):
            row["relam"] = .number(table.partitionKey == nil ? 2 : 0)
            row["relhastriggers"] = .bool(relation.hasTriggers(referenced))
            row["relpartbound"] = .optional(facts.definitions.partitionBound(of: relation))
            row["relhasindex"] = .bool(!table.indexes.isEmpty)
            row["relchecks"] = .number(
                table.constraints.count { if case .check = $0.kind { true } else { false } })
            row["relrowsecurity"] = .bool(table.isRowSecurityEnabled)
            row["relforcerowsecurity"] = .bool(table.isRowSecurityForced)
            row["relhasrules"] = .bool(!table.rules.isEmpty)
            row["relispartition"] = .bool(table.partitionOf != nil)
            row["relhassubclass"] = .bool(table.partitionKey != nil)
        case .view(let view):
            row["relhasrules"] = .bool(true)
            row["relhastriggers"] = .bool(!view.triggers.isEmpty)
            row["relhasindex"] = .bool(!view.indexes.isEmpty)
            row["relam"] = .number(view.isMaterialized ? 2 : 0)
            if !view.options.isEmpty {
                row["reloptions"] = .array(view.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            }
        case .sequence: break
        case .index:
            let index = facts.catalog.index(relation.id)?.1
            if let owner = facts.catalog.index(relation.id)?.0, owner.table?.partitionKey != nil {
                row["relkind"] = .text("I")
                row["relhassubclass"] = .bool(
                    facts.catalog.partitions(of: owner.id).contains { partition in
                        partition.indexes.contains { $0.parent == relation.id }
                    })
            }
            row["relispartition"] = .bool(index?.parent != nil)
            row["relam"] = .number(accessMethodIDs[index?.method ?? "btree"] ?? 403)
            row["relnatts"] = .number((index?.keys.count ?? 0) + (index?.including.count ?? 0))
            row["relreplident"] = .text("n")
        }
        return row
    }

    // MARK: Columns

    @Sendable static func attributes(_ facts: SystemFacts) -> [SystemRow] {
        var rows: [SystemRow] = []
        for relation in SystemCatalog.relations.values.map(\.relation) + facts.relations {
            let columns = relation.table?.columns
            for (index, column) in relation.columns.enumerated() {
                var row = attribute(relation.id, index + 1, column.name, column.type, facts)
                if relation.sequence != nil { row["attnotnull"] = .bool(true) }
                if relation.view != nil { row["attndims"] = .number(0) }
                if let column = columns?[index] {
                    row["attnotnull"] = .bool(column.isNotNull)
                    row["atthasdef"] = .bool(
                        column.identity == nil && (column.defaultValue != nil || column.generated != nil))
                    row["attidentity"] = .text(column.identity.map { $0 == .always ? "a" : "d" } ?? "")
                    if let collation = column.collation?.last,
                        let known = collationNames.first(where: { $0.name == collation })
                    {
                        row["attcollation"] = .number(known.id)
                    }
                    row["attgenerated"] = .text(column.generated == nil ? "" : "s")
                    row["attacl"] = AccessList.columnValue(column.privileges, owner: relation.owner)
                }
                rows.append(row)
            }
            if case .index = relation.kind, let (owner, index) = facts.catalog.index(relation.id) {
                for (position, column) in facts.definitions.columns(of: index, on: owner).enumerated() {
                    rows.append(attribute(relation.id, position + 1, column.name, column.type, facts))
                }
            }
        }
        for (type, fields) in composites(facts) {
            let id = RelationID(id(ofRelationOf: type))
            for (index, field) in fields.enumerated() {
                rows.append(attribute(id, index + 1, field.name, field.type, facts))
            }
        }
        return rows
    }

    private static func attribute(
        _ relation: RelationID, _ number: Int, _ name: String, _ type: TypeReference, _ facts: SystemFacts
    ) -> SystemRow {
        let shape = TypeShape(type.type, facts.catalog)
        return [
            "attrelid": .number(relation.oid), "attname": .text(name), "atttypid": .number(type.type.oid),
            "attstattarget": .number(-1), "attlen": .number(shape.length), "attnum": .number(number),
            "attndims": .number(shape.isArray ? 1 : 0), "attcacheoff": .number(-1),
            "atttypmod": .number(type.modifier), "attbyval": .bool(shape.isByValue),
            "attalign": .text(shape.alignment), "attstorage": .text(shape.storage),
            "attislocal": .bool(true), "attcollation": .number(shape.collation),
        ]
    }

    @Sendable static func defaults(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            (relation.table?.columns ?? []).enumerated().compactMap { index, column in
                guard let text = facts.definitions.expression(of: column, in: relation) else { return nil }
                return [
                    "oid": .number(id(ofDefault: index + 1, of: relation)),
                    "adrelid": .number(relation.id.oid), "adnum": .number(index + 1), "adbin": .text(text),
                ]
            }
        }
    }

    @Sendable static func inheritance(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            let index = facts.catalog.index(relation.id)?.1
            guard let parent = relation.table?.partitionOf ?? index?.parent else { return nil }
            return ["inhrelid": .number(relation.id.oid), "inhparent": .number(parent.oid), "inhseqno": .number(1)]
        }
    }

    // MARK: Sequences

    @Sendable static func sequences(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let sequence = relation.sequence else { return nil }
            return [
                "seqrelid": .number(relation.id.oid), "seqtypid": .number(sequence.type.oid),
                "seqstart": .number(sequence.start), "seqincrement": .number(sequence.increment),
                "seqmax": .number(sequence.maximum), "seqmin": .number(sequence.minimum), "seqcache": .number(1),
                "seqcycle": .bool(sequence.cycle),
            ]
        }
    }
}

extension AccessList {
    /// A column's own list has no entry for the owner.
    static func columnValue(_ entries: [PrivilegeEntry], owner: String) -> SQLValue {
        let value = value(entries, owner: owner, all: "arwx")
        guard case .text = value else { return .null }
        let items = ArrayValue(stored: { if case .text(let text) = value { text } else { "[]" } }(), element: .text)
        return ArrayValue(Array(items.elements.dropFirst())).stored
    }
}

extension Relation {
    /// `pg_class.relreplident`.
    fileprivate var replicaLetter: String {
        guard isStored else { return "n" }
        return switch table?.replicaIdentity {
        case .full: "f"
        case .nothing: "n"
        case .index: "i"
        case .standard, nil: "d"
        }
    }
}
