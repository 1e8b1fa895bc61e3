import ArgumentParser
import World

/// The program: every command it has.
struct AltanEmulator: ParsableCommand {
    /// Every command names it as the one above itself: its usage is printed with both names even where it was parsed
    /// alone, and it is not first tried as a request for a shell's completions, which takes longer than the command.
    static let name = "altan-emulator"
    static let version = Product.version

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Altan Cloud on your own machine: the platform's tools, deployed services and Supabase on one port.",
        discussion: """
            Commands other than start, exec and demo speak to the emulator named by --url or ALTAN_BASE_URL, else to \
            the one that runs on the state folder. With none running they work on that folder themselves.

            Exit status: 0 success, 1 the command failed, 2 wrong usage, 3 the emulator could not start, 4 a rule that \
            blocks was broken, 130 and 143 ended by SIGINT and SIGTERM.
            """,
        version: version,
        subcommands: [
            StartCommand.self, ExecCommand.self, DemoCommand.self,
            StatusCommand.self, ToolCommand.self, ToolsCommand.self, DeployCommand.self, SQLCommand.self,
            ImportCommand.self, LogsCommand.self, MarkCommand.self, ResetCommand.self, StateCommand.self,
            CloudCommand.self,
            StripeCommand.self, ThirdPartyCommand.self, OutboxCommand.self, RecordCommand.self, ReplayCommand.self,
            SetupCommand.self, DoctorCommand.self, VersionCommand.self,
            MCPCommand.self, ReportCommand.self, JournalCommand.self,
        ]
    )
}
