/// A query: a plain SELECT, VALUES, or a set operation over two of them.
package final class SelectStatement: Hashable, Sendable {
    package let body: SelectBody
    package let with: WithClause?
    package let order: [SortItem]
    package let limit: Expression?
    package let offset: Expression?
    /// `FOR UPDATE` and kin. One writer waits for nobody: what is left of them is who may lock which rows.
    package let locking: [String]
    /// What follows OF in each of them; empty: everything in FROM.
    package let lockedTables: [[String]]

    package init(
        _ body: SelectBody, with: WithClause? = nil, order: [SortItem] = [], limit: Expression? = nil,
        offset: Expression? = nil, locking: [String] = [], lockedTables: [[String]] = []
    ) {
        self.body = body
        self.with = with
        self.order = order
        self.limit = limit
        self.offset = offset
        self.locking = locking
        self.lockedTables = lockedTables
    }

    package static func == (left: SelectStatement, right: SelectStatement) -> Bool {
        left === right
            || left.body == right.body && left.with == right.with && left.order == right.order
                && left.limit == right.limit && left.offset == right.offset && left.locking == right.locking
                && left.lockedTables == right.lockedTables
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(body)
        hasher.combine(limit)
    }
}

/// What gives the rows of a query.
package indirect enum SelectBody: Hashable, Sendable {
    case select(PlainSelect)
    case values([[Expression]])
    case setOperation(SetOperator, all: Bool, left: SelectStatement, right: SelectStatement)
}

/// How two queries are joined into one.
package enum SetOperator: Hashable, Sendable { case union, intersect, except }

/// SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW …
package struct PlainSelect: Hashable, Sendable {
    package enum Distinct: Hashable, Sendable {
        case all
        case on([Expression])
    }

    package var distinct: Distinct?
    package var targets: [Target] = []
    package var from: [FromItem] = []
    package var filter: Expression?
    package var groupBy: [Expression] = []
    /// GROUPING SETS, ROLLUP and CUBE, multiplied out: the grouping is done once for each. `groupBy` has their items.
    package var groupingSets: [[Expression]]?
    package var having: Expression?
    package var windows: [WindowSpecification] = []
    /// SELECT INTO and other clauses that are recognised and refused by name.
    package var unsupported: String?

    package init(targets: [Target] = [], from: [FromItem] = [], filter: Expression? = nil) {
        self.targets = targets
        self.from = from
        self.filter = filter
    }
}

/// One item of a SELECT list or RETURNING.
package struct Target: Hashable, Sendable {
    package var value: Expression
    package var alias: String?

    package init(_ value: Expression, alias: String? = nil) {
        self.value = value
        self.alias = alias
    }
}

/// An item of ORDER BY.
package struct SortItem: Hashable, Sendable {
    package var value: Expression
    package var isDescending: Bool
    /// nil: Postgres' default, nulls last ascending and first descending.
    package var nullsFirst: Bool?

    package init(_ value: Expression, isDescending: Bool = false, nullsFirst: Bool? = nil) {
        self.value = value
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}

/// An item of FROM. What the emulator cannot read from is kept by its name, and refused when it is bound.
package indirect enum FromItem: Hashable, Sendable {
    case relation(QualifiedName, alias: Alias?, location: Int32)
    case subquery(SelectStatement, alias: Alias?, isLateral: Bool)
    /// One or several functions (ROWS FROM), with WITH ORDINALITY.
    case functions([FunctionCall], alias: Alias?, withOrdinality: Bool, isLateral: Bool, columns: [ColumnDefinition])
    case join(JoinKind, left: FromItem, right: FromItem, condition: JoinCondition, alias: Alias?)
    case xmlTable(XMLTable, alias: Alias?, isLateral: Bool)
    case unsupported(String)
}

/// `XMLTABLE(XMLNAMESPACES(…), row PASSING document COLUMNS …)`.
package struct XMLTable: Hashable, Sendable {
    /// A name of nil is DEFAULT.
    package struct Namespace: Hashable, Sendable {
        package var name: String?
        package var uri: Expression
    }

    package struct Column: Hashable, Sendable {
        package var name: String
        /// nil for FOR ORDINALITY.
        package var type: TypeName?
        package var path: Expression?
        package var defaultValue: Expression?
        package var isNotNull: Bool
    }

    package var namespaces: [Namespace]
    package var row: Expression
    package var document: Expression
    package var columns: [Column]

    /// The same with every expression changed.
    package func mapping(_ change: (Expression) -> Expression) -> XMLTable {
        var result = self
        for index in namespaces.indices { result.namespaces[index].uri = change(namespaces[index].uri) }
        result.row = change(row)
        result.document = change(document)
        for index in columns.indices {
            result.columns[index].path = columns[index].path.map(change)
            result.columns[index].defaultValue = columns[index].defaultValue.map(change)
        }
        return result
    }
}

/// Which rows without a partner a join keeps.
package enum JoinKind: Hashable, Sendable { case inner, left, right, full }

/// Which rows of both sides a join puts together.
package enum JoinCondition: Hashable, Sendable {
    case on(Expression)
    case using([String])
    case natural
    case cross
}

/// `AS name (a, b)`.
package struct Alias: Hashable, Sendable {
    package var name: String
    package var columns: [String]

    package init(_ name: String, columns: [String] = []) {
        self.name = name
        self.columns = columns
    }
}

/// WITH, before a query or a modification.
package struct WithClause: Hashable, Sendable {
    package var isRecursive: Bool
    package var tables: [CommonTable]

    package init(isRecursive: Bool = false, tables: [CommonTable]) {
        self.isRecursive = isRecursive
        self.tables = tables
    }
}

/// One `name (columns) AS (statement)`; the statement may modify data.
package struct CommonTable: Hashable, Sendable {
    package var name: String
    package var columns: [String]
    package var statement: Statement
    package var search: Search?
    package var cycle: Cycle?

    /// `SEARCH DEPTH FIRST BY columns SET name`: one more column, by which rows are in the order of the search.
    package struct Search: Hashable, Sendable {
        package var isBreadthFirst: Bool
        package var columns: [String]
        package var name: String
    }

    /// `CYCLE columns SET mark TO value DEFAULT other USING path`: two more columns, one that marks rows seen before
    /// on their way, and that way.
    package struct Cycle: Hashable, Sendable {
        package var columns: [String]
        package var mark: String
        package var value: Expression
        package var otherwise: Expression
        package var path: String
    }

    package init(name: String, columns: [String] = [], statement: Statement) {
        self.name = name
        self.columns = columns
        self.statement = statement
    }
}

/// INSERT INTO … [VALUES | SELECT | DEFAULT VALUES] [ON CONFLICT …] [RETURNING …]
package struct InsertStatement: Hashable, Sendable {
    package enum Overriding: Hashable, Sendable { case user, system }

    package var table: QualifiedName
    package var alias: String?
    /// Empty: all columns in their order.
    package var columns: [String]
    /// The parts of the columns that are meant; empty when all are meant as a whole.
    package var parts: [[PartStep]]
    /// nil: DEFAULT VALUES.
    package var source: SelectStatement?
    package var onConflict: OnConflict?
    package var returning: [Target]
    package var with: WithClause?
    package var overriding: Overriding?

    package init(
        table: QualifiedName, alias: String? = nil, columns: [String] = [], parts: [[PartStep]] = [],
        source: SelectStatement? = nil, onConflict: OnConflict? = nil, returning: [Target] = [],
        with: WithClause? = nil, overriding: Overriding? = nil
    ) {
        self.table = table
        self.alias = alias
        self.columns = columns
        self.parts = parts
        self.source = source
        self.onConflict = onConflict
        self.returning = returning
        self.with = with
        self.overriding = overriding
    }
}

/// ON CONFLICT of an INSERT.
package struct OnConflict: Hashable, Sendable {
    package enum ConflictTarget: Hashable, Sendable {
        /// Any unique constraint (DO NOTHING only).
        case any
        case columns([Expression], filter: Expression?)
        case constraint(String)
    }

    package var target: ConflictTarget
    /// nil: DO NOTHING.
    package var assignments: [Assignment]?
    package var filter: Expression?

    package init(target: ConflictTarget, assignments: [Assignment]?, filter: Expression? = nil) {
        self.target = target
        self.assignments = assignments
        self.filter = filter
    }
}

/// `column = value`.
package struct Assignment: Hashable, Sendable {
    package var column: String
    /// The way from the column to the part of it that is set; empty for the whole.
    package var part: [PartStep]
    package var value: Expression
    /// `(a, b) = (SELECT …)` of some kinds: refused by name.
    package var unsupported: String?

    package init(column: String, part: [PartStep] = [], value: Expression, unsupported: String? = nil) {
        self.column = column
        self.part = part
        self.value = value
        self.unsupported = unsupported
    }
}

/// One step from a column into its value, where INSERT or SET names only a part of the column.
package enum PartStep: Hashable, Sendable {
    /// `[1]`, `[1][2]`, `[1:2]`: all subscripts in a row.
    case subscripts([Subscript])
    case field(String)
}

/// UPDATE … SET … FROM … WHERE … RETURNING …
package struct UpdateStatement: Hashable, Sendable {
    package var table: QualifiedName
    package var alias: String?
    package var assignments: [Assignment]
    package var from: [FromItem]
    package var filter: Expression?
    package var returning: [Target]
    package var with: WithClause?

    package init(
        table: QualifiedName, alias: String? = nil, assignments: [Assignment], from: [FromItem] = [],
        filter: Expression? = nil, returning: [Target] = [], with: WithClause? = nil
    ) {
        self.table = table
        self.alias = alias
        self.assignments = assignments
        self.from = from
        self.filter = filter
        self.returning = returning
        self.with = with
    }
}

/// DELETE FROM … USING … WHERE … RETURNING …
package struct DeleteStatement: Hashable, Sendable {
    package var table: QualifiedName
    package var alias: String?
    package var using: [FromItem]
    package var filter: Expression?
    package var returning: [Target]
    package var with: WithClause?

    package init(
        table: QualifiedName, alias: String? = nil, using: [FromItem] = [], filter: Expression? = nil,
        returning: [Target] = [], with: WithClause? = nil
    ) {
        self.table = table
        self.alias = alias
        self.using = using
        self.filter = filter
        self.returning = returning
        self.with = with
    }
}
