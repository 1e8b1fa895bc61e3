import PostgresSyntax
import PostgresTypes

/// CREATE SEQUENCE, ALTER SEQUENCE.
extension CatalogEditor {
    mutating func createSequence(_ definition: CreateSequence) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        if definition.ifNotExists, isRelationNameTaken(schema, name) {
            return notice("relation \"\(name)\" already exists, skipping", code: "42P07")
        }
        try checkFree(schema, name, takesType: true)
        var sequence = Sequence()
        try apply(definition.options, to: &sequence, isNew: true)
        let relation = Relation(
            id: RelationID(newOID()), schema: schema, name: name, owner: session.role, kind: .sequence(sequence))
        add(relation)
        request(.createSequence(relation.id))
        if let owner = definition.options.ownedBy { try own(relation.id, by: owner) }
    }

    mutating func alterSequence(_ change: AlterSequence) throws(PostgresError) {
        guard let relation = try altered(change.name, ifExists: change.ifExists) else { return }
        guard relation.sequence != nil else { throw .wrongKind(relation.name, "a sequence") }
        try checkOwner(of: relation)
        try alter(relation.id, change.options)
    }

    mutating func alter(_ id: RelationID, _ options: SequenceOptions) throws(PostgresError) {
        guard var relation = catalog[id], var sequence = relation.sequence else { return }
        try apply(options, to: &sequence, isNew: false)
        relation.kind = .sequence(sequence)
        update(relation)
        if let owner = options.ownedBy { try own(id, by: owner) }
        if let restart = options.restart ?? (options.restartsAtStart ? sequence.start : nil) {
            request(.restartSequence(id, at: restart))
        }
    }

    /// Puts options into a sequence, with Postgres' defaults and limits.
    func apply(
        _ options: SequenceOptions, to sequence: inout Sequence, isNew: Bool
    ) throws(PostgresError) {
        if let typeName = options.type {
            let type = try catalog.resolveType(typeName, searchPath: searchPath).type
            guard [.int2, .int4, .int8].contains(type) else {
                throw PostgresError("22023", "sequence type must be smallint, integer, or bigint")
            }
            if sequence.maximum == Sequence.greatest(of: sequence.type) {
                sequence.maximum = Sequence.greatest(of: type)
            }
            if sequence.minimum == Sequence.least(of: sequence.type) { sequence.minimum = Sequence.least(of: type) }
            sequence.type = type
        }
        if let increment = options.increment {
            guard increment != 0 else { throw PostgresError("22023", "INCREMENT must not be zero") }
            sequence.increment = increment
            if isNew && increment < 0 {
                sequence.minimum = Sequence.least(of: sequence.type)
                sequence.maximum = -1
            }
        }
        if let minimum = options.minimum { sequence.minimum = minimum }
        if let maximum = options.maximum { sequence.maximum = maximum }
        guard sequence.minimum < sequence.maximum else {
            throw PostgresError(
                "22023", "MINVALUE (\(sequence.minimum)) must be less than MAXVALUE (\(sequence.maximum))")
        }
        if let start = options.start {
            sequence.start = start
        } else if isNew {
            sequence.start = sequence.increment > 0 ? sequence.minimum : sequence.maximum
        }
        guard sequence.start >= sequence.minimum else {
            throw PostgresError(
                "22023", "START value (\(sequence.start)) cannot be less than MINVALUE (\(sequence.minimum))")
        }
        guard sequence.start <= sequence.maximum else {
            throw PostgresError(
                "22023", "START value (\(sequence.start)) cannot be greater than MAXVALUE (\(sequence.maximum))")
        }
        if let cycle = options.cycle { sequence.cycle = cycle }
    }

    /// OWNED BY table.column, or NONE.
    private mutating func own(_ id: RelationID, by owner: [String]) throws(PostgresError) {
        guard var relation = catalog[id], var sequence = relation.sequence else { return }
        if owner.map({ $0.lowercased() }) == ["none"] {
            sequence.ownedBy = nil
            sequence.ownedByColumn = nil
        } else {
            guard owner.count >= 2 else {
                throw PostgresError(
                    "42601", "invalid OWNED BY option", hint: "Specify OWNED BY table.column or OWNED BY NONE.")
            }
            let name = QualifiedName(schema: owner.count > 2 ? owner[owner.count - 3] : nil, owner[owner.count - 2])
            let table = try existing(name)
            guard table.table != nil else {
                throw .wrongKind(table.name, "a table")
            }
            let (position, _) = try column(owner[owner.count - 1], of: table)
            guard table.schema == relation.schema else {
                throw PostgresError("55000", "sequence must be in same schema as table it is linked to")
            }
            sequence.ownedBy = table.id
            sequence.ownedByColumn = owner[owner.count - 1]
            try updateTable(table.id) { $0.columns[position].sequence = id }
        }
        relation.kind = .sequence(sequence)
        update(relation)
    }
}

extension Sequence {
    static func greatest(of type: TypeID) -> Int64 {
        switch type {
        case .int2: Int64(Int16.max)
        case .int4: Int64(Int32.max)
        default: Int64.max
        }
    }

    static func least(of type: TypeID) -> Int64 {
        switch type {
        case .int2: Int64(Int16.min)
        case .int4: Int64(Int32.min)
        default: Int64.min
        }
    }
}
