import JSONText
import World

/// A page about what services sent to people and to models, newest first. It loads nothing, and shows HTML as text:
/// what is in a mail is not for this page to run.
enum OutboxPage {
    static func page(_ entries: [JSON]) -> String {
        let items = entries.reversed().map { entry in
            func text(_ name: String) -> String { entry[name]?.stringValue ?? "" }
            let sender = text("from").isEmpty ? "" : "\(HTML.escaped(text("from"))) "
            let body = text("text").isEmpty ? text("html") : text("text")
            return """
                <li><p><b>\(HTML.escaped(text("kind")))</b> \(sender)→ \(HTML.escaped(text("to"))) \
                <small>\(HTML.escaped(moment(entry))) by way of \(HTML.escaped(text("host")))</small></p>
                \(text("subject").isEmpty ? "" : "<h2>\(HTML.escaped(text("subject")))</h2>")
                <pre>\(HTML.escaped(body))</pre></li>
                """
        }
        return """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Outbox</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
            ul { list-style: none; padding: 0 } li { border-top: 1px solid #ddd; padding: .4rem 0 }
            p, h2 { margin: .2rem 0 } h2 { font-size: 1rem } small { color: #667 } pre { white-space: pre-wrap; margin: .3rem 0 }
            </style>
            <h1>Outbox</h1>
            \(items.isEmpty ? "<p>Services have sent nothing yet.</p>" : "<ul>\(items.joined())</ul>")
            </html>
            """
    }

    /// When it was sent: stand-ins write seconds.
    private static func moment(_ entry: JSON) -> String {
        guard case .number(let digits) = entry["at"], let seconds = Double(digits), abs(seconds) < 1e11 else {
            return ""
        }
        return Timestamp(microseconds: Int64(seconds * 1_000_000)).description
    }
}
