import Glibc

/// Trigonometry in degrees: exact at the multiples of 30 and 45 where the true value is a round one, as Postgres' is.
/// A nil result is an input outside the function's domain.
enum Degrees {
    private static let radian = Double.pi / 180

    private static let sineOf30 = sin(30 * radian)
    private static let oneMinusCosineOf60 = 1 - cos(60 * radian)
    private static let arcSineOfHalf = asin(0.5)
    private static let arcCosineOfHalf = acos(0.5)
    private static let arcTangentOfOne = atan(1.0)
    private static let tangentOf45 = sineOfQuadrant(45) / cosineOfQuadrant(45)
    private static let cotangentOf45 = cosineOfQuadrant(45) / sineOfQuadrant(45)

    /// For 0 to 30 degrees.
    private static func smallSine(_ degrees: Double) -> Double { sin(degrees * radian) / sineOf30 / 2 }

    /// For 0 to 60 degrees.
    private static func smallCosine(_ degrees: Double) -> Double {
        1 - (1 - cos(degrees * radian)) / oneMinusCosineOf60 / 2
    }

    private static func sineOfQuadrant(_ degrees: Double) -> Double {
        degrees <= 30 ? smallSine(degrees) : smallCosine(90 - degrees)
    }

    private static func cosineOfQuadrant(_ degrees: Double) -> Double {
        degrees <= 60 ? smallCosine(degrees) : smallSine(90 - degrees)
    }

    static func sine(_ degrees: Double) -> Double? {
        guard degrees.isFinite else { return nil }
        var angle = fmod(degrees, 360)
        var sign = 1.0
        if angle < 0 { (angle, sign) = (-angle, -sign) }
        if angle > 180 { (angle, sign) = (360 - angle, -sign) }
        if angle > 90 { angle = 180 - angle }
        return sign * sineOfQuadrant(angle)
    }

    static func cosine(_ degrees: Double) -> Double? {
        guard degrees.isFinite else { return nil }
        var angle = abs(fmod(degrees, 360))
        var sign = 1.0
        if angle > 180 { angle = 360 - angle }
        if angle > 90 { (angle, sign) = (180 - angle, -sign) }
        return sign * cosineOfQuadrant(angle)
    }

    static func tangent(_ degrees: Double) -> Double? {
        quotient(degrees) { sineOfQuadrant($0) / cosineOfQuadrant($0) / tangentOf45 }
    }

    static func cotangent(_ degrees: Double) -> Double? {
        quotient(degrees) { cosineOfQuadrant($0) / sineOfQuadrant($0) / cotangentOf45 }
    }

    private static func quotient(_ degrees: Double, _ function: (Double) -> Double) -> Double? {
        guard degrees.isFinite else { return nil }
        var angle = fmod(degrees, 360)
        var sign = 1.0
        if angle < 0 { (angle, sign) = (-angle, -sign) }
        if angle > 180 { (angle, sign) = (360 - angle, -sign) }
        if angle > 90 { (angle, sign) = (180 - angle, -sign) }
        let result = sign * function(angle)
        // No negative zero.
        return result == 0 ? 0 : result
    }

    static func arcSine(_ value: Double) -> Double? {
        guard (-1.0...1.0).contains(value) else { return nil }
        return value >= 0 ? quadrantArcSine(value) : -quadrantArcSine(-value)
    }

    static func arcCosine(_ value: Double) -> Double? {
        guard (-1.0...1.0).contains(value) else { return nil }
        return value >= 0 ? quadrantArcCosine(value) : 90 + quadrantArcSine(-value)
    }

    private static func quadrantArcSine(_ value: Double) -> Double {
        value <= 0.5 ? asin(value) / arcSineOfHalf * 30 : 90 - acos(value) / arcCosineOfHalf * 60
    }

    private static func quadrantArcCosine(_ value: Double) -> Double {
        value <= 0.5 ? 90 - asin(value) / arcSineOfHalf * 30 : acos(value) / arcCosineOfHalf * 60
    }

    /// An arc tangent that the C library gave in radians.
    static func arc(_ radians: Double) -> Double { radians / arcTangentOfOne * 45 }
}
