import AltanCloud
import Logging
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// Runs the jobs of `cron.job` in every running cloud when the World's clock comes to their time, and records each run
/// in `cron.job_run_details` as pg_cron does.
actor CronJobs {
    private let world: World
    private let platform: Platform
    private let databases: CloudDatabases
    private let logger: Logger
    /// Up to when jobs have been run.
    private var last: Timestamp
    /// A job runs every few seconds, so that waiting for the next minute is too long.
    private var hasSeconds = false

    init(world: World, platform: Platform, databases: CloudDatabases, logger: Logger) {
        self.world = world
        self.platform = platform
        self.databases = databases
        self.logger = logger
        last = world.now
    }

    private struct Job {
        var id: Int64
        var schedule: CronSchedule
        var command: String
        var role: String
    }

    /// Runs what has become due since it was last asked. After a jump of the clock a job runs once, whatever it missed.
    func catchUp() async {
        let now = world.now
        guard now > last else {
            last = now
            return
        }
        let minute: Int64 = 60_000_000
        guard hasSeconds || now.microseconds / minute > last.microseconds / minute else { return }
        let before = last
        last = now
        hasSeconds = false
        do {
            for cloud in try await platform.store.clouds() where cloud.status == .running {
                let database = try databases.entry(cloud.id).database
                for job in try await jobs(of: database) {
                    if case .seconds = job.schedule { hasSeconds = true }
                    if job.schedule.isDue(after: before, until: now) { try await run(job, on: database) }
                }
            }
        } catch {
            logger.error("cron: \(error)")
        }
    }

    private func jobs(of database: PostgresDatabase) async throws -> [Job] {
        let query = try Script.parseSingle(
            "SELECT jobid, schedule, command, username FROM cron.job WHERE active ORDER BY jobid")
        let rows = try await database.read(Session()) { try $0.run($0.prepare(query)).rows }
        return rows.compactMap { row in
            guard case .integer(let id) = row[0], case .text(let text) = row[1], case .text(let command) = row[2],
                case .text(let role) = row[3], let schedule = CronSchedule(text)
            else { return nil }
            return Job(id: id, schedule: schedule, command: command, role: role)
        }
    }

    private func run(_ job: Job, on database: PostgresDatabase) async throws {
        let start = world.now
        let result = await database.execute(
            script: job.command, session: Session(sessionUser: job.role, role: job.role))
        let failure = result.failures.first?.error
        let message = failure.map { "ERROR:  \($0.message)" } ?? Self.summary(of: result)
        let end = world.now
        let record = try Script.parseSingle(
            """
            INSERT INTO cron.job_run_details
              (jobid, runid, job_pid, database, username, command, status, return_message, start_time, end_time)
            SELECT $1, coalesce(max(runid), 0) + 1, 0, current_database(), $2, $3, $4, $5, $6, $7
            FROM cron.job_run_details
            """)
        try await database.write(Session()) { transaction in
            _ = try transaction.run(
                transaction.prepare(record),
                parameters: [
                    .text("\(job.id)"), .text(job.role), .text(job.command),
                    .text(failure == nil ? "succeeded" : "failed"), .text(message), .text(start.description),
                    .text(end.description),
                ])
        }
    }

    /// What pg_cron says of a run: how many rows came, or the tag of the last command.
    private static func summary(of result: ScriptResult) -> String {
        guard case .success(let rows)? = result.entries.last?.outcome else { return "" }
        guard !rows.columns.isEmpty else { return rows.tag }
        return rows.rows.count == 1 ? "1 row" : "\(rows.rows.count) rows"
    }
}
