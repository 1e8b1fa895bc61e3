import PostgresTypes
import SQLite

extension Invocation {
    fileprivate func point(_ index: Int) -> PlanePoint { PlanePoint(stored: text(index)) }
}

/// The type `point`. The other geometric types are refused by name.
extension FunctionTable {
    /// How long the way is, by PostgreSQL's own formula: the last digit is the same.
    private static func length(_ x: Double, _ y: Double) -> Double {
        let (long, short) = (max(abs(x), abs(y)), min(abs(x), abs(y)))
        if long.isInfinite || short == 0 { return long }
        let ratio = short / long
        return long * (1 + ratio * ratio).squareRoot()
    }

    mutating func addPoints() {
        scalar("point(float8,float8)") { .text(PlanePoint(x: $0.double(0), y: $0.double(1)).text) }
        scalar("point_distance(point,point)") { call in
            let (a, b) = (call.point(0), call.point(1))
            let distance = Self.length(a.x - b.x, a.y - b.y)
            let isFinite = [a.x, a.y, b.x, b.y].allSatisfy(\.isFinite)
            if distance.isInfinite, isFinite { throw PostgresError.floatOverflow }
            return .float(distance)
        }
        scalar("slope(point,point)") { call in
            let (a, b) = (call.point(0), call.point(1))
            if PlanePoint.isSame(a.x, b.x) { return .float(.infinity) }
            if PlanePoint.isSame(a.y, b.y) { return .float(0) }
            return .float((a.y - b.y) / (a.x - b.x))
        }
        let tests: [(String, @Sendable (PlanePoint, PlanePoint) -> Bool)] = [
            ("eq", { $0.isSame(as: $1) }), ("ne", { !$0.isSame(as: $1) }),
            ("left", { PlanePoint.isLess($0.x, $1.x) }), ("right", { PlanePoint.isGreater($0.x, $1.x) }),
            ("below", { PlanePoint.isLess($0.y, $1.y) }), ("above", { PlanePoint.isGreater($0.y, $1.y) }),
            ("vert", { PlanePoint.isSame($0.x, $1.x) }), ("horiz", { PlanePoint.isSame($0.y, $1.y) }),
        ]
        for (name, test) in tests {
            scalar("point_\(name)(point,point)") { .bool(test($0.point(0), $0.point(1))) }
        }
        scalar("isvertical(point,point)") { .bool(PlanePoint.isSame($0.point(0).x, $0.point(1).x)) }
        scalar("ishorizontal(point,point)") { .bool(PlanePoint.isSame($0.point(0).y, $0.point(1).y)) }
        let combinations: [(String, @Sendable (PlanePoint, PlanePoint) -> PlanePoint)] = [
            ("add", { PlanePoint(x: $0.x + $1.x, y: $0.y + $1.y) }),
            ("sub", { PlanePoint(x: $0.x - $1.x, y: $0.y - $1.y) }),
            ("mul", { PlanePoint(x: $0.x * $1.x - $0.y * $1.y, y: $0.x * $1.y + $0.y * $1.x) }),
            (
                "div",
                { a, b in
                    let divisor = b.x * b.x + b.y * b.y
                    return PlanePoint(x: (a.x * b.x + a.y * b.y) / divisor, y: (b.x * a.y - a.x * b.y) / divisor)
                }
            ),
        ]
        for (name, combine) in combinations {
            scalar("point_\(name)(point,point)") { call in
                let (a, b) = (call.point(0), call.point(1))
                if name == "div", b.x == 0, b.y == 0 { throw PostgresError("22012", "division by zero") }
                let result = combine(a, b)
                let isFinite = [a.x, a.y, b.x, b.y].allSatisfy(\.isFinite)
                if isFinite, !(result.x.isFinite && result.y.isFinite) { throw PostgresError.floatOverflow }
                return .text(result.text)
            }
        }
    }
}
