import PostgresSyntax
import PostgresTypes

/// Functions and procedures that are there: found by their signature, altered, renamed, dropped, granted.
extension CatalogEditor {
    /// The routine that a statement names, with its input types or alone.
    func existingRoutine(
        _ name: QualifiedName, _ signature: [TypeName]?, kind: ObjectKind
    ) throws(PostgresError) -> Routine {
        let word = kind == .function ? "function" : kind.rawValue
        if let schema = name.schema, !catalog.hasSchema(schema) { throw .undefinedSchema(schema) }
        let all = catalog.routines(name, searchPath: searchPath)
        guard let signature else {
            let fitting = all.filter { kind == .routine || $0.isProcedure == (kind == .procedure) }
            if fitting.count > 1 {
                throw PostgresError(
                    "42725", "\(word) name \"\(name.display)\" is not unique",
                    hint: "Specify the argument list to select the \(word) unambiguously.")
            }
            if let found = fitting.first { return found }
            if let other = all.first {
                throw PostgresError("42809", "\(catalog.display(other, searchPath: searchPath)) is not a \(word)")
            }
            throw PostgresError("42883", "could not find a \(word) named \"\(name.display)\"")
        }
        var types: [TypeID] = []
        for type in signature { types.append(try catalog.resolveType(type, searchPath: searchPath).type) }
        guard
            let found = all.first(where: {
                $0.parameters.filter(\.isInput).map(\.type.type) == types || $0.inputs.map(\.type.type) == types
            })
        else {
            let shown = types.map { catalog.typeName(TypeReference($0), searchPath: searchPath) }
            throw PostgresError(
                "42883", "\(word) \(name.display)(\(shown.joined(separator: ", "))) does not exist")
        }
        if kind != .routine, found.isProcedure != (kind == .procedure) {
            throw PostgresError("42809", "\(catalog.display(found, searchPath: searchPath)) is not a \(word)")
        }
        return found
    }

    private func owned(
        _ name: QualifiedName, _ signature: [TypeName]?, kind: ObjectKind
    ) throws(PostgresError) -> Routine {
        let routine = try existingRoutine(name, signature, kind: kind)
        guard catalog.isMember(session.role, of: routine.owner) else {
            throw .mustBeOwner(routine.kindName, routine.name)
        }
        return routine
    }

    // MARK: ALTER

    mutating func alterFunction(_ change: AlterFunction) throws(PostgresError) {
        var routine = try owned(change.name, change.signature, kind: change.kind)
        if let volatility = change.volatility { routine.volatility = volatility }
        if let isStrict = change.isStrict { routine.isStrict = isStrict }
        if let isSecurityDefiner = change.isSecurityDefiner { routine.isSecurityDefiner = isSecurityDefiner }
        if let rows = change.estimatedRows { routine.estimatedRows = rows }
        if let cost = change.cost { routine.cost = cost }
        if let parallel = change.parallel { routine.parallel = parallel }
        for setting in change.settings {
            if setting.name == "all", setting.values == nil {
                routine.settings = []
                continue
            }
            routine.settings.removeAll { $0.name.lowercased() == setting.name.lowercased() }
            if setting.values != nil { routine.settings.append(setting) }
        }
        update(routine)
    }

    mutating func update(_ routine: Routine) { edit { $0.routines[routine.id] = routine } }

    mutating func alterRoutineOwner(_ change: AlterTable, to owner: String) throws(PostgresError) {
        var routine = try owned(change.name, change.signature, kind: change.kind)
        routine.owner = owner
        update(routine)
    }

    mutating func renameRoutine(_ change: Rename) throws(PostgresError) {
        let old = try owned(change.name, change.signature, kind: change.kind)
        var moved = old
        switch change.change {
        case .name(let name): moved.name = ObjectNames.clip(name)
        case .schema(let schema):
            guard catalog.schemas[schema] != nil else { throw .undefinedSchema(schema) }
            if schema == old.schema { return }
            moved.schema = schema
        default: throw .notSupported("ALTER \(change.kind.rawValue.uppercased())")
        }
        let types = old.inputs.map(\.type.type)
        if catalog.routines(named: moved.name).contains(where: {
            $0.schema == moved.schema && $0.inputs.map(\.type.type) == types
        }) {
            throw PostgresError(
                "42723",
                "function \(catalog.display(moved, searchPath: searchPath)) already exists in schema \"\(moved.schema)\""
            )
        }
        let before = catalog
        removeRoutine(old.id)
        enter(moved, isNew: true)
        try follow(.routine(old, to: QualifiedName(schema: moved.schema, moved.name)), before: before)
    }

    mutating func removeRoutine(_ id: FunctionID) {
        edit { catalog in
            guard let routine = catalog.routines.removeValue(forKey: id) else { return }
            catalog.routineIDs[routine.name]?.removeAll { $0 == id }
            if catalog.routineIDs[routine.name]?.isEmpty == true { catalog.routineIDs[routine.name] = nil }
        }
    }

    /// The routine that DROP names; nil after a notice where it is missing and may be.
    mutating func droppedRoutine(
        _ name: QualifiedName, _ signature: [TypeName]?, _ drop: Drop
    ) throws(PostgresError) -> FunctionID? {
        do throws(PostgresError) {
            return try owned(name, signature, kind: drop.kind).id
        } catch {
            guard drop.ifExists, ["42883", "42704", "3F000"].contains(error.code) else { throw error }
            if error.code == "3F000" {
                notice("\(error.message), skipping")
                return nil
            }
            if error.code == "42704",
                let type = signature?.first(where: { (try? catalog.resolveType($0, searchPath: searchPath)) == nil })
            {
                notice("type \"\(type.names.joined(separator: "."))\" does not exist, skipping")
                return nil
            }
            let types = (signature ?? []).map {
                $0.names.joined(separator: ".") + String(repeating: "[]", count: $0.arrayDimensions)
            }
            let word = drop.kind == .function ? "function" : drop.kind.rawValue
            notice("\(word) \(name.display)(\(types.joined(separator: ","))) does not exist, skipping")
            return nil
        }
    }

    // MARK: GRANT

    mutating func apply(
        _ grant: Grant, toRoutine routine: Routine, _ privileges: Set<String>, grantees: [String]
    ) throws(PostgresError) {
        var changed = routine
        let object = GrantedObject(kind: routine.kindName, name: routine.name, owner: routine.owner)
        changed.privileges = try change(routine.privileges, grant, privileges, of: object, grantees: grantees)
        update(changed)
    }
}
