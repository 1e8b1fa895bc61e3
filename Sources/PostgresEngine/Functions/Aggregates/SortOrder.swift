import JSONText
import PostgresTypes
import SQLite

/// How a sorting aggregate orders its rows: passed by the generator as a constant text.
struct SortOrder {
    struct Key {
        var type: TypeID
        var isDescending: Bool
        var nullsFirst: Bool
        var isByteOrdered: Bool
    }

    var isDistinct: Bool
    var argumentCount: Int
    var keys: [Key]

    init(isDistinct: Bool, argumentCount: Int, keys: [Key]) {
        self.isDistinct = isDistinct
        self.argumentCount = argumentCount
        self.keys = keys
    }

    var text: String {
        let keys = keys.map { key -> JSON in
            [.integer(key.type.oid), .bool(key.isDescending), .bool(key.nullsFirst), .bool(key.isByteOrdered)]
        }
        return JSON.array([.bool(isDistinct), .integer(argumentCount), .array(keys)]).text
    }

    init?(text: String) {
        guard let json = try? JSON(parsing: text), let isDistinct = json[0]?.boolValue, let count = json[1]?.intValue,
            let keys = json[2]?.arrayValue
        else { return nil }
        self.isDistinct = isDistinct
        argumentCount = count
        self.keys = keys.map {
            Key(
                type: TypeID(UInt32($0[0]?.intValue ?? 0)), isDescending: $0[1]?.boolValue ?? false,
                nullsFirst: $0[2]?.boolValue ?? false, isByteOrdered: $0[3]?.boolValue ?? false)
        }
    }

    func compare(_ left: ArraySlice<SQLValue>, _ right: ArraySlice<SQLValue>, _ shapes: [PostgresType]) -> Int {
        for (index, key) in keys.enumerated() {
            let a = left[left.startIndex + index]
            let b = right[right.startIndex + index]
            var result: Int
            if a.isNull || b.isNull {
                if a.isNull && b.isNull { continue }
                result = a.isNull == key.nullsFirst ? -1 : 1
                return result
            }
            // The byte order of text is that of a `name`.
            let shape = key.isByteOrdered && shapes[index].orderCollation == "pg_en" ? .name : shapes[index]
            result = shape.compare(a, b)
            if result != 0 { return key.isDescending ? -result : result }
        }
        return 0
    }
}
