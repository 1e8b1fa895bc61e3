import PostgresSyntax
import PostgresTypes

/// Facts about types, built-in and the user's, in the terms of `pg_type`: what the resolution rules ask for.
struct TypeSystem: Sendable {
    let catalog: CatalogSnapshot
    let builtin = BuiltinCatalog.shared

    /// `pg_type.typcategory` of string types.
    static let stringCategory: UInt8 = 83

    func kind(of type: TypeID) -> BuiltinType.Kind? {
        if let builtin = builtin.type(type) { return builtin.kind }
        return switch catalog.types[type]?.kind {
        case .enumeration: .enumeration
        case .domain: .domain
        case .composite, .row: .composite
        case .array: .base
        case .range: .range
        case .multirange: .multirange
        case nil: nil
        }
    }

    func category(of type: TypeID) -> UInt8 {
        if let builtin = builtin.type(type) { return builtin.category }
        switch catalog.types[type]?.kind {
        case .enumeration: return 69
        case .domain(let domain): return category(of: domain.base.type)
        case .composite, .row: return 67
        case .array: return 65
        case .range, .multirange: return 82
        case nil: return 88
        }
    }

    func isPreferred(_ type: TypeID) -> Bool { builtin.type(type)?.isPreferred ?? false }

    func isString(_ type: TypeID) -> Bool { category(of: type) == Self.stringCategory }

    /// Through domains down to what they are over.
    func base(of type: TypeID) -> TypeID { base(of: TypeReference(type)).type }

    /// The same, with the modifier that the domains fix.
    func base(of reference: TypeReference) -> TypeReference {
        var current = reference
        guard current.type.oid >= TypeID.firstUserOID else { return current }
        while case .domain(let domain) = catalog.types[current.type]?.kind { current = domain.base }
        return current
    }

    func isDomain(_ type: TypeID) -> Bool {
        if case .domain = catalog.types[type]?.kind { true } else { false }
    }

    /// The element of a true array type (not of `name`, `point` and other types that only have subscripts).
    func element(of type: TypeID) -> TypeID? {
        if let builtin = builtin.type(type) { return builtin.subscripting == .array ? builtin.element : nil }
        if case .array(let element) = catalog.types[type]?.kind { return element }
        return nil
    }

    /// The element of an array or of a domain over one.
    func baseElement(of type: TypeID) -> TypeID? { element(of: base(of: type)) }

    func array(of type: TypeID) -> TypeID? {
        if let builtin = builtin.type(type) { return builtin.array }
        return catalog.types[type]?.arrayType
    }

    func isArrayOrDomainOverArray(_ type: TypeID) -> Bool { baseElement(of: type) != nil }

    func isEnum(_ type: TypeID) -> Bool { kind(of: type) == .enumeration }

    func rangeSubtype(_ type: TypeID) -> TypeID? {
        if case .range(let range) = catalog.types[type]?.kind { return range.subtype }
        guard let range = builtin.range(of: type), range.range == type else { return nil }
        return range.subtype
    }

    func multirange(ofRange type: TypeID) -> TypeID? {
        if case .range(let range) = catalog.types[type]?.kind { return range.multirange }
        guard let range = builtin.range(of: type), range.range == type else { return nil }
        return range.multirange
    }

    func range(ofMultirange type: TypeID) -> TypeID? {
        if case .multirange(let range) = catalog.types[type]?.kind { return range }
        guard let range = builtin.range(of: type), range.multirange == type else { return nil }
        return range.range
    }

    /// A named row type, or a domain over one; `record` is not.
    func isComposite(_ type: TypeID) -> Bool { kind(of: base(of: type)) == .composite }

    /// The fields of a composite type (or of a domain over one), nil for other types.
    func fields(of type: TypeID) -> [CompositeField]? {
        switch catalog.types[base(of: type)]?.kind {
        case .composite(let fields): fields
        case .row(let relation):
            catalog[relation].map { $0.columns.map { CompositeField(name: $0.name, type: $0.type) } }
        default: nil
        }
    }

    func isPolymorphic(_ type: TypeID) -> Bool { type.polymorphicFamily != nil }

    /// Whether btree can order the type: what ORDER BY, DISTINCT, `<` on rows need.
    func isOrderable(_ type: TypeID) -> Bool { hasClass(type, builtin.isOrderable) }

    /// Whether the type has an equality that hashing or sorting can use: GROUP BY, DISTINCT, UNION.
    func hasEquality(_ type: TypeID) -> Bool {
        hasClass(type, builtin.isOrderable) || hasClass(type, builtin.isHashable)
    }

    private func hasClass(_ type: TypeID, _ isMember: (TypeID) -> Bool) -> Bool {
        let base = base(of: type)
        if isMember(base) { return true }
        if let element = element(of: base) { return hasClass(element, isMember) }
        switch kind(of: base) {
        case .enumeration: return true
        case .range, .multirange: return true
        case .composite:
            return fields(of: base)?.allSatisfy { hasClass($0.type.type, isMember) } ?? false
        default:
            // Binary-compatible types borrow the operators of the one they relabel to; varchar those of text.
            let borrowers: [TypeID] = [.varchar, .unknown, .record, .cidr, .nodeTree]
            if borrowers.contains(base) { return true }
            // `regclass` and kin are OIDs.
            if case .object = catalog.postgresType(of: base) { return true }
            return false
        }
    }

    /// `format_type_be`: how messages print a type.
    func name(_ type: TypeID, searchPath: [String]) -> String {
        catalog.typeName(TypeReference(type), searchPath: searchPath)
    }
}

extension TypeID {
    /// Rows without a type of their own, alone or in an array: the values say what they hold.
    var isAnonymous: Bool { self == .record || self == .recordArray }

    /// `pg_node_tree`: text in all but name.
    static let nodeTree = TypeID(194)
    static let cstring = TypeID(2275)
    static let int2vector = TypeID(22)
    static let oidvector = TypeID(30)
    static let anynonarray = TypeID(2776)
    static let anyenum = TypeID(3500)
    static let anyrange = TypeID(3831)
    static let anymultirange = TypeID(4537)
    static let anycompatible = TypeID(5077)
    static let anycompatiblearray = TypeID(5078)
    static let anycompatiblenonarray = TypeID(5079)
    static let anycompatiblerange = TypeID(5080)
    static let anycompatiblemultirange = TypeID(4538)
    static let textArray = TypeID(1009)
    static let recordArray = TypeID(2287)
    static let regprocedure = TypeID(2202)
    static let regnamespace = TypeID(4089)
    static let regrole = TypeID(4096)

    /// 1: types bound to one element type; 2: those of `anycompatible`, which meet in a common type.
    var polymorphicFamily: Int? { 2277...5080 ~= oid ? Self.families[oid] : nil }

    /// By number: every literal of a long list of rows asks.
    private static let families: [UInt32: Int] = {
        let first: [TypeID] = [.anyelement, .anyarray, .anynonarray, .anyenum, .anyrange, .anymultirange]
        let second: [TypeID] = [
            .anycompatible, .anycompatiblearray, .anycompatiblenonarray, .anycompatiblerange, .anycompatiblemultirange,
        ]
        return Dictionary(uniqueKeysWithValues: first.map { ($0.oid, 1) } + second.map { ($0.oid, 2) })
    }()
}
