import JSONText

/// How a report is written.
package enum ReportFormat: String, CaseIterable, Sendable {
    case text, json, junit, markdown

    /// By a file's name: `.xml` is JUnit's, `.md` Markdown; text where the name says nothing.
    package init(file: String) {
        switch file.split(separator: ".").last?.lowercased() {
        case "xml": self = .junit
        case "json": self = .json
        case "md", "markdown": self = .markdown
        default: self = .text
        }
    }

    package var contentType: String {
        switch self {
        case .text: "text/plain; charset=utf-8"
        case .json: "application/json; charset=utf-8"
        case .junit: "application/xml; charset=utf-8"
        case .markdown: "text/markdown; charset=utf-8"
        }
    }
}

extension RunReport {
    package func rendered(as format: ReportFormat) -> String {
        switch format {
        case .text: text
        case .json: json.prettyText + "\n"
        case .junit: junit
        case .markdown: markdown
        }
    }
}
