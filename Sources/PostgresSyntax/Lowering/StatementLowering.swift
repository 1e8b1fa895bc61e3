extension Lowering {
    /// A statement's node as IR; what has no case, or holds something without one, is `.unsupported` by name.
    func statement(_ node: ParseNode) -> Statement {
        guard let (tag, fields) = node.tagged else { return .unsupported(tag: "an empty statement") }
        do throws(UnsupportedSyntax) {
            if let statement = try query(tag, fields) { return statement }
            if let statement = try definition(tag, fields) { return statement }
            if let statement = try change(tag, fields) { return statement }
            if let statement = try session(tag, fields) { return statement }
            return .unsupported(tag: tag)
        } catch {
            return .unsupported(tag: error.feature)
        }
    }

    private func query(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "SelectStmt": .select(try select(fields))
        case "InsertStmt": .insert(try insert(fields))
        case "UpdateStmt": .update(try update(fields))
        case "DeleteStmt": .delete(try delete(fields))
        default: nil
        }
    }

    private func definition(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "CreateStmt": .createTable(try createTable(fields))
        case "CreateSeqStmt": .createSequence(try createSequence(fields))
        case "AlterSeqStmt": .alterSequence(try alterSequence(fields))
        default: nil
        }
    }

    private func change(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? { nil }

    private func session(_ tag: String, _ fields: ParseNode) throws(UnsupportedSyntax) -> Statement? {
        switch tag {
        case "CopyStmt": .copyFromStandardInput(try copy(fields))
        default: nil
        }
    }
}
