/// What the process tells its caller when it ends. The numbers are a contract with harnesses.
enum ExitStatus: Error, Hashable, Sendable {
    case success
    /// The command's own failure.
    case failure
    case usage
    /// Port, state in use, seed, Python.
    case couldNotStart
    /// A rule of severity block was broken.
    case ruleBroken
    case signal(Int32)
    /// `exec`: what its command ended with.
    case command(Int32)

    var code: Int32 {
        switch self {
        case .success: 0
        case .failure: 1
        case .usage: 2
        case .couldNotStart: 3
        case .ruleBroken: 4
        case .signal(let number): 128 + number
        case .command(let code): code
        }
    }
}
