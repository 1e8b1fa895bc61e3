/// What this program calls itself, wherever it introduces itself.
package enum Product {
    package static let name = "altan-emulator"
    package static let version = "0.1.0"
}
