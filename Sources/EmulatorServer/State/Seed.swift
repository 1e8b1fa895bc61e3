import JSONText
import PostgresEngine
import World

/// A seed folder, read into a value: SQL in its order, secrets, services.
struct Seed: Sendable {
    struct Service: Sendable {
        var name: String
        var description: String?
        var code: String
        var requirements: [String]
    }

    var scripts: [ScriptSource] = []
    /// Patterns of `sql_paths` that no file goes by, with the `config.toml` that has them.
    var unmatched: [(file: String, pattern: String)] = []
    var secrets: [(key: String, value: String, description: String?)] = []
    var services: [Service] = []

    /// Reads `folder`: `roles.sql`, `schema.sql` or `migrations/*.sql`, `data.sql` or `seed.sql`, `dump.sql`,
    /// `secrets.json`, `services/<name>/`; or a Supabase project's `supabase/roles.sql`, `supabase/migrations` and
    /// what seeds it by its `config.toml`.
    init(_ folder: String) throws {
        func read(_ name: String) -> String? {
            readWholeFile(folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
        }
        (scripts, unmatched) = Self.scripts(in: folder)
        if let text = read("secrets.json") { secrets = try Self.secrets(text, file: folder + "/secrets.json") }
        for name in folderEntries(folder + "/services") where isFolder("\(folder)/services/\(name)") {
            let base = "services/\(name)"
            guard let code = read(base + "/service.py") else {
                throw StartFailure.seed(
                    file: "\(folder)/\(base)", line: nil, statement: nil, reason: "service.py is missing.")
            }
            services.append(
                try Self.service(
                    name, code: code, settings: read(base + "/service.json"), file: "\(folder)/\(base)/service.json"))
        }
    }

    /// A folder's SQL, in the order in which it is loaded, and the patterns of its seeds that name no file.
    static func scripts(
        in folder: String
    ) -> (scripts: [ScriptSource], unmatched: [(file: String, pattern: String)]) {
        var scripts: [ScriptSource] = []
        var unmatched: [(file: String, pattern: String)] = []
        /// - Returns: whether there is such a file.
        @discardableResult func add(_ name: String) -> Bool {
            let path = "\(folder)/\(name)"
            if scripts.contains(where: { $0.file == path }) { return true }
            guard let bytes = readWholeFile(path) else { return false }
            scripts.append(ScriptSource(file: path, String(decoding: bytes, as: UTF8.self)))
            return true
        }
        func addAll(in subfolder: String) {
            for name in folderEntries("\(folder)/\(subfolder)") where name.hasSuffix(".sql") {
                add("\(subfolder)/\(name)")
            }
        }
        /// What a Supabase project's settings call its seeds: `seed.sql` where they say nothing.
        func addSeeds(in base: String) {
            let file = base + "config.toml"
            let settings = readWholeFile("\(folder)/\(file)").map { String(decoding: $0, as: UTF8.self) } ?? ""
            let config = SupabaseConfig(parsing: settings)
            for pattern in config.seedPatterns ?? ["seed.sql"] {
                let found = FilePattern.files(pattern, in: "\(folder)/\(base)").filter { add(base + $0) }
                if found.isEmpty, config.seedPatterns != nil { unmatched.append(("\(folder)/\(file)", pattern)) }
            }
            if let buckets = config.bucketScript {
                scripts.append(ScriptSource(file: "\(folder)/\(file)", buckets))
            }
        }
        add("roles.sql")
        add("supabase/roles.sql")
        add("schema.sql")
        addAll(in: "migrations")
        addAll(in: "supabase/migrations")
        add("dump.sql")
        add("data.sql")
        addSeeds(in: "")
        addSeeds(in: "supabase/")
        return (scripts, unmatched)
    }

    /// No seed at all.
    init() {}

    /// `{"KEY": "value"}` or `{"KEY": {"value": …, "description": …}}`.
    private static func secrets(
        _ text: String, file: String
    ) throws -> [(key: String, value: String, description: String?)] {
        try document(text, file: file).map { member in
            guard let value = member.value.stringValue ?? member.value["value"]?.stringValue else {
                throw StartFailure.seed(
                    file: file, line: nil, statement: nil, reason: "\(member.key) has no value that is a string.")
            }
            return (member.key, value, member.value["description"]?.stringValue)
        }
    }

    private static func service(_ name: String, code: String, settings: String?, file: String) throws -> Service {
        let members = try settings.map { try document($0, file: file) } ?? []
        let body = JSON.object(members)
        return Service(
            name: body["name"]?.stringValue ?? name, description: body["description"]?.stringValue, code: code,
            requirements: body["requirements"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    private static func document(_ text: String, file: String) throws -> [JSON.Member] {
        do {
            if let members = try JSON(parsing: text).objectValue { return members }
        } catch {
            throw StartFailure.seed(file: file, line: nil, statement: nil, reason: "\(error)")
        }
        throw StartFailure.seed(file: file, line: nil, statement: nil, reason: "it must be one JSON object.")
    }
}
