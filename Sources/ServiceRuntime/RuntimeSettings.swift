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

    package init(executable: String, cacheFolder: String) {
        self.executable = executable
        self.cacheFolder = cacheFolder
    }
}
