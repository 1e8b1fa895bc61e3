import JSONText
import PostgresSyntax
import PostgresTypes
import SQLite

/// What `FramedWindow` is to do, passed by the generator as a constant text.
struct FrameProgram {
    enum Call {
        /// `count(*)` and, where there is an argument, the rows in which it is not NULL.
        case count
        case extremum(isMaximum: Bool, isByteOrdered: Bool)
        /// One of the library, by its signature.
        case aggregate(String)
        case userAggregate(UInt32)
        /// The argument's value in one row of the frame.
        case value(Place)
    }

    enum Place: String { case first, last, nth }

    /// An offset is the next of the two arguments for it.
    typealias Frame = WindowFrame<Int>

    var call: Call
    var frame: Frame
    var types: CallTypes
    /// Of the window; `argumentCount` is the function's.
    var order: SortOrder

    /// Refuses an offset, if there is one, that is NULL or, where rows or groups are counted, negative.
    static func checkOffset(_ offset: SQLValue, _ mode: String, _ name: String) throws(PostgresError) {
        if offset.isNull { throw PostgresError("22004", "frame \(name) offset must not be null") }
        if case .integer(let count) = offset, count < 0, mode != Frame.Mode.range.rawValue {
            throw PostgresError("22013", "frame \(name) offset must not be negative")
        }
    }
}

extension FrameProgram.Call {
    /// The window functions that look at their frame; nil for others.
    init?(windowFunction name: String) {
        switch name {
        case "first_value": self = .value(.first)
        case "last_value": self = .value(.last)
        case "nth_value": self = .value(.nth)
        default: return nil
        }
    }

    fileprivate var parts: [JSON] {
        switch self {
        case .count: [.string("count")]
        case .extremum(let isMaximum, let isByteOrdered): [.string("extremum"), .bool(isMaximum), .bool(isByteOrdered)]
        case .aggregate(let signature): [.string("aggregate"), .string(signature)]
        case .userAggregate(let id): [.string("user"), .integer(id)]
        case .value(let place): [.string("value"), .string(place.rawValue)]
        }
    }

    fileprivate init?(_ json: JSON?) {
        switch json?[0]?.stringValue {
        case "count": self = .count
        case "extremum":
            self = .extremum(isMaximum: json?[1]?.boolValue ?? false, isByteOrdered: json?[2]?.boolValue ?? false)
        case "aggregate": self = .aggregate(json?[1]?.stringValue ?? "")
        case "user": self = .userAggregate(UInt32(json?[1]?.intValue ?? 0))
        case "value":
            guard let place = FrameProgram.Place(rawValue: json?[1]?.stringValue ?? "") else { return nil }
            self = .value(place)
        default: return nil
        }
    }
}

extension FrameProgram {
    var text: String {
        func part(_ bound: Frame.Bound?) -> JSON {
            switch bound {
            case nil, .currentRow: .string("current")
            case .unboundedPreceding: .string("first")
            case .preceding: .string("before")
            case .following: .string("after")
            case .unboundedFollowing: .string("last")
            }
        }
        return JSON.array([
            .array(call.parts), .string(frame.mode.rawValue), part(frame.start), part(frame.end),
            .string(frame.exclusion?.rawValue ?? ""), .string(types.text), .string(order.text),
        ]).text
    }

    init?(text: String) {
        func bound(_ json: JSON?, _ position: Int) -> Frame.Bound {
            switch json?.stringValue {
            case "first": .unboundedPreceding
            case "before": .preceding(position)
            case "after": .following(position)
            case "last": .unboundedFollowing
            default: .currentRow
            }
        }
        guard let json = try? JSON(parsing: text), let call = Call(json[0]),
            let mode = Frame.Mode(rawValue: json[1]?.stringValue ?? ""),
            let types = CallTypes(text: json[5]?.stringValue ?? ""),
            let order = SortOrder(text: json[6]?.stringValue ?? "")
        else { return nil }
        self.call = call
        frame = Frame(
            mode: mode, start: bound(json[2], 1), end: bound(json[3], 2),
            exclusion: Frame.Exclusion(rawValue: json[4]?.stringValue ?? ""))
        self.types = types
        self.order = order
    }
}
