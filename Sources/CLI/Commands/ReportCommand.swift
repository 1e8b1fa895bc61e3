import ArgumentParser

/// `report`: what a run did. Not built yet.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "report", abstract: "Report on a run. (not built yet)")

    func run() throws {
        throw CommandFailure.notBuilt("report", instead: "The journal at GET /_emulator/journal has every call.")
    }
}
