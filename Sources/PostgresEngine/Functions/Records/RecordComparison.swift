import PostgresTypes
import SQLite

extension FunctionTable {
    mutating func addRowComparisons() {
        let comparisons: [(String, Comparison)] = [
            ("eq", .equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ]
        for (suffix, comparison) in comparisons {
            typed("record_\(suffix)(record,record)") { .bool(comparison.holds(try RecordComparison($0).order())) }
        }
    }
}

/// Two rows compared field by field, as `record_cmp` does: the first difference decides, NULLs stand last.
struct RecordComparison {
    private let left: RecordValue
    private let right: RecordValue
    private let context: ExecutionContext

    init(_ left: SQLValue, _ right: SQLValue, types: (TypeReference, TypeReference), _ context: ExecutionContext) throws
    {
        self.left = try RecordValue(stored: left, type: types.0, context: context)
        self.right = try RecordValue(stored: right, type: types.1, context: context)
        self.context = context
    }

    init(_ call: Invocation) throws {
        let types = call.types.arguments
        try self.init(call[0], call[1], types: (types[0], types[1]), call.context)
    }

    /// Below, equal to or above zero.
    /// - Throws: 42804 for fields of different types or in different numbers, once they are reached.
    func order() throws -> Int {
        for (index, (a, b)) in zip(left.fields, right.fields).enumerated() {
            guard a.type.type == b.type.type else {
                let names = [a, b].map { context.catalog.typeName(TypeReference($0.type.type), searchPath: path) }
                throw PostgresError(
                    "42804",
                    "cannot compare dissimilar column types \(names[0]) and \(names[1]) at record column \(index + 1)")
            }
            let order = try order(a.value, b.value, a.type)
            if order != 0 { return order }
        }
        guard left.fields.count == right.fields.count else {
            throw PostgresError("42804", "cannot compare record types with different numbers of columns")
        }
        return 0
    }

    private func order(_ left: SQLValue, _ right: SQLValue, _ type: TypeReference) throws -> Int {
        if left.isNull || right.isNull { return (left.isNull ? 1 : 0) - (right.isNull ? 1 : 0) }
        switch context.postgresType(type.type) {
        case .composite, .record: return try RecordComparison(left, right, types: (type, type), context).order()
        case .json, .xml, .jsonpath:
            throw PostgresError(
                "42883",
                "could not identify a comparison function for type "
                    + context.catalog.typeName(TypeReference(type.type), searchPath: path))
        case let shape: return shape.compare(left, right)
        }
    }

    private var path: [String] { context.session.effectivePath }

    // MARK: Collations

    private static let prefix = "pg_row_"
    /// The collation that orders arrays of `record`s, row by row.
    static let arrayCollation = "pg_rows"

    /// The collation that orders stored rows of a type; those of `record` say themselves what they hold.
    static func collation(of type: TypeID) -> String { prefix + String(type.oid) }

    /// Rows are of types that come and go: each one's collation is made when SQLite first meets it.
    static func registerCollations(on connection: Connection) {
        connection.register(collation: arrayCollation) { [unowned connection] left, right in
            let arrays = [left, right].map {
                ArrayValue(stored: String(decoding: $0, as: UTF8.self), element: .record)
            }
            guard let context = connection.context as? ExecutionContext else { return 0 }
            let type = TypeReference(.record)
            return ArrayCodec.compare(arrays[0], arrays[1]) { a, b in
                (try? RecordComparison(a, b, types: (type, type), context).order()) ?? 0
            }
        }
        connection.onUnknownCollation { connection, name in
            guard name.hasPrefix(Self.prefix), let oid = UInt32(name.dropFirst(Self.prefix.count)) else { return }
            let type = TypeReference(TypeID(oid))
            connection.register(collation: name) { [unowned connection] left, right in
                let texts = (String(decoding: left, as: UTF8.self), String(decoding: right, as: UTF8.self))
                if texts.0 == texts.1 { return 0 }
                guard let context = connection.context as? ExecutionContext,
                    let comparison = try? RecordComparison(
                        .text(texts.0), .text(texts.1), types: (type, type), context),
                    let order = try? comparison.order()
                else { return texts.0 < texts.1 ? -1 : 1 }
                return order
            }
        }
    }
}
