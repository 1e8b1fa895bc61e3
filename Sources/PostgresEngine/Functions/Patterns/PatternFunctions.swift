import PostgresTypes
import SQLite

/// LIKE, ILIKE and their operators' functions.
extension FunctionTable {
    mutating func addPatterns() {
        for (suffix, isMatch) in [("like", true), ("nlike", false)] {
            scalar(
                "text\(suffix)(text,text)", "name\(suffix)(name,text)", "bpchar\(suffix)(bpchar,text)",
                "bytea\(suffix)(bytea,bytea)"
            ) { call in
                .bool(try Self.like(call, folded: false) == isMatch)
            }
            scalar(
                "textic\(suffix)(text,text)", "nameic\(suffix)(name,text)", "bpcharic\(suffix)(bpchar,text)",
                "textic\(suffix)(citext,text)", "textic\(suffix)(citext,citext)"
            ) { call in
                .bool(try Self.like(call, folded: true) == isMatch)
            }
        }
        scalar("like(text,text)", "like(name,text)") { .bool(try Self.like($0, folded: false)) }
        scalar("notlike(text,text)", "notlike(name,text)") { .bool(try !Self.like($0, folded: false)) }
        scalar("like_escape(text,text)") { call in
            let escape = call.scalars(1)
            guard escape.count <= 1 else {
                throw PostgresError(
                    "22025", "invalid escape string", hint: "Escape string must be empty or one character.")
            }
            var result: Scalars = []
            var isEscaped = false
            for scalar in call.scalars(0) {
                if let mark = escape.first, scalar == mark, !isEscaped {
                    isEscaped = mark != "\\"
                    result.append("\\")
                    if mark == "\\" { isEscaped = true }
                    continue
                }
                // A backslash is a plain character when it is not the escape.
                if scalar == "\\" && !isEscaped { result.append("\\") }
                result.append(scalar)
                isEscaped = false
            }
            return .text(result)
        }
    }

    private static func like(_ call: Invocation, folded: Bool) throws -> Bool {
        if !folded {
            return try call.arguments.withBytes(1) { pattern in
                let compiled = LikePattern(pattern)
                return try call.arguments.withBytes(0) { try compiled.matches($0) }
            }
        }
        var text = LetterCase.lowered(call.text(0))
        var pattern = LetterCase.lowered(call.text(1))
        return try pattern.withUTF8 { bytes in
            let compiled = LikePattern(UnsafeRawBufferPointer(bytes))
            return try text.withUTF8 { try compiled.matches(UnsafeRawBufferPointer($0)) }
        }
    }
}
