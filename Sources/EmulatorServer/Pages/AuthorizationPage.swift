import AltanCloud
import JSONText

/// The page on which a person answers an authorization request: works without JavaScript, loads nothing, and never
/// shows a value again.
struct AuthorizationPage {
    var request: AuthorizationRequest
    var cloudName: String
    var storesOnComplete: Bool
    /// What was wrong with what was sent, by key.
    var problems: [String: String] = [:]
    /// Sentences about what was just sent.
    var warnings: [String] = []
    /// Lets the page's own style through its content policy, and no other.
    var nonce: String

    var html: String {
        switch request.state {
        case .pending: page(title: request.name, form)
        case .completed:
            page(
                title: "Thank you",
                """
                <p>\(HTML.escaped(names)) \(request.providedKeys.count == 1 ? "was" : "were") received. \(outcome)</p>
                \(warnings.map { "<p class=\"problem\" role=\"alert\">\(HTML.escaped($0))</p>" }.joined())
                <p class="quiet">You can close this page.</p>
                """)
        case .rejected:
            page(
                title: "Request rejected",
                "<p>No value was sent. The agent learns of it when it asks.</p>"
                    + "<p class=\"quiet\">You can close this page.</p>")
        }
    }

    /// The page for an address that leads to no request.
    static func unknown(nonce: String) -> String {
        frame(
            title: "No such request", nonce: nonce,
            "<h1>No such request</h1><p>It was deleted, or the address is not complete. Ask the agent for a new one.</p>"
        )
    }

    private var names: String {
        let keys = request.providedKeys
        guard let last = keys.last else { return "Nothing" }
        return keys.count == 1 ? last : keys.dropLast().joined(separator: ", ") + " and " + last
    }

    private var outcome: String {
        request.isStored
            ? "Services that are deployed from now on get it as an environment variable."
            : "The agent gets the values once, and stores them."
    }

    // MARK: Parts

    private var form: String {
        let message = request.message.flatMap { $0.isEmpty ? nil : $0 }
        return """
            \(message.map { "<p class=\"message\">\(HTML.escaped($0))</p>" } ?? "")
            \(problems.isEmpty ? "" : "<p class=\"problem\" role=\"alert\">Nothing was sent yet: see below.</p>")
            <form method="post" autocomplete="off">
            \(request.requestedSecrets.enumerated().map { field($1, number: $0) }.joined(separator: "\n"))
            <div class="buttons">
            <button class="main" name="action" value="complete">Send to the agent</button>
            <button name="action" value="reject" formnovalidate>Reject</button>
            </div>
            </form>
            <p class="quiet">\(
                storesOnComplete
                    ? "Values become secrets of the cloud \(HTML.escaped(cloudName))."
                    : "Values go to the agent that asked, once, and are erased after an hour at the latest.")
            They stay on this machine. Use test keys: the emulator needs no live ones.</p>
            """
    }

    private func field(_ secret: RequestedSecret, number: Int) -> String {
        let id = "secret-\(number)"
        let label = secret.label == secret.key ? "" : "<span>\(HTML.escaped(secret.label))</span>"
        let problem = problems[secret.key]
        let notes = [secret.description.isEmpty ? nil : "\(id)-about", problem == nil ? nil : "\(id)-problem"]
            .compactMap { $0 }.joined(separator: " ")
        let attributes = """
            id="\(id)" name="\(HTML.escaped(Self.fieldName(secret.key)))" \
            placeholder="\(HTML.escaped(secret.placeholder))" autocomplete="new-password" spellcheck="false" \
            autocapitalize="off"\(secret.required ? " required" : "")\
            \(notes.isEmpty ? "" : " aria-describedby=\"\(notes)\"")\(problem == nil ? "" : " aria-invalid=\"true\"")
            """
        let control =
            switch secret.type {
            case "textarea": "<textarea rows=\"4\" class=\"masked\" \(attributes)></textarea>"
            case "text": "<input type=\"text\" \(attributes)>"
            default: "<input type=\"password\" \(attributes)>"
            }
        return """
            <div class="field">
            <label for="\(id)"><code>\(HTML.escaped(secret.key))</code>\(label)\
            \(secret.required ? "" : "<em>optional</em>")</label>
            \(secret.description.isEmpty ? "" : "<p id=\"\(id)-about\">\(HTML.escaped(secret.description))</p>")
            \(control)
            \(problem.map { "<p class=\"problem\" id=\"\(id)-problem\">\(HTML.escaped($0))</p>" } ?? "")
            </div>
            """
    }

    /// The name of a secret's field in the form.
    static func fieldName(_ key: String) -> String { "secret.\(key)" }

    private func page(title: String, _ body: String) -> String {
        Self.frame(
            title: title, nonce: nonce,
            """
            <p class="kind">Secrets for the cloud <b>\(HTML.escaped(cloudName))</b></p>
            <h1>\(HTML.escaped(title))</h1>
            \(body)
            """)
    }

    private static func frame(title: String, nonce: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTML.escaped(title)) · altan-emulator</title>
        <style nonce="\(nonce)">\(style)</style>
        </head>
        <body><main>
        \(body)
        </main></body>
        </html>
        """
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #d9dce3; --quiet: #626a78; --main: #2452d6; --bad: #b3261e; --card: #fff }
        @media (prefers-color-scheme: dark) {
          :root { --line: #3a3f4a; --quiet: #a2a9b6; --main: #8aa8ff; --bad: #ff8a80; --card: #1b1e25 }
        }
        * { box-sizing: border-box }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f3f4f7, #101217) }
        main { max-width: 34rem; margin: 3rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line);
          border-radius: 12px }
        h1 { font-size: 1.4rem; line-height: 1.25; margin: .1rem 0 1rem; overflow-wrap: anywhere }
        p { margin: 0 0 1rem; overflow-wrap: anywhere }
        .kind, .quiet { color: var(--quiet); font-size: .875rem }
        .kind { margin: 0 }
        .message { white-space: pre-wrap }
        .field { margin: 1.25rem 0 }
        .field p { margin: .1rem 0 .4rem; font-size: .875rem; color: var(--quiet) }
        label { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; font-weight: 600 }
        label span { font-weight: 400 } label em { font-weight: 400; font-size: .8rem; color: var(--quiet) }
        code { font: 600 .95rem ui-monospace, monospace }
        input, textarea { width: 100%; padding: .55rem .7rem; font: inherit; border: 1px solid var(--line); border-radius: 8px;
          background: transparent; color: inherit }
        .masked { -webkit-text-security: disc; resize: vertical }
        input:focus-visible, textarea:focus-visible, button:focus-visible { outline: 2px solid var(--main);
          outline-offset: 1px }
        [aria-invalid] { border-color: var(--bad) }
        .problem, .field .problem { color: var(--bad) }
        .buttons { display: flex; gap: .75rem; margin: 1.75rem 0 1.25rem }
        button { padding: .55rem 1.1rem; font: inherit; border: 1px solid var(--line); border-radius: 8px;
          background: transparent; color: inherit; cursor: pointer }
        button.main { background: var(--main); border-color: var(--main); color: light-dark(#fff, #10131a); font-weight: 600 }
        """
}
