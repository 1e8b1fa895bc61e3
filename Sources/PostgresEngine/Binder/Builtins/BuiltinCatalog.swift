package import PostgresTypes

/// PostgreSQL's own types, operators, functions and casts, with those of the extensions that are emulated.
///
/// Parsed once from `BuiltinCatalogData`; a look-up is a dictionary access. What users make is in `CatalogSnapshot`.
package struct BuiltinCatalog: Sendable {
    package static let shared = BuiltinCatalog()

    let types: [BuiltinType]
    private let typeIndex: [TypeID: Int]
    private let typeNames: [String: Int]
    private let allOperators: [BuiltinOperator]
    private let operatorNames: [String: Range<Int>]

    /// Every function, for reports and tests.
    package var allFunctions: [BuiltinFunction] { FunctionTables.shared.functions }

    /// Those that PostgreSQL has too, for the catalogs.
    var shownFunctions: [BuiltinFunction] { allFunctions.filter { !$0.name.hasPrefix("emulator_") } }

    /// The function that a sequence is read through.
    static let sequenceState = "emulator_sequence_state"

    /// Every operator and every cast, for the system catalogs.
    var everyOperator: [BuiltinOperator] { allOperators }
    var everyCast: [BuiltinCast] {
        casts.values.sorted { ($0.source.oid, $0.target.oid) < ($1.source.oid, $1.target.oid) }
    }

    private let casts: [UInt64: BuiltinCast]
    private let ranges: [BuiltinRange]
    private let orderable: Set<TypeID>
    private let hashable: Set<TypeID>
    private let omitted: Set<String>

    /// Extensions that every Supabase project starts with: their functions are there without CREATE EXTENSION.
    package static let preinstalledExtensions: Set<String> = ["uuid-ossp", "pgcrypto"]

    private init() {
        var table = CatalogTable(BuiltinCatalogData.types)
        var types: [BuiltinType] = []
        while table.next() { types.append(BuiltinType(&table)) }
        table = CatalogTable(EmulatorCatalogData.types)
        while table.next() { types.append(BuiltinType(&table)) }

        table = CatalogTable(BuiltinCatalogData.operators)
        var operators: [BuiltinOperator] = []
        while table.next() { operators.append(BuiltinOperator(&table)) }
        table = CatalogTable(EmulatorCatalogData.operators)
        while table.next() {
            let own = BuiltinOperator(&table)
            // Operators of one name stand together.
            operators.insert(own, at: operators.lastIndex { $0.name == own.name }.map { $0 + 1 } ?? operators.count)
        }

        table = CatalogTable(BuiltinCatalogData.casts)
        var casts: [UInt64: BuiltinCast] = [:]
        while table.next() {
            let cast = BuiltinCast(&table)
            casts[Self.pair(cast.source, cast.target)] = cast
        }
        table = CatalogTable(EmulatorCatalogData.casts)
        while table.next() {
            let cast = BuiltinCast(&table)
            casts[Self.pair(cast.source, cast.target)] = cast
        }

        table = CatalogTable(BuiltinCatalogData.ranges)
        var ranges: [BuiltinRange] = []
        while table.next() {
            ranges.append(BuiltinRange(range: table.type(), subtype: table.type(), multirange: table.type()))
        }

        table = CatalogTable(BuiltinCatalogData.operatorClasses)
        var orderable: Set<TypeID> = []
        var hashable: Set<TypeID> = []
        while table.next() {
            let isOrder = table.letter() == 98
            let type = table.type()
            if isOrder { orderable.insert(type) } else { hashable.insert(type) }
            _ = (table.text(), table.text())
        }

        // The operator class of `ltree`, which has no hash.
        orderable.insert(TypeID(12014))

        table = CatalogTable(BuiltinCatalogData.omittedFunctions)
        var omitted: Set<String> = []
        while table.next() { omitted.insert(table.text()) }

        self.types = types
        typeIndex = Dictionary(uniqueKeysWithValues: types.indices.map { (types[$0].id, $0) })
        typeNames = Dictionary(uniqueKeysWithValues: types.indices.map { (types[$0].name, $0) })
        allOperators = operators
        var operatorNames: [String: Range<Int>] = [:]
        var start = 0
        for index in operators.indices where operators[index].name != operators[start].name {
            operatorNames[operators[start].name] = start..<index
            start = index
        }
        operatorNames[operators[start].name] = start..<operators.count
        self.operatorNames = operatorNames
        self.casts = casts
        self.ranges = ranges
        self.orderable = orderable
        self.hashable = hashable
        self.omitted = omitted
    }

    private static func pair(_ source: TypeID, _ target: TypeID) -> UInt64 {
        UInt64(source.oid) << 32 | UInt64(target.oid)
    }

    package func type(_ id: TypeID) -> BuiltinType? { typeIndex[id].map { types[$0] } }

    /// By catalog name: `int4`, `_text`.
    package func type(named name: String) -> BuiltinType? { typeNames[name].map { types[$0] } }

    package func operators(named name: String) -> ArraySlice<BuiltinOperator> {
        operatorNames[name].map { allOperators[$0] } ?? []
    }

    package func function(_ id: FunctionID) -> BuiltinFunction? { FunctionTables.shared[id] }

    package func functions(named name: String) -> [BuiltinFunction] { FunctionTables.shared[name] }

    package func cast(from source: TypeID, to target: TypeID) -> BuiltinCast? { casts[Self.pair(source, target)] }

    /// The range type itself or its multirange.
    package func range(of type: TypeID) -> BuiltinRange? {
        ranges.first { $0.range == type || $0.multirange == type }
    }

    /// Whether PostgreSQL has the function although its behaviour was left out of the tables.
    package func isOmitted(_ name: String) -> Bool { omitted.contains(name) }

    /// Whether the type has a default btree operator class of its own.
    func isOrderable(_ type: TypeID) -> Bool { orderable.contains(type) }
    func isHashable(_ type: TypeID) -> Bool { hashable.contains(type) }
}

/// The functions, by far the most rows: read when one is first looked for, which opening a database does not.
private struct FunctionTables: Sendable {
    static let shared = FunctionTables()

    let functions: [BuiltinFunction]
    private let index: [FunctionID: Int]
    private let names: [String: [Int]]

    private init() {
        var table = CatalogTable(BuiltinCatalogData.functions)
        var functions: [BuiltinFunction] = []
        functions.reserveCapacity(2300)
        while table.next() { functions.append(BuiltinFunction(&table, schema: nil)) }
        table = CatalogTable(EmulatorCatalogData.functions)
        while table.next() {
            let schema = table.text()
            functions.append(BuiltinFunction(&table, schema: schema))
        }
        self.functions = functions
        index = Dictionary(uniqueKeysWithValues: functions.indices.map { (functions[$0].id, $0) })
        names = Dictionary(grouping: functions.indices) { functions[$0].name }
    }

    subscript(id: FunctionID) -> BuiltinFunction? { index[id].map { functions[$0] } }

    subscript(name: String) -> [BuiltinFunction] { names[name]?.map { functions[$0] } ?? [] }
}

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

    fileprivate init(_ table: inout CatalogTable) {
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

    fileprivate init(_ table: inout CatalogTable) {
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

    fileprivate init(_ table: inout CatalogTable, schema: String?) {
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
        guard !modes.isEmpty else { return names }
        return names.indices.filter { modes[$0] != 111 && modes[$0] != 116 }.map { names[$0] }
    }
}

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

    fileprivate init(_ table: inout CatalogTable) {
        source = table.type()
        target = table.type()
        context = Context(rawValue: table.letter()) ?? .explicit
        method = Method(rawValue: table.letter()) ?? .function
        function = FunctionID(table.number())
        argumentCount = Int(table.number())
        extensionName = table.optionalText()
    }
}

package struct BuiltinRange: Sendable {
    package let range: TypeID
    package let subtype: TypeID
    package let multirange: TypeID
}

/// Reads a table of `BuiltinCatalogData` field by field, straight from the program's read-only data.
private struct CatalogTable {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Steps to the next row; its fields are then read in order, all of them.
    mutating func next() -> Bool { position < bytes.count }

    private mutating func field() -> UnsafeBufferPointer<UInt8>.SubSequence {
        let start = position
        while position < bytes.count, bytes[position] != 9, bytes[position] != 10 { position += 1 }
        defer { position += 1 }
        return bytes[start..<position]
    }

    mutating func text() -> String { String(decoding: field(), as: UTF8.self) }

    mutating func optionalText() -> String? {
        let field = field()
        return field.isEmpty ? nil : String(decoding: field, as: UTF8.self)
    }

    mutating func letter() -> UInt8 { field().first ?? 0 }
    mutating func flag() -> Bool { letter() == 116 }
    mutating func number() -> UInt32 { Self.number(field()) }
    mutating func type() -> TypeID { TypeID(number()) }

    mutating func optionalType() -> TypeID? {
        let oid = number()
        return oid == 0 ? nil : TypeID(oid)
    }

    mutating func typeList() -> [TypeID] {
        let field = field()
        return field.isEmpty ? [] : field.split(separator: 44).map { TypeID(Self.number($0)) }
    }

    mutating func textList() -> [String] {
        let field = field()
        guard !field.isEmpty else { return [] }
        return field.split(separator: 44, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func number(_ field: UnsafeBufferPointer<UInt8>.SubSequence) -> UInt32 {
        field.reduce(0) { $0 &* 10 &+ UInt32($1 &- 48) }
    }
}
