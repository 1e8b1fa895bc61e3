import PostgresTypes

/// What the generator needs to know about a function: the text it is implemented under, and its shape.
struct Signature {
    /// `int4pl(int4,int4)`, with the schema where that is not Postgres' own: `auth.uid()`.
    let text: String
    let result: TypeReference
    let isSet: Bool
    let isUser: Bool
}

extension Generation {
    func signature(of function: FunctionID) throws(PostgresError) -> Signature {
        if function.oid >= TypeID.firstUserOID {
            guard let routine = catalog[function] else {
                throw PostgresError("42883", "function with OID \(function.oid) does not exist")
            }
            return Signature(text: routine.name, result: routine.result, isSet: routine.isSet, isUser: true)
        }
        guard let shape = FunctionShape.builtin(function) else {
            throw PostgresError("42883", "function with OID \(function.oid) does not exist")
        }
        return Signature(text: shape.signature, result: TypeReference(shape.result), isSet: shape.isSet, isUser: false)
    }

    func implementation(of function: FunctionID) throws(PostgresError) -> (Signature, Implementation) {
        let signature = try signature(of: function)
        guard let implementation = FunctionLibrary.shared.implementations[signature.text] else {
            throw .notSupported("function \(signature.text)")
        }
        return (signature, implementation)
    }
}
