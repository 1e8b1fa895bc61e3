package import JSONText

/// `jsonpath`: a path into a JSON document, with filters, arithmetic and methods.
package struct JSONPath: Hashable, Sendable {
    /// Lax paths unwrap arrays where a step expects an object and forgive what is missing.
    package var isStrict = false
    package var root: Node

    package indirect enum Node: Hashable, Sendable {
        /// `$`, `@`, `last`, `$name`.
        case document, current, last
        case variable(String)
        case literal(JSON)
        /// A value and the steps that lead on from it.
        case accessor(Node, [Step])
        case arithmetic(Arithmetic, Node, Node)
        case sign(isMinus: Bool, Node)
        case comparison(Comparison, Node, Node)
        case and(Node, Node)
        case or(Node, Node)
        case not(Node)
        case isUnknown(Node)
        case exists(Node)
        case startsWith(Node, Node)
        case likeRegex(Node, pattern: String, flags: String)
    }

    package enum Arithmetic: String, Hashable, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case modulo = "%"
    }

    package enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case greater = ">"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
    }

    package enum Step: Hashable, Sendable {
        case key(String)
        case anyKey, anyElement
        /// `[1, 3 to last]`.
        case elements(JSONPathSubscripts)
        /// `**{2 to last}`; `.max` is `last`.
        case anywhere(from: Int, to: Int)
        case filter(Node)
        case method(String)
        case dateTime(template: String?)
    }

    package init(_ root: Node, isStrict: Bool) {
        self.root = root
        self.isStrict = isStrict
    }
}

/// What stands in `[…]`.
package struct JSONPathSubscripts: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var from: JSONPath.Node
        package var to: JSONPath.Node?
    }
    package var items: [Item]
}

// MARK: Text

extension JSONPath {
    /// The path as `jsonpath` prints it.
    package var text: String { (isStrict ? "strict " : "") + Self.text(root, isInside: true) }

    private static func quoted(_ text: String) -> String { JSON.string(text).text }

    private static func priority(_ node: Node) -> Int {
        switch node {
        case .or: 0
        case .and: 1
        case .comparison, .startsWith: 2
        case .arithmetic(.add, _, _), .arithmetic(.subtract, _, _): 3
        case .arithmetic: 4
        case .sign: 5
        default: 6
        }
    }

    private static func text(_ node: Node, isInside: Bool) -> String {
        func binary(_ left: Node, _ symbol: String, _ right: Node) -> String {
            let own = priority(node)
            let inner =
                text(left, isInside: priority(left) <= own) + " \(symbol) "
                + text(right, isInside: priority(right) <= own)
            return isInside ? "(\(inner))" : inner
        }
        switch node {
        case .document: return "$"
        case .current: return "@"
        case .last: return "last"
        case .variable(let name): return "$" + quoted(name)
        case .literal(let json): return json.text
        case .accessor(let base, let steps):
            let start = text(base, isInside: false)
            let needsParentheses = priority(base) < 6
            return (needsParentheses ? "(\(start))" : start) + steps.map(text).joined()
        case .arithmetic(let operation, let left, let right): return binary(left, operation.rawValue, right)
        case .comparison(let comparison, let left, let right): return binary(left, comparison.rawValue, right)
        case .and(let left, let right): return binary(left, "&&", right)
        case .or(let left, let right): return binary(left, "||", right)
        case .startsWith(let left, let right): return binary(left, "starts with", right)
        case .sign(let isMinus, let inner):
            let shown = (isMinus ? "-" : "+") + text(inner, isInside: priority(inner) <= 5)
            return isInside ? "(\(shown))" : shown
        case .not(let inner): return "!(\(text(inner, isInside: false)))"
        case .isUnknown(let inner): return "(\(text(inner, isInside: false))) is unknown"
        case .exists(let inner): return "exists (\(text(inner, isInside: false)))"
        case .likeRegex(let inner, let pattern, let flags):
            let shown =
                "\(text(inner, isInside: priority(inner) <= 2)) like_regex \(quoted(pattern))"
                + (flags.isEmpty ? "" : " flag \(quoted(flags))")
            return isInside ? "(\(shown))" : shown
        }
    }

    private static func text(_ step: Step) -> String {
        switch step {
        case .key(let key): return "." + quoted(key)
        case .anyKey: return ".*"
        case .anyElement: return "[*]"
        case .elements(let list):
            let items = list.items.map { item in
                text(item.from, isInside: false) + (item.to.map { " to \(text($0, isInside: false))" } ?? "")
            }
            return "[\(items.joined(separator: ","))]"
        case .anywhere(let from, let to):
            if from == 0 && to == .max { return ".**" }
            let shown = { (level: Int) in level == .max ? "last" : "\(level)" }
            return from == to ? ".**{\(shown(from))}" : ".**{\(shown(from)) to \(shown(to))}"
        case .filter(let node): return "?(\(text(node, isInside: false)))"
        case .method(let name): return ".\(name)()"
        case .dateTime(let template): return ".datetime(\(template.map(quoted) ?? ""))"
        }
    }
}
