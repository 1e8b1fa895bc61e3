package import AltanCloud

/// What can be set about running services.
package struct RuntimeSettings: Sendable {
    /// The program that answers to the first argument `worker`: this very binary.
    package var executable: String
    /// Base environments, installed requirements and uv's downloads are kept below.
    package var cacheFolder: String
    /// Never asks a package registry.
    package var offline = false
    /// A folder of wheels that are looked at before any registry: `seed/wheels`.
    package var wheelhouse: String?
    /// How long importing a module and running its startup handlers may take.
    package var importDeadline: Duration = .seconds(30)
    /// How long a request may take until its response begins.
    package var requestLimit: Duration = .seconds(120)
    /// How long a worker that was replaced or is being stopped may finish what it began.
    package var drainLimit: Duration = .seconds(10)
    /// How long a worker's event loop may be silent before it is looked at.
    package var heartbeatLimit: Duration = .seconds(10)
    /// `RLIMIT_DATA` of each worker in bytes; nil for none.
    package var memoryLimit: Int? = 2 << 30

    /// Where workers' connections go; nil leaves them alone.
    package var outbound: OutboundPolicy?

    package init(executable: String, cacheFolder: String) {
        self.executable = executable
        self.cacheFolder = cacheFolder
    }
}

/// What happens to the connections that workers make.
package struct OutboundPolicy: Sendable {
    /// A worker's own listener on 127.0.0.1: whoever connects there is that worker.
    package struct Door: Sendable {
        package var port: Int
        package var close: @Sendable () -> Void

        package init(port: Int, close: @escaping @Sendable () -> Void) {
            self.port = port
            self.close = close
        }
    }

    /// Opens the listener of one worker of a service.
    package var open: @Sendable (ServiceSource) async throws -> Door
    /// Patterns of hosts that protocols other than HTTP may reach.
    package var allowed: [String]
    /// Holds what Python processes need that a service starts.
    package var folder: String

    package init(
        allowed: [String], folder: String, open: @escaping @Sendable (ServiceSource) async throws -> Door
    ) {
        self.open = open
        self.allowed = allowed
        self.folder = folder
    }
}
