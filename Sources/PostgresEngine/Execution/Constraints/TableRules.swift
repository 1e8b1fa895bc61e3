import PostgresSyntax
import PostgresTypes
import SQLite
import Synchronization

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
    final class Reference: Sendable {
        let child: RelationID
        let parent: RelationID
        let constraint: Constraint
        let key: ForeignKey
        let childColumns: [Int]
        let parentColumns: [Int]
        let parentStorage: String
        /// Whether the columns on both sides are of the same types, and so compared alike from either side.
        let sharesTypes: Bool
        /// `SELECT 1` for a key in the parent.
        let parentProbe: String
        /// Rows of the child with a key: `#row`, then all columns.
        let childRows: String
        let childProbe: String

        init(
            _ constraint: Constraint, _ key: ForeignKey, child: Relation, _ childTable: Table, parent: Relation,
            _ parentTable: Table
        ) {
            func condition(_ columns: [String]) -> String {
                columns.enumerated().map { "\($0.element.quotedName) = ?\($0.offset + 1)" }.joined(separator: " AND ")
            }
            let names = (["#row"] + childTable.columns.map(\.name)).map(\.quotedName).joined(separator: ", ")
            let storage = child.storageName.quotedName
            self.child = child.id
            self.parent = parent.id
            self.constraint = constraint
            self.key = key
            childColumns = key.columns.compactMap { childTable.position(of: $0) }
            parentColumns = key.referencedColumns.compactMap { parentTable.position(of: $0) }
            parentStorage = parent.storageName
            sharesTypes = zip(childColumns, parentColumns).allSatisfy {
                childTable.columns[$0].type.type == parentTable.columns[$1].type.type
            }
            parentProbe =
                "SELECT 1 FROM \(parentStorage.quotedName) WHERE \(condition(key.referencedColumns)) LIMIT 1"
            childRows = "SELECT \(names) FROM \(storage) WHERE \(condition(key.columns)) ORDER BY \"#row\""
            childProbe = "SELECT 1 FROM \(storage) WHERE \(condition(key.columns)) LIMIT 1"
        }
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
    /// The conditions of the CHECKs; nil where one of them cannot be bound.
    let checkConditions: [TypedExpression]?
    private let verdicts = Mutex<[[TypedExpression]: RowVerdict?]>([:])
    /// Positions of the columns that are NOT NULL.
    let required: [Int]
    let uniques: [Unique]
    let exclusions: [Exclusion]
    /// Foreign keys of this table.
    let references: [Reference]
    /// Foreign keys that refer to this table.
    let referrers: [Reference]
    /// The partitions with what their rows satisfy, the default one last.
    let partitions: [PartitionNode]
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
        checkConditions = builder.checkConditions()
        required = table.columns.indices.filter { table.columns[$0].isNotNull }
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

    /// What says at once whether a row satisfies the CHECKs and a statement's own conditions; nil where that has to be
    /// asked one by one.
    func verdict(with conditions: [TypedExpression], _ catalog: CatalogSnapshot) -> RowVerdict? {
        if let known = verdicts.withLock({ $0[conditions] }) { return known }
        let image = RangeEntry(source: .table(relation.id), name: relation.name, columns: relation.columns)
        let made = checkConditions.flatMap {
            RowVerdict(required: conditions, unlessFalse: $0, over: image, catalog)
        }
        verdicts.withLock { $0[conditions] = .some(made) }
        return made
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
