extension Lowering {
    /// A `TypeName`, whether tagged or as a plain field.
    func typeName(_ node: ParseNode) -> TypeName {
        let fields = node["TypeName"] ?? node
        var type = TypeName(
            names(fields.list("names")), arrayDimensions: fields.list("arrayBounds").count,
            isSetOf: fields.flag("setof"), isPercentType: fields.flag("pct_type"), location: location(fields))
        let modifiers = fields.list("typmods")
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
}
