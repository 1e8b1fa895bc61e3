import PostgresTypes
import SQLite

/// Identifiers and literals in quotes, and `format()`.
extension FunctionTable {
    mutating func addQuoting() {
        scalar("quote_ident(text)") { .text(Quoting.identifier($0.text(0))) }
        scalar("quote_literal(text)") { .text(Quoting.literal($0.text(0))) }
        nullable("quote_nullable(text)") { .text($0.isNull(0) ? "NULL" : Quoting.literal($0.text(0))) }
        typed("quote_literal(anyelement)") { .text(Quoting.literal(try $0.castText(0))) }
        typed("quote_nullable(anyelement)", isStrict: false) {
            .text($0.isNull(0) ? "NULL" : Quoting.literal(try $0.castText(0)))
        }
        nullable("format(text)") { call in
            if call.isNull(0) { return .null }
            return .text(try FormatText.filled(call.text(0)) { _ in nil })
        }
        typed("format(text,any)", isStrict: false) { call in
            if call.isNull(0) { return .null }
            return .text(
                try FormatText.filled(call.text(0)) { index in
                    guard (1..<call.count).contains(index) else { return nil }
                    return .some(call.isNull(index) ? nil : try call.output(index))
                })
        }
    }
}

/// Literals and identifiers as `quote_literal` and `quote_ident` write them.
enum Quoting {
    static func literal(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if character == "'" || character == "\\" { result.unicodeScalars.append(character) }
            result.unicodeScalars.append(character)
        }
        return (text.unicodeScalars.contains("\\") ? "E'" : "'") + result + "'"
    }

    static func identifier(_ text: String) -> String {
        let isPlain =
            text.utf8.enumerated().allSatisfy { index, byte in
                (97...122).contains(byte) || byte == 95 || index > 0 && ((48...57).contains(byte))
            } && !text.isEmpty
        if isPlain && !reserved.contains(text) { return text }
        return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }

    /// Keywords that are not plain words everywhere.
    static let reserved = Set(
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case \
        cast char character check coalesce collate collation column concurrently constraint create cross \
        current_catalog current_date current_role current_schema current_time current_timestamp current_user dec \
        decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign \
        freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect \
        interval into is isnull join lateral leading least left like limit localtime localtimestamp national natural \
        nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay \
        placing position precision primary real references returning right row select session_user setof similar \
        smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true union \
        unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement \
        xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.split(separator: " ").map(String.init))
}
