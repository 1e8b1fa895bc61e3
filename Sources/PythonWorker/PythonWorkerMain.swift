import Glibc

/// A worker's life: the program's first argument was `worker`, so that this process is an interpreter and nothing else.
///
/// It must run before anything that starts a thread: no Task, no Dispatch queue, no event loop has been touched.
package enum PythonWorkerMain {
    /// - Parameter arguments: what follows `worker` on the command line:
    ///   `zygote --control FD --base FOLDER` or `cold --data FD`.
    package static func run(arguments: [String]) -> Never {
        do throws(InterpreterError) {
            let order = try WorkerArguments(arguments)
            let interpreter = try Interpreter(executable: order.pythonExecutable, environment: order.environment)
            switch order {
            case .zygote(let control, let base):
                try interpreter.run(
                    "from altan_worker import zygote; zygote.run(control, executable, packages)",
                    numbers: ["control": control],
                    texts: ["executable": ownPath(), "packages": sitePackages(of: base)])
            case .cold(let data):
                try interpreter.run(
                    "from altan_worker import cold; cold.run(data)", numbers: ["data": data], texts: [:])
            }
            exit(0)
        } catch {
            let line = Array("altan-emulator worker: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(70)
        }
    }

    private static func sitePackages(of base: String) -> String {
        "\(base)/lib/python\(Interpreter.version)/site-packages"
    }

    private static func ownPath() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
    }
}

/// The two kinds of worker process and what each is told on its command line.
enum WorkerArguments: Equatable {
    case zygote(control: Int, base: String)
    case cold(data: Int)

    init(_ arguments: [String]) throws(InterpreterError) {
        var options: [String: String] = [:]
        var rest = arguments.dropFirst()
        while let name = rest.popFirst(), let value = rest.popFirst() { options[name] = value }
        switch arguments.first {
        case "zygote":
            guard let control = options["--control"].flatMap(Int.init), let base = options["--base"] else {
                throw .usage
            }
            self = .zygote(control: control, base: base)
        case "cold":
            guard let data = options["--data"].flatMap(Int.init) else { throw .usage }
            self = .cold(data: data)
        default: throw .usage
        }
    }

    /// The folder of the base environment, whose packages the worker sees.
    var environment: String? {
        switch self {
        case .zygote(_, let base): base
        case .cold: nil
        }
    }

    /// What `sys.executable` says: a Python that sees the packages which the worker sees.
    var pythonExecutable: String? { environment.map { "\($0)/bin/python" } }
}
