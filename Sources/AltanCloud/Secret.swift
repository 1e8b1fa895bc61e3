package import World

/// A secret of a cloud: an environment variable of every service in it.
package struct Secret: Hashable, Sendable {
    package var cloudID: String
    /// `UPPER_SNAKE_CASE` by convention.
    package var key: String
    package var description: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Leaves the control database for workers' environments only.
    package var value: SecretValue
}

/// A text that no print, interpolation, dump or debugger summary shows.
package struct SecretValue: Hashable, Sendable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself. Every use of it is a place to look at when asking where secrets go.
    package var revealed: String { text }
}

extension SecretValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[secret]" }
    package var debugDescription: String { "[secret]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ServiceSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Names the variables of the environment and none of their values.
    package var description: String {
        "service \(name) of cloud \(cloudID), environment: \(environment.keys.sorted().joined(separator: ", "))"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a secret's name must be to be an environment variable.
enum SecretName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
    }

    /// The convention for what people are asked for: `STRIPE_SECRET_KEY`.
    static func isUpperSnakeCase(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return isValid(name) && name.utf8.allSatisfy { !($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }
}
