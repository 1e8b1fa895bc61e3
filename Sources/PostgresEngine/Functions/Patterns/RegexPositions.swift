import PostgresTypes
import SQLite

/// `regexp_count`, `regexp_instr` and `regexp_substr`: which match, and which group of it, is told by numbers.
extension FunctionTable {
    mutating func addRegexPositions() {
        for signature in ["", ",int4", ",int4,text"] {
            scalar("regexp_count(text,text\(signature))") { .integer(Int64(try Self.counted($0).count)) }
        }
        for signature in ["", ",int4", ",int4,int4", ",int4,int4,int4", ",int4,int4,int4,text"] {
            scalar("regexp_instr(text,text\(signature))") { try Self.position($0) }
        }
        scalar("regexp_instr(text,text,int4,int4,int4,text,int4)") { try Self.position($0) }
        for signature in ["", ",int4", ",int4,int4", ",int4,int4,text", ",int4,int4,text,int4"] {
            scalar("regexp_substr(text,text\(signature))") { call in
                let text = call.scalars(0)
                let range = try Self.range(call, of: "regexp_substr", flagsAt: 4)
                return range.map { .text(text[$0]) } ?? .null
            }
        }
    }

    private static func counted(_ call: Invocation) throws -> [RegularExpression.Match] {
        let start = try number(call, 2, "start", atLeast: 1)
        let expression = try regex(call, 1, flags: flags(call, 3, "regexp_count"))
        return expression.allMatches(in: call.scalars(0), from: start - 1)
    }

    private static func position(_ call: Invocation) throws -> SQLValue {
        _ = try number(call, 2, "start", atLeast: 1)
        _ = try number(call, 3, "n", atLeast: 1)
        let end = try number(call, 4, "endoption", atLeast: 0, otherwise: 0)
        guard end <= 1 else { throw invalidParameter("endoption", Int64(end)) }
        guard let range = try Self.range(call, of: "regexp_instr", flagsAt: 5) else { return .integer(0) }
        return .integer(Int64(end == 1 ? range.upperBound : range.lowerBound) + 1)
    }

    /// The place of a match's group, or of the match itself for group 0; nil if there is none.
    private static func range(_ call: Invocation, of name: String, flagsAt index: Int) throws -> Range<Int>? {
        let start = try number(call, 2, "start", atLeast: 1)
        let occurrence = try number(call, 3, "n", atLeast: 1)
        let group = try number(call, index + 1, "subexpr", atLeast: 0, otherwise: 0)
        let matches = try regex(call, 1, flags: flags(call, index, name))
            .allMatches(in: call.scalars(0), from: start - 1, limit: occurrence)
        guard matches.count >= occurrence else { return nil }
        let match = matches[occurrence - 1]
        if group == 0 { return match.range }
        return match.groups.indices.contains(group - 1) ? match.groups[group - 1] : nil
    }

    private static func flags(_ call: Invocation, _ index: Int, _ name: String) throws -> String {
        guard index < call.count else { return "" }
        let (isGlobal, rest) = global(call.text(index))
        if isGlobal { throw PostgresError("22023", "\(name)() does not support the \"global\" option") }
        return rest
    }

    /// An argument that may be left out.
    private static func number(
        _ call: Invocation, _ index: Int, _ name: String, atLeast least: Int64, otherwise: Int64 = 1
    ) throws -> Int {
        let value = index < call.count ? call.integer(index) : otherwise
        guard value >= least else { throw invalidParameter(name, value) }
        return Int(value)
    }
}
