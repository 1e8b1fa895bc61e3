import PostgresTypes
import SQLite

/// What there is of xml besides the type itself: its casts, concatenation and the checks. What looks into a document
/// (`xpath`, XMLTABLE) or makes one of rows is refused by name.
extension FunctionTable {
    mutating func addXML() {
        scalar("text(xml)") { $0[0] }
        scalar("xml(text)") { call in
            try PostgresType.xml.decode(text: call.text(0), context: call.context.valueContext)
        }
        nullable("xmlconcat2(xml,xml)") { call in
            let parts = XMLConcatenation()
            for value in [call[0], call[1]] { parts.add([value]) }
            return parts.value()
        }
        scalar("xmlcomment(text)") { call in
            let text = call.text(0)
            guard !text.contains("--"), !text.hasSuffix("-") else {
                throw PostgresError("2200S", "invalid XML comment")
            }
            return .text("<!--\(text)-->")
        }
        scalar("xml_is_well_formed(text)", "xml_is_well_formed_content(text)") { call in
            .integer(XMLContent.isWellFormed(call.text(0)) ? 1 : 0)
        }
        scalar("xml_is_well_formed_document(text)") { call in
            .integer(XMLContent.isWellFormed(call.text(0), asDocument: true) ? 1 : 0)
        }
        aggregate("xmlagg(xml)") { _, _ in XMLConcatenation() }
    }
}

/// `xmlagg` and XMLCONCAT: all that is not null, one behind the other, under the declaration that they share.
private final class XMLConcatenation: Accumulator {
    private var parts: [String] = []

    func add(_ values: [SQLValue]) {
        if case .text(let text)? = values.first { parts.append(text) }
    }

    func value() -> SQLValue { parts.isEmpty ? .null : .text(XMLContent.joined(parts)) }
}
