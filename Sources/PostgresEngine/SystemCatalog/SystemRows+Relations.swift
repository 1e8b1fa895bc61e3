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
        for relation in facts.relations { rows.append(classRow(relation, facts)) }
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

    private static func classRow(_ relation: Relation, _ facts: SystemFacts) -> SystemRow {
        var row: SystemRow = [
            "oid": .number(relation.id.oid), "relname": .text(relation.name),
            "relnamespace": .number(SystemID.schema(relation.schema)), "reltype": .number(relation.rowType),
            "relowner": .number(SystemID.role(relation.owner)), "relfilenode": .number(relation.id.oid),
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
            row["relam"] = .number(2)
            row["relhasindex"] = .bool(!table.indexes.isEmpty)
            row["relchecks"] = .number(
                table.constraints.count { if case .check = $0.kind { true } else { false } })
            row["relrowsecurity"] = .bool(table.isRowSecurityEnabled)
            row["relforcerowsecurity"] = .bool(table.isRowSecurityForced)
            row["relispartition"] = .bool(table.partitionOf != nil)
            row["relhassubclass"] = .bool(table.partitionKey != nil)
        case .view(let view):
            row["relhasrules"] = .bool(true)
            row["relhasindex"] = .bool(!view.indexes.isEmpty)
            row["relam"] = .number(view.isMaterialized ? 2 : 0)
            if !view.options.isEmpty {
                row["reloptions"] = .array(view.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            }
        case .sequence: break
        case .index:
            let index = facts.catalog.index(relation.id)?.1
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
                if let column = columns?[index] {
                    row["attnotnull"] = .bool(column.isNotNull)
                    row["atthasdef"] = .bool(
                        column.identity == nil && (column.defaultValue != nil || column.generated != nil))
                    row["attidentity"] = .text(column.identity.map { $0 == .always ? "a" : "d" } ?? "")
                    row["attgenerated"] = .text(column.generated == nil ? "" : "s")
                    row["attacl"] = AccessList.columnValue(column.privileges, owner: relation.owner)
                }
                rows.append(row)
            }
            if case .index = relation.kind, let (owner, index) = facts.catalog.index(relation.id) {
                for (position, key) in index.keys.enumerated() {
                    guard case .column(let parts) = key.value.node,
                        let column = owner.columns.first(where: { $0.name == parts.last })
                    else { continue }
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
                    "oid": .number(SystemID.named("default", "\(relation.id.oid).\(index + 1)")),
                    "adrelid": .number(relation.id.oid), "adnum": .number(index + 1), "adbin": .text(text),
                ]
            }
        }
    }

    // MARK: Constraints and indexes

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
            return ["contype": .text("x"), "conkey": .array(keys), "connoinherit": .bool(true)]
        case .check(let expression):
            let used = expression.columnNames.filter { table.position(of: $0) != nil }
            return [
                "contype": .text("c"),
                "conkey": used.isEmpty
                    ? .null
                    : numbers(
                        Array(used).sorted {
                            (table.position(of: $0) ?? 0) < (table.position(of: $1) ?? 0)
                        }, table),
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
                    "indisprimary": .bool(isPrimary ?? false), "indimmediate": .bool(true),
                    "indisvalid": .bool(true), "indisready": .bool(true), "indislive": .bool(true),
                    "indkey": .array(keys + included), "indoption": .array(options),
                    "indcollation": .array(keys.map { _ in 0 }), "indclass": .array(keys.map { _ in 0 }),
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

    @Sendable static func inheritance(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let parent = relation.table?.partitionOf else { return nil }
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

    // MARK: Comments, dependencies

    private static func id(ofRuleOf relation: Relation) -> UInt32 { SystemID.named("rule", "\(relation.id.oid)") }

    /// `pg_rewrite`: the one rule that makes a view.
    @Sendable static func rules(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let view = relation.view else { return nil }
            return [
                "oid": .number(id(ofRuleOf: relation)), "rulename": .text("_RETURN"),
                "ev_class": .number(relation.id.oid), "ev_type": .text("1"), "ev_enabled": .text("O"),
                "is_instead": .bool(true), "ev_action": .optional(facts.definitions.view(view)),
            ]
        }
    }

    @Sendable static func descriptions(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.comments.compactMap { key, text in
            guard let object = CommentedObject(key, facts.catalog) else { return nil }
            return [
                "objoid": .number(object.id), "classoid": .number(object.classID),
                "objsubid": .number(object.column), "description": .text(text),
            ]
        }.sorted { "\($0)" < "\($1)" }
    }

    @Sendable static func dependencies(_ facts: SystemFacts) -> [SystemRow] {
        let relationClass = SQLValue.number(1259)
        var rows: [SystemRow] = []
        for relation in facts.relations {
            if let sequence = relation.sequence, let owner = sequence.ownedBy, let column = sequence.ownedByColumn,
                let table = facts.catalog[owner]?.table, let position = table.position(of: column)
            {
                rows.append([
                    "classid": relationClass, "objid": .number(relation.id.oid), "refclassid": relationClass,
                    "refobjid": .number(owner.oid), "refobjsubid": .number(position + 1),
                    "deptype": .text(table.columns[position].identity == nil ? "a" : "i"),
                ])
            }
            guard relation.view != nil else { continue }
            // What a view reads, its rule depends on, and the view on its rule.
            let rule = SQLValue.number(id(ofRuleOf: relation))
            for used in (relation.view?.uses.keys).map(Array.init)?.sorted(by: { $0.oid < $1.oid }) ?? [] {
                rows.append([
                    "classid": relationClass, "objid": .number(relation.id.oid), "refclassid": relationClass,
                    "refobjid": .number(used.oid), "deptype": .text("n"),
                ])
                rows.append([
                    "classid": .number(2618), "objid": rule, "refclassid": relationClass,
                    "refobjid": .number(used.oid), "deptype": .text("n"),
                ])
            }
            rows.append([
                "classid": .number(2618), "objid": rule, "refclassid": relationClass,
                "refobjid": .number(relation.id.oid), "deptype": .text("i"),
            ])
        }
        return rows
    }
}

/// What COMMENT ON was said about, from the key it is kept under.
struct CommentedObject {
    let id: UInt32
    let classID: UInt32
    var column = 0

    init?(_ key: String, _ catalog: CatalogSnapshot) {
        let kinds: [ObjectKind] = [
            .materializedView, .table, .view, .index, .sequence, .column, .schema, .type, .domain, .constraint, .role,
            .extensionObject, .textSearchConfiguration, .textSearchDictionary,
        ]
        guard let kind = kinds.first(where: { key.hasPrefix($0.rawValue + " ") }) else { return nil }
        let name = String(key.dropFirst(kind.rawValue.utf8.count + 1))
        func relation(_ name: some StringProtocol) -> Relation? {
            catalog.relations.values.first { "\($0.schema).\($0.name)" == name }
        }
        switch kind {
        case .column, .constraint:
            guard let dot = name.lastIndex(of: "."), let owner = relation(name[..<dot]) else { return nil }
            let own = String(name[name.index(after: dot)...])
            if kind == .column {
                guard let position = owner.columns.firstIndex(where: { $0.name == own }) else { return nil }
                (id, classID, column) = (owner.id.oid, 1259, position + 1)
            } else {
                guard let constraint = owner.table?.constraints.first(where: { $0.name == own }) else { return nil }
                (id, classID) = (SystemRows.id(of: constraint, on: owner.id.oid), 2606)
            }
        case .schema: (id, classID) = (SystemID.schema(name), 2615)
        case .role: (id, classID) = (SystemID.role(name), 1260)
        case .textSearchConfiguration: (id, classID) = (UInt32(name) ?? 0, 3602)
        case .textSearchDictionary: (id, classID) = (UInt32(name) ?? 0, 3600)
        case .extensionObject: (id, classID) = (SystemID.named("extension", name), 3079)
        case .type, .domain:
            guard let type = catalog.types.values.first(where: { "\($0.schema).\($0.name)" == name }) else {
                return nil
            }
            (id, classID) = (type.id.oid, 1247)
        default:
            guard let found = relation(name) else { return nil }
            (id, classID) = (found.id.oid, 1259)
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

extension Relation {
    /// `pg_class.relreplident`.
    fileprivate var replicaLetter: String {
        switch table?.replicaIdentity {
        case .full: "f"
        case .nothing: "n"
        case .index: "i"
        case .standard, nil: "d"
        }
    }
}
