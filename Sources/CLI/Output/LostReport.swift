import AgentTools
import JSONText

/// What stands in a report's file when there is nobody left to ask for it: a CI that looks for it must not find nothing.
enum LostReport {
    static func write(to file: String, reason: String) throws(CommandFailure) {
        let text: String
        switch ReportFormat(file: file) {
        case .junit:
            var suite = JUnitSuite()
            suite.add("report", in: "emulator", seconds: 0, .error(reason))
            text = suite.xml(name: "altan-emulator", seconds: 0, timestamp: "", output: "")
        case .json: text = (["passed": false, "error": .string(reason)] as JSON).prettyText + "\n"
        case .markdown, .text: text = "No report: \(reason)\n"
        }
        try Output.write(text, toFile: file)
    }
}
