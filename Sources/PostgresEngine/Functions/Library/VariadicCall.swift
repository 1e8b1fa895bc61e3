import PostgresTypes
import SQLite

/// `f(…, VARIADIC array)` of a function that takes anything: called again with the array's elements as arguments.
///
/// Its own arguments are the function's signature, the plain ones and the array.
struct VariadicCall {
    private let signature: String
    private let fixed: [SQLValue]
    private let array: SQLValue
    private let call: Invocation

    init(_ call: Invocation) {
        self.call = call
        signature = call.text(0)
        fixed = (1..<call.count - 1).map { call[$0] }
        array = call[call.count - 1]
    }

    func value() throws -> SQLValue {
        var elements: [SQLValue] = []
        var types = Array(call.types.arguments.dropLast())
        if case .text(let stored) = array, let type = call.types.arguments.last {
            let catalog = try call.context.catalog
            guard case .array(let shape) = try call.type(fixed.count),
                let element = TypeSystem(catalog: catalog).baseElement(of: type.type)
            else { throw PostgresError("XX000", "not an array") }
            elements = ArrayValue(stored: stored, element: shape).elements
            types += elements.map { _ in TypeReference(element) }
        } else if signature != "format(text,any)" {
            // Of all functions only format() takes NULL for an empty array.
            return .null
        }
        let arguments = fixed + elements
        guard arguments.count <= 120 else {
            throw PostgresError.notSupported("a call of \(signature) with over 120 arguments")
        }
        let descriptor = CallTypes(arguments: types, result: call.types.result).text.quotedLiteral
        let places = arguments.indices.map { "?\($0 + 1)" } + [descriptor]
        var result = SQLValue.null
        try call.connection.query(
            "SELECT \(signature.quotedName)(\(places.joined(separator: ", ")))", arguments
        ) { result = $0.value(0) }
        return result
    }
}
