// Statements about the session's own things: prepared statements, cursors, plans, copies to the client.

/// EXPLAIN (options) statement.
package struct Explain: Hashable, Sendable {
    package var statement: Statement
    /// By lower-case name, values in words; an option without one is `true`.
    package var options: [String: String]

    package init(_ statement: Statement, options: [String: String]) {
        self.statement = statement
        self.options = options
    }
}

/// PREPARE name (types) AS statement.
package struct Prepare: Hashable, Sendable {
    package var name: String
    package var types: [TypeName]
    package var statement: Statement

    package init(name: String, types: [TypeName], statement: Statement) {
        self.name = name
        self.types = types
        self.statement = statement
    }
}

/// DECLARE name [SCROLL] CURSOR [WITH HOLD] FOR query.
package struct DeclareCursor: Hashable, Sendable {
    package var name: String
    package var query: SelectStatement
    /// nil: neither SCROLL nor NO SCROLL was said.
    package var isScrollable: Bool?
    package var isHeld: Bool

    package init(name: String, query: SelectStatement, isScrollable: Bool?, isHeld: Bool) {
        self.name = name
        self.query = query
        self.isScrollable = isScrollable
        self.isHeld = isHeld
    }
}

/// FETCH and MOVE.
package struct FetchCursor: Hashable, Sendable {
    package enum Direction: Hashable, Sendable { case forward, backward, absolute, relative }

    package var name: String
    package var direction: Direction
    /// `Int.max` for ALL.
    package var count: Int
    package var isMove: Bool

    package init(name: String, direction: Direction, count: Int, isMove: Bool) {
        self.name = name
        self.direction = direction
        self.count = count
        self.isMove = isMove
    }
}

/// COPY table (columns) TO stdout, COPY (query) TO stdout.
package struct CopyTo: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        case table(QualifiedName, columns: [String])
        case query(Statement)
    }

    package var source: Source
    /// `format`, `delimiter`, `null`, `header` … in lower case.
    package var options: [String: String]

    package init(source: Source, options: [String: String]) {
        self.source = source
        self.options = options
    }
}
