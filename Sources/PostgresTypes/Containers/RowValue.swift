import JSONText
package import SQLite

/// A row of a composite type: one storage value for each field.
///
/// Stored as a JSON array of the fields' storage values, written as in stored arrays: `[1,"a",null]`.
package struct RowValue: Hashable, Sendable {
    package var fields: [SQLValue]

    package init(_ fields: [SQLValue]) { self.fields = fields }

    /// Reads a stored row. Fields that the type has gained since are NULL.
    package init(stored: String, type: CompositeType) {
        var items: [JSON] = []
        do { items = try JSON(parsing: stored).arrayValue ?? [] } catch { items = [] }
        fields = type.fields.enumerated().map { index, field in
            index < items.count ? StoredJSON.value(items[index], field.type.storageClass) : .null
        }
    }

    /// The stored form.
    package var stored: SQLValue {
        .text(
            text { buffer in
                buffer.append(UInt8(ascii: "["))
                for (index, field) in fields.enumerated() {
                    if index > 0 { buffer.append(UInt8(ascii: ",")) }
                    StoredJSON.write(field, to: &buffer)
                }
                buffer.append(UInt8(ascii: "]"))
            })
    }
}
