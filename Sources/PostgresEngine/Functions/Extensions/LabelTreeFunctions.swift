import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func path(_ index: Int) -> LabelPath { LabelPath(stored: text(index)) }
}

/// The extension `ltree`: paths of labels, and patterns over them (`lquery`).
extension FunctionTable {
    mutating func addLabelTrees() {
        scalar("nlevel(ltree)") { .integer(Int64($0.path(0).labels.count)) }
        scalar("ltree2text(ltree)") { .text($0.text(0)) }
        scalar("text2ltree(text)") { .text(try LabelPath(parsing: $0.text(0)).text) }
        scalar("subltree(ltree,int4,int4)") { call in
            .text(try call.path(0).part(Int(call.integer(1)), Int(call.integer(2))).text)
        }
        scalar("subpath(ltree,int4)", "subpath(ltree,int4,int4)") { call in
            let path = call.path(0)
            let start = call.integer(1) < 0 ? path.labels.count + Int(call.integer(1)) : Int(call.integer(1))
            guard call.count > 2 else { return .text(try path.part(start, path.labels.count).text) }
            let length = Int(call.integer(2))
            return .text(try path.part(start, length < 0 ? path.labels.count + length : start + length).text)
        }
        scalar("index(ltree,ltree)") { .integer(Int64($0.path(0).index(of: $0.path(1), from: 0))) }
        scalar("index(ltree,ltree,int4)") { call in
            .integer(Int64(call.path(0).index(of: call.path(1), from: Int(call.integer(2)))))
        }
        for count in 2...8 {
            let arguments = Array(repeating: "ltree", count: count).joined(separator: ",")
            scalar("lca(\(arguments))") { call in
                let paths = (0..<count).map { call.path($0) }
                return LabelPath.commonAncestor(of: paths).map { .text($0.text) } ?? .null
            }
        }
        scalar("lca(_ltree)") { call in
            let items = ArrayValue(stored: call.text(0), element: .ltree).elements
            let paths = try items.map { item -> LabelPath in
                guard case .text(let text) = item else {
                    throw PostgresError("22004", "array must not contain nulls")
                }
                return LabelPath(stored: text)
            }
            return LabelPath.commonAncestor(of: paths).map { .text($0.text) } ?? .null
        }
        scalar("ltree_isparent(ltree,ltree)") { .bool($0.path(0).isAncestor(of: $0.path(1))) }
        scalar("ltree_risparent(ltree,ltree)") { .bool($0.path(1).isAncestor(of: $0.path(0))) }
        scalar("ltree_addltree(ltree,ltree)") { .text(LabelPath($0.path(0).labels + $0.path(1).labels).text) }
        scalar("ltree_addtext(ltree,text)") { call in
            .text(LabelPath(call.path(0).labels + (try LabelPath(parsing: call.text(1)).labels)).text)
        }
        scalar("ltree_textadd(text,ltree)") { call in
            .text(LabelPath(try LabelPath(parsing: call.text(0)).labels + call.path(1).labels).text)
        }
        scalar("ltq_regex(ltree,lquery)") { .bool(try LabelQuery(parsing: $0.text(1)).matches($0.path(0))) }
        scalar("ltq_rregex(lquery,ltree)") { .bool(try LabelQuery(parsing: $0.text(0)).matches($0.path(1))) }
        scalar("ltree_cmp(ltree,ltree)") { call in
            .integer(Int64(PostgresType.ltree.compare(call[0], call[1])))
        }
        for (name, comparison) in [
            ("eq", Comparison.equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ] {
            self.comparison("ltree_\(name)(ltree,ltree)", comparison)
        }
    }
}
