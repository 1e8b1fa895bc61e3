import PostgresTypes
import SQLite

/// Calls that need no function of ours for the arguments they have: SQLite's operators and functions say the same.
extension Generation {
    /// nil where SQLite could answer otherwise, or where there is an error to give.
    func nativeCall(
        _ signature: String, _ items: [String], _ arguments: [TypedExpression], _ type: TypeReference
    ) -> String? {
        switch signature {
        case "textanycat(text,anynonarray)" where isIntegral(arguments[1].type.type),
            "anytextcat(anynonarray,text)" where isIntegral(arguments[0].type.type):
            return "(\(items[0]) || \(items[1]))"
        case "length(text)", "char_length(text)", "character_length(text)":
            // Both count characters; the zero that would end SQLite's count is in no text.
            return "length(\(items[0]))"
        default:
            guard let operation = IntegerOperation(signature: signature), arguments.count == 2,
                let width = IntegerWidth(type.type), let left = bounds(of: arguments[0]),
                let right = bounds(of: arguments[1]), let result = operation.bounds(left, right),
                width.range.contains(result.lowerBound), width.range.contains(result.upperBound)
            else { return nil }
            return "(\(items[0]) \(operation.rawValue) \(items[1]))"
        }
    }

    /// Between which numbers an integer is; nil where that is not known.
    private func bounds(of value: TypedExpression) -> ClosedRange<Int64>? {
        guard let width = IntegerWidth(value.type.type) else { return nil }
        switch value.node {
        case .constant(.integer(let number)): return number...number
        case .operation(let node, let left?, let right):
            guard let signature = try? signature(of: node.function).text,
                let operation = IntegerOperation(signature: signature), let left = bounds(of: left),
                let right = bounds(of: right), let result = operation.bounds(left, right)
            else { return width.range }
            // What is beyond the type is an error, and no value.
            return result.clamped(to: width.range)
        case .coercion(_, let inner, _): return bounds(of: inner)?.clamped(to: width.range) ?? width.range
        default: return width.range
        }
    }
}

/// Arithmetic on integers, as SQLite writes it.
private enum IntegerOperation: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"

    /// `int4pl(int4,int4)`, `int48mul(int4,int8)` and kin.
    init?(signature: String) {
        guard signature.hasPrefix("int"), let end = signature.firstIndex(of: "(") else { return nil }
        switch signature[..<end].dropFirst(3).drop(while: { $0.isASCII && $0.isNumber }) {
        case "pl": self = .plus
        case "mi": self = .minus
        case "mul": self = .times
        case "div": self = .divide
        case "mod": self = .remainder
        default: return nil
        }
    }

    /// Between which numbers the result is; nil where 64 bits may not hold it or the divisor may be 0 or -1.
    func bounds(_ left: ClosedRange<Int64>, _ right: ClosedRange<Int64>) -> ClosedRange<Int64>? {
        let results: [(partialValue: Int64, overflow: Bool)]
        switch self {
        case .plus:
            results = [
                left.lowerBound.addingReportingOverflow(right.lowerBound),
                left.upperBound.addingReportingOverflow(right.upperBound),
            ]
        case .minus:
            results = [
                left.lowerBound.subtractingReportingOverflow(right.upperBound),
                left.upperBound.subtractingReportingOverflow(right.lowerBound),
            ]
        case .times:
            results = [left.lowerBound, left.upperBound].flatMap { one in
                [right.lowerBound, right.upperBound].map { one.multipliedReportingOverflow(by: $0) }
            }
        case .divide, .remainder:
            guard right.lowerBound > 0 || right.upperBound < -1 else { return nil }
            let greatest =
                self == .divide
                ? max(left.lowerBound.magnitude, left.upperBound.magnitude)
                : max(right.lowerBound.magnitude, right.upperBound.magnitude) - 1
            guard let bound = Int64(exactly: greatest) else { return nil }
            return -bound...bound
        }
        guard !results.contains(where: \.overflow), let least = results.map(\.partialValue).min(),
            let most = results.map(\.partialValue).max()
        else { return nil }
        return least...most
    }
}

extension IntegerWidth {
    fileprivate init?(_ type: TypeID) {
        switch type {
        case .int2: self = .int2
        case .int4: self = .int4
        case .int8: self = .int8
        default: return nil
        }
    }
}
