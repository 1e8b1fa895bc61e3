package import JSONText
import PostgresEngine
import PostgresTypes
package import World

/// What of a project's SQL this emulator takes: it is loaded into a database that is thrown away, statement by
/// statement, each refused one undone.
package enum SQLCheck {
    /// The report of a script, with the files that were read; nil where there is no SQL.
    /// - Parameter path: a seed folder or a Supabase project's, any other folder with `.sql` files, or a file.
    package static func report(of path: String, world: World) async throws -> JSON? {
        let scripts = sources(at: path)
        if scripts.isEmpty { return nil }
        let folder = StateFolder.temporaryPath()
        try makeFolder(folder)
        defer { removeTree(folder) }
        let database = try PostgresDatabase(path: "\(folder)/postgres.db", world: world, durable: false)
        let result = await database.execute(scripts: scripts, session: Session(), options: [.continueOnError])
        var json = result.json(ValueContext(now: world.now))
        json.set("files", .array(scripts.map { .optional($0.file) }))
        return json
    }

    private static func sources(at path: String) -> [ScriptSource] {
        var folder = path
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        var files = [folder]
        if isFolder(folder) {
            let scripts = Seed.scripts(in: folder).scripts
            if !scripts.isEmpty { return scripts }
            files = folderEntries(folder).filter { $0.hasSuffix(".sql") }.map { "\(folder)/\($0)" }
        }
        return files.compactMap { file in
            readWholeFile(file).map { ScriptSource(file: file, String(decoding: $0, as: UTF8.self)) }
        }
    }
}
