import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Expressions of the catalog as text, near to what `pg_get_expr` prints: defaults and checks of tables.
struct ExpressionText {
    let catalog: CatalogSnapshot

    /// A column's default. A bare literal is shown with the column's type, as Postgres stores it.
    func defaultValue(_ expression: Expression, of type: TypeReference) -> String {
        let name = catalog.typeName(TypeReference(type.type), searchPath: ["public", "pg_catalog"])
        switch expression.node {
        case .constant(.string(let text)): return "\(quoted(text))::\(name)"
        case .constant(.null): return "NULL::\(name)"
        case .cast(let inner, _):
            if case .constant(.string(let text)) = inner.node { return "\(quoted(text))::\(name)" }
            return text(expression)
        case .operation(let symbol, nil, let right) where symbol.symbol == "-":
            if case .constant(.integer(let number)) = right.node { return "'-\(number)'::\(name)" }
            return text(expression)
        default: return text(expression)
        }
    }

    /// A check as `pg_get_constraintdef` prints it between its parentheses.
    func check(_ expression: Expression) -> String {
        let text = text(expression)
        return switch expression.node {
        case .operation, .anyAll, .inList, .isDistinct, .between, .and, .or, .not, .isNull:
            String(text.dropFirst().dropLast())
        default: text
        }
    }

    /// Any expression, each operation in parentheses as Postgres prints it.
    func text(_ expression: Expression) -> String {
        switch expression.node {
        case .constant(let constant): text(constant)
        case .column(let names): names.map(identifier).joined(separator: ".")
        case .operation(let symbol, let left, let right):
            "(" + (left.map { text($0) + " " } ?? "") + symbol.symbol + " " + text(right) + ")"
        case .anyAll(let symbol, let left, let array, let isAll):
            "(\(text(left)) \(symbol.symbol) \(isAll ? "ALL" : "ANY") (\(text(array))))"
        case .inList(let left, let items, let negated):
            "(\(text(left)) \(negated ? "<> ALL" : "= ANY") (ARRAY[\(list(items))]))"
        case .between(let value, let low, let high, _, let negated):
            negated
                ? "((\(text(value)) < \(text(low))) OR (\(text(value)) > \(text(high))))"
                : "((\(text(value)) >= \(text(low))) AND (\(text(value)) <= \(text(high))))"
        case .isDistinct(let left, let right, let negated):
            negated
                ? "(NOT (\(text(left)) IS DISTINCT FROM \(text(right))))"
                : "(\(text(left)) IS DISTINCT FROM \(text(right)))"
        case .and(let parts): "(" + parts.map(text).joined(separator: " AND ") + ")"
        case .or(let parts): "(" + parts.map(text).joined(separator: " OR ") + ")"
        case .not(let inner): "(NOT \(text(inner)))"
        case .isNull(let inner, let negated): "(\(text(inner)) IS \(negated ? "NOT " : "")NULL)"
        case .call(let call):
            call.name.filter { $0 != "pg_catalog" }.map(identifier).joined(separator: ".")
                + "(" + (call.isStar ? "*" : list(call.arguments.map(\.value))) + ")"
        case .coalesce(let items): "COALESCE(\(list(items)))"
        case .nullIf(let left, let right): "NULLIF(\(text(left)), \(text(right)))"
        case .extremum(let items, let isGreatest): "\(isGreatest ? "GREATEST" : "LEAST")(\(list(items)))"
        case .cast(let inner, let type): "\(operand(inner))::\(name(of: type))"
        case .array(let items): "ARRAY[\(list(items))]"
        case .row(let items): "ROW(\(list(items)))"
        case .sqlValue(let function): Self.keyword(function)
        // What has no text here is said to be there, and not taken for nothing.
        default: "(…)"
        }
    }

    private func text(_ constant: Constant) -> String {
        switch constant {
        case .null: "NULL"
        case .bool(let value): value ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let digits): digits
        case .string(let text), .moment(let text, _): quoted(text) + "::text"
        case .bitString(let bits): "B'\(bits.dropFirst())'"
        }
    }

    /// `'x'::regclass`: a literal under a cast has no type of its own.
    private func operand(_ expression: Expression) -> String {
        if case .constant(.string(let text)) = expression.node { return quoted(text) }
        return text(expression)
    }

    private func name(of type: TypeName) -> String {
        guard let resolved = try? catalog.resolveType(type, searchPath: ["public", "pg_catalog"]) else {
            return type.names.joined(separator: ".")
        }
        return catalog.typeName(resolved, searchPath: ["public", "pg_catalog"])
    }

    private func list(_ items: [Expression]) -> String { items.map(text).joined(separator: ", ") }
    private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
    private func identifier(_ name: String) -> String { SQLIdentifier.quoted(name) }

    private static func keyword(_ function: SQLValueFunction) -> String {
        switch function {
        case .currentDate: "CURRENT_DATE"
        case .currentTime: "CURRENT_TIME"
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        case .localTime: "LOCALTIME"
        case .localTimestamp: "LOCALTIMESTAMP"
        case .currentRole: "CURRENT_ROLE"
        case .currentUser: "CURRENT_USER"
        case .user: "USER"
        case .sessionUser: "SESSION_USER"
        case .currentCatalog: "CURRENT_CATALOG"
        case .currentSchema: "CURRENT_SCHEMA"
        }
    }
}

/// Names in statements that the emulator writes itself.
enum SQLIdentifier {
    /// Bare where Postgres would print it bare, but for keywords; quoted otherwise.
    static func quoted(_ name: String) -> String {
        let isPlain =
            name.utf8.first.map { $0 == UInt8(ascii: "_") || isLower($0) } == true
            && name.utf8.allSatisfy { isLower($0) || $0 == UInt8(ascii: "_") || (48...57).contains($0) }
        return isPlain ? name : always(name)
    }

    /// In double quotes whatever it is: right for every name.
    static func always(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
}
