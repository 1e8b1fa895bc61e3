import ArgumentParser
import JSONText
import Logging
import World

/// How log lines look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// Log lines on standard error: standard output belongs to results.
struct StandardErrorLog: LogHandler {
    let format: LogFormat
    let clock: Clock
    var logLevel: Logger.Level = .notice
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    static func logger(_ format: LogFormat, world: World, level: Logger.Level = .notice) -> Logger {
        var logger = Logger(label: "altan-emulator") { _ in StandardErrorLog(format: format, clock: world.clock) }
        logger.logLevel = level
        return logger
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let text = facts.map { " \($0.key)=\($0.value)" }.joined()
            Output.error("\(event.level): \(event.message)\(text)")
        case .json:
            var line: JSON = [
                "time": .string("\(clock.now)"), "level": .string("\(event.level)"),
                "message": .string("\(event.message)"),
            ]
            for fact in facts { line.set(fact.key, .string("\(fact.value)")) }
            Output.error(line.text)
        }
    }
}
