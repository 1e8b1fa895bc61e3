extension Lowering {
    func createTable(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTable {
        if fields["ofTypename"] != nil { throw UnsupportedSyntax("CREATE TABLE OF a type") }
        var table = CreateTable(name: try qualifiedName(fields["relation"]), columns: [], constraints: [])
        for node in fields.list("tableElts") {
            switch node.tagged {
            case ("ColumnDef", _)?: table.columns.append(try columnDefinition(node))
            case ("Constraint", let element)?: table.constraints.append(try constraint(element))
            case ("TableLikeClause", let element)?:
                table.like.append(
                    LikeClause(
                        source: try qualifiedName(element["relation"]), position: table.columns.count,
                        including: likeParts(element.integer("options") ?? 0)))
            case let other: throw UnsupportedSyntax(other?.tag ?? "an empty table element")
            }
        }
        table.ifNotExists = fields.flag("if_not_exists")
        let persistence = fields["relation"]?.text("relpersistence")
        table.isTemporary = persistence == "t"
        table.isUnlogged = persistence == "u"
        table.onCommit = commitAction(fields)
        if let key = fields["partspec"] { table.partitionBy = try partitioning(key) }
        var parents: [QualifiedName] = []
        for node in fields.list("inhRelations") { parents.append(try qualifiedName(node["RangeVar"])) }
        if let bound = fields["partbound"] {
            table.partitionOf = parents.first
            let tail = fields["partspec"].map(location) ?? -1
            table.partitionBound = bound.flag("is_default") ? "default" : sourceTail(from: location(bound), to: tail)
        } else {
            table.inherits = parents
        }
        return table
    }

    func commitAction(_ fields: ParseNode) -> CommitAction? {
        switch fields.text("oncommit") ?? fields.text("onCommit") {
        case "ONCOMMIT_DROP": .drop
        case "ONCOMMIT_DELETE_ROWS": .deleteRows
        default: nil
        }
    }

    /// The bits of `TableLikeOption`, in the order of their names.
    private func likeParts(_ bits: Int) -> [LikeClause.Part] {
        LikeClause.Part.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element)
    }

    private func partitioning(_ fields: ParseNode) throws(UnsupportedSyntax) -> PartitionClause {
        var keys: [Expression] = []
        for node in fields.list("partParams") {
            guard let element = node["PartitionElem"] else { continue }
            if !element.list("opclass").isEmpty { throw UnsupportedSyntax("PARTITION BY with an operator class") }
            if !element.list("collation").isEmpty { throw UnsupportedSyntax("PARTITION BY with a collation") }
            if let name = element.text("name") {
                keys.append(Expression(.column([name])))
            } else {
                keys.append(try operand(element, "expr"))
            }
        }
        return PartitionClause(strategy: fields.text("strategy")?.lowercased() ?? "", keys: keys)
    }

    func columnDefinition(_ node: ParseNode) throws(UnsupportedSyntax) -> ColumnDefinition {
        let fields = node["ColumnDef"] ?? node
        // A partition's or typed table's column has no type of its own.
        guard let type = fields["typeName"] else { throw UnsupportedSyntax("a column without a type") }
        if fields["fdwoptions"] != nil { throw UnsupportedSyntax("OPTIONS of a column") }
        let collation = fields["collClause"].map { names($0.list("collname")) }
        return ColumnDefinition(
            name: fields.text("colname") ?? "", type: typeName(type),
            constraints: try columnConstraints(fields.list("constraints")), collation: collation)
    }

    /// DEFERRABLE and kin arrive as constraints of their own after the one they are about.
    func columnConstraints(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [ConstraintDefinition] {
        var constraints: [ConstraintDefinition] = []
        for node in nodes {
            let fields = node["Constraint"] ?? node
            let kind = fields.text("contype") ?? ""
            guard kind.hasPrefix("CONSTR_ATTR_") else {
                constraints.append(try constraint(fields))
                continue
            }
            guard var last = constraints.popLast() else { throw UnsupportedSyntax("misplaced \(kind)") }
            switch kind {
            case "CONSTR_ATTR_DEFERRABLE": last.isDeferrable = true
            case "CONSTR_ATTR_DEFERRED":
                last.isDeferrable = true
                last.isInitiallyDeferred = true
            case "CONSTR_ATTR_NOT_DEFERRABLE": last.isDeferrable = false
            default: last.isInitiallyDeferred = false
            }
            constraints.append(last)
        }
        return constraints
    }

    func constraint(_ fields: ParseNode) throws(UnsupportedSyntax) -> ConstraintDefinition {
        var constraint = ConstraintDefinition(name: fields.text("conname"), try constraintKind(fields))
        let isCheckOrKey = ["CONSTR_CHECK", "CONSTR_FOREIGN"].contains(fields.text("contype") ?? "")
        constraint.isNotValid = isCheckOrKey && fields.flag("skip_validation") && !fields.flag("initially_valid")
        constraint.isDeferrable = fields.flag("deferrable")
        constraint.isInitiallyDeferred = fields.flag("initdeferred")
        return constraint
    }

    private func constraintKind(_ fields: ParseNode) throws(UnsupportedSyntax) -> ConstraintDefinition.Kind {
        let kind = fields.text("contype") ?? ""
        switch kind {
        case "CONSTR_NOTNULL": return .notNull
        case "CONSTR_NULL": return .null
        case "CONSTR_DEFAULT": return .defaultValue(try operand(fields, "raw_expr"))
        case "CONSTR_CHECK": return .check(try operand(fields, "raw_expr"))
        case "CONSTR_GENERATED": return .generated(try operand(fields, "raw_expr"))
        case "CONSTR_IDENTITY":
            return .identity(
                always: fields.text("generated_when") == "a", try sequenceOptions(fields.list("options")))
        case "CONSTR_PRIMARY", "CONSTR_UNIQUE":
            let isPrimaryKey = kind == "CONSTR_PRIMARY"
            if let index = fields.text("indexname") { return .usingIndex(index, isPrimaryKey: isPrimaryKey) }
            let columns = names(fields.list("keys"))
            return isPrimaryKey
                ? .primaryKey(columns: columns)
                : .unique(columns: columns, nullsNotDistinct: fields.flag("nulls_not_distinct"))
        case "CONSTR_FOREIGN": return .foreignKey(try foreignKey(fields))
        case "CONSTR_EXCLUSION": return .exclusion(try exclusion(fields))
        default: throw UnsupportedSyntax(kind)
        }
    }

    private func exclusion(_ fields: ParseNode) throws(UnsupportedSyntax) -> ExclusionDefinition {
        var elements: [ExclusionDefinition.Element] = []
        for item in fields.list("exclusions") {
            let parts = listItems(item)
            guard parts.count == 2, let element = parts[0]["IndexElem"] else { throw UnsupportedSyntax("EXCLUDE") }
            let name = names(listItems(parts[1]))
            elements.append(
                .init(
                    key: try indexValue(element),
                    operatorName: OperatorName(name.last ?? "", schema: name.count > 1 ? name[0] : nil)))
        }
        return ExclusionDefinition(
            method: fields.text("access_method") ?? "gist", elements: elements,
            filter: expression(optional: fields["where_clause"]))
    }

    private func foreignKey(_ fields: ParseNode) throws(UnsupportedSyntax) -> ForeignKeyDefinition {
        ForeignKeyDefinition(
            columns: names(fields.list("fk_attrs")), referencedTable: try qualifiedName(fields["pktable"]),
            referencedColumns: names(fields.list("pk_attrs")),
            onDelete: try referentialAction(fields.text("fk_del_action")),
            onUpdate: try referentialAction(fields.text("fk_upd_action")),
            onDeleteColumns: names(fields.list("fk_del_set_cols")), isMatchFull: fields.text("fk_matchtype") == "f")
    }

    /// Postgres' one-letter codes, as in `pg_constraint.confdeltype`.
    private func referentialAction(_ code: String?) throws(UnsupportedSyntax) -> ReferentialAction {
        switch code {
        case nil, "a": return .noAction
        case "r": return .restrict
        case "c": return .cascade
        case "n": return .setNull
        case "d": return .setDefault
        case let code?: throw UnsupportedSyntax("referential action \(code)")
        }
    }
}
