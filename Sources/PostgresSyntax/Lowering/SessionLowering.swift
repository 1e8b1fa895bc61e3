// What acts on the session rather than on objects: COPY, transactions, settings.

extension Lowering {
    func copy(_ fields: ParseNode) throws(UnsupportedSyntax) -> CopyFrom {
        guard fields.flag("is_from") else { throw UnsupportedSyntax("COPY TO") }
        if fields["filename"] != nil { throw UnsupportedSyntax("COPY FROM a file or program") }
        if fields["whereClause"] != nil { throw UnsupportedSyntax("COPY … WHERE") }
        return CopyFrom(
            table: try qualifiedName(fields["relation"]), columns: names(fields.list("attlist")),
            options: try optionWords(fields.list("options")))
    }

    /// Options by their lower-case names, values in words.
    func optionWords(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [String: String] {
        var options: [String: String] = [:]
        for node in nodes {
            let option = try definition(node)
            options[option.name.lowercased()] = words(option)
        }
        return options
    }
}
