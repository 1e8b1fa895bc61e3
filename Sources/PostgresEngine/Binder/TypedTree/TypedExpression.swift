package import PostgresSyntax
package import PostgresTypes
package import SQLite

/// An expression after binding: every node carries its Postgres type, every name is resolved, every implicit
/// conversion stands in the tree. Nothing below the binder ever looks at a name or guesses a type.
package struct TypedExpression: Hashable, Sendable {
    package var node: Node
    /// The node's type; a domain stays a domain here.
    package var type: TypeReference

    package init(_ node: Node, type: TypeReference) {
        self.node = node
        self.type = type
    }

    package indirect enum Node: Hashable, Sendable {
        /// A literal, already through its type's input function: the stored value.
        case constant(SQLValue)
        /// `$n`, counted from 1; its type was inferred from its first use.
        case parameter(Int)
        case column(ColumnReference)
        /// A whole row of a range as a composite.
        case wholeRow(levelsUp: Int, range: Int)
        /// `now()`, `current_user` and kin: the same through a statement.
        case session(SessionValue)
        case call(FunctionCallNode)
        /// An operator: `function` is the function behind it.
        case operation(OperatorNode, left: TypedExpression?, right: TypedExpression)
        case anyAll(OperatorNode, left: TypedExpression, array: TypedExpression, isAll: Bool)
        /// `x IN (a, b)` when all items have one type: `equality` compares x with an item.
        case inList(OperatorNode, TypedExpression, [TypedExpression], negated: Bool)
        case and([TypedExpression])
        case or([TypedExpression])
        case not(TypedExpression)
        case isNull(TypedExpression, negated: Bool)
        case isTruth(TypedExpression, TruthTest, negated: Bool)
        /// nil operator: one side is a bare NULL, so only nullness is compared.
        case isDistinct(OperatorNode?, TypedExpression, TypedExpression, negated: Bool)
        case nullIf(OperatorNode, TypedExpression, TypedExpression)
        case caseWhen([TypedBranch], otherwise: TypedExpression)
        case coalesce([TypedExpression])
        case extremum([TypedExpression], isGreatest: Bool)
        case array([TypedExpression])
        case row([TypedExpression])
        /// `(a, b) op (c, d)`.
        case rowComparison(symbol: String, [OperatorNode], [TypedExpression], [TypedExpression])
        case subquery(TypedSubquery)
        case element(TypedExpression, [TypedExpression])
        case slice(TypedExpression, [TypedBounds])
        /// The value with one part of it replaced: what assigning to `c[1]` or `c.field` makes of `c`.
        case withPart(TypedExpression, TypedPart, value: TypedExpression)
        /// A field of a composite value by its position.
        case field(TypedExpression, Int)
        case aggregate(AggregateNode)
        case window(WindowNode)
        /// Another type for the same value, `step` by step.
        case coercion(CoercionStep, TypedExpression, isExplicit: Bool)
        case collate(TypedExpression, String)
        /// GROUPING(…): a bit for each key that the grouping set at hand leaves out, the last one lowest.
        case grouping([TypedExpression])
        /// The count of FETCH FIRST … WITH TIES, in the place of a LIMIT.
        case withTies(TypedExpression)
        /// A column of the row a set operation's ORDER BY sorts, by position.
        case outputColumn(Int)
    }
}

/// The bounds of one dimension of a slice, nil for the array's own.
package struct TypedBounds: Hashable, Sendable {
    package var lower: TypedExpression?
    package var upper: TypedExpression?
}

/// A part of an array, a document or a row.
package enum TypedPart: Hashable, Sendable {
    /// The subscripts of an array's element, or the keys that lead into a `jsonb`.
    case element([TypedExpression])
    case slice([TypedBounds])
    /// A field of a composite value by its position.
    case field(Int)

    /// The part with every expression in it changed.
    func map(_ change: (TypedExpression) -> TypedExpression) -> TypedPart {
        switch self {
        case .element(let subscripts): .element(subscripts.map(change))
        case .slice(let bounds): .slice(bounds.map { $0.map(change) })
        case .field: self
        }
    }

    var operands: [TypedExpression] {
        switch self {
        case .element(let subscripts): subscripts
        case .slice(let bounds): bounds.flatMap(\.operands)
        case .field: []
        }
    }
}

extension TypedBounds {
    func map(_ change: (TypedExpression) -> TypedExpression) -> TypedBounds {
        TypedBounds(lower: lower.map(change), upper: upper.map(change))
    }

    var operands: [TypedExpression] { [lower, upper].compactMap { $0 } }
}

/// Where a column comes from: `levelsUp` queries outwards, there the range, there the column, all counted from 0.
package struct ColumnReference: Hashable, Sendable {
    /// `ctid`, in the place of a column.
    static let rowNumber = -1
    /// `xmax`, likewise.
    static let updater = -2

    package var levelsUp: Int
    package var range: Int
    package var column: Int

    package init(levelsUp: Int = 0, range: Int, column: Int) {
        self.levelsUp = levelsUp
        self.range = range
        self.column = column
    }
}

/// A function by OID: PostgreSQL's own for built-in ones, from 16384 for the user's.
package struct FunctionID: Hashable, Sendable {
    package let oid: UInt32
    package init(_ oid: UInt32) { self.oid = oid }
}

/// An operator as it was resolved: the function behind it and the types it takes.
package struct OperatorNode: Hashable, Sendable {
    package var symbol: String
    /// The declared operand types (after resolution), `left` nil for a prefix operator.
    package var left: TypeID?
    package var right: TypeID
    package var function: FunctionID

    package init(symbol: String, left: TypeID?, right: TypeID, function: FunctionID) {
        self.symbol = symbol
        self.left = left
        self.right = right
        self.function = function
    }
}

/// A call of a function as it was resolved.
package struct FunctionCallNode: Hashable, Sendable {
    package var function: FunctionID
    /// In declaration order, defaults filled in, variadic arguments gathered into one array node.
    package var arguments: [TypedExpression]
    /// `f(VARIADIC array)` of a function that takes anything: the last argument's elements are arguments.
    package var isVariadic: Bool
    /// The grammar's own function, for what SQL has words for: AT TIME ZONE. Definitions are printed with those.
    package var isWrittenAsSyntax = false
    /// How many of the last arguments nobody wrote: they are the defaults.
    package var defaulted = 0

    package init(function: FunctionID, arguments: [TypedExpression], isVariadic: Bool = false) {
        self.function = function
        self.arguments = arguments
        self.isVariadic = isVariadic
    }
}

/// A WHEN of a CASE.
package struct TypedBranch: Hashable, Sendable {
    package var condition: TypedExpression
    package var result: TypedExpression

    package init(condition: TypedExpression, result: TypedExpression) {
        self.condition = condition
        self.result = result
    }
}

/// A subquery in an expression, and what is asked of its rows.
package struct TypedSubquery: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case scalar, exists, array
        /// `left op ANY (query)`, one operator and left side a column.
        case any([OperatorNode], [TypedExpression])
        case all([OperatorNode], [TypedExpression])
    }

    package var kind: Kind
    package var query: TypedQuery

    package init(kind: Kind, query: TypedQuery) {
        self.kind = kind
        self.query = query
    }
}

/// A call of an aggregate.
package struct AggregateNode: Hashable, Sendable {
    package var function: FunctionID
    package var arguments: [TypedExpression]
    package var isStar: Bool
    package var isDistinct: Bool
    package var order: [TypedSort]
    package var filter: TypedExpression?
    /// How many queries outwards the rows are that it is over: those whose columns alone it uses.
    package var levelsUp: Int

    package init(
        function: FunctionID, arguments: [TypedExpression], isStar: Bool = false, isDistinct: Bool = false,
        order: [TypedSort] = [], filter: TypedExpression? = nil, levelsUp: Int = 0
    ) {
        self.function = function
        self.arguments = arguments
        self.isStar = isStar
        self.isDistinct = isDistinct
        self.order = order
        self.filter = filter
        self.levelsUp = levelsUp
    }
}

/// A call over a window.
package struct WindowNode: Hashable, Sendable {
    /// An aggregate or a window function.
    package var call: AggregateNode
    package var partition: [TypedExpression]
    package var order: [TypedSort]
    /// Offsets of RANGE have the type that Postgres adds to the sort key, others are `int8`.
    package var frame: WindowFrame<TypedExpression>?

    package init(
        call: AggregateNode, partition: [TypedExpression], order: [TypedSort], frame: WindowFrame<TypedExpression>?
    ) {
        self.call = call
        self.partition = partition
        self.order = order
        self.frame = frame
    }
}

/// One term of an ORDER BY.
package struct TypedSort: Hashable, Sendable {
    package var value: TypedExpression
    package var isDescending: Bool
    package var nullsFirst: Bool

    package init(_ value: TypedExpression, isDescending: Bool, nullsFirst: Bool) {
        self.value = value
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}

/// One conversion of a value from one type to another, as `pg_cast` and the length coercions say.
package indirect enum CoercionStep: Hashable, Sendable {
    /// Same stored bytes under another type name.
    case relabel
    /// The cast function, called with the value (and for some the modifier and explicitness).
    case function(FunctionID)
    /// Source's output function, then target's input function.
    case throughText
    /// Element by element of an array.
    case elements(CoercionStep)
    /// The target's length coercion: `varchar(n)`, `numeric(p,s)` …
    case length(Int32)
    /// The domain's NOT NULL and CHECKs.
    case domain(TypeID)
    case fields([CoercionStep])
    case sequence([CoercionStep])
}

/// Values that stay the same through a statement, a transaction or a session.
package enum SessionValue: Hashable, Sendable {
    /// Transaction start as `now()` and as `CURRENT_TIMESTAMP`; type timestamptz.
    case now, currentTimestamp
    case currentUser, sessionUser
    case currentDatabase, currentSchema
}
