package import PostgresSyntax
package import PostgresTypes

/// A column of a result: its name and type.
package struct OutputColumn: Hashable, Sendable {
    package var name: String
    package var type: TypeReference

    package init(name: String, type: TypeReference) {
        self.name = name
        self.type = type
    }
}

/// An expression of a SELECT or RETURNING list with the column it makes.
package struct TypedTarget: Hashable, Sendable {
    package var column: OutputColumn
    package var value: TypedExpression

    package init(column: OutputColumn, value: TypedExpression) {
        self.column = column
        self.value = value
    }
}

/// A bound query.
package final class TypedQuery: Hashable, Sendable {
    package indirect enum Body: Hashable, Sendable {
        case select(TypedSelect)
        case values([[TypedExpression]])
        /// Both sides have been coerced to the common column types.
        case setOperation(SetOperator, all: Bool, left: TypedQuery, right: TypedQuery)
    }

    package let commonTables: [TypedCommonTable]
    package let isRecursive: Bool
    package let body: Body
    package let columns: [OutputColumn]
    package let order: [TypedSort]
    package let limit: TypedExpression?
    package let offset: TypedExpression?

    package init(
        commonTables: [TypedCommonTable] = [], isRecursive: Bool = false, body: Body, columns: [OutputColumn],
        order: [TypedSort] = [], limit: TypedExpression? = nil, offset: TypedExpression? = nil
    ) {
        self.commonTables = commonTables
        self.isRecursive = isRecursive
        self.body = body
        self.columns = columns
        self.order = order
        self.limit = limit
        self.offset = offset
    }

    package static func == (left: TypedQuery, right: TypedQuery) -> Bool {
        left === right
            || left.body == right.body && left.columns == right.columns && left.order == right.order
                && left.limit == right.limit && left.offset == right.offset && left.commonTables == right.commonTables
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(body)
        hasher.combine(columns)
    }
}

/// A query of WITH that is kept as one.
package struct TypedCommonTable: Hashable, Sendable {
    package var name: String
    package var columns: [OutputColumn]
    package var query: TypedQuery
    /// Of `columns`, those that SEARCH and CYCLE add stand behind the query's own.
    var search: TypedSearch?
    var cycle: TypedCycle?

    package init(name: String, columns: [OutputColumn], query: TypedQuery) {
        self.name = name
        self.columns = columns
        self.query = query
    }
}

/// SEARCH of a recursive query: the positions of its columns, and the column that it adds.
struct TypedSearch: Hashable, Sendable {
    var isBreadthFirst: Bool
    var columns: [Int]
    var name: String
}

/// CYCLE of a recursive query, likewise.
struct TypedCycle: Hashable, Sendable {
    var columns: [Int]
    var mark: String
    var value: TypedExpression
    var otherwise: TypedExpression
    var path: String
    /// `<>` of the marks' type.
    var notEqual: OperatorNode
}

/// One SELECT: ranges, how FROM joins them, and what is made of their rows.
package struct TypedSelect: Hashable, Sendable {
    package enum Distinct: Hashable, Sendable {
        case all
        case on([TypedExpression])
    }

    package var distinct: Distinct?
    /// Values of the output columns; hidden ones for ORDER BY never appear: sorts carry their expressions.
    package var targets: [TypedExpression]
    /// Everything columns can refer to, by position.
    package var ranges: [RangeEntry]
    /// How the ranges are joined; several items are a cross join.
    package var from: [TypedFrom]
    package var filter: TypedExpression?
    package var groupBy: [TypedExpression]
    /// Which keys each grouping takes; nil: one grouping by all of them.
    package var groupingSets: [[Int]]?
    package var having: TypedExpression?
    /// Aggregates occur somewhere, or there is a GROUP BY.
    package var isGrouped: Bool

    package init(
        distinct: Distinct? = nil, targets: [TypedExpression], ranges: [RangeEntry], from: [TypedFrom],
        filter: TypedExpression? = nil, groupBy: [TypedExpression] = [], having: TypedExpression? = nil,
        isGrouped: Bool = false
    ) {
        self.distinct = distinct
        self.targets = targets
        self.ranges = ranges
        self.from = from
        self.filter = filter
        self.groupBy = groupBy
        self.having = having
        self.isGrouped = isGrouped
    }
}

/// Something with columns that a FROM clause (or a modification's target) puts in reach.
package struct RangeEntry: Hashable, Sendable {
    package indirect enum Source: Hashable, Sendable {
        case table(RelationID)
        /// A view, expanded: the query is its definition bound with its owner's rights.
        case view(RelationID, TypedQuery)
        case subquery(TypedQuery, isLateral: Bool)
        case commonTable(name: String, levelsUp: Int)
        /// Set-returning or plain functions in FROM; each with its OID and arguments.
        case functions([FunctionCallNode], withOrdinality: Bool)
        /// Known by its columns; reading it is refused.
        case xmlTable(TypedXMLTable)
        /// `excluded` in ON CONFLICT: the row proposed for insertion.
        case excluded(RelationID)
        /// The rows of one of the statement's steps.
        case step(Int)
    }

    package var source: Source
    /// The name columns are qualified with: alias or relation name.
    package var name: String
    package var columns: [OutputColumn]
    /// FOR UPDATE and kin: only rows that may be changed are seen.
    package var isLocked = false

    package init(source: Source, name: String, columns: [OutputColumn]) {
        self.source = source
        self.name = name
        self.columns = columns
    }

    /// The name of a column by its position, or of the system column that a position stands for.
    func columnName(_ position: Int) -> String {
        switch position {
        case ColumnReference.rowNumber: "ctid"
        case ColumnReference.updater: "xmax"
        default: columns[position].name
        }
    }
}

/// XMLTABLE, so that what is built on one is known by its columns and what it uses.
package struct TypedXMLTable: Hashable, Sendable {
    /// A namespace's name, nil for DEFAULT, and what it stands for.
    package var namespaceNames: [String?]
    package var uris: [TypedExpression]
    package var row: TypedExpression
    package var document: TypedExpression
    package var columns: [Column]

    package struct Column: Hashable, Sendable {
        package var name: String
        package var isOrdinality: Bool
        package var path: TypedExpression?
        package var defaultValue: TypedExpression?
        package var isNotNull: Bool
    }

    /// Everything it computes with.
    package var expressions: [TypedExpression] {
        uris + [row, document] + columns.flatMap { [$0.path, $0.defaultValue].compactMap { $0 } }
    }
}

/// How FROM joins its ranges.
package indirect enum TypedFrom: Hashable, Sendable {
    case range(Int)
    /// nil condition: cross join. USING and NATURAL have become conditions; merged columns are expressions.
    case join(JoinKind, left: TypedFrom, right: TypedFrom, condition: TypedExpression?)
}

extension TypedQuery {
    /// How many rows FETCH FIRST … WITH TIES asks for; nil for a plain LIMIT.
    var countWithTies: TypedExpression? {
        if case .withTies(let count)? = limit?.node { count } else { nil }
    }
}
