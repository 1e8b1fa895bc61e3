import Foundation
import JSONText
import PostgREST

/// One request and the response it is to get, as the `.http` files beside this one write them:
///
///     ### what the case claims
///     METHOD /path?query
///     Header: value
///
///     body
///
///     HTTP 200
///     Header: value
///
///     [{"what":"is expected"}]
///
/// Headers of the response that a case leaves out are not looked at, and neither is the body of one that shows none.
/// A body is compared as JSON with its members in order, or line by line where the lines start with `text: `.
/// `Role:` among the request's headers is the role; without it the request is anonymous.
struct HTTPCase {
    enum Body {
        case json(JSON)
        case text(String)
    }

    var name: String
    var line: Int
    var role = "anon"
    var request: RestRequest
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body?

    /// The cases of `Cases/<file>.http`.
    static func all(in file: String) throws -> [HTTPCase] {
        let text = try String(contentsOf: folder.appendingPathComponent("\(file).http"), encoding: .utf8)
        var blocks: [(line: Int, lines: [String])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("### ") { blocks.append((index + 1, [])) }
            if !blocks.isEmpty { blocks[blocks.count - 1].lines.append(String(line)) }
        }
        return try blocks.map { try HTTPCase($0.lines, line: $0.line) }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")

    struct Malformed: Error { var line: Int }

    private init(_ lines: [String], line: Int) throws {
        self.line = line
        name = String(lines[0].dropFirst(4))
        guard let divide = lines.firstIndex(where: { $0.hasPrefix("HTTP ") }), divide > 1,
            let status = Int(lines[divide].dropFirst(5))
        else { throw Malformed(line: line) }
        self.status = status
        let target = lines[1].split(separator: " ", maxSplits: 1)
        guard target.count == 2 else { throw Malformed(line: line) }
        let (requestHeaders, requestBody) = Self.message(lines[2..<divide])
        let (responseHeaders, responseBody) = Self.message(lines[(divide + 1)...])
        let parts = target[1].split(separator: "?", maxSplits: 1)
        request = RestRequest(
            method: String(target[0]), path: String(parts[0]), query: parts.count > 1 ? Self.encoded(parts[1]) : nil,
            headers: requestHeaders.map { ($0.name.lowercased(), $0.value) }, body: Array(requestBody.utf8))
        if let role = request.header("role") { self.role = role }
        headers = responseHeaders
        guard !responseBody.isEmpty else { return }
        let textLines = responseBody.split(separator: "\n", omittingEmptySubsequences: false)
        body =
            responseBody.hasPrefix("text: ")
            ? .text(textLines.map { $0.dropFirst(6) }.joined(separator: "\n"))
            : .json(try JSON(parsing: Array(responseBody.utf8)))
    }

    /// Headers up to the first empty line, then the body without empty lines around it.
    private static func message(
        _ lines: ArraySlice<String>
    ) -> (headers: [(name: String, value: String)], body: String) {
        let end = lines.firstIndex(of: "") ?? lines.endIndex
        let headers = lines[..<end].map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return (headers, lines[end...].joined(separator: "\n").trimmingCharacters(in: .newlines))
    }

    /// The files write queries as they are read, except for what would end or split them.
    private static func encoded(_ query: some StringProtocol) -> String {
        query.replacingOccurrences(of: " ", with: "%20")
    }
}
