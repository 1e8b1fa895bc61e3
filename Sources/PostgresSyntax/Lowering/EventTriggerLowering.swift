extension Lowering {
    func createEventTrigger(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateEventTrigger {
        var filters: [CreateEventTrigger.Filter] = []
        for node in fields.list("whenclause") {
            let option = try definition(node)
            filters.append(.init(variable: option.name, values: names(listItems(option.argument))))
        }
        return CreateEventTrigger(
            name: fields.text("trigname") ?? "", event: fields.text("eventname") ?? "", filters: filters,
            function: try qualifiedName(names(fields.list("funcname"))))
    }

    func alterEventTrigger(_ fields: ParseNode) -> AlterEventTrigger {
        AlterEventTrigger(name: fields.text("trigname") ?? "", state: fields.text("tgenabled") ?? "O")
    }
}
