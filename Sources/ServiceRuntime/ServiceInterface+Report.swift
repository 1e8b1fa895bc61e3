import AltanCloud
import JSONText

extension ServiceInterface {
    /// From what the worker reports when it is ready.
    init(_ report: JSON, _ importLog: [String], _ warnings: [String]) {
        let routes = (report["routes"]?.arrayValue ?? []).compactMap { route -> Route? in
            guard let method = route[0]?.stringValue, let path = route[1]?.stringValue else { return nil }
            return Route(method: method, path: path)
        }
        self.init(
            routes: routes, openAPI: report["openapi"] ?? .null, importLog: importLog,
            warnings: warnings + (report["warnings"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
