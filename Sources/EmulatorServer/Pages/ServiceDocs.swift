import JSONText

/// A page about the deployed services that loads nothing from anywhere.
enum ServiceDocs {
    /// - Parameter base: what stands before `/services` of the cloud.
    static func page(_ document: JSON, base: String) -> String {
        let paths = document["paths"]?.objectValue ?? []
        let rows = paths.flatMap { path in
            (path.value.objectValue ?? []).map { operation in
                """
                <tr><td><b>\(HTML.escaped(operation.key.uppercased()))</b></td>\
                <td><code>\(base)/services\(HTML.escaped(path.key))</code></td>\
                <td>\(HTML.escaped(operation.value["summary"]?.stringValue ?? ""))</td></tr>
                """
            }
        }
        return """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Services</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% } td { border-top: 1px solid #ddd; padding: .4rem }
            </style>
            <h1>Services</h1>
            <p>The whole description: <a href="\(base)/services/openapi.json">openapi.json</a></p>
            \(rows.isEmpty ? "<p>Nothing is deployed yet.</p>" : "<table>\(rows.joined())</table>")
            </html>
            """
    }
}
