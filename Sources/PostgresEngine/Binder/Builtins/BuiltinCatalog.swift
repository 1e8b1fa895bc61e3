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
