import PostgresTypes

/// A built-in function as the generator sees it.
struct FunctionShape {
    let signature: String
    let result: TypeID
    let isSet: Bool
    let argumentCount: Int

    static func builtin(_ function: FunctionID) -> FunctionShape? { nil }

    static func builtinElement(of array: TypeID) -> TypeID? { nil }
}

extension CatalogSnapshot {
    /// The shape of a type's values, a domain's being its base's.
    func valueType(of type: TypeID) -> PostgresType { .unsupported("type \(type.oid)") }
}
