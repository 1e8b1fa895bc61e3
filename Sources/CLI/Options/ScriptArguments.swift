import ArgumentParser
import JSONText

/// What commands that run scripts have in common.
struct ScriptArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The cloud. (default: the emulator's first)", valueName: "id"))
    var cloud: String?

    @Flag(help: "Go on after a statement that is refused.")
    var continueOnError = false

    @Flag(help: "Make the result what reset returns to.")
    var mark = false

    /// The body of a request to `/_emulator/sql`, so far.
    var body: JSON {
        var body: JSON = ["continue_on_error": .bool(continueOnError), "mark": .bool(mark)]
        if let cloud { body.set("cloud_id", .string(cloud)) }
        return body
    }
}
