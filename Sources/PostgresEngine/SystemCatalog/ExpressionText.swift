import PostgresSyntax
import PostgresTypes
import SQLite

/// Expressions as `pg_get_expr` prints them: every operation in parentheses, constants with their types, conversions
/// where a reader would need them.
struct ExpressionText {
    let catalog: CatalogSnapshot
    let searchPath: [String]
    let context: ValueContext
    /// Pretty printing: only the parentheses that PostgreSQL's `isSimpleNode` asks for.
    let isPretty: Bool
    /// How far lines stand in that begin inside an expression: CASE and queries.
    var indentation = 0
    /// Names of ranges that none further in may bear.
    var takenNames: Set<String> = []
    /// How columns of the ranges are called, innermost query last.
    var scopes: [Scope] = []

    struct Scope {
        var ranges: [RangeEntry]
        /// Whether columns bear the name of their range.
        var isQualified: Bool
        /// Names of the ranges, made different where they are alike.
        var names: [String]
    }

    init(
        catalog: CatalogSnapshot, searchPath: [String], context: ValueContext, over relation: Relation? = nil,
        isQualified: Bool = false, isPretty: Bool = false
    ) {
        self.isPretty = isPretty
        self.catalog = catalog
        self.searchPath = searchPath
        self.context = context
        guard let relation else { return }
        let entry = RangeEntry(source: .table(relation.id), name: relation.name, columns: relation.columns)
        scopes = [Scope(ranges: [entry], isQualified: isQualified, names: [relation.name])]
    }

    /// - Parameter showsImplicit: whether conversions that nobody wrote are printed too.
    func text(_ value: TypedExpression, showsImplicit: Bool = false) -> String {
        func shown(_ inner: TypedExpression) -> String { operand(inner, of: value, showsImplicit: true) }
        switch value.node {
        case .constant(let constant): return self.constant(constant, value.type, isLabelled: true)
        case .parameter(let number): return "$\(number)"
        case .column(let reference): return column(reference)
        case .wholeRow(let levelsUp, let range):
            return scope(levelsUp).map { "\(ObjectNames.quoted($0.names[range])).*" } ?? "*"
        case .session(let session): return Self.text(session)
        case .call(let call): return self.call(call)
        case .operation(let node, let left, let right):
            return grouped((left.map { shown($0) + " " } ?? "") + "\(node.symbol) \(shown(right))")
        case .anyAll(let node, let left, let array, let isAll):
            return grouped("\(shown(left)) \(node.symbol) \(isAll ? "ALL" : "ANY") (\(shown(array)))")
        case .inList(let node, let left, let items, let negated):
            return grouped("\(shown(left)) \(node.symbol) \(negated ? "ALL" : "ANY") (\(list(items)))")
        case .and(let items): return grouped(items.map { operand($0, of: value) }.joined(separator: " AND "))
        case .or(let items): return grouped(items.map { operand($0, of: value) }.joined(separator: " OR "))
        case .not(let inner): return grouped("NOT \(operand(inner, of: value))")
        case .isNull(let inner, let negated): return grouped("\(shown(inner)) IS \(negated ? "NOT " : "")NULL")
        case .isTruth(let inner, let test, let negated):
            let word = test == .isTrue ? "TRUE" : test == .isFalse ? "FALSE" : "UNKNOWN"
            return grouped("\(operand(inner, of: value)) IS \(negated ? "NOT " : "")\(word)")
        case .isDistinct(_, let left, let right, let negated):
            let test = grouped("\(shown(left)) IS DISTINCT FROM \(shown(right))")
            return negated ? grouped("NOT \(test)") : test
        case .nullIf(_, let left, let right): return "NULLIF(\(arguments([left, right])))"
        case .caseWhen(let branches, let otherwise): return choice(branches, otherwise)
        case .coalesce(let items): return "COALESCE(\(arguments(items)))"
        case .extremum(let items, let isGreatest): return "\(isGreatest ? "GREATEST" : "LEAST")(\(arguments(items)))"
        case .array(let items):
            return "ARRAY[\(arguments(items))]" + (items.isEmpty ? "::\(typeName(value.type))" : "")
        case .row(let items): return "ROW(\(arguments(items)))"
        case .rowComparison(let symbol, _, let left, let right):
            return "(ROW(\(arguments(left))) \(symbol) ROW(\(arguments(right))))"
        case .element(let base, let subscripts):
            return container(base) + subscripts.map { "[\(text($0))]" }.joined()
        case .slice(let base, let bounds):
            return container(base)
                + bounds.map { "[\($0.lower.map { text($0) } ?? ""):\($0.upper.map { text($0) } ?? "")]" }.joined()
        case .field(let base, let index):
            switch base.node {
            case .element, .field: return "\(text(base)).\(field(index, of: base))"
            default: return "(\(text(base))).\(field(index, of: base))"
            }
        case .coercion(let step, let inner, let isExplicit):
            return coercion(value, step, inner, isExplicit: isExplicit, isShown: isExplicit || showsImplicit)
        case .collate(let inner, let name):
            return grouped("\(operand(inner, of: value, showsImplicit: showsImplicit)) COLLATE \"\(name)\"")
        case .aggregate(let node): return aggregate(node)
        case .window(let node):
            let queries = QueryText(expressions: self)
            let keys = node.partition.map { queries.key($0) }.joined(separator: ", ")
            let sorts = queries.sorts(node.order)
            let parts = [
                keys.isEmpty ? "" : "PARTITION BY \(keys)", sorts.isEmpty ? "" : "ORDER BY \(sorts)",
                node.frame.map { $0.text { text($0) } } ?? "",
            ]
            return "\(aggregate(node.call)) OVER (\(parts.filter { !$0.isEmpty }.joined(separator: " ")))"
        case .grouping(let keys):
            return "GROUPING(\(keys.map { text($0, showsImplicit: true) }.joined(separator: ", ")))"
        case .subquery(let subquery): return self.subquery(subquery)
        // Columns of a set operation's ORDER BY, and what has no text of its own.
        default: return value.shownOtherwise
        }
    }

    /// An operation's own parentheses, which pretty printing leaves out.
    private func grouped(_ text: String) -> String { isPretty ? text : "(\(text))" }

    /// What stands inside `parent`, in parentheses where pretty printing wants them.
    func operand(
        _ value: TypedExpression, of parent: TypedExpression, showsImplicit: Bool = false
    ) -> String {
        let text = text(value, showsImplicit: showsImplicit)
        return isPretty && !value.isSimple(in: parent) ? "(\(text))" : text
    }

    private func choice(_ branches: [TypedBranch], _ otherwise: TypedExpression) -> String {
        var inner = self
        inner.indentation += 4
        let lines = branches.map { branch in
            inner.newLine + "WHEN \(inner.text(branch.condition)) THEN "
                + inner.text(branch.result, showsImplicit: true)
        }
        return newLine + "CASE" + lines.joined() + inner.newLine
            + "ELSE \(inner.text(otherwise, showsImplicit: true))" + newLine + "END"
    }

    /// The beginning of a line; blanks before it go.
    /// - Parameters:
    ///   - shift: how far it stands in or out from the present indentation.
    ///   - more: blanks that come in any case.
    func lineStart(_ shift: Int = 0, plus more: Int = 0) -> String {
        let level = indentation + shift
        // Deep ones move in more slowly, and begin anew.
        let amount = level < 40 ? max(level, 0) : (40 + (level - 40) / 4) % 40
        return "\(Self.lineMark)\n" + String(repeating: " ", count: amount + more)
    }

    private var newLine: String { lineStart() }

    private static let lineMark: Character = "\u{1}"

    /// The text as it is shown: without the blanks that stood before a line's end.
    static func finished(_ text: String) -> String {
        guard text.contains(lineMark) else { return text }
        var result = ""
        for character in text {
            if character == lineMark {
                while result.last == " " { result.removeLast() }
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// A type's name, which without a length must not mean `character(1)`.
    func typeName(_ type: TypeReference) -> String {
        if type.type == .bpchar, type.modifier < 0 { return "bpchar" }
        return catalog.typeName(type, searchPath: searchPath)
    }

    func arguments(_ items: [TypedExpression]) -> String {
        items.map { text($0, showsImplicit: true) }.joined(separator: ", ")
    }

    private func container(_ value: TypedExpression) -> String {
        switch value.node {
        case .column, .field: text(value)
        default: "(\(text(value)))"
        }
    }

    // MARK: Constants, columns

    private func constant(_ value: SQLValue, _ type: TypeReference, isLabelled: Bool) -> String {
        if value.isNull { return "NULL" + (isLabelled ? "::\(typeName(type))" : "") }
        let text = catalog.postgresType(of: type.type).encode(value, context: context)
        var needsLabel = true
        let shown: String
        switch type.type {
        case .bool:
            shown = text == "t" ? "true" : "false"
            needsLabel = false
        case .int4:
            needsLabel = text.hasPrefix("-")
            shown = needsLabel ? "'\(text)'" : text
        case .numeric:
            let isPlain = text.first?.isNumber == true && text.contains(".")
            shown = isPlain ? text : "'\(text)'"
            needsLabel = !isPlain || type.modifier >= 0
        default:
            shown = Self.literal(text)
            needsLabel = type.type != .unknown
        }
        return needsLabel && isLabelled ? "\(shown)::\(typeName(type))" : shown
    }

    /// A string between quotes. Backslashes mean themselves.
    private static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private func scope(_ levelsUp: Int) -> Scope? {
        levelsUp < scopes.count ? scopes[scopes.count - 1 - levelsUp] : nil
    }

    private func column(_ reference: ColumnReference) -> String {
        guard let scope = scope(reference.levelsUp), scope.ranges.indices.contains(reference.range),
            reference.column < scope.ranges[reference.range].columns.count
        else { return "?" }
        let range = scope.ranges[reference.range]
        let name = ObjectNames.quoted(range.columnName(reference.column))
        // A domain's value is no column of anything.
        if range.name.isEmpty { return "VALUE" }
        guard scope.isQualified || reference.levelsUp > 0 else { return name }
        return "\(ObjectNames.quoted(scope.names[reference.range])).\(name)"
    }

    private func field(_ index: Int, of base: TypedExpression) -> String {
        if case .composite(let type) = catalog.postgresType(of: base.type.type), type.fields.indices.contains(index) {
            return ObjectNames.quoted(type.fields[index].name)
        }
        return "f\(index + 1)"
    }

    private static func text(_ session: SessionValue) -> String {
        switch session {
        case .now: "now()"
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        case .currentUser: "CURRENT_USER"
        case .sessionUser: "SESSION_USER"
        case .currentDatabase: "current_database()"
        case .currentSchema: "CURRENT_SCHEMA"
        }
    }

    // MARK: Conversions

    private func coercion(
        _ value: TypedExpression, _ step: CoercionStep, _ inner: TypedExpression, isExplicit: Bool, isShown: Bool
    ) -> String {
        if case .session(.currentTimestamp) = inner.node, !isExplicit, let name = Self.moments[value.type.type] {
            return name
        }
        guard isShown else {
            if case .domain = step { return text(inner) }
            return operand(inner, of: value)
        }
        let type = value.type
        var inner = inner
        // What a length is applied to was converted for its sake.
        if case .length = step, case .coercion(_, let source, _) = inner.node, inner.type.type == type.type {
            inner = source
        }
        if case .constant(let constant) = inner.node, inner.type.type == type.type, inner.type.modifier == -1 {
            return "\(self.constant(constant, inner.type, isLabelled: false))::\(typeName(type))"
        }
        return "\(grouped(operand(inner, of: value)))::\(typeName(type))"
    }

    /// The keywords that are conversions of the transaction's time.
    private static let moments: [TypeID: String] = [
        .date: "CURRENT_DATE", .timetz: "CURRENT_TIME", .timestamp: "LOCALTIMESTAMP", .time: "LOCALTIME",
    ]

    /// The items of IN as an array. Where each was converted the same way, the array is.
    private func list(_ items: [TypedExpression]) -> String {
        var sources: [TypedExpression] = []
        for item in items {
            guard case .coercion(.relabel, let source, false) = item.node, source.type.type == .varchar else { break }
            sources.append(source)
        }
        guard sources.count == items.count, let first = items.first else { return "ARRAY[\(arguments(items))]" }
        return "(ARRAY[\(arguments(sources))])::\(typeName(first.type))[]"
    }
}

extension TypedExpression {
    fileprivate var shownOtherwise: String {
        if case .outputColumn(let index) = node { "\(index + 1)" } else { "?" }
    }
}
