package import PostgresSyntax
package import PostgresTypes

/// Between which types a cast leads.
package struct CastKey: Hashable, Sendable {
    package var source: TypeID
    package var target: TypeID

    package init(from source: TypeID, to target: TypeID) {
        self.source = source
        self.target = target
    }
}

/// A cast of the user's: `pg_cast`.
package struct Cast: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        case function(FunctionID)
        /// The stored value is the other type's as it is.
        case binary
        case throughText
    }

    package var id: UInt32
    package var method: Method
    package var context: CreateCast.Context
}

extension CatalogSnapshot {
    /// Oldest first.
    var orderedCasts: [(key: CastKey, value: Cast)] { casts.sorted { $0.value.id < $1.value.id } }

    /// The function of an implicit cast by a function, as its name in parts. PostgREST shows and reads domains by them.
    package func implicitCast(from source: TypeID, to target: TypeID) -> [String]? {
        guard !casts.isEmpty, let cast = casts[CastKey(from: source, to: target)], cast.context == .implicit,
            case .function(let id) = cast.method, let routine = self[id]
        else { return nil }
        return [routine.schema, routine.name]
    }
}

/// CREATE CAST and DROP CAST.
extension CatalogEditor {
    mutating func createCast(_ definition: CreateCast) throws(PostgresError) {
        let types = TypeSystem(catalog: catalog)
        let source = try catalog.resolveType(definition.source, searchPath: searchPath).type
        let target = try catalog.resolveType(definition.target, searchPath: searchPath).type
        let (sourceName, targetName) = (shown(source), shown(target))
        guard isOwner(of: source) || isOwner(of: target) else {
            throw PostgresError("42501", "must be owner of type \(sourceName) or type \(targetName)")
        }
        for (type, place) in [(source, "source"), (target, "target")] {
            if types.kind(of: type) == .pseudo {
                throw PostgresError("42809", "\(place) data type \(shown(type)) is a pseudo-type")
            }
        }
        for (type, place) in [(source, "source"), (target, "target")] where types.isDomain(type) {
            warn("cast will be ignored because the \(place) data type is a domain")
        }
        let method = try method(definition.method, from: source, to: target)
        let key = CastKey(from: source, to: target)
        guard catalog.casts[key] == nil, types.builtin.cast(from: source, to: target) == nil else {
            throw PostgresError("42710", "cast from type \(sourceName) to type \(targetName) already exists")
        }
        let cast = Cast(id: newOID(), method: method, context: definition.context)
        edit { $0.casts[key] = cast }
    }

    private func shown(_ type: TypeID) -> String { catalog.typeName(TypeReference(type), searchPath: searchPath) }

    private func isOwner(of type: TypeID) -> Bool {
        catalog.isMember(session.role, of: catalog.types[type]?.owner ?? "supabase_admin")
            || catalog.isSuperuser(session.role)
    }

    private func method(
        _ method: CreateCast.Method, from source: TypeID, to target: TypeID
    ) throws(PostgresError) -> Cast.Method {
        let types = TypeSystem(catalog: catalog)
        func isSame(_ type: TypeID, _ other: TypeID) -> Bool {
            type == other || types.pathway(from: type, to: other, .implicit) == .relabel
        }
        switch method {
        case .function(let name, let signature):
            let routine = try castFunction(name, signature)
            guard (1...3).contains(routine.arguments.count) else {
                throw PostgresError("42P17", "cast function must take one to three arguments")
            }
            guard isSame(source, routine.arguments[0]) else {
                throw PostgresError(
                    "42P17", "argument of cast function must match or be binary-coercible from source data type")
            }
            guard isSame(routine.result, target) else {
                throw PostgresError(
                    "42P17", "return data type of cast function must match or be binary-coercible to target data type")
            }
            guard routine.arguments.count == 1 else {
                throw .notSupported("a cast function with more than one argument")
            }
            guard routine.kind == .function else {
                throw PostgresError("42P17", "cast function must be a normal function")
            }
            guard !routine.isSet else { throw PostgresError("42P17", "cast function must not return a set") }
            return .function(routine.id)
        case .binary:
            guard catalog.isSuperuser(session.role) else {
                throw PostgresError("42501", "must be superuser to create a cast WITHOUT FUNCTION")
            }
            guard source != target else {
                throw PostgresError("42P17", "source data type and target data type are the same")
            }
            for type in [source, target] {
                let kind: String? =
                    switch types.kind(of: type) {
                    case .composite: "composite"
                    case .enumeration: "enum"
                    case .domain: "domain"
                    default: types.element(of: type) == nil ? nil : "array"
                    }
                if let kind { throw PostgresError("42P17", "\(kind) data types are not binary-compatible") }
            }
            throw .notSupported("CREATE CAST … WITHOUT FUNCTION")
        case .throughText:
            guard source != target else {
                throw PostgresError("42P17", "source data type and target data type are the same")
            }
            return .throughText
        }
    }

    private func castFunction(
        _ name: QualifiedName, _ signature: [TypeName]?
    ) throws(PostgresError) -> BuiltinFunction {
        var wanted: [TypeID] = []
        for type in signature ?? [] { wanted.append(try catalog.resolveType(type, searchPath: searchPath).type) }
        let found = TypeSystem(catalog: catalog).functions(named: name.name).filter { function in
            if signature != nil, function.arguments != wanted { return false }
            if let schema = name.schema { return catalog.schema(of: function) == schema }
            return catalog.isInReach(function, searchPath: searchPath)
        }
        if let first = found.first { return first }
        guard signature != nil else {
            throw PostgresError("42883", "could not find a function named \"\(name.display)\"")
        }
        let types = wanted.map(shown).joined(separator: ", ")
        throw PostgresError("42883", "function \(name.display)(\(types)) does not exist")
    }

    mutating func dropCast(_ definition: DropCast) throws(PostgresError) {
        let source: TypeID
        let target: TypeID
        do throws(PostgresError) {
            source = try catalog.resolveType(definition.source, searchPath: searchPath).type
            target = try catalog.resolveType(definition.target, searchPath: searchPath).type
        } catch {
            guard definition.ifExists, error.code == "42704" else { throw error }
            return notice("\(error.message), skipping")
        }
        let key = CastKey(from: source, to: target)
        let message = "cast from type \(shown(source)) to type \(shown(target)) does not exist"
        guard catalog.casts[key] != nil else {
            guard definition.ifExists else { throw PostgresError("42704", message) }
            return notice("\(message), skipping")
        }
        guard isOwner(of: source) || isOwner(of: target) else {
            throw PostgresError("42501", "must be owner of type \(shown(source)) or type \(shown(target))")
        }
        edit { $0.casts[key] = nil }
    }
}
