/// Why the emulator could not start: exit status 3, with the reason on standard error.
package enum StartFailure: Error, Sendable, Equatable {
    case portInUse(Int)
    case stateLocked(folder: String, pid: Int?, url: String?)
    case corruptState(file: String, reason: String)
    case unknownFormat(folder: String, found: String)
    case missingConfiguration(String)
    case badConfiguration(file: String, reason: String)
    case missingSeed(String)
    case seed(file: String, line: Int?, statement: String?, reason: String)
    case other(String)
}

extension StartFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portInUse(let port):
            "Port \(port) is in use. Stop what listens there, or start with --port 0 for a free one."
        case .stateLocked(let folder, let pid, let url):
            "The state in \(folder) is in use by another emulator"
                + (pid.map { " (pid \($0)" + (url.map { ", \($0)" } ?? "") + ")" } ?? "")
                + ". Stop it, or name another folder with --state."
        case .corruptState(let file, let reason):
            "The state file \(file) cannot be read: \(reason). Restore it from a copy, or remove the state folder to "
                + "start from the seed."
        case .unknownFormat(let folder, let found):
            "The state in \(folder) has format \(found), which this version does not read. Name another folder with "
                + "--state."
        case .missingConfiguration(let file): "The configuration file \(file) does not exist."
        case .badConfiguration(let file, let reason): "The configuration file \(file) is not usable: \(reason)"
        case .missingSeed(let folder): "The seed folder \(folder) does not exist."
        case .seed(let file, let line, let statement, let reason):
            "Seeding failed in \(file)" + (line.map { ", line \($0)" } ?? "") + ": \(reason)"
                + (statement.map { "\n  in: \(Self.excerpt($0))" } ?? "") + "\nNothing of the seed was kept."
        case .other(let reason): reason
        }
    }

    /// The beginning of a statement, on one line.
    private static func excerpt(_ statement: String) -> String {
        let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 200 ? line.prefix(200) + " …" : line
    }
}
