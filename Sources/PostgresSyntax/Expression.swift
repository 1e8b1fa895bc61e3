/// An expression as it was written: names unresolved, literals untyped, operators by their symbol.
///
/// The shapes follow Postgres' raw parse tree, with its encodings (omitted defaults, `A_Expr` kinds) taken apart, so
/// that the binder meets one case per meaning.
package struct Expression: Sendable {
    package var node: Node
    /// Byte offset in the statement's text, -1 where unknown: what error messages point at.
    package var location: Int32

    package init(_ node: Node, location: Int32 = -1) {
        self.node = node
        self.location = location
    }

    package indirect enum Node: Hashable, Sendable {
        case constant(Constant)
        /// `a`, `t.a`, `s.t.a`.
        case column([String])
        /// `*` (empty qualifier) or `t.*`.
        case star(qualifier: [String])
        /// `$n`, counted from 1.
        case parameter(Int)
        /// A binary operator, or a prefix one when `left` is nil. LIKE is `~~`, ILIKE `~~*`, SIMILAR TO `~` over
        /// `similar_to_escape`, as Postgres' grammar has them.
        case operation(OperatorName, left: Expression?, right: Expression)
        /// `left op ANY (array)` or `ALL`.
        case anyAll(OperatorName, left: Expression, array: Expression, isAll: Bool)
        case inList(Expression, [Expression], negated: Bool)
        case between(Expression, low: Expression, high: Expression, symmetric: Bool, negated: Bool)
        case isDistinct(Expression, from: Expression, negated: Bool)
        case nullIf(Expression, Expression)
        case and([Expression])
        case or([Expression])
        case not(Expression)
        case isNull(Expression, negated: Bool)
        /// `IS [NOT] TRUE|FALSE|UNKNOWN`.
        case isTruth(Expression, TruthTest, negated: Bool)
        case call(FunctionCall)
        case caseWhen(operand: Expression?, branches: [CaseBranch], otherwise: Expression?)
        case coalesce([Expression])
        case extremum([Expression], isGreatest: Bool)
        case cast(Expression, TypeName)
        case collate(Expression, [String])
        /// `ARRAY[…]`.
        case array([Expression])
        /// `ROW(…)` or `(a, b)`.
        case row([Expression])
        case subquery(SubqueryKind, SelectStatement)
        /// `e[1]`, `e[1:2]`.
        case element(Expression, [Subscript])
        /// `(e).field`.
        case field(Expression, String)
        /// `(e).*`.
        case allFields(Expression)
        /// `CURRENT_TIMESTAMP`, `CURRENT_USER` …
        case sqlValue(SQLValueFunction)
        /// The count of FETCH FIRST … ROWS WITH TIES, in the place of LIMIT.
        case withTies(Expression)
        /// `DEFAULT` as a value in INSERT and UPDATE.
        case defaultValue
        /// `GROUPING(…)` and other rarities that are recognised and refused by name.
        case unsupported(String)
    }
}

// Two expressions are the same when they mean the same, wherever they stand.
extension Expression: Hashable {
    package static func == (left: Expression, right: Expression) -> Bool { left.node == right.node }
    package func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

/// A literal before it has a type.
package enum Constant: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Fits int4, as the grammar decides.
    case integer(Int32)
    /// Any other number, in its digits: an int8 if it fits, else a numeric.
    case number(String)
    /// A quoted string: of type *unknown* until its context says.
    case string(String)
    /// A quoted string of a stored definition that says `now`, `today` or the like: as a date or time it means what it
    /// meant then, in microseconds since 1970.
    case moment(String, at: Int64)
    /// `B'…'` or `X'…'` with its leading letter.
    case bitString(String)
}

/// An operator's symbol, with the schema of `OPERATOR(s.+)`.
package struct OperatorName: Hashable, Sendable {
    package var schema: String?
    package var symbol: String

    package init(_ symbol: String, schema: String? = nil) {
        self.symbol = symbol
        self.schema = schema
    }
}

/// `IS TRUE`, `IS FALSE`, `IS UNKNOWN`.
package enum TruthTest: Hashable, Sendable { case isTrue, isFalse, isUnknown }

/// WHEN … THEN … of a CASE.
package struct CaseBranch: Hashable, Sendable {
    package var condition: Expression
    package var result: Expression

    package init(condition: Expression, result: Expression) {
        self.condition = condition
        self.result = result
    }
}

/// `[i]`, or `[lower:upper]` of a slice.
package struct Subscript: Hashable, Sendable {
    /// nil lower and upper with `isSlice`: `[:]`.
    package var lower: Expression?
    package var upper: Expression?
    package var isSlice: Bool

    package init(lower: Expression?, upper: Expression?, isSlice: Bool) {
        self.lower = lower
        self.upper = upper
        self.isSlice = isSlice
    }
}

/// What an expression makes of the rows of a subquery.
package enum SubqueryKind: Hashable, Sendable {
    case scalar
    case exists
    case array
    /// `left op ANY (select)`; `IN (select)` is `= ANY`.
    case any(OperatorName, left: Expression)
    case all(OperatorName, left: Expression)
}

/// `f(…)` with everything that may follow it.
package struct FunctionCall: Hashable, Sendable {
    /// One or two parts; `pg_catalog` where the grammar rewrote special syntax.
    package var name: [String]
    package var arguments: [Argument]
    package var isStar = false
    package var isDistinct = false
    /// The last argument was marked VARIADIC.
    package var isVariadic = false
    package var order: [SortItem] = []
    package var isWithinGroup = false
    package var filter: Expression?
    package var window: WindowSpecification?
    /// The function itself, where it is known by its OID and the name must not choose anew.
    package var function: UInt32?

    package struct Argument: Hashable, Sendable {
        /// The name of `name => value`.
        package var name: String?
        package var value: Expression

        package init(_ value: Expression, name: String? = nil) {
            self.value = value
            self.name = name
        }
    }

    package init(name: [String], arguments: [Argument]) {
        self.name = name
        self.arguments = arguments
    }
}

/// OVER (…), or an item of WINDOW.
package struct WindowSpecification: Hashable, Sendable {
    /// `OVER w` or the base of `OVER (w …)`.
    package var reference: String?
    /// The name it is defined under in a WINDOW clause.
    package var name: String?
    package var partition: [Expression]
    package var order: [SortItem]
    /// Nil for the default one.
    package var frame: WindowFrame<Expression>?
    /// `(w …)`, which copies the window it refers to; `OVER w` is that window.
    package var isCopy = false

    package init(
        reference: String? = nil, name: String? = nil, partition: [Expression] = [], order: [SortItem] = [],
        frame: WindowFrame<Expression>? = nil
    ) {
        self.reference = reference
        self.name = name
        self.partition = partition
        self.order = order
        self.frame = frame
    }
}

/// The keywords that stand for a value of the session or the moment.
package enum SQLValueFunction: Hashable, Sendable {
    case currentDate, currentTime, currentTimestamp, localTime, localTimestamp
    case currentRole, currentUser, user, sessionUser, currentCatalog, currentSchema

    /// The keyword, which is also what a column of the value is called.
    package var name: String {
        switch self {
        case .currentDate: "current_date"
        case .currentTime: "current_time"
        case .currentTimestamp: "current_timestamp"
        case .localTime: "localtime"
        case .localTimestamp: "localtimestamp"
        case .currentRole: "current_role"
        case .currentUser: "current_user"
        case .user: "user"
        case .sessionUser: "session_user"
        case .currentCatalog: "current_catalog"
        case .currentSchema: "current_schema"
        }
    }
}

/// A type as it was written: resolved by the binder.
package struct TypeName: Hashable, Sendable {
    /// `["pg_catalog", "int4"]` where the grammar rewrote a keyword, else as written.
    package var names: [String]
    /// `numeric(10,2)` → `[10, 2]`; of `interval` a mask of its fields and the digits of a second.
    package var modifiers: [Int32]
    /// The number of `[]`.
    package var arrayDimensions: Int
    package var isSetOf: Bool
    /// `t.c%TYPE`.
    package var isPercentType: Bool
    /// Modifiers that are not integers, in their words.
    package var unsupportedModifier: String?
    package var location: Int32

    package init(
        _ names: [String], modifiers: [Int32] = [], arrayDimensions: Int = 0, isSetOf: Bool = false,
        isPercentType: Bool = false, unsupportedModifier: String? = nil, location: Int32 = -1
    ) {
        self.names = names
        self.modifiers = modifiers
        self.arrayDimensions = arrayDimensions
        self.isSetOf = isSetOf
        self.isPercentType = isPercentType
        self.unsupportedModifier = unsupportedModifier
        self.location = location
    }
}

/// A relation, type or function name with its schema where it was written.
package struct QualifiedName: Hashable, Sendable {
    package var schema: String?
    package var name: String

    package init(schema: String? = nil, _ name: String) {
        self.schema = schema
        self.name = name
    }
}
