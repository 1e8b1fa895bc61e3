import PythonWorker

/// `worker`: what the emulator starts itself as, to run Python. No command for people, so the parser does not know it.
enum WorkerCommand {
    static let name = "worker"

    static func run(arguments: [String]) -> Never { PythonWorkerMain.run(arguments: arguments) }
}
