/// The rows a client asked for by `Range`, `limit` and `offset`.
struct RowRange: Hashable, Sendable {
    var offset: Int
    var limit: Int?

    /// `Range: items=0-9` or `0-9`; anything that is not such a range is ignored, as PostgREST does.
    /// - Throws: PGRST103 for a range whose end lies before its start.
    static func header(_ text: String?) throws(RestError) -> RowRange? {
        guard let text else { return nil }
        let bare = text.hasPrefix("items=") ? String(text.dropFirst(6)) : text
        let parts = bare.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int(parts[0]), first >= 0 else { return nil }
        if parts[1].isEmpty { return RowRange(offset: first) }
        guard let last = Int(parts[1]) else { return nil }
        guard last >= first else {
            throw RestError.badRange(
                details: "The lower boundary must be lower than or equal to the upper boundary in the Range header.")
        }
        return RowRange(offset: first, limit: (last - first).adding(1))
    }

    init(offset: Int, limit: Int? = nil) {
        self.offset = offset
        self.limit = limit
    }

    /// The rows both ranges have.
    func intersection(_ other: RowRange) -> RowRange {
        let start = max(offset, other.offset)
        let ends = [limit.map(offset.adding), other.limit.map(other.offset.adding)].compactMap { $0 }
        return RowRange(offset: start, limit: ends.min().map { max(0, $0 - start) })
    }

    /// `Content-Range`: `first-last/total`, with `*` for what is unknown or empty.
    static func contentRange(offset: Int, rows: Int, total: Int?) -> String {
        let range = rows == 0 ? "*" : "\(offset)-\(offset + rows - 1)"
        return "\(range)/\(total.map(String.init) ?? "*")"
    }
}

extension Int {
    /// The sum, or the greatest number there is where it is greater: no table has so many rows.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
