/// What functions keep between calls of one connection: things that are costly to make from a text that rarely changes.
struct FunctionMemory {
    var callTypes: [String: CallTypes] = [:]
    var regularExpressions: [String: RegularExpression] = [:]
}
