import PostgresSyntax
import PostgresTypes

/// RAISE in all its forms.
extension ProcedureRun {
    func raise(_ raise: ProcedureRaise) throws {
        if raise.condition == nil, raise.format == nil, raise.options.isEmpty {
            guard let error = handled.last else {
                throw PostgresError(
                    "0Z002", "RAISE without parameters cannot be used outside an exception handler")
            }
            throw error
        }
        var error = PostgresError("", "")
        var hasMessage = false
        if let condition = raise.condition { error.code = try code(of: condition) }
        if let format = raise.format {
            error.message = try fill(format, raise.arguments)
            hasMessage = true
        }
        var seen: Set<ProcedureRaise.Option> = []
        if hasMessage { seen.insert(.message) }
        for (option, query) in raise.options {
            guard let text = try text(query) else {
                throw PostgresError("22004", "RAISE statement option cannot be null")
            }
            guard seen.insert(option).inserted, option != .errcode || raise.condition == nil else {
                throw PostgresError("42601", "RAISE option already specified: \(option.rawValue.uppercased())")
            }
            switch option {
            case .errcode:
                error.code = try Self.isState(text) ? text : code(of: .name(text))
            case .message:
                error.message = text
                hasMessage = true
            case .detail: error.detail = text
            case .hint: error.hint = text
            case .column: error.column = text
            case .constraint: error.constraint = text
            case .datatype: error.dataType = text
            case .table: error.table = text
            case .schema: error.schema = text
            }
        }
        if error.code.isEmpty { error.code = raise.level == .exception ? "P0001" : Self.noticeCode(raise.level) }
        if !hasMessage {
            error.message =
                switch raise.condition {
                case .name(let name)?: name
                case .sqlState(let code)?: code
                case nil: error.code
                }
        }
        switch raise.level {
        case .exception: throw error
        case .debug: transaction.tell(Notice(.debug, code: error.code, error.message))
        case .log: transaction.tell(Notice(.log, code: error.code, error.message))
        case .info: transaction.tell(Notice(.info, code: error.code, error.message))
        case .notice: transaction.tell(Notice(.notice, code: error.code, error.message))
        case .warning: transaction.tell(Notice(.warning, code: error.code, error.message))
        }
    }

    private static func noticeCode(_ level: ProcedureRaise.Level) -> String { level == .warning ? "01000" : "00000" }

    /// Five digits and upper-case letters.
    private static func isState(_ text: String) -> Bool {
        text.utf8.count == 5 && text.utf8.allSatisfy { 48...57 ~= $0 || 65...90 ~= $0 }
    }

    private func code(of condition: ProcedureCondition) throws -> String {
        switch condition {
        case .sqlState(let code): return code
        case .name(let name):
            guard let code = ConditionNames.codes[name] else {
                throw PostgresError("42704", "unrecognized exception condition \"\(name)\"")
            }
            return code
        }
    }

    /// Each `%` replaced by the next argument's text, `%%` by a percent sign.
    private func fill(_ format: String, _ arguments: [ProcedureQuery]) throws -> String {
        var result = ""
        var next = 0
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            if rest.first == "%" {
                rest.removeFirst()
                result.append("%")
                continue
            }
            guard next < arguments.count else { throw PostgresError("42601", "too few parameters specified for RAISE") }
            result += try text(arguments[next]) ?? "<NULL>"
            next += 1
        }
        return result
    }
}
