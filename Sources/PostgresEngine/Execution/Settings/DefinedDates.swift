import PostgresSyntax
import PostgresTypes

/// Definitions are kept as they were written, and read by everyone as `DateStyle` is by default.
extension Transaction {
    /// Refuses dates in a definition that only the session reads as they are meant: `'31/12/2024'` as a default.
    func checkDates(in statement: PostgresSyntax.Statement, _ text: String) throws(PostgresError) {
        guard session.dateOrder != .mdy else { return }
        switch statement {
        // Their literals are read when they are called.
        case .createFunction, .grant, .createRole, .drop, .comment: return
        default: break
        }
        guard Self.holdsDate(text) else { return }
        throw .notSupported(
            "a date that does not start with the year, in a definition under datestyle "
                + "\(session.dateOrder.rawValue.uppercased()),")
    }

    /// Whether a text has one or two digits, a separator, and more of that.
    private static func holdsDate(_ text: String) -> Bool {
        let parts = text.split { !("0"..."9").contains($0) && !"/-.".contains($0) }
        return parts.contains { part in
            let numbers = part.split { "/-.".contains($0) }
            return numbers.count == 3 && numbers[0].count <= 2
        }
    }
}
