package import PostgresSyntax
package import PostgresTypes

extension CatalogSnapshot {
    /// The value type behind a type: a domain's base, an enum's labels, a composite's fields.
    package func postgresType(of type: TypeID) -> PostgresType { postgresType(of: type, within: []) }

    private func postgresType(of type: TypeID, within outer: Set<TypeID>) -> PostgresType {
        if let scalar = Self.scalars[type] { return scalar }
        if type == .recordArray { return .array(.record) }
        if let builtin = BuiltinCatalog.shared.type(type) {
            if let kind = RangeKind(name: builtin.name) { return .range(kind) }
            if let kind = RangeKind(multirangeName: builtin.name) { return .multirange(kind) }
            if builtin.name == "citext" { return .citext }
            if builtin.name == "hstore" { return .hstore }
            if builtin.name == "vector" { return .vector }
            if builtin.name == "halfvec" { return .halfvec }
            if builtin.name == "ltree" { return .ltree }
            if builtin.name == "lquery" { return .lquery }
            if let kind = NamedObjectKind(rawValue: builtin.name) { return .object(kind) }
            if builtin.subscripting == .array, let element = builtin.element, builtin.kind == .base,
                type != .int2vector, type != .oidvector
            {
                let value = postgresType(of: element)
                if case .unsupported = value { return .unsupported(builtin.display) }
                return .array(value)
            }
            return .unsupported(builtin.display)
        }
        guard let user = types[type], !outer.contains(type) else { return .unsupported("type \(type.oid)") }
        func shape(_ fields: [CompositeField]) -> PostgresType {
            let within = outer.union([type])
            return .composite(
                CompositeType(
                    id: type, schema: user.schema, name: user.name,
                    fields: fields.map {
                        CompositeType.Field(
                            name: $0.name, type: postgresType(of: $0.type.type, within: within),
                            modifier: $0.type.modifier)
                    }))
        }
        switch user.kind {
        case .enumeration(let labels):
            return .enumeration(EnumType(id: type, schema: user.schema, name: user.name, labels: labels))
        case .domain(let domain): return postgresType(of: domain.base.type, within: outer)
        case .composite(let fields): return shape(fields)
        case .row(let relation):
            return shape(relations[relation]?.columns.map { CompositeField(name: $0.name, type: $0.type) } ?? [])
        case .array(let element): return .array(postgresType(of: element, within: outer))
        case .range: return rangeKind(of: type).map { .range($0) } ?? .unsupported(user.name)
        case .multirange(let range): return rangeKind(of: range).map { .multirange($0) } ?? .unsupported(user.name)
        }
    }

    private func rangeKind(of id: TypeID) -> RangeKind? {
        guard let type = types[id], case .range(let range) = type.kind else { return nil }
        return .made(
            MadeRange(
                name: type.name, multirangeName: types[range.multirange]?.name ?? "",
                element: postgresType(of: range.subtype), isByBytes: range.isByBytes))
    }

    private static let scalars: [TypeID: PostgresType] = [
        .bool: .bool, .bytea: .bytea, .internalChar: .internalChar, .name: .name, .int8: .int8, .int2: .int2,
        .int4: .int4, .text: .text, .oid: .oid, .json: .json, .xml: .xml, .cidr: .cidr, .float4: .float4,
        .float8: .float8, .unknown: .unknown, .money: .money, .macaddr: .macaddr, .inet: .inet, .bpchar: .bpchar,
        .varchar: .varchar, .date: .date, .time: .time, .timestamp: .timestamp, .timestamptz: .timestamptz,
        .interval: .interval, .timetz: .timetz, .bit: .bit, .varbit: .varbit, .numeric: .numeric, .record: .record,
        .int2vector: .systemVector(.int2), .oidvector: .systemVector(.oid), .xid: .oid, TypeID(194): .text,
        TypeID(1033): .text, .refcursor: .text, .void: .void, .uuid: .uuid, .tsvector: .tsvector, .tsquery: .tsquery,
        .jsonb: .jsonb,
        .jsonpath: .jsonpath, .tid: .tid, TypeID(600): .point,
    ]

    /// `format_type`: the name that messages and column descriptions print, with its modifier, qualified with its
    /// schema where the search path does not find it.
    package func typeName(_ reference: TypeReference, searchPath: [String]) -> String {
        let type = reference.type
        if let builtin = BuiltinCatalog.shared.type(type) {
            if builtin.subscripting == .array, let element = builtin.element, builtin.kind == .base,
                type != .int2vector, type != .oidvector
            {
                return typeName(TypeReference(element, modifier: reference.modifier), searchPath: searchPath) + "[]"
            }
            let place = builtin.extensionName.flatMap(schema(ofExtension:))
            let schema = place.map { searchPath.contains($0) ? "" : quotedIdentifier($0) + "." } ?? ""
            let named = ["vector", "halfvec"].contains(builtin.name) ? postgresType(of: type) : Self.scalars[type]
            guard reference.modifier >= 0, let scalar = named else { return schema + builtin.display }
            return schema + scalar.displayName(modifier: reference.modifier)
        }
        guard let user = types[type] else { return "???" }
        if case .array(let element) = user.kind {
            return typeName(TypeReference(element, modifier: reference.modifier), searchPath: searchPath) + "[]"
        }
        let name = quotedIdentifier(user.name)
        let found = searchPath.lazy.compactMap { typeIDs[QualifiedName(schema: $0, user.name)] }.first
        let isHidden = found != type || BuiltinCatalog.shared.type(named: user.name) != nil
        return isHidden ? quotedIdentifier(Self.shownSchema(user.schema)) + "." + name : name
    }

    /// The type that a written name means, its modifier checked as the type's own routine does.
    package func resolveType(_ name: TypeName, searchPath: [String]) throws(PostgresError) -> TypeReference {
        if let feature = name.unsupportedModifier { throw .notSupported("type modifier \(feature)") }
        if name.isPercentType { return try resolveColumnType(name, searchPath: searchPath) }
        guard let type = try findType(name.names, searchPath: searchPath) else {
            throw BindError.undefinedType(name.names.joined(separator: ".") + (name.arrayDimensions > 0 ? "[]" : ""))
        }
        let modifier = try TypeModifier.encode(name.modifiers, of: type, name: name.names.last ?? "")
        guard name.arrayDimensions > 0 else { return TypeReference(type, modifier: modifier) }
        let element: TypeID? = BuiltinCatalog.shared.type(type)?.array ?? types[type]?.arrayType
        guard let array = element else {
            throw BindError.noArrayType(typeName(TypeReference(type), searchPath: searchPath))
        }
        return TypeReference(array, modifier: modifier)
    }

    /// A type by its name as written, nil when there is none.
    package func findType(_ names: [String], searchPath: [String]) throws(PostgresError) -> TypeID? {
        switch names.count {
        case 1:
            if !searchPath.contains("pg_catalog"), let type = type(schema: "pg_catalog", names[0]) { return type }
            for schema in searchPath {
                if let type = type(schema: schema, names[0]) { return type }
            }
            return nil
        case 2:
            if let type = type(schema: names[0], names[1]) { return type }
            if !hasSchema(names[0]) { throw BindError.undefinedSchema(names[0]) }
            return nil
        default:
            throw PostgresError(
                "0A000", "cross-database references are not implemented: \(names.joined(separator: "."))")
        }
    }

    private func type(schema: String, _ name: String) -> TypeID? {
        // Nothing of the user's is in the system's schema.
        if schema != "pg_catalog", let user = typeIDs[QualifiedName(schema: Self.actualSchema(schema), name)] {
            return user
        }
        guard let builtin = BuiltinCatalog.shared.type(named: name) else { return nil }
        guard let owner = builtin.extensionName else { return schema == "pg_catalog" ? builtin.id : nil }
        return self.schema(ofExtension: owner) == schema ? builtin.id : nil
    }

    func hasSchema(_ name: String) -> Bool {
        schemas[Self.actualSchema(name)] != nil || ["pg_catalog", "extensions", "information_schema"].contains(name)
    }

    func hasExtension(_ name: String) -> Bool { schema(ofExtension: name) != nil }

    /// Where the functions, types and operators of an extension are found, nil when it is not installed.
    package func schema(ofExtension name: String) -> String? {
        if let schema = extensions[name] { return schema }
        guard BuiltinCatalog.preinstalledExtensions.contains(name) else { return nil }
        return schemas["extensions"] == nil ? "public" : "extensions"
    }

    /// Where a function is found: that of an extension is where that was installed. Nil: it is not.
    func schema(of function: BuiltinFunction) -> String? {
        function.extensionName.map(schema(ofExtension:)) ?? function.schema
    }

    /// Whether a function's name alone leads to its schema.
    func isInReach(_ function: BuiltinFunction, searchPath: [String]) -> Bool {
        guard let schema = schema(of: function) else { return false }
        return schema == "pg_catalog" || searchPath.contains(schema)
    }

    private func resolveColumnType(_ name: TypeName, searchPath: [String]) throws(PostgresError) -> TypeReference {
        guard name.names.count >= 2, let column = name.names.last else {
            throw PostgresError("42601", "improper %TYPE reference (too few dotted names): \(name.names.joined())")
        }
        let parts = name.names.dropLast()
        let relation = try resolveRelation(
            QualifiedName(schema: parts.count > 1 ? parts.first : nil, parts.last ?? ""), searchPath: searchPath)
        guard let found = relation.columns.first(where: { $0.name == column }) else {
            throw BindError.undefinedColumn(column, ofRelation: relation.name)
        }
        return found.type
    }

    /// The row type that `name%ROWTYPE` means: a composite type of its own, or a relation's.
    func resolveRowType(_ name: QualifiedName, searchPath: [String]) throws(PostgresError) -> TypeID {
        if let type = userType(name, searchPath: searchPath), case .composite = type.kind { return type.id }
        guard let type = try resolveRelation(name, searchPath: searchPath).rowTypeID else {
            throw BindError.undefinedRelation(name.name)
        }
        return type
    }

    /// The relation that a written name means. System relations that are not computed are refused by name.
    package func resolveRelation(_ name: QualifiedName, searchPath: [String]) throws(PostgresError) -> Relation {
        if let schema = name.schema {
            if let relation = relation(schema, name.name) { return relation }
            if let relation = try SystemCatalog.relation(schema, name.name) { return relation }
            throw BindError.undefinedRelation("\(schema).\(name.name)")
        }
        // pg_catalog comes first unless the path names it elsewhere.
        if name.name.hasPrefix("pg_"), !searchPath.contains("pg_catalog"),
            let relation = try SystemCatalog.relation("pg_catalog", name.name)
        {
            return relation
        }
        for schema in searchPath {
            if let relation = relation(schema, name.name) { return relation }
            guard schema == "pg_catalog" || schema == "information_schema" else { continue }
            if let relation = try SystemCatalog.relation(schema, name.name) { return relation }
        }
        throw BindError.undefinedRelation(name.name)
    }
}

/// An identifier as Postgres prints it: in quotes unless it is lower case, plain and not reserved.
func quotedIdentifier(_ name: String) -> String {
    let isPlain =
        name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
        && name.utf8.first.map { !(48...57).contains($0) } == true && !reservedWords.contains(name)
    return isPlain
        ? name : "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

/// SQL's reserved words and those that can't be a bare type name.
private let reservedWords: Set<String> = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate",
    "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign",
    "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner",
    "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "least",
    "left", "like", "limit", "localtime", "localtimestamp", "national", "natural", "nchar", "none", "normalize", "not",
    "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps",
    "overlay",
    "placing", "position", "precision", "primary", "real", "references", "returning", "right", "row", "select",
    "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "table", "tablesample", "then",
    "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
    "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement",
    "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
]

/// `typmodin`: what the numbers in parentheses after a type name become.
enum TypeModifier {
    static func encode(_ values: [Int32], of type: TypeID, name: String) throws(PostgresError) -> Int32 {
        guard let first = values.first else { return -1 }
        func one(_ label: String) throws(PostgresError) {
            if values.count != 1 { throw PostgresError("22023", "invalid type modifier") }
            if first < 1 { throw PostgresError("22023", "length for type \(label) must be at least 1") }
            if first > 10_485_760 { throw PostgresError("22023", "length for type \(label) cannot exceed 10485760") }
        }
        switch type {
        case .varchar:
            try one("varchar")
            return first + 4
        case .bpchar:
            try one("char")
            return first + 4
        case .bit, .varbit:
            try one(type == .bit ? "bit" : "varbit")
            return first
        case .numeric: return try numeric(values)
        case .time, .timetz, .timestamp, .timestamptz:
            if values.count != 1 { throw PostgresError("22023", "invalid type modifier") }
            return min(first, 6)
        case .interval: return interval(values)
        case _ where ["vector", "halfvec"].contains(BuiltinCatalog.shared.type(type)?.name):
            if values.count != 1 { throw PostgresError("22023", "invalid type modifier") }
            if first < 1 { throw PostgresError("22023", "dimensions for type \(name) must be at least 1") }
            if first > 16000 { throw PostgresError("22023", "dimensions for type \(name) cannot exceed 16000") }
            return first
        default:
            throw PostgresError("42601", "type modifier is not allowed for type \"\(name)\"")
        }
    }

    private static func numeric(_ values: [Int32]) throws(PostgresError) -> Int32 {
        guard values.count <= 2 else { throw PostgresError("22023", "invalid NUMERIC type modifier") }
        let precision = values[0]
        let scale = values.count > 1 ? values[1] : 0
        guard (1...1000).contains(precision) else {
            throw PostgresError("22023", "NUMERIC precision \(precision) must be between 1 and 1000")
        }
        guard (-1000...1000).contains(scale) else {
            throw PostgresError("22023", "NUMERIC scale \(scale) must be between -1000 and 1000")
        }
        return (precision << 16 | scale & 0x7FF) + 4
    }

    /// The grammar hands over a field mask (0x7FFF: all fields) and, when written, the digits of a second.
    private static func interval(_ values: [Int32]) -> Int32 {
        let mask = values[0] & 0x7FFF
        if values.count == 1 { return mask == 0x7FFF ? -1 : mask << 16 | 0xFFFF }
        return mask << 16 | min(values[1], 6)
    }
}
