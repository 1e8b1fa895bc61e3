import PostgresSyntax
import PostgresTypes
import World

@testable import PostgresEngine

/// A catalog made of CREATE TYPE, DOMAIN and TABLE statements, without a database behind it.
struct TestCatalog {
    var snapshot = CatalogSnapshot()
    private let path = ["public", "extensions"]

    init(script: String) throws {
        for name in ["citext", "uuid-ossp", "pgcrypto"] { snapshot.extensions[name] = "extensions" }
        for schema in path + ["auth"] { snapshot.schemas[schema] = Schema(name: schema, owner: "postgres") }
        for parsed in Script.parse(script) {
            switch try parsed.get().statement {
            case .createEnum(let name, let labels): addType(name.name, .enumeration(labels: labels))
            case .createDomain(let domain):
                let base = try snapshot.resolveType(domain.type, searchPath: path)
                addType(domain.name.name, .domain(Domain(base: base)))
            case .createComposite(let name, let fields):
                addType(
                    name.name,
                    .composite(
                        try fields.map {
                            CompositeField(name: $0.name, type: try snapshot.resolveType($0.type, searchPath: path))
                        }))
            case .createTable(let table): try addTable(table)
            case .createView(let view): try addView(view)
            default: Issue.unexpected
            }
        }
    }

    private enum Issue {
        static var unexpected: Void { preconditionFailure("a test catalog has types and tables only") }
    }

    private mutating func nextOID() -> UInt32 {
        defer { snapshot.nextOID += 1 }
        return snapshot.nextOID
    }

    @discardableResult
    private mutating func addType(_ name: String, _ kind: UserType.Kind) -> TypeID {
        let (id, array) = (TypeID(nextOID()), TypeID(nextOID()))
        snapshot.types[id] = UserType(
            id: id, schema: "public", name: name, arrayType: array, owner: "postgres", kind: kind)
        snapshot.types[array] = UserType(
            id: array, schema: "public", name: "_" + name, arrayType: nil, owner: "postgres", kind: .array(id))
        snapshot.typeIDs[QualifiedName(schema: "public", name)] = id
        snapshot.typeIDs[QualifiedName(schema: "public", "_" + name)] = array
        return id
    }

    private mutating func addTable(_ table: CreateTable) throws {
        let relation = RelationID(nextOID())
        var columns: [Column] = []
        var constraints: [Constraint] = []
        for definition in table.columns {
            var column = Column(
                name: definition.name, type: try snapshot.resolveType(definition.type, searchPath: path))
            for constraint in definition.constraints {
                switch constraint.kind {
                case .primaryKey:
                    constraints.append(
                        Constraint(name: table.name.name + "_pkey", kind: .primaryKey([definition.name])))
                case .identity(let always, _): column.identity = always ? .always : .byDefault
                case .generated(let expression): column.generated = expression
                case .defaultValue(let expression): column.defaultValue = expression
                default: break
                }
            }
            columns.append(column)
        }
        for constraint in table.constraints {
            switch constraint.kind {
            case .primaryKey(let names):
                constraints.append(Constraint(name: table.name.name + "_pkey", kind: .primaryKey(names)))
            case .unique(let names, let nullsNotDistinct):
                constraints.append(
                    Constraint(
                        name: ([table.name.name] + names).joined(separator: "_") + "_key",
                        kind: .unique(names, nullsNotDistinct: nullsNotDistinct)))
            default: break
            }
        }
        let row = addType(table.name.name, .row(relation))
        add(
            Relation(
                id: relation, schema: "public", name: table.name.name, owner: "postgres",
                kind: .table(Table(columns: columns, constraints: constraints, rowType: row))))
    }

    private mutating func addView(_ view: CreateView) throws {
        let relation = RelationID(nextOID())
        let columns = try binder.bindQuery(view.query).query.columns
        let row = addType(view.name.name, .row(relation))
        add(
            Relation(
                id: relation, schema: "public", name: view.name.name, owner: "viewer",
                kind: .view(
                    View(columns: columns, query: view.query, searchPath: path, options: view.options, rowType: row))))
    }

    private mutating func add(_ relation: Relation) {
        snapshot.relations[relation.id] = relation
        snapshot.relationIDs[QualifiedName(schema: relation.schema, relation.name)] = relation.id
    }

    var binder: Binder {
        Binder(catalog: snapshot, searchPath: path, context: ValueContext(now: .init(microseconds: 0)))
    }

    func bind(_ sql: String) throws -> TypedStatement { try binder.bind(Script.parseSingle(sql)) }

    /// `integer|text`, as `format_type` prints.
    func describe(_ types: [TypeReference]) -> String {
        types.map { snapshot.typeName($0, searchPath: path) }.joined(separator: "|")
    }

    /// What the wire says of columns: domains are described as what they are over.
    func describe(columns: [OutputColumn]) -> String {
        let system = TypeSystem(catalog: snapshot)
        return describe(columns.map { system.base(of: $0.type) })
    }
}
