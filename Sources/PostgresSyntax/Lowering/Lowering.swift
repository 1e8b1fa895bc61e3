/// Turns parse trees into the typed IR. Each function is pure: the same node gives the same value.
///
/// What has no place in the IR is thrown as `UnsupportedSyntax` and ends in the nearest case that can say so
/// (`Expression.unsupported`, `FromItem.unsupported`, `Statement.unsupported`): never dropped.
struct Lowering {
    /// The text the tree was parsed from.
    let source: [UInt8]
    /// How much of `source` was put before the caller's text: locations are byte offsets in that.
    let origin: Int32
    /// When strings such as 'now' are read, where the statement is a definition that keeps them.
    let moment: Int64?

    init(source: [UInt8], origin: Int32 = 0, moment: Int64? = nil) {
        self.source = source
        self.origin = origin
        self.moment = moment
    }
}

/// A construct that is grammatical but has no place in the IR, by the name a refusal can show.
struct UnsupportedSyntax: Error {
    var feature: String

    init(_ feature: String) { self.feature = feature }
}

// MARK: - Pieces that every lowering uses

extension Lowering {
    /// Byte offset of a node; libpg_query leaves out 0 and writes -1 for unknown.
    func location(_ node: ParseNode) -> Int32 {
        let offset = Int32(clamping: node.integer("location") ?? 0)
        return offset < 0 ? -1 : max(0, offset - origin)
    }

    /// The `String` nodes of a list.
    func names(_ nodes: [ParseNode]) -> [String] { nodes.compactMap { $0["String"]?.text("sval") ?? "" } }

    /// A `RangeVar`'s name. Postgres knows no other database than the current one, and neither does the IR.
    func qualifiedName(_ range: ParseNode?) throws(UnsupportedSyntax) -> QualifiedName {
        guard let range else { throw UnsupportedSyntax("a relation without a name") }
        if range.text("catalogname") != nil { throw UnsupportedSyntax("a name with a database") }
        return QualifiedName(schema: range.text("schemaname"), range.text("relname") ?? "")
    }

    /// A name given in parts.
    func qualifiedName(_ parts: [String]) throws(UnsupportedSyntax) -> QualifiedName {
        switch parts.count {
        case 1: return QualifiedName(parts[0])
        case 2: return QualifiedName(schema: parts[0], parts[1])
        default: throw UnsupportedSyntax("a name of \(parts.count) parts")
        }
    }

    /// `RoleSpec` as a name: PUBLIC is `public`, the session's own roles are their keywords in lower case.
    func role(_ spec: ParseNode) -> String {
        let fields = spec["RoleSpec"] ?? spec
        switch fields.text("roletype") {
        case "ROLESPEC_PUBLIC": return "public"
        case "ROLESPEC_CURRENT_USER": return "current_user"
        case "ROLESPEC_CURRENT_ROLE": return "current_role"
        case "ROLESPEC_SESSION_USER": return "session_user"
        default: return fields.text("rolename") ?? ""
        }
    }

    /// The value of an `Integer` or an integer constant whose node stands at `location`.
    ///
    /// libpg_query writes integers only when they are positive, so that `-1` and `0` look alike (`"ival":{}`): then
    /// the digits are read from the text. The grammar has folded any signs and parentheses before them.
    func integer(_ node: ParseNode, at location: Int32) -> Int32 {
        if let value = node.integer("ival") { return Int32(clamping: value) }
        guard location >= 0 else { return 0 }
        let digits = SourceText.firstDigits(in: source, from: Int(location + origin))
        return Int32(clamping: -(Int(digits) ?? 0))
    }

    /// The text from `start` to the end of the statement, without blanks and semicolon at its end.
    func sourceTail(from start: Int32, to limit: Int32 = -1) -> String {
        let start = max(0, Int(start + origin))
        var end = limit < 0 ? source.count : min(source.count, max(start, Int(limit + origin)))
        while end > start, let last = source[..<end].last, SourceText.isBlank(last) || last == UInt8(ascii: ";") {
            end -= 1
        }
        return String(decoding: source[min(start, end)..<end], as: UTF8.self)
    }
}
