import PostgresSyntax
import PostgresTypes

/// CREATE TYPE … AS RANGE.
extension CatalogEditor {
    /// Makes the range, its multirange, the functions that make values of both, and the cast from the one to the other.
    mutating func createRange(_ definition: CreateRange) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        if catalog.typeIDs[QualifiedName(schema: schema, name)] != nil { throw .duplicateType(name) }
        if definition.hasRepeatedOption { throw .syntax("conflicting or redundant options") }
        if let option = definition.unknownOption { throw .syntax("type attribute \"\(option)\" not recognized") }
        guard let written = definition.subtype else { throw .syntax("type attribute \"subtype\" is required") }
        if definition.canonical != nil {
            throw PostgresError(
                "42P17", "cannot specify a canonical function without a pre-created shell type",
                hint: "Create the type as a shell type, then create its canonicalization function, then do a full "
                    + "CREATE TYPE.")
        }
        let subtype = try catalog.resolveType(written, searchPath: searchPath).type
        let isByBytes = try checkSubtype(subtype, definition)
        let difference = try definition.difference.map { (name) throws(PostgresError) in
            try self.difference(name, of: subtype)
        }
        let multirange = try multirangeName(definition.multirangeName, schema: schema, name: name)

        let id = addType(
            schema: schema, name: name,
            kind: .range(
                RangeDefinition(
                    subtype: subtype, multirange: subtype, isByBytes: isByBytes, difference: difference,
                    constructors: [])))
        let multirangeID = addType(
            schema: multirange.schema ?? schema, name: multirange.name, kind: .multirange(of: id))
        guard var type = catalog.types[id], case .range(var range) = type.kind else { return }
        range.multirange = multirangeID
        type.kind = .range(range)
        updateType(type)
        try addConstructors(of: id)
    }

    /// - Returns: whether the range's texts are in the order of their bytes.
    private func checkSubtype(_ subtype: TypeID, _ definition: CreateRange) throws(PostgresError) -> Bool {
        let types = TypeSystem(catalog: catalog)
        let shown = catalog.typeName(TypeReference(subtype), searchPath: searchPath)
        if types.kind(of: subtype) == .pseudo { throw PostgresError("42804", "range subtype cannot be \(shown)") }
        guard types.isOrderable(subtype) else {
            throw PostgresError(
                "42704", "data type \(shown) has no default operator class for access method \"btree\"",
                hint: "You must specify an operator class for the range type or define a default operator class for "
                    + "the subtype.")
        }
        guard subtype.oid < TypeID.firstUserOID,
            MadeRange.elements.contains(catalog.postgresType(of: subtype))
        else { throw .notSupported("a range of \(shown)") }
        if definition.operatorClass != nil { throw .notSupported("subtype_opclass of a range") }
        guard let collation = definition.collation else { return false }
        guard types.builtin.type(subtype)?.isCollatable == true else {
            throw PostgresError("42809", "range collation specified but subtype does not support collation")
        }
        return Collations.isByteOrdered(try Collations.named([collation.name]))
    }

    /// `subtype_diff`: a function of two values that says how far apart they are.
    private func difference(_ name: QualifiedName, of subtype: TypeID) throws(PostgresError) -> FunctionID {
        let found = TypeSystem(catalog: catalog).functions(named: name.name).first { function in
            guard function.arguments == [subtype, subtype] else { return false }
            if let schema = name.schema { return catalog.schema(of: function) == schema }
            return catalog.isInReach(function, searchPath: searchPath)
        }
        let shown = catalog.typeName(TypeReference(subtype), searchPath: searchPath)
        guard let found else {
            throw PostgresError("42883", "function \(name.display)(\(shown), \(shown)) does not exist")
        }
        guard found.result == .float8 else {
            throw PostgresError(
                "42P17", "range subtype diff function \(name.display) must return type double precision")
        }
        guard found.volatility == UInt8(ascii: "i") else {
            throw PostgresError("42P17", "range subtype diff function \(name.display) must be immutable")
        }
        return found.id
    }

    /// The name given, or the range's with its first `range` made `multirange`, or else `_multirange` behind it.
    private func multirangeName(
        _ given: QualifiedName?, schema: String, name: String
    ) throws(PostgresError) -> QualifiedName {
        if let given {
            let place = given.schema ?? schema
            guard catalog.schemas[place] != nil else { throw .undefinedSchema(place) }
            guard catalog.typeIDs[QualifiedName(schema: place, given.name)] == nil, given.name != name else {
                throw .duplicateType(given.name)
            }
            return QualifiedName(schema: place, ObjectNames.clip(given.name))
        }
        let made =
            name.contains("range")
            ? name.replacing("range", with: "multirange", maxReplacements: 1) : name + "_multirange"
        let clipped = ObjectNames.clip(made)
        guard catalog.typeIDs[QualifiedName(schema: schema, clipped)] == nil else {
            throw PostgresError(
                "42710", "type \"\(clipped)\" already exists",
                detail: "Failed while creating a multirange type for type \"\(name)\".",
                hint: "You can manually specify a multirange type name using the \"multirange_type_name\" attribute.")
        }
        return QualifiedName(schema: schema, clipped)
    }

    // MARK: Constructors

    /// The statements that define the constructors of a range; the types by the names that they have now.
    private func constructors(of type: UserType, _ range: RangeDefinition) -> [String] {
        guard let multirange = catalog.types[range.multirange] else { return [] }
        func quoted(_ schema: String, _ name: String) -> String {
            "\(ObjectNames.quoted(schema)).\(ObjectNames.quoted(name))"
        }
        let own = quoted(type.schema, type.name)
        let several = quoted(multirange.schema, multirange.name)
        let subtype = catalog.typeName(TypeReference(range.subtype), searchPath: [])
        return [
            """
            CREATE FUNCTION \(own)(\(subtype), \(subtype)) RETURNS \(own) LANGUAGE sql IMMUTABLE
            AS $$ SELECT pg_catalog.emulator_range('empty'::\(own), $1, $2, '[)') $$
            """,
            """
            CREATE FUNCTION \(own)(\(subtype), \(subtype), text) RETURNS \(own) LANGUAGE sql IMMUTABLE
            AS $$ SELECT pg_catalog.emulator_range('empty'::\(own), $1, $2, $3) $$
            """,
            """
            CREATE FUNCTION \(several)() RETURNS \(several) LANGUAGE sql IMMUTABLE STRICT
            AS $$ SELECT '{}'::\(several) $$
            """,
            """
            CREATE FUNCTION \(several)(\(own)) RETURNS \(several) LANGUAGE sql IMMUTABLE STRICT
            AS $$ SELECT pg_catalog.multirange($1) $$
            """,
            """
            CREATE FUNCTION \(several)(VARIADIC \(own)[]) RETURNS \(several) LANGUAGE plpgsql IMMUTABLE STRICT
            AS $$ BEGIN
              IF pg_catalog.array_ndims($1) > 1 THEN
                RAISE cardinality_violation
                  USING MESSAGE = 'multiranges cannot be constructed from multidimensional arrays';
              ELSIF EXISTS (SELECT FROM pg_catalog.unnest($1) r WHERE r IS NULL) THEN
                RAISE null_value_not_allowed USING MESSAGE = 'multirange values cannot contain null members';
              END IF;
              RETURN coalesce((SELECT pg_catalog.range_agg(r) FROM pg_catalog.unnest($1) r), '{}'::\(several));
            END $$
            """,
        ]
    }

    private mutating func addConstructors(of id: TypeID) throws(PostgresError) {
        guard var type = catalog.types[id], case .range(var range) = type.kind else { return }
        for text in constructors(of: type, range) {
            guard case .createFunction(let function)? = try? Script.parseSingle(text) else { continue }
            try createFunction(function)
            let made = catalog.routines(named: ObjectNames.clip(function.name.name)).max { $0.id.oid < $1.id.oid }
            if let made { range.constructors.append(made.id) }
        }
        type.kind = .range(range)
        updateType(type)
        guard range.constructors.count == 5 else { return }
        let cast = Cast(id: newOID(), method: .function(range.constructors[3]), context: .explicit)
        edit { $0.casts[CastKey(from: id, to: range.multirange)] = cast }
    }

    /// Has the constructors of a range call it by the name that it has now. Their own names stay.
    mutating func renameInConstructors(_ id: TypeID) {
        guard let type = catalog.types[id] else { return }
        if case .multirange(let range) = type.kind { return renameInConstructors(range) }
        guard case .range(let range) = type.kind else { return }
        for (text, function) in zip(constructors(of: type, range), range.constructors) {
            guard case .createFunction(let definition)? = try? Script.parseSingle(text), let body = definition.body
            else { continue }
            edit { $0.routines[function]?.body = body }
        }
    }

    /// What goes with a range: its multirange, its constructors, the cast.
    mutating func removeParts(of range: RangeDefinition, _ id: TypeID) {
        edit { $0.casts[CastKey(from: id, to: range.multirange)] = nil }
        for function in range.constructors { removeRoutine(function) }
        removeType(range.multirange)
    }
}

extension CatalogSnapshot {
    /// Whether a routine came with a range type, and goes with it.
    func isRangeConstructor(_ id: FunctionID) -> Bool {
        types.values.contains { type in
            guard case .range(let range) = type.kind else { return false }
            return range.constructors.contains(id)
        }
    }
}
