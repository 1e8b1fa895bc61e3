import PostgresTypes
import SQLite

extension Routine {
    /// Whether it takes what type a call gives: `anyelement`, `anyarray` and kin.
    var isPolymorphic: Bool {
        result.type.polymorphicFamily != nil || parameters.contains { $0.type.type.polymorphicFamily != nil }
    }

    /// The routine as it is for one call, with the types that the call gives.
    func resolved(_ types: CallTypes) -> Routine {
        var routine = self
        var given = types.arguments[...]
        for index in routine.parameters.indices where routine.parameters[index].isInput {
            guard let type = given.popFirst() else { break }
            if routine.parameters[index].type.type.polymorphicFamily != nil {
                routine.parameters[index].type = TypeReference(type.type)
            }
        }
        if routine.result.type.polymorphicFamily != nil { routine.result = TypeReference(types.result.type) }
        return routine
    }
}

extension Routine {
    /// What one call of it as a set returns; nil where that cannot be told from the arguments and the columns.
    func returnedType(of call: FunctionCallNode, _ columns: [OutputColumn]) -> TypeReference? {
        guard outputs.allSatisfy({ $0.type.type.polymorphicFamily == nil }) else { return nil }
        if result.type.polymorphicFamily == nil { return returnsAnyRecord ? nil : result }
        let sameAsResult = inputs.firstIndex { $0.type.type == result.type }
        if let sameAsResult, call.arguments.indices.contains(sameAsResult) { return call.arguments[sameAsResult].type }
        return columns.count == 1 ? columns[0].type : nil
    }
}

extension Transaction {
    /// The value of a call of a polymorphic routine, which is made ready for every list of types it is called with.
    func call(_ id: FunctionID, _ types: CallTypes, _ arguments: [SQLValue]) throws -> SQLValue {
        try value(of: try compiled(id, types), arguments)
    }

    /// All rows of such a call.
    func callForRows(
        _ id: FunctionID, _ types: CallTypes, _ arguments: [SQLValue], asValues: Bool
    ) throws -> [[SQLValue]] {
        try callForRows(try compiled(id, types), arguments, asValues: asValues)
    }

    private func compiled(_ id: FunctionID, _ types: CallTypes) throws -> CompiledRoutine {
        try database.plans.routine(id, types: types.text, version: catalog.version) {
            guard let routine = catalog[id] else {
                throw PostgresError("42883", "function with OID \(id.oid) does not exist")
            }
            return try CompiledRoutine(routine.resolved(types), catalog: catalog)
        }
    }
}
