import PostgresSyntax
import PostgresTypes
import SQLite

/// A row of a system relation: values by column. Columns left out have their usual value: nothing, zero or false.
typealias SystemRow = [String: SQLValue]

/// A relation of `pg_catalog` or `information_schema`, as the binder sees it and as SQLite reads it.
struct SystemRelation: Sendable {
    let relation: Relation
    let columns: [String]
    /// What a column is where a row does not say.
    let defaults: [SQLValue]

    fileprivate init?(_ line: Substring) {
        let fields = line.split(separator: "\t")
        guard fields.count == 5, let oid = UInt32(fields[2]) else { return nil }
        let isTable = fields[0] == "pg_catalog" && fields[3] == "r"
        var columns: [Column] = []
        var defaults: [SQLValue] = []
        for part in fields[4].split(separator: ",") {
            guard let blank = part.firstIndex(of: " ") else { return nil }
            let typeName = String(part[part.index(after: blank)...])
            let type = BuiltinCatalog.shared.type(named: typeName)?.id ?? .text
            columns.append(Column(name: String(part[..<blank]), type: TypeReference(type)))
            let isNumber = ["oid", "int2", "int4", "int8", "bool", "float4", "regproc", "xid"].contains(typeName)
            defaults.append(isTable && isNumber ? .integer(0) : typeName == "char" && isTable ? .text("") : .null)
        }
        var table = Table(columns: columns, rowType: .record)
        table.isRowSecurityEnabled = false
        relation = Relation(
            id: RelationID(oid), schema: String(fields[0]), name: String(fields[1]), owner: "supabase_admin",
            privileges: fields[1] == "pg_authid" ? [] : [PrivilegeEntry(grantee: "public", privileges: ["select"])],
            kind: .table(table))
        self.columns = columns.map(\.name)
        self.defaults = defaults
    }
}

/// The system relations that can be queried. Their rows are computed from the catalog of the moment, so a transaction
/// sees its own definitions.
enum SystemCatalog {
    /// Every relation that PostgreSQL has, by qualified name.
    static let relations: [QualifiedName: SystemRelation] = {
        var result: [QualifiedName: SystemRelation] = [:]
        let text = SystemCatalogData.relations.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        for line in text.split(separator: "\n") {
            guard let relation = SystemRelation(line) else { continue }
            result[QualifiedName(schema: relation.relation.schema, relation.relation.name)] = relation
        }
        return result
    }()

    private static let byID: [RelationID: SystemRelation] = Dictionary(
        uniqueKeysWithValues: relations.values.map { ($0.relation.id, $0) })

    /// Those whose rows are known here: the others are refused by name.
    static let queryable: [RelationID: SystemRelation] = byID.filter {
        SystemRows.makers[$0.value.relation.dottedName] != nil
    }

    static func relation(_ id: RelationID) -> Relation? { id.oid < TypeID.firstUserOID ? byID[id]?.relation : nil }

    /// The relation of that name; refused where PostgreSQL has it and the emulator does not.
    static func relation(_ schema: String, _ name: String) throws(PostgresError) -> Relation? {
        guard let found = relations[QualifiedName(schema: schema, name)]?.relation else { return nil }
        guard SystemRows.makers[found.dottedName] != nil else {
            throw .notSupported("relation \"\(found.dottedName)\"")
        }
        return found
    }

    /// Makes the relations known to a connection.
    static func register(on connection: Connection) {
        for (name, make) in SystemRows.makers {
            connection.register(
                table: name, columns: { Self.columns(of: name) },
                rows: { [unowned connection] in
                    let context = try Invocation.context(of: connection)
                    return context.memory.systemRows(name, context, make)
                })
        }
    }

    private static func named(_ name: String) -> SystemRelation? {
        let parts = name.split(separator: ".").map(String.init)
        return parts.count == 2 ? relations[QualifiedName(schema: parts[0], parts[1])] : nil
    }

    private static func columns(of name: String) -> [String] { named(name)?.columns ?? [] }

    fileprivate static func table(_ name: String, _ rows: [SystemRow]) -> ComputedRows {
        guard let relation = named(name) else { return ComputedRows([]) }
        return ComputedRows(
            rows.map { row in
                relation.columns.indices.map { row[relation.columns[$0]] ?? relation.defaults[$0] }
            })
    }
}

extension Relation {
    /// What the table is called in SQLite as well: see `storageName`.
    fileprivate var dottedName: String { "\(schema).\(name)" }
}

extension FunctionMemory {
    /// The rows of a system relation, kept while catalog and role stay the same.
    fileprivate mutating func systemRows(
        _ name: String, _ context: ExecutionContext, _ make: (SystemFacts) -> [SystemRow]
    ) -> ComputedRows {
        let moment = SystemMoment(
            version: context.catalog.version, role: context.session.role, path: context.session.searchPath)
        if moment != systemMoment {
            systemMoment = moment
            systemTables = [:]
        }
        if let known = systemTables[name] { return known }
        var facts = SystemFacts(catalog: context.catalog, session: context.session, context: context.valueContext)
        facts.sequenceState = context.sequenceState
        let table = SystemCatalog.table(name, make(facts))
        // Sequences move without a change of the catalog.
        if name != "pg_catalog.pg_sequences" { systemTables[name] = table }
        return table
    }
}

/// What the rows of system relations depend on.
struct SystemMoment: Equatable {
    var version: Int
    var role: String
    var path: [String]
}

/// What rows of system relations are made from, with what many of them need.
struct SystemFacts {
    let catalog: CatalogSnapshot
    let session: Session
    let context: ValueContext
    var sequenceState: ((RelationID) -> SequenceStore.Counter?)?

    var role: String { session.role }
    var searchPath: [String] { session.effectivePath }

    /// Relations that users made, in the order they were made.
    var relations: [Relation] { catalog.orderedRelations }

    /// Whether the role may see a relation in `information_schema`: its owner, or granted anything on it.
    func isVisible(_ relation: Relation) -> Bool {
        if catalog.isMember(role, of: relation.owner) { return true }
        let roles = catalog.inheritedRoles(of: role)
        if relation.privileges.contains(where: { roles.contains($0.grantee) && !$0.privileges.isEmpty }) { return true }
        return relation.table?.columns.contains { $0.privileges.contains { roles.contains($0.grantee) } } ?? false
    }

    var definitions: DefinitionText { DefinitionText(catalog: catalog, searchPath: searchPath, context: context) }

    func typeName(_ type: TypeReference) -> String { catalog.typeName(type, searchPath: searchPath) }
}

extension SQLValue {
    static func number(_ value: some BinaryInteger) -> SQLValue { .integer(Int64(value)) }
    static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    static func yesOrNo(_ value: Bool) -> SQLValue { .text(value ? "YES" : "NO") }

    /// An array of numbers in its stored form.
    static func array(_ numbers: [some BinaryInteger]) -> SQLValue {
        ArrayValue(numbers.map { .integer(Int64($0)) }).stored
    }
    /// An `int2vector` or `oidvector`, whose subscripts start at 0.
    static func vector(_ numbers: [some BinaryInteger]) -> SQLValue {
        ArrayValue(numbers.map { .integer(Int64($0)) }, dimensions: [numbers.count], lowerBounds: [0]).stored
    }
    static func array(_ texts: [String]) -> SQLValue { ArrayValue(texts.map { .text($0) }).stored }
}
