extension Lowering {
    /// A `TypeName`, whether tagged or as a plain field.
    func typeName(_ node: ParseNode) -> TypeName {
        let fields = node["TypeName"] ?? node
        var type = TypeName(
            names(fields.list("names")), arrayDimensions: fields.list("arrayBounds").count,
            isSetOf: fields.flag("setof"), isPercentType: fields.flag("pct_type"), location: location(fields))
        let modifiers = fields.list("typmods")
        if type.names == ["pg_catalog", "interval"], !modifiers.isEmpty {
            lowerInterval(modifiers.map { modifierInteger($0) ?? 0 }, into: &type)
            return type
        }
        for modifier in modifiers {
            guard let value = modifierInteger(modifier) else {
                type.modifiers = []
                type.unsupportedModifier = modifiers.map(modifierWords).joined(separator: ", ")
                break
            }
            type.modifiers.append(value)
        }
        return type
    }

    private func modifierInteger(_ node: ParseNode) -> Int32? {
        guard let constant = node["A_Const"], let value = constant["ival"] else { return nil }
        return integer(value, at: location(constant))
    }

    private func modifierWords(_ node: ParseNode) -> String {
        if let value = modifierInteger(node) { return String(value) }
        if let column = node["ColumnRef"] { return names(column.list("fields")).joined(separator: ".") }
        return node["A_Const"]?["sval"]?.text("sval").map { "'\($0)'" } ?? node.tagged?.tag ?? ""
    }

    /// Interval's modifiers are a mask of fields (all bits: none named) and a precision.
    private func lowerInterval(_ modifiers: [Int32], into type: inout TypeName) {
        let everyField: Int32 = 0x7FFF
        let precision = modifiers.count > 1 ? modifiers[1] : nil
        if modifiers[0] == everyField {
            type.modifiers = precision.map { [$0] } ?? []
        } else {
            let words = Self.intervalFields.filter { modifiers[0] & (1 << $0.bit) != 0 }.map(\.word)
            let range = words.count > 1 ? "\(words.first ?? "") to \(words.last ?? "")" : words.first ?? ""
            type.unsupportedModifier = precision.map { "\(range)(\($0))" } ?? range
        }
    }

    /// The bits that Postgres' `INTERVAL_MASK` gives each field, from the largest unit to the smallest.
    private static let intervalFields: [(bit: Int32, word: String)] = [
        (2, "year"), (1, "month"), (3, "day"), (10, "hour"), (11, "minute"), (12, "second"),
    ]
}
