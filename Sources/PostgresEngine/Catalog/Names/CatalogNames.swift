import PostgresSyntax
import PostgresTypes

/// The names of a catalog's objects under a search path: what `regclass` and kin read and print.
final class CatalogNames: ObjectNaming {
    private let catalog: CatalogSnapshot
    private let searchPath: [String]

    init(_ catalog: CatalogSnapshot, _ searchPath: [String]) {
        self.catalog = catalog
        self.searchPath = searchPath
    }

    // MARK: From OIDs to names

    func name(_ id: UInt32, _ kind: NamedObjectKind) -> String? {
        switch kind {
        case .regclass:
            if let relation = catalog[RelationID(id)] { return catalog.display(relation, searchPath: searchPath) }
            let composite = catalog.types.values.first {
                if case .composite = $0.kind { SystemRows.id(ofRelationOf: $0) == id } else { false }
            }
            return composite.map { catalog.typeName(TypeReference($0.id), searchPath: searchPath) }
        case .regtype:
            let name = catalog.typeName(TypeReference(TypeID(id)), searchPath: searchPath)
            return name == "???" ? nil : name
        case .regproc: return functionName(id)
        case .regprocedure:
            guard let function = types.function(FunctionID(id)) else { return nil }
            let arguments = function.arguments.map { catalog.typeName(TypeReference($0), searchPath: searchPath) }
            return "\(visibleName(function))(\(arguments.joined(separator: ",")))"
        case .regnamespace: return SystemID.schemaName(id, in: catalog).map(ObjectNames.quoted)
        case .regrole: return SystemID.roleName(id, in: catalog).map(ObjectNames.quoted)
        case .regconfig:
            if let made = catalog.textSearch.configurations[id] {
                return visibleName(made.name) { catalog.textSearch.configurations.values.map(\.name).contains($0) }
            }
            return TextSearchConfiguration.names[id].map(ObjectNames.quoted)
        case .regcollation: return SystemRows.collationNames.first { $0.id == id }.map { ObjectNames.quoted($0.name) }
        case .regdictionary:
            if let made = catalog.textSearch.dictionaries[id] {
                return visibleName(made.name) { catalog.textSearch.dictionaries.values.map(\.name).contains($0) }
            }
            return TextSearchDictionary.names[id]
        case .regoper, .regoperator: return nil
        }
    }

    /// A text search object's name, with its schema where the search path leads to another one.
    private func visibleName(_ name: QualifiedName, isTaken: (QualifiedName) -> Bool) -> String {
        let first = searchPath.first { isTaken(QualifiedName(schema: $0, name.name)) }
        let prefix = first == name.schema ? "" : name.schema.map { ObjectNames.quoted($0) + "." } ?? ""
        return prefix + ObjectNames.quoted(name.name)
    }

    private func functionName(_ id: UInt32) -> String? {
        guard let function = types.function(FunctionID(id)) else { return nil }
        // A name that several functions bear is printed with its schema, though that does not tell them apart.
        let isUnique = types.functions(named: function.name).count { isInReach($0) } <= 1
        return isUnique ? visibleName(function) : qualifiedName(function)
    }

    private var types: TypeSystem { TypeSystem(catalog: catalog) }

    private func isInReach(_ function: BuiltinFunction) -> Bool {
        catalog.isInReach(function, searchPath: searchPath)
    }

    private func visibleName(_ function: BuiltinFunction) -> String {
        isInReach(function) ? ObjectNames.quoted(function.name) : qualifiedName(function)
    }

    private func qualifiedName(_ function: BuiltinFunction) -> String {
        let schema = catalog.schema(of: function) ?? function.schema
        return ObjectNames.quoted(schema) + "." + ObjectNames.quoted(function.name)
    }

    // MARK: From names to OIDs

    func find(_ text: String, _ kind: NamedObjectKind) throws(PostgresError) -> UInt32 {
        switch kind {
        case .regtype: return try type(text).oid
        case .regprocedure: return try procedure(text)
        case .regoper, .regoperator, .regcollation:
            throw .notSupported("a name of type \(kind.rawValue)")
        default: break
        }
        let names = try ObjectNameText.split(text)
        guard names.count <= 3 else {
            throw PostgresError("42601", "improper relation name (too many dotted names): \(text)")
        }
        switch kind {
        case .regclass:
            if let id = composite(names) { return id }
            return try relation(names).oid
        case .regproc: return try function(names, text)
        case .regnamespace:
            guard names.count == 1 else { throw PostgresError("42602", "invalid name syntax") }
            guard let id = SystemID.schema(names[0], in: catalog) else { throw BindError.undefinedSchema(names[0]) }
            return id
        case .regrole:
            guard names.count == 1 else { throw PostgresError("42602", "invalid name syntax") }
            guard catalog.roles[names[0]] != nil else {
                throw PostgresError("42704", "role \"\(names[0])\" does not exist")
            }
            return SystemID.role(names[0])
        default:
            if names.count > 1, !catalog.hasSchema(names[names.count - 2]) {
                throw BindError.undefinedSchema(names[names.count - 2])
            }
            return kind == .regconfig ? try textSearchConfiguration(names) : try textSearchDictionary(names)
        }
    }

    /// The system's, or one of the user's in the search path.
    func textSearchConfiguration(_ names: [String]) throws(PostgresError) -> UInt32 {
        if let id = builtin(names, TextSearchConfiguration.objectIDs) { return id }
        if let id = made(names, catalog.textSearch.configurations.mapValues(\.name)) { return id }
        let shown = names.map(ObjectNames.quoted).joined(separator: ".")
        throw PostgresError("42704", "text search configuration \"\(shown)\" does not exist")
    }

    func textSearchDictionary(_ names: [String]) throws(PostgresError) -> UInt32 {
        if names.last == "unaccent" {
            let place = catalog.schema(ofExtension: "unaccent")
            let isInPlace = place.map { names.count == 1 ? searchPath.contains($0) : names[names.count - 2] == $0 }
            if isInPlace == true, let unaccent = TextSearchDictionary.builtin["unaccent"] {
                return unaccent.id
            }
        } else if let id = builtin(names, TextSearchDictionary.builtin.mapValues(\.id)) {
            return id
        }
        if let id = made(names, catalog.textSearch.dictionaries.mapValues(\.name)) { return id }
        let shown = names.map(ObjectNames.quoted).joined(separator: ".")
        throw PostgresError("42704", "text search dictionary \"\(shown)\" does not exist")
    }

    private func builtin(_ names: [String], _ known: [String: UInt32]) -> UInt32? {
        guard let last = names.last, names.count == 1 || names[names.count - 2] == "pg_catalog" else { return nil }
        return known[last]
    }

    private func made(_ names: [String], _ known: [UInt32: QualifiedName]) -> UInt32? {
        guard let last = names.last else { return nil }
        for schema in names.count > 1 ? [names[names.count - 2]] : searchPath {
            let wanted = QualifiedName(schema: schema, last)
            if let found = known.first(where: { $0.value == wanted }) { return found.key }
        }
        return nil
    }

    /// The relation of a composite type, which is there for its columns alone.
    private func composite(_ names: [String]) -> UInt32? {
        let name = QualifiedName(schema: names.count > 1 ? names[names.count - 2] : nil, names[names.count - 1])
        guard catalog.relation(name, searchPath: searchPath) == nil,
            let type = catalog.userType(name, searchPath: searchPath), case .composite = type.kind
        else { return nil }
        return SystemRows.id(ofRelationOf: type)
    }

    private func relation(_ names: [String]) throws(PostgresError) -> RelationID {
        let name = QualifiedName(schema: names.count > 1 ? names[names.count - 2] : nil, names[names.count - 1])
        if let schema = name.schema, !catalog.hasSchema(schema) { throw BindError.undefinedSchema(schema) }
        return try catalog.resolveRelation(name, searchPath: searchPath).id
    }

    private func type(_ text: String) throws(PostgresError) -> TypeID {
        let name: TypeName
        do throws(SyntaxError) {
            name = try Script.parseTypeName(text)
        } catch {
            throw PostgresError("42601", error.message)
        }
        return try catalog.resolveType(name, searchPath: searchPath).type
    }

    /// Functions of that name that the search path leads to.
    private func functions(_ names: [String]) throws(PostgresError) -> [BuiltinFunction] {
        let schema = names.count > 1 ? names[names.count - 2] : nil
        if let schema, !catalog.hasSchema(schema) { throw BindError.undefinedSchema(schema) }
        return types.functions(named: names[names.count - 1]).filter { function in
            guard let place = catalog.schema(of: function) else { return false }
            if let schema { return place == schema }
            return isInReach(function)
        }
    }

    private func function(_ names: [String], _ text: String) throws(PostgresError) -> UInt32 {
        let found = try functions(names)
        guard let first = found.first else {
            throw PostgresError("42883", "function \"\(text)\" does not exist")
        }
        guard found.count == 1 else { throw PostgresError("42725", "more than one function named \"\(text)\"") }
        return first.id.oid
    }

    private func procedure(_ text: String) throws(PostgresError) -> UInt32 {
        guard let open = text.firstIndex(of: "(") else { throw PostgresError("22P02", "expected a left parenthesis") }
        guard let close = text.lastIndex(of: ")"), close > open,
            text[text.index(after: close)...].allSatisfy(\.isWhitespace)
        else { throw PostgresError("22P02", "expected a right parenthesis") }
        var arguments: [TypeID] = []
        let list = text[text.index(after: open)..<close]
        if !list.allSatisfy(\.isWhitespace) {
            for item in list.split(separator: ",", omittingEmptySubsequences: false) {
                arguments.append(try type(String(item)))
            }
        }
        let names = try ObjectNameText.split(String(text[..<open]))
        guard let found = try functions(names).first(where: { $0.arguments == arguments }) else {
            throw PostgresError("42883", "function \"\(text)\" does not exist")
        }
        return found.id.oid
    }
}

/// OIDs of what the snapshot keeps by name: PostgreSQL's own where an object is PostgreSQL's, otherwise a number that
/// follows from the name, so that it is the same in every statement.
enum SystemID {
    /// The relations of the catalog whose OIDs others name: `pg_description.classoid` and kin.
    static let relations: [String: UInt32] = [
        "pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_class": 1259, "pg_authid": 1260,
        "pg_attrdef": 2604, "pg_constraint": 2606, "pg_namespace": 2615, "pg_trigger": 2620, "pg_policy": 3256,
        "pg_extension": 3079, "pg_database": 1262, "pg_language": 2612, "pg_publication": 6104, "pg_rewrite": 2618,
        "pg_statistic_ext": 3381, "pg_enum": 3501, "pg_ts_config": 3602, "pg_ts_dict": 3600, "pg_am": 2601,
        "pg_cast": 2605, "pg_event_trigger": 3466, "pg_operator": 2617, "pg_collation": 3456,
    ]

    /// `pg_class` among them.
    static let classes: UInt32 = 1259

    private static let builtinSchemas: [String: UInt32] = [
        "pg_catalog": 11, "public": 2200, "information_schema": 13193,
    ]

    static func schema(_ name: String, in catalog: CatalogSnapshot) -> UInt32? {
        catalog.hasSchema(name) ? schema(name) : nil
    }

    static func schema(_ name: String) -> UInt32 { builtinSchemas[name] ?? named("schema", name) }
    static func role(_ name: String) -> UInt32 { name == "supabase_admin" ? 10 : named("role", name) }

    static func schemaName(_ id: UInt32, in catalog: CatalogSnapshot) -> String? {
        if let builtin = builtinSchemas.first(where: { $0.value == id }) { return builtin.key }
        return catalog.schemas.keys.first { schema($0) == id }
    }

    static func roleName(_ id: UInt32, in catalog: CatalogSnapshot) -> String? {
        catalog.roles.keys.first { role($0) == id }
    }

    /// FNV-1a, kept in the upper half of the OIDs, which no counter reaches.
    static func named(_ kind: String, _ name: String) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in (kind + ":" + name).utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return 0x8000_0000 | hash >> 1
    }
}
