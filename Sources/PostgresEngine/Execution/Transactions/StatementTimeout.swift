import PostgresTypes
import SQLite
import World

/// `statement_timeout`: a statement of a client's that takes longer is canceled. Time is real time, whatever the
/// emulator's clock says.
extension Transaction {
    /// Starts the time of a statement.
    func startTimeout() {
        let limit = session.statementTimeout
        guard limit > 0 || patienceEnds != nil else {
            if ownConnection.isWatched { connection.watch(nil) }
            return
        }
        let clock = database.world.clock
        let ends = [patienceEnds, limit > 0 ? clock.monotonic + .milliseconds(limit) : nil]
        guard let end = ends.compactMap({ $0 }).min() else { return }
        connection.watch {
            clock.monotonic > end ? Self.timeout : nil
        }
    }

    /// Ends what takes longer than that from now on, as `statement_timeout` would each statement: for a caller that can do
    /// without.
    package func giveUp(after patience: Duration) { patienceEnds = database.world.clock.monotonic + patience }

    static let timeout = PostgresError("57014", "canceling statement due to statement timeout")

    /// The settings that a session starts with: those of the database, over them those of the role that logged in, and,
    /// as PostgREST does it, those of the role that it acts as. What the session was made with goes before them.
    func takeDefaultSettings() {
        let all = catalog.defaultSettings
        defer { hasDefaultSettings = true }
        if all.isEmpty || hasDefaultSettings { return }
        for owner in [session.role, session.sessionUser, ""] {
            guard let settings = all[owner] else { continue }
            for (name, value) in settings where name != "search_path" {
                if session.settings[name] == nil { session.settings[name] = value }
            }
        }
        // Who acts as another role looks where the one that logged in does.
        let standard = Session().searchPath
        let paths = [session.sessionUser, ""].compactMap { all[$0]?["search_path"] }
        if let path = paths.first, session.searchPath == standard { session.searchPath = Self.names(in: path) }
    }
}

extension Session {
    /// In milliseconds; 0 for none.
    var statementTimeout: Int {
        guard let text = settings["statement_timeout"] else { return 0 }
        return (try? SettingDuration.milliseconds(text, "statement_timeout")) ?? 0
    }
}

/// Settings that are times in milliseconds: `8s`, `500`, `1min`.
enum SettingDuration {
    static let names: Set<String> = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]

    private static let units: [(name: String, factor: Double)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1), ("us", 0.001),
    ]

    static func milliseconds(_ text: String, _ name: String) throws(PostgresError) -> Int {
        var rest = text.drop(while: \.isWhitespace)
        let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
        rest = rest.dropFirst(digits.count).drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        let invalid = PostgresError("22023", "invalid value for parameter \"\(name)\": \"\(text)\"")
        guard let number = Double(digits) else { throw invalid }
        let unitName = rest.isEmpty ? "ms" : String(rest)
        guard let unit = units.first(where: { $0.name == unitName }) else {
            var error = invalid
            error.hint = "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
            throw error
        }
        let value = (number * unit.factor).rounded(.toNearestOrEven)
        guard value >= 0, value <= 2_147_483_647 else {
            throw PostgresError(
                "22023",
                "\(Int64(exactly: value).map(String.init) ?? "\(value)") ms is outside the valid range for parameter "
                    + "\"\(name)\" (0 .. 2147483647)")
        }
        return Int(value)
    }

    /// The same in the largest unit that has no remainder, as SHOW prints it.
    static func shown(_ text: String, _ name: String) throws(PostgresError) -> String {
        let value = try milliseconds(text, name)
        if value == 0 { return "0" }
        for unit in units where unit.factor >= 1 && value % Int(unit.factor) == 0 {
            return "\(value / Int(unit.factor))\(unit.name)"
        }
        return "\(value)ms"
    }
}
