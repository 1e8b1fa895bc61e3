extension Lowering {
    func createCast(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateCast {
        guard let source = fields["sourcetype"], let target = fields["targettype"] else {
            throw UnsupportedSyntax("CREATE CAST without types")
        }
        let method: CreateCast.Method
        if let function = fields["func"] {
            let node = function["ObjectWithArgs"] ?? function
            let isBare = node.flag("args_unspecified")
            method = .function(
                try qualifiedName(names(node.list("objname"))),
                signature: isBare ? nil : node.list("objargs").map(typeName))
        } else {
            method = fields.flag("inout") ? .throughText : .binary
        }
        let context: CreateCast.Context =
            switch fields.text("context") {
            case "COERCION_IMPLICIT": .implicit
            case "COERCION_ASSIGNMENT": .assignment
            default: .explicit
            }
        return CreateCast(source: typeName(source), target: typeName(target), method: method, context: context)
    }

    /// DROP CAST, whose object is two types.
    func dropCast(_ fields: ParseNode) throws(UnsupportedSyntax) -> DropCast {
        let types = listItems(fields.list("objects").first)
        guard types.count == 2 else { throw UnsupportedSyntax("DROP CAST without types") }
        return DropCast(
            source: typeName(types[0]), target: typeName(types[1]), ifExists: fields.flag("missing_ok"))
    }
}
