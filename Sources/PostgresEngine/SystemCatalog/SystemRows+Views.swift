import PostgresSyntax
import PostgresTypes
import SQLite

// The views of pg_catalog that show definitions by name.
extension SystemRows {
    @Sendable static func tables(_ facts: SystemFacts) -> [SystemRow] {
        let referenced = facts.referencedTables
        return facts.relations.compactMap { relation in
            guard let table = relation.table else { return nil }
            return [
                "schemaname": .text(relation.schema), "tablename": .text(relation.name),
                "tableowner": .text(relation.owner), "hasindexes": .bool(!table.indexes.isEmpty),
                "hasrules": .bool(!table.rules.isEmpty), "hastriggers": .bool(relation.hasTriggers(referenced)),
                "rowsecurity": .bool(table.isRowSecurityEnabled),
            ]
        }
            + SystemCatalog.relations.values.filter { $0.relation.schema == "pg_catalog" }.map { system in
                [
                    "schemaname": .text("pg_catalog"), "tablename": .text(system.relation.name),
                    "tableowner": .text("supabase_admin"), "hasindexes": .bool(true), "hasrules": .bool(false),
                    "hastriggers": .bool(false), "rowsecurity": .bool(false),
                ]
            }
    }

    @Sendable static func views(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let view = relation.view, !view.isMaterialized else { return nil }
            return [
                "schemaname": .text(relation.schema), "viewname": .text(relation.name),
                "viewowner": .text(relation.owner), "definition": .optional(facts.definitions.view(view)),
            ]
        }
    }

    @Sendable static func materializedViews(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let view = relation.view, view.isMaterialized else { return nil }
            return [
                "schemaname": .text(relation.schema), "matviewname": .text(relation.name),
                "matviewowner": .text(relation.owner), "hasindexes": .bool(!view.indexes.isEmpty),
                "ispopulated": .bool(view.isPopulated), "definition": .optional(facts.definitions.view(view)),
            ]
        }
    }

    @Sendable static func indexDefinitions(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            relation.indexes.map { index in
                [
                    "schemaname": .text(relation.schema), "tablename": .text(relation.name),
                    "indexname": .text(index.name), "indexdef": .text(facts.definitions.index(index, of: relation)),
                ]
            }
        }
    }

    @Sendable static func sequenceStates(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let sequence = relation.sequence else { return nil }
            let isReadable = ["select", "usage"].contains {
                facts.catalog.allows($0, on: relation, role: facts.role)
            }
            let state = isReadable ? facts.sequenceState?(relation.id) : nil
            return [
                "last_value": state.flatMap { $0.isCalled ? .number($0.value) : nil } ?? .null,
                "schemaname": .text(relation.schema), "sequencename": .text(relation.name),
                "sequenceowner": .text(relation.owner), "data_type": .number(sequence.type.oid),
                "start_value": .number(sequence.start), "min_value": .number(sequence.minimum),
                "max_value": .number(sequence.maximum), "increment_by": .number(sequence.increment),
                "cycle": .bool(sequence.cycle), "cache_size": .number(1),
            ]
        }
    }

    // MARK: Publications

    @Sendable static func publications(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.publications.values.sorted { $0.name < $1.name }.map { publication in
            [
                "oid": .number(SystemID.named("publication", publication.name)), "pubname": .text(publication.name),
                "pubowner": .number(SystemID.role("postgres")), "puballtables": .bool(publication.isForAllTables),
                "pubinsert": .bool(true), "pubupdate": .bool(true), "pubdelete": .bool(true),
                "pubtruncate": .bool(true),
            ]
        }
    }

    private static func published(_ publication: Publication, _ facts: SystemFacts) -> [Relation] {
        facts.relations.filter { relation in
            guard relation.table != nil else { return false }
            if publication.isForAllTables || publication.schemas.contains(relation.schema) { return true }
            return publication.tables.contains {
                $0.name == relation.name && ($0.schema ?? "public") == relation.schema
            }
        }
    }

    @Sendable static func publishedRelations(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.publications.values.filter { !$0.isForAllTables }.flatMap { publication in
            published(publication, facts).map { relation in
                [
                    "oid": .number(SystemID.named("published", "\(publication.name).\(relation.id.oid)")),
                    "prpubid": .number(SystemID.named("publication", publication.name)),
                    "prrelid": .number(relation.id.oid),
                ]
            }
        }
    }

    @Sendable static func publishedTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.publications.values.sorted { $0.name < $1.name }.flatMap { publication in
            published(publication, facts).map { relation in
                [
                    "pubname": .text(publication.name), "schemaname": .text(relation.schema),
                    "tablename": .text(relation.name), "attnames": .array(relation.columns.map(\.name)),
                ]
            }
        }
    }
}

extension SystemFacts {
    /// Tables that foreign keys lead to.
    var referencedTables: Set<RelationID> {
        Set(relations.flatMap { ($0.table?.constraints ?? []).compactMap(\.foreignKey?.referencedTable) })
    }
}

extension Relation {
    /// Whether a table has triggers: a foreign key is kept by some, on both tables.
    func hasTriggers(_ referenced: Set<RelationID>) -> Bool {
        guard let table else { return false }
        return !table.triggers.isEmpty || referenced.contains(id)
            || table.constraints.contains { $0.foreignKey != nil }
    }
}
