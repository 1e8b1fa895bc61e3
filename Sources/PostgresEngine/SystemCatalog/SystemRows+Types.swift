import PostgresSyntax
import PostgresTypes
import SQLite

/// What `pg_type` and `pg_attribute` say about how values of a type are kept.
struct TypeShape {
    var length = -1
    var isByValue = false
    var alignment = "i"
    var collation = 0
    var isArray = false
    /// `p`lain, `m`ain or e`x`tended.
    var storage: String { length >= 0 ? "p" : isMain ? "m" : "x" }
    private var isMain = false

    init(_ type: TypeID, _ catalog: CatalogSnapshot) {
        if case .domain(let domain) = catalog.types[type]?.kind {
            self = TypeShape(catalog.baseType(of: domain.base).type, catalog)
            return
        }
        // `point`: two numbers.
        if type == TypeID(600) {
            (length, alignment) = (16, "d")
            return
        }
        switch catalog.postgresType(of: type) {
        case .bool, .internalChar: (length, isByValue, alignment) = (1, true, "c")
        case .int2: (length, isByValue, alignment) = (2, true, "s")
        case .int4, .float4, .oid, .date, .object: (length, isByValue) = (4, true)
        case .enumeration: (length, isByValue) = (4, true)
        case .int8, .float8, .timestamp, .timestamptz, .time, .money: (length, isByValue, alignment) = (8, true, "d")
        case .uuid: (length, alignment) = (16, "c")
        case .interval: (length, alignment) = (16, "d")
        case .timetz: (length, alignment) = (12, "d")
        case .macaddr: length = 6
        case .name: (length, alignment, collation) = (64, "c", 950)
        case .text, .varchar, .bpchar, .citext: collation = 100
        case .composite: alignment = "d"
        case .range(let kind), .multirange(let kind): alignment = Self.alignment(of: kind)
        case .numeric, .inet, .cidr: isMain = true
        case .array(let element):
            isArray = true
            switch element {
            case .text, .varchar, .bpchar, .citext: collation = 100
            case .int8, .float8, .timestamp, .timestamptz: alignment = "d"
            case .range(let kind), .multirange(let kind): alignment = Self.alignment(of: kind)
            default: break
            }
        default: break
        }
    }

    private static func alignment(of kind: RangeKind) -> String {
        switch kind.element {
        case .int8, .float8, .timestamp, .timestamptz, .time, .timetz, .money, .interval: "d"
        default: "i"
        }
    }
}

// Types, with the labels of enums.
extension SystemRows {
    @Sendable static func types(_ facts: SystemFacts) -> [SystemRow] {
        let builtin = BuiltinCatalog.shared.types.filter { type in
            type.extensionName.map(facts.catalog.hasExtension) ?? true
        }.map { type -> SystemRow in
            var row = common(type.id, type.name, facts)
            row["typnamespace"] = .number(
                SystemID.schema(type.extensionName.flatMap(facts.catalog.schema(ofExtension:)) ?? "pg_catalog"))
            row["typowner"] = .number(10)
            row["typtype"] = .text(letter(type.kind.rawValue))
            row["typcategory"] = .text(letter(type.category))
            row["typispreferred"] = .bool(type.isPreferred)
            row["typelem"] = .number(type.element?.oid ?? 0)
            row["typarray"] = .number(type.array?.oid ?? 0)
            row["typbasetype"] = .number(type.base?.oid ?? 0)
            row["typcollation"] = .number(type.isCollatable ? (type.name == "name" ? 950 : 100) : 0)
            return row
        }
        return builtin + facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.map { userType($0, facts) }
    }

    private static func letter(_ byte: UInt8) -> String { String(UnicodeScalar(byte)) }

    private static func common(_ id: TypeID, _ name: String, _ facts: SystemFacts) -> SystemRow {
        let shape = TypeShape(id, facts.catalog)
        return [
            "oid": .number(id.oid), "typname": .text(name), "typlen": .number(shape.length),
            "typbyval": .bool(shape.isByValue), "typisdefined": .bool(true), "typdelim": .text(","),
            "typalign": .text(shape.alignment), "typstorage": .text(shape.storage),
            "typtypmod": .number(-1),
        ]
    }

    private static func userType(_ type: UserType, _ facts: SystemFacts) -> SystemRow {
        var row = common(type.id, type.name, facts)
        row["typnamespace"] = .number(SystemID.schema(type.schema))
        row["typowner"] = .number(SystemID.role(type.owner))
        row["typarray"] = .number(type.arrayType?.oid ?? 0)
        row["typacl"] = AccessList.value(ifWritten: type.privileges, owner: type.owner, all: AccessList.type)
        switch type.kind {
        case .enumeration:
            row["typtype"] = .text("e")
            row["typcategory"] = .text("E")
        case .domain(let domain):
            row["typtype"] = .text("d")
            row["typbasetype"] = .number(domain.base.type.oid)
            row["typtypmod"] = .number(domain.base.modifier)
            row["typnotnull"] = .bool(domain.isNotNull)
            row["typdefault"] = .optional(facts.definitions.defaultText(of: domain))
            let base = facts.catalog.baseType(of: domain.base).type
            row["typcategory"] = .text(BuiltinCatalog.shared.type(base).map { letter($0.category) } ?? "U")
            row["typcollation"] = .number(TypeShape(base, facts.catalog).collation)
        case .composite, .row:
            row["typtype"] = .text("c")
            row["typcategory"] = .text("C")
            if case .row(let relation) = type.kind {
                row["typrelid"] = .number(relation.oid)
            } else {
                row["typrelid"] = .number(id(ofRelationOf: type))
            }
        case .range:
            row["typtype"] = .text("r")
            row["typcategory"] = .text("R")
        case .multirange:
            row["typtype"] = .text("m")
            row["typcategory"] = .text("R")
        case .array(let element):
            row["typtype"] = .text("b")
            row["typcategory"] = .text("A")
            row["typelem"] = .number(element.oid)
        }
        return row
    }

    @Sendable static func enumLabels(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [SystemRow] in
            guard case .enumeration(let labels) = type.kind else { return [] }
            return labels.enumerated().map { index, label in
                [
                    "oid": .number(SystemID.named("label", "\(type.id.oid).\(label)")),
                    "enumtypid": .number(type.id.oid), "enumsortorder": .real(Double(index + 1)),
                    "enumlabel": .text(label),
                ]
            }
        }
    }

    @Sendable static func ranges(_ facts: SystemFacts) -> [SystemRow] {
        BuiltinCatalog.shared.types.filter { $0.kind == .range }.compactMap { type in
            guard let range = BuiltinCatalog.shared.range(of: type.id) else { return nil }
            return [
                "rngtypid": .number(range.range.oid), "rngsubtype": .number(range.subtype.oid),
                "rngmultitypid": .number(range.multirange.oid),
            ]
        }
            + facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.compactMap { type in
                guard case .range(let range) = type.kind else { return nil }
                return [
                    "rngtypid": .number(type.id.oid), "rngsubtype": .number(range.subtype.oid),
                    "rngmultitypid": .number(range.multirange.oid),
                    "rngcollation": .number(range.isByBytes ? 950 : TypeShape(range.subtype, facts.catalog).collation),
                    "rngsubdiff": .number(range.difference?.oid ?? 0),
                ]
            }
    }

    // MARK: Functions, operators, casts

    @Sendable static func functions(_ facts: SystemFacts) -> [SystemRow] {
        BuiltinCatalog.shared.shownFunctions.compactMap { function in
            guard let schema = facts.catalog.schema(of: function) else { return nil }
            let letters: [UInt8: String] = [102: "f", 97: "a", 119: "w", 112: "p"]
            return [
                "oid": .number(function.id.oid), "proname": .text(function.name),
                "pronamespace": .number(SystemID.schema(schema)), "proowner": .number(10),
                "prolang": .number(12), "procost": .real(1), "prorows": .real(function.isSet ? 1000 : 0),
                "provariadic": .number(function.variadic?.oid ?? 0),
                "prokind": .text(letters[function.kind.rawValue] ?? "f"), "proisstrict": .bool(function.isStrict),
                "proretset": .bool(function.isSet), "provolatile": .text(letter(function.volatility)),
                "proparallel": .text("s"), "pronargs": .number(function.arguments.count),
                "pronargdefaults": .number(function.defaultCount), "prorettype": .number(function.result.oid),
                "proargtypes": .vector(function.arguments.map(\.oid)),
                "proallargtypes": function.allArguments.isEmpty ? .null : .array(function.allArguments.map(\.oid)),
                "proargmodes": function.modes.isEmpty ? .null : .array(function.modes.map(letter)),
                "proargnames": function.names.isEmpty ? .null : .array(function.names),
                "prosrc": .text(function.name),
            ]
        }
    }

    @Sendable static func operators(_ facts: SystemFacts) -> [SystemRow] {
        BuiltinCatalog.shared.everyOperator.enumerated().map { index, entry in
            [
                "oid": .number(SystemID.named("operator", "\(index)")), "oprname": .text(entry.name),
                "oprnamespace": .number(11), "oprowner": .number(10), "oprkind": .text(entry.left == nil ? "l" : "b"),
                "oprleft": .number(entry.left?.oid ?? 0), "oprright": .number(entry.right.oid),
                "oprresult": .number(entry.result.oid), "oprcode": .number(entry.function.oid),
            ]
        }
    }

    @Sendable static func casts(_ facts: SystemFacts) -> [SystemRow] {
        let made = facts.catalog.casts.sorted { $0.value.id < $1.value.id }.map { key, cast -> SystemRow in
            let (function, method): (UInt32, String) =
                switch cast.method {
                case .function(let id): (id.oid, "f")
                case .binary: (0, "b")
                case .throughText: (0, "i")
                }
            let context =
                switch cast.context {
                case .implicit: "i"
                case .assignment: "a"
                case .explicit: "e"
                }
            return [
                "oid": .number(cast.id), "castsource": .number(key.source.oid), "casttarget": .number(key.target.oid),
                "castfunc": .number(function), "castcontext": .text(context), "castmethod": .text(method),
            ]
        }
        return made
            + BuiltinCatalog.shared.everyCast.map { cast in
                [
                    "oid": .number(SystemID.named("cast", "\(cast.source.oid).\(cast.target.oid)")),
                    "castsource": .number(cast.source.oid), "casttarget": .number(cast.target.oid),
                    "castfunc": .number(cast.function.oid), "castcontext": .text(letter(cast.context.rawValue)),
                    "castmethod": .text(letter(cast.method.rawValue)),
                ]
            }
    }
}
