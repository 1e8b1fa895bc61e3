import CPython
import CPythonShim
import Glibc

/// The embedded CPython of this process. There is one, and it lives as long as the process.
struct Interpreter {
    /// Major and minor version, compiled in: `3.11`.
    static var version: String { String(cString: altan_python_version()) }

    /// Starts the interpreter with the standard library of the libpython that is loaded, whatever `python3` the path
    /// names, and makes the worker's own modules importable.
    /// - Parameter executable: what `sys.executable` says; nil: the interpreter that belongs to the library.
    /// - Parameter environment: the folder of the base environment whose bundle of imports is used, if any is.
    init(executable: String?, environment: String?) throws(InterpreterError) {
        let home = try Self.home()
        if let reason = altan_python_start(home, executable ?? "\(home)/bin/python\(Self.version)") {
            throw .start(String(cString: reason))
        }
        let sources = PyDict_New()
        for (name, text) in Resources.modules {
            let source = text.withUnsafeBufferPointer {
                $0.withMemoryRebound(to: CChar.self) { PyUnicode_FromStringAndSize($0.baseAddress, $0.count) }
            }
            PyDict_SetItemString(sources, name, source)
            Py_DecRef(source)
        }
        try execute(
            String(decoding: Resources.bootstrap, as: UTF8.self), name: "bootstrap",
            values: ["sources": sources, "environment": PyUnicode_FromString(environment ?? "")])
    }

    /// Runs a statement with these variables set.
    func run(_ statement: String, numbers: [String: Int], texts: [String: String]) throws(InterpreterError) {
        var values: [String: UnsafeMutablePointer<PyObject>?] = [:]
        for (name, number) in numbers { values[name] = PyLong_FromLong(number) }
        for (name, text) in texts { values[name] = PyUnicode_FromString(text) }
        try execute(statement, name: "worker", values: values)
    }

    private func execute(
        _ text: String, name: String, values: [String: UnsafeMutablePointer<PyObject>?]
    ) throws(InterpreterError) {
        let globals = PyDict_New()
        defer { Py_DecRef(globals) }
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins())
        for (name, value) in values {
            PyDict_SetItemString(globals, name, value)
            Py_DecRef(value)
        }
        guard let code = Py_CompileStringExFlags(text, "<altan_worker.\(name)>", Py_file_input, nil, -1) else {
            PyErr_Print()
            throw .python(name)
        }
        defer { Py_DecRef(code) }
        guard let result = PyEval_EvalCode(code, globals, globals) else {
            PyErr_Print()
            throw .python(name)
        }
        Py_DecRef(result)
    }

    /// The folder above `lib/python3.x` that belongs to the loaded library: `/usr` for Debian's.
    private static func home() throws(InterpreterError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard altan_python_library(&buffer, UInt(buffer.count)) == 0 else { throw .noHome("an unknown place") }
        let library = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        var folder = library[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if access("\(folder)/lib/python\(version)/os.py", R_OK) == 0 { return String(folder) }
        }
        throw .noHome(library)
    }
}

/// Why a worker process could not do its work at all.
enum InterpreterError: Error, Equatable, CustomStringConvertible {
    case usage
    case start(String)
    case noHome(String)
    /// The worker's own Python raised; the traceback is on standard error.
    case python(String)

    var description: String {
        switch self {
        case .usage: "this command is for altan-emulator's own use: zygote --control FD --base FOLDER | cold --data FD"
        case .start(let reason): "the Python interpreter did not start: \(reason)"
        case .noHome(let library): "no standard library was found for the Python library at \(library)"
        case .python(let name): "the worker's own code failed (\(name))"
        }
    }
}
