import PostgresSyntax
import PostgresTypes
import SQLite

// What depends on what.
extension SystemRows {
    /// One row of `pg_depend`.
    private struct Edge {
        var from: (classID: UInt32, id: UInt32, part: Int)
        var to: (classID: UInt32, id: UInt32, part: Int)
        /// `n`ormal, `a`utomatic, `i`nternal, `e`xtension member.
        var kind: String

        init(
            _ classID: UInt32, _ id: UInt32, part: Int = 0, on toClass: UInt32, _ toID: UInt32, toPart: Int = 0,
            _ kind: String
        ) {
            from = (classID, id, part)
            to = (toClass, toID, toPart)
            self.kind = kind
        }

        var row: SystemRow {
            [
                "classid": .number(from.classID), "objid": .number(from.id), "objsubid": .number(from.part),
                "refclassid": .number(to.classID), "refobjid": .number(to.id), "refobjsubid": .number(to.part),
                "deptype": .text(kind),
            ]
        }
    }

    private static let (relationClass, typeClass, routineClass, schemaClass): (UInt32, UInt32, UInt32, UInt32) =
        (1259, 1247, 1255, 2615)

    /// The rule behind a view.
    static func id(ofRuleOf relation: Relation) -> UInt32 { SystemID.named("rule", "\(relation.id.oid)") }

    static func id(ofDefault column: Int, of relation: Relation) -> UInt32 {
        SystemID.named("default", "\(relation.id.oid).\(column)")
    }

    /// `pg_depend`.
    @Sendable static func dependencies(_ facts: SystemFacts) -> [SystemRow] {
        var edges: [Edge] = []
        for relation in facts.relations {
            if case .index = relation.kind { continue }
            edges.append(Edge(relationClass, relation.id.oid, on: schemaClass, SystemID.schema(relation.schema), "n"))
            if relation.rowType != 0 {
                edges.append(Edge(typeClass, relation.rowType, on: relationClass, relation.id.oid, "i"))
            }
            for (index, column) in relation.columns.enumerated() where column.type.type.oid >= TypeID.firstUserOID {
                edges.append(
                    Edge(relationClass, relation.id.oid, part: index + 1, on: typeClass, column.type.type.oid, "n"))
            }
            switch relation.kind {
            case .table(let table): edges += self.edges(of: relation, table, facts)
            case .view(let view): edges += self.edges(of: relation, view, facts)
            case .sequence(let sequence):
                guard let owner = sequence.ownedBy, let name = sequence.ownedByColumn,
                    let table = facts.catalog[owner]?.table, let position = table.position(of: name)
                else { continue }
                edges.append(
                    Edge(
                        relationClass, relation.id.oid, on: relationClass, owner.oid, toPart: position + 1,
                        table.columns[position].identity == nil ? "a" : "i"))
            case .index: continue
            }
            edges += indexEdges(of: relation)
            for trigger in relation.triggers {
                edges.append(Edge(2620, trigger.oid, on: relationClass, relation.id.oid, "a"))
                edges.append(Edge(2620, trigger.oid, on: routineClass, trigger.function.oid, "n"))
            }
        }
        return (edges + typeEdges(facts) + routineEdges(facts) + memberEdges(facts)).map(\.row)
    }

    private static func edges(of relation: Relation, _ table: Table, _ facts: SystemFacts) -> [Edge] {
        var edges: [Edge] = []
        let own = relation.id.oid
        for (index, column) in table.columns.enumerated() where column.identity == nil {
            guard let value = column.generated ?? column.defaultValue else { continue }
            let id = id(ofDefault: index + 1, of: relation)
            edges.append(Edge(2604, id, on: relationClass, own, toPart: index + 1, "a"))
            if let sequence = column.sequence {
                edges.append(Edge(2604, id, on: relationClass, sequence.oid, "n"))
            }
            guard column.generated != nil else { continue }
            for name in value.columnNames {
                guard let position = table.position(of: name) else { continue }
                edges.append(
                    Edge(relationClass, own, part: index + 1, on: relationClass, own, toPart: position + 1, "a"))
            }
        }
        for constraint in table.constraints {
            let id = id(of: constraint, on: own)
            for position in constraint.columnNames.compactMap(table.position) {
                edges.append(Edge(2606, id, on: relationClass, own, toPart: position + 1, "a"))
            }
            guard let key = constraint.foreignKey, let target = facts.catalog[key.referencedTable] else { continue }
            for position in key.referencedColumns.compactMap({ target.table?.position(of: $0) }) {
                edges.append(Edge(2606, id, on: relationClass, target.id.oid, toPart: position + 1, "n"))
            }
        }
        if let parent = table.partitionOf { edges.append(Edge(relationClass, own, on: relationClass, parent.oid, "a")) }
        for policy in table.policies {
            edges.append(Edge(3256, policy.oid, on: relationClass, own, "a"))
            for (used, columns) in policy.uses {
                for position in columns.compactMap({ name in
                    facts.catalog[used]?.columns.firstIndex { $0.name == name }
                }) {
                    edges.append(Edge(3256, policy.oid, on: relationClass, used.oid, toPart: position + 1, "n"))
                }
            }
        }
        return edges
    }

    private static func edges(of relation: Relation, _ view: View, _ facts: SystemFacts) -> [Edge] {
        // What a view reads, its rule depends on; the rule is a part of the view.
        let rule = id(ofRuleOf: relation)
        var edges = ["i", "n"].map { Edge(2618, rule, on: relationClass, relation.id.oid, $0) }
        for used in view.uses.keys.sorted(by: { $0.oid < $1.oid }) {
            let columns = facts.catalog[used]?.columns.map(\.name) ?? []
            let positions = (view.uses[used] ?? []).compactMap(columns.firstIndex).sorted()
            for position in positions {
                edges.append(Edge(2618, rule, on: relationClass, used.oid, toPart: position + 1, "n"))
            }
            if positions.isEmpty { edges.append(Edge(2618, rule, on: relationClass, used.oid, "n")) }
        }
        return edges
    }

    private static func indexEdges(of relation: Relation) -> [Edge] {
        let columns = relation.columns.map(\.name)
        return relation.indexes.flatMap { index -> [Edge] in
            if let constraint = relation.table?.constraints.first(where: { $0.name == index.constraint }) {
                return [Edge(relationClass, index.id.oid, on: 2606, id(of: constraint, on: relation.id.oid), "i")]
            }
            let used = columns.indices.filter { index.uses(columns[$0]) }
            let target = relation.id.oid
            if used.isEmpty { return [Edge(relationClass, index.id.oid, on: relationClass, target, "a")] }
            return used.map { Edge(relationClass, index.id.oid, on: relationClass, target, toPart: $0 + 1, "a") }
        }
    }

    private static func typeEdges(_ facts: SystemFacts) -> [Edge] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [Edge] in
            let id = type.id.oid
            let schema = Edge(typeClass, id, on: schemaClass, SystemID.schema(type.schema), "n")
            switch type.kind {
            case .row: return []
            case .array(let element): return [Edge(typeClass, id, on: typeClass, element.oid, "i")]
            case .enumeration, .range: return [schema]
            case .multirange(let range): return [Edge(typeClass, id, on: typeClass, range.oid, "i")]
            case .composite:
                return [schema, Edge(relationClass, self.id(ofRelationOf: type), on: typeClass, id, "i")]
            case .domain(let domain):
                let base = domain.base.type.oid
                return [schema] + (base < TypeID.firstUserOID ? [] : [Edge(typeClass, id, on: typeClass, base, "n")])
                    + domain.checks.map { Edge(2606, self.id(of: $0, on: id), on: typeClass, id, "a") }
            }
        }
    }

    private static func routineEdges(_ facts: SystemFacts) -> [Edge] {
        facts.catalog.orderedRoutines.flatMap { routine -> [Edge] in
            var edges = [Edge(routineClass, routine.id.oid, on: schemaClass, SystemID.schema(routine.schema), "n")]
            if routine.language == "plpgsql" { edges.append(Edge(routineClass, routine.id.oid, on: 2612, 13563, "n")) }
            let types = Set((routine.parameters.map(\.type.type) + [routine.result.type]).map(\.oid))
            for type in types.sorted() where type >= TypeID.firstUserOID {
                edges.append(Edge(routineClass, routine.id.oid, on: typeClass, type, "n"))
            }
            return edges
        }
    }

    /// Functions and types of extensions.
    private static func memberEdges(_ facts: SystemFacts) -> [Edge] {
        func edge(_ classID: UInt32, _ id: UInt32, _ name: String?) -> Edge? {
            guard let name, facts.catalog.hasExtension(name) else { return nil }
            return Edge(classID, id, on: 3079, SystemID.named("extension", name), "e")
        }
        return BuiltinCatalog.shared.shownFunctions.compactMap { edge(routineClass, $0.id.oid, $0.extensionName) }
            + BuiltinCatalog.shared.types.compactMap { edge(typeClass, $0.id.oid, $0.extensionName) }
            + [Edge(2612, 13563, on: 3079, SystemID.named("extension", "plpgsql"), "e")]
    }

    // MARK: Rules, comments

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
            + facts.relations.flatMap { relation in
                relation.rules.map { rule in
                    [
                        "oid": .number(rule.oid), "rulename": .text(rule.name), "ev_class": .number(relation.id.oid),
                        "ev_type": .text(rule.event == .update ? "2" : rule.event == .insert ? "3" : "4"),
                        "ev_enabled": .text("O"), "is_instead": .bool(true),
                    ]
                }
            }
    }

    /// `pg_rules`; the text of rules that do something is not written out.
    @Sendable static func shownRules(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            relation.rules.map { rule in
                let place = "\(ObjectNames.quoted(relation.schema)).\(ObjectNames.quoted(relation.name))"
                let verb = rule.event == .insert ? "INSERT" : rule.event == .update ? "UPDATE" : "DELETE"
                let text =
                    "CREATE RULE \(ObjectNames.quoted(rule.name)) AS\n    ON \(verb) TO \(place) DO INSTEAD NOTHING;"
                return [
                    "schemaname": .text(relation.schema), "tablename": .text(relation.name),
                    "rulename": .text(rule.name), "definition": .optional(rule.action == nil ? text : nil),
                ]
            }
        }
    }

    @Sendable static func descriptions(_ facts: SystemFacts) -> [SystemRow] {
        let shared: Set<UInt32> = [1260, 1262]
        let written = comments(facts) { !shared.contains($0) }
        return written
            + facts.catalog.extensions.keys.sorted().compactMap { name in
                let id = SystemID.named("extension", name)
                guard let text = ExtensionDescription.text(ofExtension: id, in: facts.catalog) else { return nil }
                return [
                    "objoid": .number(id), "classoid": .number(3079), "objsubid": .number(0),
                    "description": .text(text),
                ]
            }
    }

    /// `pg_shdescription`: comments on roles and databases.
    @Sendable static func sharedDescriptions(_ facts: SystemFacts) -> [SystemRow] {
        comments(facts) { $0 == 1260 || $0 == 1262 }.map { row in
            var row = row
            row["objsubid"] = nil
            return row
        }
    }

    private static func comments(_ facts: SystemFacts, _ isWanted: (UInt32) -> Bool) -> [SystemRow] {
        facts.catalog.comments.compactMap { key, text -> (order: [Int], row: SystemRow)? in
            guard isWanted(key.classID), let part = facts.catalog.part(of: key) else { return nil }
            return (
                [Int(key.classID), Int(key.objectID), part],
                [
                    "objoid": .number(key.objectID), "classoid": .number(key.classID), "objsubid": .number(part),
                    "description": .text(text),
                ]
            )
        }.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.row)
    }
}

extension CatalogSnapshot {
    /// The number of the column that a comment is on, 0 without one; nil where its relation is gone.
    func part(of key: CommentKey) -> Int? {
        guard key.classID == SystemID.classes else { return 0 }
        guard let relation = self[RelationID(key.objectID)] else { return nil }
        guard let column = key.column else { return 0 }
        return relation.columns.firstIndex { $0.name == column }.map { $0 + 1 }
    }
}

extension Constraint {
    /// The columns of its own table that it is about.
    var columnNames: [String] {
        switch kind {
        case .primaryKey(let columns), .unique(let columns, _): columns
        case .foreignKey(let key): key.columns
        case .check(let expression): Array(expression.columnNames)
        case .exclusion(let exclusion): exclusion.elements.flatMap { Array($0.key.columnNames) }
        }
    }
}
