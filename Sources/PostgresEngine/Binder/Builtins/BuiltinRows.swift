package import PostgresTypes

/// A row of `pg_type`.
package struct BuiltinType: Sendable {
    package enum Kind: UInt8, Sendable {
        case base = 98
        case domain = 100
        case enumeration = 101
        case pseudo = 112
        case range = 114
        case multirange = 109
        case composite = 99
    }

    /// `pg_type.typsubscript`: what `x[1]` means.
    package enum Subscripting: UInt8, Sendable {
        case none = 45
        case array = 97
        case raw = 114
        case jsonb = 106
    }

    package let id: TypeID
    package let name: String
    package let display: String
    package let kind: Kind
    /// `pg_type.typcategory`.
    package let category: UInt8
    package let isPreferred: Bool
    package let element: TypeID?
    package let array: TypeID?
    package let base: TypeID?
    package let subscripting: Subscripting
    package let hasModifier: Bool
    package let isCollatable: Bool
    package let extensionName: String?

    init(_ table: inout CatalogTable) {
        id = table.type()
        name = table.text()
        display = table.text()
        kind = Kind(rawValue: table.letter()) ?? .base
        category = table.letter()
        isPreferred = table.flag()
        element = table.optionalType()
        array = table.optionalType()
        base = table.optionalType()
        subscripting = Subscripting(rawValue: table.letter()) ?? .none
        hasModifier = table.flag()
        isCollatable = table.flag()
        extensionName = table.optionalText()
    }
}

/// A row of `pg_operator`.
package struct BuiltinOperator: Sendable {
    package let name: String
    /// nil: a prefix operator.
    package let left: TypeID?
    package let right: TypeID
    package let result: TypeID
    package let function: FunctionID
    package let commutator: String?
    package let negator: String?
    package let extensionName: String?

    init(_ table: inout CatalogTable) {
        name = table.text()
        left = table.optionalType()
        right = table.type()
        result = table.type()
        function = FunctionID(table.number())
        commutator = table.optionalText()
        negator = table.optionalText()
        extensionName = table.optionalText()
    }
}

/// A function as calls are resolved to it: one of PostgreSQL's own, or of the user's (`Routine`).
package struct BuiltinFunction: Sendable {
    package enum Kind: UInt8, Sendable {
        case function = 102
        case aggregate = 97
        case window = 119
        case procedure = 112
    }

    package enum AggregateKind: UInt8, Sendable {
        case normal = 110
        case orderedSet = 111
        case hypothetical = 104
    }

    package let id: FunctionID
    package let name: String
    package let schema: String
    package let kind: Kind
    /// Types of the input arguments.
    package let arguments: [TypeID]
    /// The element type of a variadic function's last argument, `any` for VARIADIC "any".
    package let variadic: TypeID?
    package let defaultCount: Int
    package let result: TypeID
    package let isSet: Bool
    package let isStrict: Bool
    /// i, s or v.
    package let volatility: UInt8
    /// Names of all arguments, empty when they have none.
    package let names: [String]
    /// One of i, o, b, v, t per name; empty: all input.
    package let modes: [UInt8]
    /// Types of all arguments, output ones too; empty when there is no output one.
    package let allArguments: [TypeID]
    /// The defaults of the last arguments, as SQL.
    package let defaults: String
    package let aggregateKind: AggregateKind?
    package let directArguments: Int
    package let extensionName: String?

    init(_ table: inout CatalogTable, schema: String?) {
        id = FunctionID(table.number())
        name = table.text()
        kind = Kind(rawValue: table.letter()) ?? .function
        arguments = table.typeList()
        variadic = table.optionalType()
        defaultCount = Int(table.number())
        result = table.type()
        isSet = table.flag()
        isStrict = table.flag()
        volatility = table.letter()
        names = table.textList()
        modes = Array(table.text().utf8)
        allArguments = table.typeList()
        defaults = table.text()
        aggregateKind = AggregateKind(rawValue: table.letter())
        directArguments = Int(table.number())
        extensionName = table.optionalText()
        self.schema = schema ?? (extensionName == nil ? "pg_catalog" : "extensions")
    }

    /// Names and types of the output arguments (OUT, INOUT, TABLE), in their order.
    package var outputs: [(name: String, type: TypeID)] {
        guard !allArguments.isEmpty else { return [] }
        return modes.indices.filter { modes[$0] != 105 && modes[$0] != 118 }.map {
            (names.indices.contains($0) ? names[$0] : "", allArguments[$0])
        }
    }

    /// The names of the input arguments, by position.
    var inputNames: [String] {
        // CALL names a procedure's outputs too.
        guard !modes.isEmpty, kind != .procedure else { return names }
        return names.indices.filter { modes[$0] != 111 && modes[$0] != 116 }.map { names[$0] }
    }
}

/// A row of `pg_cast`: from which type to which, how, and where it happens by itself.
package struct BuiltinCast: Sendable {
    package enum Context: UInt8, Sendable {
        case implicit = 105
        case assignment = 97
        case explicit = 101
    }

    package enum Method: UInt8, Sendable {
        case function = 102
        case binary = 98
        case throughText = 105
    }

    package let source: TypeID
    package let target: TypeID
    package let context: Context
    package let method: Method
    package let function: FunctionID
    /// 2 or 3: the function also applies the target's modifier.
    package let argumentCount: Int
    package let extensionName: String?

    init(_ table: inout CatalogTable) {
        source = table.type()
        target = table.type()
        context = Context(rawValue: table.letter()) ?? .explicit
        method = Method(rawValue: table.letter()) ?? .function
        function = FunctionID(table.number())
        argumentCount = Int(table.number())
        extensionName = table.optionalText()
    }
}

/// A row of `pg_range`: a range type, what it is a range of, and the multirange of it.
package struct BuiltinRange: Sendable {
    package let range: TypeID
    package let subtype: TypeID
    package let multirange: TypeID
}
