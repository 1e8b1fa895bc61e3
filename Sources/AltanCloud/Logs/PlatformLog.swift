/// The parts of a cloud that keep a log beside the services.
package enum PlatformLog: String, CaseIterable, Sendable {
    case postgres, postgrest
    case pgMeta = "pg-meta"

    /// What its file begins with: no service's name has a dot in it.
    static let prefix = "platform."

    /// Its name among the logs of the cloud.
    var stream: String { Self.prefix + rawValue }

    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Platform {
    /// Adds lines to the log of a part of a cloud.
    package func log(_ text: String, to part: PlatformLog, cloud: String, requestID: String? = nil) {
        for line in text.split(separator: "\n") {
            logs.append(line: String(line), service: part.stream, cloud: cloud, requestID: requestID)
        }
    }
}
