import JSONText

/// The rows of a request's body, with the columns they set.
struct Payload: Sendable {
    /// The columns, in the order of the first object's keys or of `columns=`.
    var columns: [String]
    /// One entry a row: the value of each column, nil where the row has no such key.
    var rows: [[JSON?]]
    /// The body was an object, not an array.
    var isSingleObject: Bool

    /// - Throws: PGRST102 in PostgREST's words.
    init(_ body: [UInt8], contentType: String?, columns: [String]?) throws(RestError) {
        let type = (contentType ?? "application/json").split(separator: ";").first.map {
            String($0).trimmed.lowercased()
        }
        switch type ?? "application/json" {
        case "application/json", "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json":
            try self.init(json: body, columns: columns)
        case "application/x-www-form-urlencoded":
            let pairs = QueryString(String(decoding: body, as: UTF8.self)).pairs
            let names = columns ?? pairs.map(\.name)
            let row = names.map { name in pairs.first { $0.name == name }.map { JSON.string($0.value) } }
            self.init(columns: names, rows: [row], isSingleObject: true)
        case "text/csv":
            try self.init(csv: String(decoding: body, as: UTF8.self), columns: columns)
        case let other:
            throw RestError.badPayload("Content-Type not acceptable: \(other)")
        }
    }

    private init(columns: [String], rows: [[JSON?]], isSingleObject: Bool) {
        self.columns = columns
        self.rows = rows
        self.isSingleObject = isSingleObject
    }

    private init(json body: [UInt8], columns: [String]?) throws(RestError) {
        let document: JSON
        do {
            document = try JSON(parsing: body)
        } catch {
            throw RestError.badPayload("Empty or invalid json")
        }
        switch document {
        case .object(let members):
            let names = columns ?? Self.unique(members.map(\.key))
            self.init(columns: names, rows: [names.map { document[$0] }], isSingleObject: true)
        case .array(let items):
            guard let first = items.first?.objectValue else {
                // An empty array, or one of scalars: no rows.
                if items.isEmpty {
                    self.init(columns: columns ?? [], rows: [], isSingleObject: false)
                    return
                }
                throw RestError.badPayload("All object keys must match")
            }
            let names = columns ?? Self.unique(first.map(\.key))
            if columns == nil {
                let expected = Set(names)
                for item in items where item.objectValue.map({ Set($0.map(\.key)) }) != expected {
                    throw RestError.badPayload("All object keys must match")
                }
            }
            self.init(columns: names, rows: items.map { item in names.map { item[$0] } }, isSingleObject: false)
        default:
            // PostgREST takes any other document for an empty array.
            self.init(columns: columns ?? [], rows: [], isSingleObject: false)
        }
    }

    private init(csv text: String, columns: [String]?) throws(RestError) {
        var lines = Self.csvRecords(text)
        guard let header = lines.first else { throw RestError.badPayload("Empty or invalid json") }
        lines.removeFirst()
        guard lines.allSatisfy({ $0.count == header.count }) else {
            throw RestError.badPayload("All lines must have same number of fields")
        }
        let names = columns ?? header.map(\.text)
        let positions = names.map { name in header.firstIndex { $0.text == name } }
        self.init(
            columns: names,
            rows: lines.map { line in
                positions.map { position in
                    position.map { line[$0].isNull ? .null : .string(line[$0].text) }
                }
            },
            isSingleObject: false
        )
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// RFC 4180; an unquoted `NULL` is null.
    private static func csvRecords(_ text: String) -> [[(text: String, isNull: Bool)]] {
        var records: [[(text: String, isNull: Bool)]] = []
        var record: [(text: String, isNull: Bool)] = []
        var field = ""
        var wasQuoted = false
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        func finish() {
            record.append((field, !wasQuoted && field == "NULL"))
            field = ""
            wasQuoted = false
        }
        while let scalar = scalars.popFirst() {
            if isQuoted {
                if scalar == "\"" {
                    if scalars.first == "\"" {
                        field.unicodeScalars.append("\"")
                        scalars.removeFirst()
                    } else {
                        isQuoted = false
                    }
                } else {
                    field.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\"":
                isQuoted = true
                wasQuoted = true
            case ",": finish()
            case "\r": break
            case "\n":
                finish()
                records.append(record)
                record = []
            default: field.unicodeScalars.append(scalar)
            }
        }
        if !field.isEmpty || !record.isEmpty || wasQuoted {
            finish()
            records.append(record)
        }
        return records
    }
}
