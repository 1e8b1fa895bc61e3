import ArgumentParser
import JSONText

/// `stripe`: what the stand-in for Stripe can do beside its API.
struct StripeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stripe", _superCommandName: AltanEmulator.name,
        abstract: "Make Stripe's events happen, list them, send them again.",
        subcommands: [StripeTriggerCommand.self, StripeEventsCommand.self, StripeResendCommand.self])

    /// Where the stand-in's own pages are.
    static let path = "/_emulator/thirdparty/api.stripe.com"

    /// A line for each event and its deliveries.
    static func print(_ events: [JSON]) {
        for event in events {
            Output.line("\(event["type"]?.stringValue ?? "")  \(event["id"]?.stringValue ?? "")")
            for delivery in event["deliveries"]?.arrayValue ?? [] {
                let status = delivery["status"]?.stringValue ?? ""
                let attempts = delivery["attempts"]?.arrayValue ?? []
                let last = attempts.last.map { " (\($0["status"]?.text ?? ""), attempt \(attempts.count))" } ?? ""
                let place = delivery["url"]?.stringValue ?? delivery["reason"]?.stringValue ?? ""
                Output.line("  \(status)\(last)  \(place)")
                if status == "failed", let text = attempts.last?["response"]?.stringValue, !text.isEmpty {
                    Output.line("    | \(text)")
                }
            }
        }
    }
}

/// `stripe trigger`: makes an event happen by ordinary API calls.
struct StripeTriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger", abstract: "Make an event happen and deliver it.",
        discussion: """
            The event comes from state: customers, prices and sessions are made by ordinary API calls. An override sets a \
            parameter of the main call (metadata.user_id=u1), or of a named one (customer:email=a@example.com). A checkout \
            session is a payment unless told otherwise (mode=subscription).
            """)

    @Argument(help: "The event, such as checkout.session.completed.")
    var event: String

    @Option(
        name: .customLong("override"), parsing: .singleValue,
        help: ArgumentHelp("A parameter and its value; may be repeated.", valueName: "path=value"))
    var overrides: [String] = []

    @Flag(help: "Deliver events in another order than they happened in: Stripe promises none.")
    var shuffle = false

    @Flag(help: "Deliver each event twice, as Stripe sometimes does.")
    var duplicate = false

    @Flag(help: "Print the whole answer as JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        for override in overrides where !override.contains("=") {
            throw ValidationError("--override takes path=value, not \(override).")
        }
    }

    func run() async throws {
        let pairs = overrides.map { override in
            let parts = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return JSON.Member(parts[0], .string(parts[1]))
        }
        let body: JSON = [
            "event": .string(event), "override": .object(pairs), "shuffle": .bool(shuffle),
            "duplicate": .bool(duplicate),
        ]
        let answer = try await target.withEmulator {
            try await $0.json("POST", "\(StripeCommand.path)/trigger", body: body)
        }
        if json { Output.line(answer.prettyText) } else { StripeCommand.print(answer["events"]?.arrayValue ?? []) }
    }
}

/// `stripe events`: what happened, newest first, and where it was delivered.
struct StripeEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "List events, newest first, with their deliveries.")

    @Option(help: "How many at most.")
    var limit = 20

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let answer = try await target.withEmulator { try await $0.json("GET", "\(StripeCommand.path)/events") }
        let events = Array((answer["events"]?.arrayValue ?? []).prefix(limit))
        if json { Output.line(JSON.array(events).prettyText) } else { StripeCommand.print(events) }
    }
}

/// `stripe resend`: delivers events again.
struct StripeResendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend", abstract: "Deliver an event again, or all that were not delivered.")

    @Argument(help: "The event's id. (default: every event that was not delivered)")
    var event: String?

    @Flag(help: "Print the whole answer as JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let body: JSON = event.map { ["event": .string($0)] } ?? [:]
        let answer = try await target.withEmulator {
            try await $0.json("POST", "\(StripeCommand.path)/resend", body: body)
        }
        if json { Output.line(answer.prettyText) } else { StripeCommand.print(answer["events"]?.arrayValue ?? []) }
    }
}
