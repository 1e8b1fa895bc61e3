import JSONText
import World

/// Prints the steps as they are played, for people or as JSON lines.
struct DemoReport {
    let asJSON: Bool

    /// How many steps the play has.
    let steps: Int

    func held(_ step: some NumberedStep, _ evidence: [String], _ duration: Duration) {
        if asJSON {
            Output.line(line(step, evidence, duration, reason: nil).text)
        } else {
            printHead(step, evidence)
        }
    }

    func failed(_ step: some NumberedStep, _ evidence: [String], _ duration: Duration, reason: String) {
        if asJSON {
            Output.line(line(step, evidence, duration, reason: reason).text)
        } else {
            printHead(step, evidence)
        }
        Output.error("altan-emulator: demo: step \(step.number) (\(step.title)) did not hold. \(reason)")
    }

    func finished(_ duration: Duration) {
        if asJSON {
            Output.line(
                (["ok": true, "steps": .integer(steps), "duration_ms": .double(duration.milliseconds)] as JSON).text)
        } else {
            let tenths = duration.wholeMicroseconds / 100_000
            Output.line("All \(steps) steps held, in \(tenths / 10).\(tenths % 10) s.")
        }
    }

    private func printHead(_ step: some NumberedStep, _ evidence: [String]) {
        Output.line((["\(step.number). \(step.title)"] + evidence.map { "   \($0)" }).joined(separator: "\n"))
    }

    private func line(_ step: some NumberedStep, _ evidence: [String], _ duration: Duration, reason: String?) -> JSON {
        var json: JSON = [
            "step": .integer(step.number), "title": .string(step.title), "ok": .bool(reason == nil),
            "evidence": .array(evidence.map(JSON.string)), "duration_ms": .double(duration.milliseconds),
        ]
        if let reason { json.set("reason", .string(reason)) }
        return json
    }
}

/// What `demo` plays, step by step.
protocol SteppedPlay {
    associatedtype Step: NumberedStep & CaseIterable

    /// What the present step has shown.
    var evidence: [String] { get }

    /// Plays one step; its evidence is in `evidence` afterwards.
    mutating func play(_ step: Step) async throws
}

/// A part of a play, as the report names it.
protocol NumberedStep {
    var number: Int { get }
    var title: String { get }
}

extension DemoStep: NumberedStep {
    var number: Int { rawValue }
}

extension BillingWalkthrough.Step: NumberedStep {
    var number: Int { rawValue }
}

extension Walkthrough: SteppedPlay {}

extension BillingWalkthrough: SteppedPlay {}
