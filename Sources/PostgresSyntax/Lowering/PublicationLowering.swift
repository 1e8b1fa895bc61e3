extension Lowering {
    /// CREATE PUBLICATION, and the objects and options that ALTER PUBLICATION names.
    func publication(_ fields: ParseNode) throws(UnsupportedSyntax) -> Publication {
        var publication = Publication(name: fields.text("pubname") ?? "")
        publication.isForAllTables = fields.flag("for_all_tables")
        publication.options = try optionWords(fields.list("options"))
        for node in fields.list("pubobjects") {
            guard let object = node["PublicationObjSpec"] else {
                throw UnsupportedSyntax("an unknown publication object")
            }
            switch object.text("pubobjtype") {
            case "PUBLICATIONOBJ_TABLE":
                guard let table = object["pubtable"] else { throw UnsupportedSyntax("a publication without a table") }
                if table["columns"] != nil { throw UnsupportedSyntax("a publication of some columns") }
                if table["whereClause"] != nil { throw UnsupportedSyntax("a publication with WHERE") }
                publication.tables.append(try qualifiedName(table["relation"]))
            case "PUBLICATIONOBJ_TABLES_IN_SCHEMA": publication.schemas.append(object.text("name") ?? "")
            default: throw UnsupportedSyntax("a publication of the current schema")
            }
        }
        return publication
    }

    func alterPublication(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterPublication {
        let objects = try publication(fields)
        if fields["options"] != nil { return AlterPublication(action: .setOptions, objects: objects) }
        switch fields.text("action") {
        case "AP_AddObjects": return AlterPublication(action: .add, objects: objects)
        case "AP_DropObjects": return AlterPublication(action: .drop, objects: objects)
        default: return AlterPublication(action: .set, objects: objects)
        }
    }
}
