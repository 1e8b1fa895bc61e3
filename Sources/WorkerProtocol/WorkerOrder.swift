package import JSONText

/// What a worker is to run: the payload of an `order` frame.
package struct WorkerOrder: Hashable, Sendable {
    package var service: String
    package var code: String
    /// The worker's whole environment. It travels here and never through exec, where `ps` would show it.
    package var environment: [String: String]
    /// Folders that come before the base environment on `sys.path`; a cold worker has these alone.
    package var path: [String]
    /// `RLIMIT_DATA` in bytes; nil leaves it alone.
    package var memoryLimit: Int?

    package init(
        service: String, code: String, environment: [String: String], path: [String], memoryLimit: Int?
    ) {
        self.service = service
        self.code = code
        self.environment = environment
        self.path = path
        self.memoryLimit = memoryLimit
    }

    package var json: JSON {
        .object([
            .init("service", .string(service)),
            .init("code", .string(code)),
            .init(
                "environment",
                .object(environment.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })),
            .init("path", .array(path.map(JSON.string))),
            .init("memory_limit", memoryLimit.map(JSON.integer) ?? .null),
        ])
    }
}
