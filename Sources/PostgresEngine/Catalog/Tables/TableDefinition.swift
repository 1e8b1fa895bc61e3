import PostgresSyntax
import PostgresTypes

/// CREATE TABLE.
extension CatalogEditor {
    mutating func createTable(_ definition: CreateTable) throws(PostgresError) {
        if !definition.inherits.isEmpty { throw .notSupported("INHERITS") }
        if definition.isTemporary, definition.partitionBy != nil || definition.partitionOf != nil {
            throw .notSupported("a temporary partitioned table")
        }
        let schema = try creationSchema(definition.name)
        if definition.onCommit != nil, schema != CatalogSnapshot.temporarySchema {
            throw PostgresError("42P16", "ON COMMIT can only be used on temporary tables")
        }
        let name = ObjectNames.clip(definition.name.name)
        if definition.ifNotExists, isRelationNameTaken(schema, name) {
            return notice("relation \"\(name)\" already exists, skipping", code: "42P07")
        }
        if let parent = definition.partitionOf { return try createPartition(definition, schema, name, of: parent) }
        try checkFree(schema, name, takesType: true)

        var build = TableBuild(schema: schema, name: name)
        for (position, column) in definition.columns.enumerated() {
            for clause in definition.like where clause.position == position { try add(clause, to: &build) }
            try add(column, to: &build)
        }
        for clause in definition.like where clause.position >= definition.columns.count {
            try add(clause, to: &build)
        }
        build.constraints += definition.constraints
        try checkColumnNames(build.columns)

        let id = RelationID(newOID())
        let rowType = addType(schema: schema, name: name, kind: .row(id))
        var table = Table(columns: build.columns, rowType: rowType)
        table.partitionKey = definition.partitionBy.map { PartitionKey($0, path: searchPath) }
        table.onCommit = definition.onCommit
        add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .table(table)))
        try adoptSequences(of: id)
        try checkPartitionKey(of: id)
        request(.createTable(id))
        try checkColumnExpressions(of: id, definition.columns.map { ObjectNames.clip($0.name) })
        try addConstraints(build.constraints, to: id, isNew: true)
        for clause in definition.like { try copyParts(clause, to: id) }
    }

    /// Columns and constraints of a table being made.
    struct TableBuild {
        var schema: String
        var name: String
        var columns: [Column] = []
        /// Column constraints with their column filled in, then the table's own.
        var constraints: [ConstraintDefinition] = []
    }

    /// Turns one column definition into a column; constraints that are a table's go to `build.constraints`.
    mutating func add(_ definition: ColumnDefinition, to build: inout TableBuild) throws(PostgresError) {
        let name = ObjectNames.clip(definition.name)
        var column: Column
        if let serial = serialType(definition.type) {
            column = Column(name: name, type: TypeReference(serial), isNotNull: true)
            let sequence = try addSequence(
                for: name, of: build, Sequence(type: serial, maximum: Sequence.greatest(of: serial)))
            column.sequence = sequence.id
            column.defaultValue = nextValueCall(of: sequence)
        } else {
            column = Column(name: name, type: try columnType(definition.type, of: name))
        }
        try checkCollation(definition.collation, of: column.type)
        column.collation = definition.collation
        column.expressionPath = searchPath
        var isNullable: Bool?
        for constraint in definition.constraints {
            switch constraint.kind {
            case .notNull, .null:
                let nullable = constraint.kind == .null
                guard (isNullable ?? (column.isNotNull && nullable ? false : nullable)) == nullable else {
                    throw .syntax(
                        "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(build.name)\"")
                }
                isNullable = nullable
                if !nullable { column.isNotNull = true }
            case .defaultValue(let expression):
                guard column.defaultValue == nil else {
                    throw .syntax(
                        "multiple default values specified for column \"\(name)\" of table \"\(build.name)\"")
                }
                column.defaultValue = expression
            case .identity(let always, let options):
                try setIdentity(&column, always: always, options, of: build)
            case .generated(let expression): column.generated = expression
            case .check, .primaryKey, .unique, .foreignKey, .usingIndex, .exclusion:
                build.constraints.append(constraint.onColumn(name))
                if case .primaryKey = constraint.kind { column.isNotNull = true }
            }
        }
        if column.identity != nil && column.defaultValue != nil {
            throw .syntax("both default and identity specified for column \"\(name)\" of table \"\(build.name)\"")
        }
        if column.generated != nil && column.defaultValue != nil {
            throw .syntax(
                "both default and generation expression specified for column \"\(name)\" of table \"\(build.name)\"")
        }
        if column.generated != nil && column.identity != nil {
            throw .syntax(
                "both identity and generation expression specified for column \"\(name)\" of table \"\(build.name)\"")
        }
        build.columns.append(column)
    }

    private mutating func setIdentity(
        _ column: inout Column, always: Bool, _ options: SequenceOptions, of build: TableBuild
    ) throws(PostgresError) {
        guard column.identity == nil else {
            throw .syntax(
                "multiple identity specifications for column \"\(column.name)\" of table \"\(build.name)\"")
        }
        let type = column.type.type
        guard [.int2, .int4, .int8].contains(type) else {
            throw PostgresError("22023", "identity column type must be smallint, integer, or bigint")
        }
        var sequence = Sequence(type: type, maximum: Sequence.greatest(of: type))
        try apply(options, to: &sequence, isNew: true)
        column.sequence = try addSequence(for: column.name, of: build, sequence, named: options.sequenceName).id
        column.identity = always ? .always : .byDefault
        column.isNotNull = true
    }

    /// `smallserial`, `serial`, `bigserial` and their other spellings: not types, but an integer and a sequence.
    func serialType(_ type: TypeName) -> TypeID? {
        guard type.names.count == 1, type.arrayDimensions == 0 else { return nil }
        return switch type.names[0] {
        case "smallserial", "serial2": .int2
        case "serial", "serial4": .int4
        case "bigserial", "serial8": .int8
        default: nil
        }
    }

    /// The sequence of a serial or identity column: `table_column_seq`, owned by the column once the table exists.
    mutating func addSequence(
        for column: String, of build: TableBuild, _ sequence: Sequence, named: QualifiedName? = nil
    ) throws(PostgresError) -> Relation {
        let schema = named?.schema ?? build.schema
        let catalog = catalog
        let name =
            named?.name
            ?? ObjectNames.choose(build.name, column, label: "seq") { catalog.relation(schema, $0) != nil }
        try checkFree(schema, name, takesType: true)
        let relation = Relation(
            id: RelationID(newOID()), schema: schema, name: name, owner: session.role, kind: .sequence(sequence))
        add(relation)
        request(.createSequence(relation.id))
        return relation
    }

    func nextValueCall(of sequence: Relation) -> Expression {
        let name = "\(ObjectNames.quoted(sequence.schema)).\(ObjectNames.quoted(sequence.name))"
        let argument = Expression(
            .cast(Expression(.constant(.string(name))), TypeName(["pg_catalog", "regclass"])))
        return Expression(
            .call(FunctionCall(name: ["pg_catalog", "nextval"], arguments: [FunctionCall.Argument(argument)])))
    }

    /// Makes the sequences behind the columns of a table its own.
    mutating func adoptSequences(of id: RelationID) throws(PostgresError) {
        for column in catalog[id]?.table?.columns ?? [] {
            guard let sequenceID = column.sequence, var relation = catalog[sequenceID],
                var sequence = relation.sequence
            else { continue }
            sequence.ownedBy = id
            sequence.ownedByColumn = column.name
            relation.kind = .sequence(sequence)
            update(relation)
        }
    }

    /// Refuses a column twice, and names that SQLite cannot keep apart.
    func checkColumnNames(_ columns: [Column]) throws(PostgresError) {
        var seen: Set<String> = []
        var folded: Set<String> = []
        for column in columns {
            guard seen.insert(column.name).inserted else {
                throw PostgresError("42701", "column \"\(column.name)\" specified more than once")
            }
            guard folded.insert(asciiLowercased(column.name)).inserted else {
                throw .notSupported("a second column whose name differs only in case (\"\(column.name)\")")
            }
            guard !systemColumns.contains(column.name) else {
                throw PostgresError(
                    "42701", "column name \"\(column.name)\" conflicts with a system column name")
            }
        }
    }

    /// Binds defaults and generated columns once, so that their errors show at definition.
    mutating func checkColumnExpressions(of id: RelationID, _ names: [String]) throws(PostgresError) {
        guard validates, let relation = catalog[id], let table = relation.table else { return }
        for column in table.columns where names.contains(column.name) {
            if let value = column.defaultValue, column.sequence == nil || value.nextValueSequence == nil {
                try checkDefault(value, of: column)
            }
            if let value = column.generated {
                for used in value.columnNames {
                    if let other = table.columns.first(where: { $0.name == used }), other.generated != nil {
                        throw PostgresError(
                            "42P17", "cannot use generated column \"\(used)\" in column generation expression",
                            detail: "A generated column cannot reference another generated column.")
                    }
                }
                let typed = try bind(value, over: id, target: column)
                guard typed.isImmutable(catalog) else {
                    throw PostgresError("42P17", "generation expression is not immutable")
                }
            }
        }
    }

    private func checkDefault(_ value: Expression, of column: Column) throws(PostgresError) {
        _ = try bind(value, over: nil, target: column)
    }

    /// Binds an expression that becomes a column's value.
    func bind(
        _ value: Expression, over table: RelationID?, target column: Column
    ) throws(PostgresError) -> TypedExpression {
        try ColumnExpressions(catalog: catalog, context: context).bind(
            value, over: table, column: column, path: searchPath)
    }
}

private let systemColumns: Set<String> = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]

func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { 65...90 ~= $0 ? $0 + 32 : $0 }, as: UTF8.self)
}

extension ConstraintDefinition {
    /// A column's constraint as the table constraint it stands for.
    func onColumn(_ column: String) -> ConstraintDefinition {
        var result = self
        switch kind {
        case .primaryKey: result.kind = .primaryKey(columns: [column])
        case .unique(_, let nullsNotDistinct):
            result.kind = .unique(columns: [column], nullsNotDistinct: nullsNotDistinct)
        case .foreignKey(var key):
            key.columns = [column]
            result.kind = .foreignKey(key)
        case .notNull, .null, .defaultValue, .identity, .generated, .check, .usingIndex, .exclusion: break
        }
        return result
    }
}
