// PL/pgSQL as it was written: blocks, declarations and statements, with the SQL in them parsed.

/// An SQL expression or query inside a body. `number` tells it apart from the others of the same body.
package struct ProcedureQuery: Sendable {
    package var number: Int
    /// What its text is: PostgreSQL names it so where it fails.
    package enum Form: Sendable { case expression, assignment, statement }

    /// The text as it stands in the body, for messages: of an assignment all of it.
    package var text: String
    package var form: Form
    /// An expression is the query `SELECT expression`.
    package var statement: Statement

    package init(number: Int, text: String, form: Form, statement: Statement) {
        self.number = number
        self.text = text
        self.form = form
        self.statement = statement
    }
}

/// The type of a variable.
package enum ProcedureType: Hashable, Sendable {
    case named(TypeName)
    /// `table.column%TYPE` or `variable%TYPE`.
    case sameAs([String], arrayDimensions: Int)
    /// `table%ROWTYPE`.
    case row(QualifiedName)
    /// `record`.
    case record
}

/// An item of DECLARE.
package struct ProcedureDeclaration: Sendable {
    package enum Kind: Sendable {
        case variable(ProcedureType, isConstant: Bool, isNotNull: Bool, initial: ProcedureQuery?)
        /// ALIAS FOR another variable or `$n`.
        case alias([String])
        /// CURSOR (parameters) FOR query.
        case cursor([(name: String, type: TypeName)], ProcedureQuery, isScrollable: Bool?)
    }

    package var name: String
    package var line: Int
    package var kind: Kind
}

/// [DECLARE …] BEGIN … [EXCEPTION …] END.
package struct ProcedureBlock: Sendable {
    /// Tells it apart from other blocks and counting loops of the body.
    package var number: Int
    /// Where BEGIN stands.
    package var line = 1
    package var label: String?
    package var declarations: [ProcedureDeclaration] = []
    package var body: [ProcedureStatement] = []
    package var handlers: [ProcedureHandler] = []
}

extension ProcedureBlock {
    /// Every statement in it, however deep.
    package var allStatements: [ProcedureStatement] {
        (body + handlers.flatMap(\.body)).flatMap(\.withNested)
    }
}

extension ProcedureStatement {
    /// The statement and those inside it.
    fileprivate var withNested: [ProcedureStatement] {
        let inner: [ProcedureStatement]
        switch kind {
        case .block(let block): return [self] + block.allStatements
        case .conditional(let branches, let otherwise): inner = branches.flatMap(\.body) + otherwise
        case .choice(_, let branches, let otherwise): inner = branches.flatMap(\.body) + (otherwise ?? [])
        case .loop(_, let body), .whileLoop(_, _, let body): inner = body
        case .countingLoop(_, _, _, _, _, _, _, let body): inner = body
        case .rowLoop(_, _, _, let body), .elementLoop(_, _, _, _, let body): inner = body
        default: inner = []
        }
        return [self] + inner.flatMap(\.withNested)
    }
}

/// WHEN condition OR … THEN statements.
package struct ProcedureHandler: Sendable {
    /// Condition names, `others`, or five characters after SQLSTATE.
    package var conditions: [ProcedureCondition]
    package var body: [ProcedureStatement]
}

/// What EXCEPTION WHEN waits for, and RAISE may name: a condition by its name or its SQLSTATE.
package enum ProcedureCondition: Hashable, Sendable {
    case name(String)
    case sqlState(String)
}

/// What an assignment or INTO writes to: a variable or a field of a row by its names, then the way into its value.
package struct ProcedureTarget: Sendable {
    package var path: [String]
    package var part: [ProcedurePartStep] = []
}

/// `[1]`, `[1:2]` or `.field` behind the names of a target; all subscripts in a row are one step.
package enum ProcedurePartStep: Sendable {
    case subscripts([ProcedureSubscript])
    case field(String)
}

/// A subscript of what an assignment writes to.
package struct ProcedureSubscript: Sendable {
    /// The first bound of a slice.
    package var lower: ProcedureQuery?
    /// The subscript, or the last bound of a slice.
    package var upper: ProcedureQuery?
    package var isSlice: Bool
}

/// RAISE.
package struct ProcedureRaise: Sendable {
    package enum Level: String, Sendable { case debug, log, info, notice, warning, exception }
    package enum Option: String, Sendable {
        case message, detail, hint, errcode, column, constraint, datatype, table, schema
    }

    package var level = Level.exception
    package var condition: ProcedureCondition?
    package var format: String?
    package var arguments: [ProcedureQuery] = []
    package var options: [(option: Option, value: ProcedureQuery)] = []
}

/// An item of GET DIAGNOSTICS.
package enum ProcedureDiagnostic: String, Sendable {
    case rowCount = "row_count"
    case context = "pg_context"
    case routine = "pg_routine_oid"
    case returnedState = "returned_sqlstate"
    case message = "message_text"
    case detail = "pg_exception_detail"
    case hint = "pg_exception_hint"
    case exceptionContext = "pg_exception_context"
    case column = "column_name"
    case constraint = "constraint_name"
    case datatype = "pg_datatype_name"
    case table = "table_name"
    case schema = "schema_name"
}

/// EXECUTE's text with the values for its `$1`, `$2` ….
package struct ProcedureDynamicQuery: Sendable {
    package var text: ProcedureQuery
    package var parameters: [ProcedureQuery] = []
}

/// Where the rows of a loop or of RETURN QUERY come from.
package enum ProcedureRows: Sendable {
    case query(ProcedureQuery)
    case dynamic(ProcedureDynamicQuery)
    /// A declared cursor by name, with its arguments.
    case cursor(String, [ProcedureArgument])
}

/// An argument of a cursor: `value`, or `name := value`.
package struct ProcedureArgument: Sendable {
    package var name: String?
    package var value: ProcedureQuery
}

/// Which row FETCH and MOVE go to.
package enum ProcedureFetch: Hashable, Sendable {
    case next, prior, first, last, absolute, relative
    /// Of MOVE: a number of rows, or nil for all.
    case forward, backward
}

/// INTO: where the columns of a row go, and whether there has to be exactly one row.
package struct ProcedureInto: Sendable {
    package var targets: [ProcedureTarget]
    package var isStrict: Bool
}

/// One statement with the line it stands on.
package struct ProcedureStatement: Sendable {
    package indirect enum Kind: Sendable {
        case block(ProcedureBlock)
        case assign(ProcedureTarget, ProcedureQuery)
        case conditional([(condition: ProcedureQuery, body: [ProcedureStatement])], otherwise: [ProcedureStatement])
        /// CASE: the tested value is nil for the searched form; `otherwise` nil: no ELSE.
        case choice(
            ProcedureQuery?, [(values: [ProcedureQuery], body: [ProcedureStatement])],
            otherwise: [ProcedureStatement]?)
        case loop(label: String?, [ProcedureStatement])
        case whileLoop(label: String?, ProcedureQuery, [ProcedureStatement])
        case countingLoop(
            number: Int, label: String?, variable: String, lower: ProcedureQuery, upper: ProcedureQuery,
            step: ProcedureQuery?,
            isReverse: Bool, [ProcedureStatement])
        case rowLoop(label: String?, targets: [ProcedureTarget], ProcedureRows, [ProcedureStatement])
        case elementLoop(
            label: String?, targets: [ProcedureTarget], slice: Int, ProcedureQuery, [ProcedureStatement])
        /// EXIT (or CONTINUE) [label] [WHEN condition].
        case leave(isExit: Bool, label: String?, condition: ProcedureQuery?)
        case returnValue(ProcedureQuery?)
        case returnNext(ProcedureQuery?)
        case returnRows(ProcedureRows)
        case raise(ProcedureRaise)
        case assert(ProcedureQuery, message: ProcedureQuery?)
        case sql(ProcedureQuery, into: ProcedureInto?)
        case perform(ProcedureQuery)
        case execute(ProcedureDynamicQuery, into: ProcedureInto?)
        case diagnostics(isStacked: Bool, [(target: ProcedureTarget, item: ProcedureDiagnostic)])
        case open(cursor: String, ProcedureRows?, arguments: [ProcedureArgument], isScrollable: Bool?)
        case fetch(cursor: String, ProcedureFetch, count: ProcedureQuery?, into: ProcedureInto?)
        case close(cursor: String)
        /// COMMIT or ROLLBACK.
        case endTransaction(isCommit: Bool)
        case null
        /// Recognised and refused by name when it runs.
        case unsupported(String)
    }

    package var line: Int
    package var kind: Kind
}

/// A whole body: its outermost block, and how many queries there are in it.
package struct ProcedureBody: Sendable {
    package var block: ProcedureBlock
    package var queryCount: Int
    /// `#variable_conflict`.
    package var conflict: Conflict

    package enum Conflict: String, Sendable {
        case error
        case variable = "use_variable"
        case column = "use_column"
    }
}
