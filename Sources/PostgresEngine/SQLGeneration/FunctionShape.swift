import PostgresTypes

/// A built-in function as the generator sees it.
struct FunctionShape {
    let signature: String
    let result: TypeID
    let isSet: Bool
    let argumentCount: Int

    static func builtin(_ function: FunctionID) -> FunctionShape? {
        guard let builtin = BuiltinCatalog.shared.function(function) else { return nil }
        return FunctionShape(
            signature: builtin.signature, result: builtin.result, isSet: builtin.isSet,
            argumentCount: builtin.arguments.count)
    }
}

extension BuiltinFunction {
    /// The key of its implementation in the library: `int4pl(int4,int4)`, with the schema where that is not Postgres'
    /// own (`auth.uid()`).
    package var signature: String {
        let catalog = BuiltinCatalog.shared
        let types = arguments.map { catalog.type($0)?.name ?? "\($0.oid)" }.joined(separator: ",")
        let prefix = schema == "pg_catalog" || schema == "extensions" ? "" : schema + "."
        return "\(prefix)\(name)(\(types))"
    }
}
