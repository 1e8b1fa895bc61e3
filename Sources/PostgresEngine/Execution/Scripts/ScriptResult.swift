package import PostgresTypes

/// One SQL text to execute, with the name errors refer to it by.
package struct ScriptSource: Sendable {
    package var file: String?
    package var text: String

    package init(file: String? = nil, _ text: String) {
        self.file = file
        self.text = text
    }
}

/// How a script runs.
package struct ScriptOptions: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// A statement that fails is undone and reported, and the script goes on. Without it the first error undoes
    /// everything since the last COMMIT and ends the script.
    package static let continueOnError = ScriptOptions(rawValue: 1)
    /// Every statement outside BEGIN and COMMIT is a transaction of its own, as in psql; between them an error makes
    /// Postgres ignore everything up to the end of the block.
    package static let autocommit = ScriptOptions(rawValue: 4)
    /// Runs in a read transaction: a statement that would write fails with 25006.
    package static let readOnly = ScriptOptions(rawValue: 2)
}

/// How far scripts have come.
package struct ScriptProgress: Sendable {
    package typealias Report = @Sendable (ScriptProgress) -> Void

    /// Of all texts, how many bytes are done.
    package var bytes = 0
    package var statements = 0
    /// What COPY stored.
    package var rows = 0
}

/// What became of a script: one entry for every statement that was tried.
package struct ScriptResult: Sendable {
    package struct Entry: Sendable {
        package var file: String?
        /// 1-based line of the statement's first token in its file.
        package var line: Int
        /// The statement's text.
        package var text: String
        package var outcome: Result<ResultSet, PostgresError>
        /// NOTICE and WARNING messages.
        package var notices: [Notice]

        package init(
            file: String?, line: Int, text: String, outcome: Result<ResultSet, PostgresError>, notices: [Notice] = []
        ) {
            self.file = file
            self.line = line
            self.text = text
            self.outcome = outcome
            self.notices = notices
        }

        package var error: PostgresError? { if case .failure(let error) = outcome { error } else { nil } }
    }

    package var entries: [Entry]
    /// Whether what the script did is in the database. False as soon as an error ended it.
    package var isCommitted: Bool
    /// The session as the script left it: SET, SET ROLE, search_path.
    package var session: Session

    package init(entries: [Entry], isCommitted: Bool, session: Session) {
        self.entries = entries
        self.isCommitted = isCommitted
        self.session = session
    }

    /// The statements that failed.
    package var failures: [Entry] { entries.filter { $0.error != nil } }
}

/// What Postgres says to a client beside the result.
package struct Notice: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        case debug = "DEBUG"
        case log = "LOG"
        case info = "INFO"
        case notice = "NOTICE"
        case warning = "WARNING"
    }

    package var severity: Severity
    package var code: String
    package var message: String

    package init(_ severity: Severity = .notice, code: String = "00000", _ message: String) {
        self.severity = severity
        self.code = code
        self.message = message
    }
}

extension Notice.Severity {
    /// What `client_min_messages` calls it; nil for what is always told.
    fileprivate var level: Int? {
        switch self {
        case .debug: 0
        case .log: 1
        case .info: nil
        case .notice: 2
        case .warning: 3
        }
    }

    /// The least level that the setting lets through.
    fileprivate static func least(_ setting: String?) -> Int {
        switch setting?.lowercased() {
        case "log": 1
        case "warning": 3
        case "error": 4
        case let setting? where setting.hasPrefix("debug"): 0
        default: 2
        }
    }
}

extension Transaction {
    /// Hands a notice to the client, if `client_min_messages` lets it through.
    func tell(_ notice: Notice) {
        if let level = notice.severity.level,
            level < Notice.Severity.least(session.settings["client_min_messages"])
        {
            return
        }
        notices.append(notice)
    }
}
