package import JSONText

/// What a worker is to run: the payload of an `order` frame.
package struct WorkerOrder: Hashable, Sendable {
    /// What the code is.
    package enum Role: String, Sendable {
        /// A module whose `router` is mounted below `/api/{service}`.
        case service
        /// `{module: source}` as JSON, whose `app` or `router` answers in the place of the host that `service` names.
        case standIn = "stand-in"
    }

    /// Where the worker's own connections go.
    package struct Outbound: Hashable, Sendable {
        /// The port on 127.0.0.1 that every HTTP connection is made to instead.
        package var port: Int
        /// Patterns of hosts that protocols other than HTTP may reach.
        package var allowed: [String]
        /// Where `sitecustomize.py` is kept for Python processes that the service starts.
        package var folder: String

        package init(port: Int, allowed: [String], folder: String) {
            self.port = port
            self.allowed = allowed
            self.folder = folder
        }
    }

    package var role: Role
    /// nil: connections are left alone.
    package var outbound: Outbound?
    package var service: String
    package var code: String
    /// The worker's whole environment. It travels here and never through exec, where `ps` would show it.
    package var environment: [String: String]
    /// Folders that come before the base environment on `sys.path`; a cold worker has these alone.
    package var path: [String]
    /// `RLIMIT_DATA` in bytes; nil leaves it alone.
    package var memoryLimit: Int?

    package init(
        service: String, code: String, environment: [String: String], path: [String], memoryLimit: Int?,
        role: Role = .service, outbound: Outbound? = nil
    ) {
        self.role = role
        self.outbound = outbound
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
            .init("role", .string(role.rawValue)),
            .init("outbound", outbound?.json ?? .null),
        ])
    }
}

extension WorkerOrder.Outbound {
    fileprivate var json: JSON {
        [
            "port": .integer(port), "allowed": .array(allowed.map(JSON.string)), "folder": .string(folder),
        ]
    }
}
