import PostgresTypes
import SQLite

/// `to_regclass` and kin: objects by name, NULL where there is none.
extension FunctionTable {
    mutating func addObjectNames() {
        scalar("regclass(text)") { call in
            .integer(Int64(try Self.find(call, .regclass)))
        }
        for kind in NamedObjectKind.allCases where kind != .regconfig && kind != .regdictionary {
            scalar("to_\(kind.rawValue)(text)") { call in
                // Numbers name nothing here.
                if call.text(0).utf8.allSatisfy({ (48...57).contains($0) }) { return .null }
                do {
                    return .integer(Int64(try Self.find(call, kind)))
                } catch let error as PostgresError
                    where ["42P01", "3F000", "42704", "42883", "42725"].contains(error.code)
                {
                    return .null
                }
            }
        }
    }

    private static func find(_ call: Invocation, _ kind: NamedObjectKind) throws -> UInt32 {
        let context = try call.context
        return try CatalogNames(context.catalog, context.session.effectivePath).find(call.text(0), kind)
    }
}
