import JSONText
import PostgresEngine
import Synchronization

/// What functions of the database say about the response, by the settings `response.status` and `response.headers`.
final class ResponseSettings: Sendable {
    private let values = Mutex<(status: String?, headers: String?)>((nil, nil))

    /// Takes the settings at the end of a transaction.
    func take(from transaction: Transaction) {
        let settings = transaction.session.settings
        guard settings["response.status"] != nil || settings["response.headers"] != nil else { return }
        values.withLock { $0 = (settings["response.status"], settings["response.headers"]) }
    }

    /// - Throws: PGRST111, PGRST112.
    func apply(to response: inout RestResponse) throws(RestError) {
        let (status, headers) = values.withLock { $0 }
        if let headers, !headers.isEmpty {
            guard let items = (try? JSON(parsing: headers))?.arrayValue else { throw RestError.badResponseHeaders }
            for item in items {
                guard let members = item.objectValue, members.count == 1, let value = members[0].value.stringValue
                else { throw RestError.badResponseHeaders }
                let name = members[0].key
                // The function's own header replaces the built-in one, but it may send several of a name.
                if !items.prefix(while: { $0 != item }).contains(where: { $0[name] != nil }) {
                    response.headers.removeAll { $0.name.lowercased() == name.lowercased() }
                }
                response.headers.append((name, value))
            }
        }
        if let status, !status.isEmpty {
            guard let code = Int(status), (100...599).contains(code) else { throw RestError.badResponseStatus }
            response.status = code
        }
    }
}
