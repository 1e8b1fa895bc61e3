import Glibc

// A worker becomes a Python interpreter that forks: no thread may exist by then, so nothing else has run yet.
if CommandLine.arguments.dropFirst().first == WorkerCommand.name {
    WorkerCommand.run(arguments: Array(CommandLine.arguments.dropFirst(2)))
}
exit(CommandRunner.run(Array(CommandLine.arguments.dropFirst())).code)
