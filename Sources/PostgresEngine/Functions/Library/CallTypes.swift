import JSONText
import PostgresTypes

/// The types around one call, for functions that accept several: the generator passes them as a last, constant
/// argument in this text form.
final class CallTypes {
    let arguments: [TypeReference]
    let result: TypeReference
    /// The columns of a set-returning call, as its column definition list or result type names them.
    let columns: [OutputColumn]

    init(arguments: [TypeReference], result: TypeReference, columns: [OutputColumn] = []) {
        self.arguments = arguments
        self.result = result
        self.columns = columns
    }

    var text: String {
        func pair(_ type: TypeReference) -> JSON { [.integer(type.type.oid), .integer(type.modifier)] }
        return JSON.array([
            .array(arguments.map(pair)), pair(result),
            .array(columns.map { [.string($0.name), pair($0.type)] }),
        ]).text
    }

    init?(text: String) {
        guard let json = try? JSON(parsing: text), let arguments = json[0]?.arrayValue, let result = json[1] else {
            return nil
        }
        func type(_ json: JSON?) -> TypeReference {
            TypeReference(TypeID(UInt32(json?[0]?.intValue ?? 0)), modifier: Int32(json?[1]?.intValue ?? -1))
        }
        self.arguments = arguments.map(type)
        self.result = type(result)
        columns = (json[2]?.arrayValue ?? []).map { OutputColumn(name: $0[0]?.stringValue ?? "", type: type($0[1])) }
    }
}
