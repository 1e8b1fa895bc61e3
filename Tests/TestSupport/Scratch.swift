private import Foundation

/// A folder of its own for one test, removed when the test is done.
package func withScratchFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let path = makeScratchFolder()
    defer { removeScratchFolder(path) }
    return try await body(path)
}

private func makeScratchFolder() -> String {
    let path = NSTemporaryDirectory() + "altan-test-" + UUID().uuidString
    // A folder that cannot be made shows itself in the first file the test writes there.
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

private func removeScratchFolder(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}
