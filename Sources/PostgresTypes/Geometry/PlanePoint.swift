/// A value of the type `point`.
package struct PlanePoint: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// `(1,2.5)`, with or without its parentheses.
    package init(parsing text: String) throws(PostgresError) {
        let invalid = PostgresError("22P02", "invalid input syntax for type point: \"\(text)\"")
        var body = Self.trimmed(text[...])
        if body.first == "(" {
            guard body.last == ")" else { throw invalid }
            body = body.dropFirst().dropLast()
        }
        let parts = body.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { throw invalid }
        var numbers: [Double] = []
        for part in parts {
            do throws(PostgresError) {
                numbers.append(FloatCodec.number(try FloatCodec.decode(String(part), isSingle: false)))
            } catch {
                if error.code == "22003" { throw error }
                throw invalid
            }
        }
        self.init(x: numbers[0], y: numbers[1])
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return rest
    }

    /// Reads what `text` wrote.
    package init(stored text: String) {
        do { try self.init(parsing: text) } catch { self.init(x: .nan, y: .nan) }
    }

    /// What its output function prints, and how it is stored.
    package var text: String {
        PostgresTypes.text { buffer in
            buffer.append(UInt8(ascii: "("))
            FloatCodec.write(x, isSingle: false, to: &buffer)
            buffer.append(UInt8(ascii: ","))
            FloatCodec.write(y, isSingle: false, to: &buffer)
            buffer.append(UInt8(ascii: ")"))
        }
    }

    /// Coordinates that differ by less are the same.
    private static let tolerance = 1e-6

    package static func isSame(_ a: Double, _ b: Double) -> Bool { a == b || abs(a - b) <= tolerance }
    package static func isLess(_ a: Double, _ b: Double) -> Bool { a + tolerance < b }
    package static func isGreater(_ a: Double, _ b: Double) -> Bool { a > b + tolerance }

    /// `~=`
    package func isSame(as other: PlanePoint) -> Bool {
        // Without tolerance where a coordinate is no number.
        if x.isNaN || y.isNaN || other.x.isNaN || other.y.isNaN {
            return (x == other.x || x.isNaN && other.x.isNaN) && (y == other.y || y.isNaN && other.y.isNaN)
        }
        return Self.isSame(x, other.x) && Self.isSame(y, other.y)
    }
}
