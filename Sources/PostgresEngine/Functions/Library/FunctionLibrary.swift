import PostgresTypes
package import SQLite

/// Every function of Postgres that the emulator has, by signature: `int4pl(int4,int4)`. What is missing here is refused
/// by the generator with its full signature.
package enum FunctionLibrary {
    static let shared: FunctionTable = {
        var table = FunctionTable()
        table.addSupport()
        table.addArraySupport()
        table.addPartAssignment()
        table.addComparisons()
        table.addRowComparisons()
        table.addIntegers()
        table.addFloats()
        table.addNumerics()
        table.addText()
        table.addNormalization()
        table.addPatterns()
        table.addRegularExpressions()
        table.addJSON()
        table.addDatesAndTimes()
        table.addArrays()
        table.addAggregates()
        table.addNumericRoots()
        table.addSession()
        table.addCrypto()
        table.addPasswords()
        table.addCiphers()
        table.addOpenPGP()
        table.addTrigrams()
        table.addMultiranges()
        table.addUnaccent()
        table.addFuzzyMatching()
        table.addRanges()
        table.addFullTextSearch()
        table.addEventTriggers()
        table.addObjectNames()
        table.addCatalogFunctions()
        table.addMoneyFunctions()
        table.addJSONPaths()
        table.addOrderedSets()
        table.addNetworks()
        table.addBits()
        table.addStores()
        table.addVectors()
        table.addPoints()
        table.addLabelTrees()
        table.addTableSamples()
        table.addCursors()
        table.addPartitionHashes()
        table.addEnumsAndLocks()
        table.addXML()
        return table
    }()

    /// Makes every Swift function and aggregate that generated SQL may call known to a connection.
    package static func register(on connection: Connection) throws {
        shared.register(on: connection)
        RecordComparison.registerCollations(on: connection)
        SystemCatalog.register(on: connection)
    }

    /// Whether a function implemented in Swift is skipped for NULLs; nil for those that SQLite evaluates.
    package static func isStrict(_ signature: String) -> Bool? {
        switch shared.implementations[signature] {
        case .scalar(let function): function.isStrict
        case .rows(let function): function.isStrict
        default: nil
        }
    }

    /// The signatures that are implemented, for reports and tests.
    package static var signatures: [String] { shared.implementations.keys.sorted() }
}

/// How calls of one function become SQL.
enum Implementation: Sendable {
    /// SQL over the arguments' SQL. NULL handling is the text's own.
    case native(@Sendable ([String]) -> String)
    /// A comparison that SQLite makes under the type's collation; `left` and `right` name casts applied first.
    case comparison(Comparison, left: String?, right: String?)
    case scalar(ScalarFunction)
    case aggregate(AggregateFunction)
    /// An aggregate that SQLite has.
    case nativeAggregate(@Sendable ([String]) -> String)
    /// `min` or `max`: SQLite's own, under the type's collation.
    case extremum(isMaximum: Bool)
    /// A window function that SQLite has under this name.
    case window(String)
    case rows(SetFunction)
}

/// The six comparisons, by their symbols.
enum Comparison: String, Sendable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// Whether it holds of two values in that order: below, equal to or above zero.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }
}

/// A function of one result, and what SQLite and the generator need to know about it.
struct ScalarFunction: Sendable {
    var isStrict = true
    var isVolatile = false
    var takesTypes = false
    /// How many arguments SQLite knows it with; nil: any number.
    var arity: Int?
    let body: @Sendable (Invocation) throws -> SQLValue
}

/// A function that returns rows.
struct SetFunction: Sendable {
    var isStrict = true
    var takesTypes = false
    let body: @Sendable (Invocation) throws -> [[SQLValue]]
}

/// An aggregate: how the run of one group is begun.
struct AggregateFunction: Sendable {
    var takesTypes = false
    let make: @Sendable (CallTypes?, ExecutionContext) throws -> any Accumulator
}

/// One group's run of an aggregate. `value` may be asked for several times: windows do.
protocol Accumulator: AnyObject {
    func add(_ values: [SQLValue]) throws
    func value() throws -> SQLValue
}
