/// One pip requirement, as far as it can be judged without installing it.
struct Requirement {
    /// The line as it was given.
    var text: String
    /// Normalised: lower case, runs of `-`, `_` and `.` as one `-`.
    var name: String
    /// Whether exactly one version will do.
    var isPinned: Bool

    init(_ text: String) {
        self.text = text
        let end = text.firstIndex { !($0.isLetter || $0.isNumber || "-_.".contains($0)) } ?? text.endIndex
        name = Self.normalised(text[..<end])
        let rest = text[end...].prefix { $0 != ";" }
        isPinned = rest.contains("==") && !rest.contains("*") || rest.contains("@")
    }

    private static func normalised(_ name: some StringProtocol) -> String {
        name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
    }

    /// Where what is imported is not called as what is installed.
    private static let modules: [String: [String]] = [
        "pillow": ["PIL"], "beautifulsoup4": ["bs4"], "opencv-python": ["cv2"], "opencv-python-headless": ["cv2"],
        "python-dateutil": ["dateutil"], "python-dotenv": ["dotenv"], "python-jose": ["jose"], "pyjwt": ["jwt"],
        "psycopg2-binary": ["psycopg2"], "scikit-learn": ["sklearn"], "python-slugify": ["slugify"],
        "pyyaml": ["yaml"], "google-api-python-client": ["googleapiclient", "apiclient"], "python-magic": ["magic"],
        "python-telegram-bot": ["telegram"], "pycryptodome": ["Crypto"], "pycryptodomex": ["Cryptodome"],
        "python-docx": ["docx"], "python-pptx": ["pptx"], "pymupdf": ["fitz", "pymupdf"], "attrs": ["attr", "attrs"],
        "pyserial": ["serial"], "pyzmq": ["zmq"], "python-ulid": ["ulid"], "msgpack-python": ["msgpack"],
        "mysql-connector-python": ["mysql"], "google-auth": ["google.auth", "google.oauth2"],
        "google-auth-oauthlib": ["google_auth_oauthlib"], "google-generativeai": ["google.generativeai"],
        "google-genai": ["google.genai"], "protobuf": ["google.protobuf"], "grpcio": ["grpc"],
        "discord-py": ["discord"], "slack-sdk": ["slack_sdk", "slack"],
        "mailchimp-transactional": ["mailchimp_transactional"],
        "elevenlabs": ["elevenlabs"], "sendgrid": ["sendgrid", "python_http_client"], "ffmpeg-python": ["ffmpeg"],
        "pysocks": ["socks"], "pyopenssl": ["OpenSSL"], "azure-storage-blob": ["azure.storage.blob"],
        "python-twitter": ["twitter"], "pypdf2": ["PyPDF2"], "setuptools": ["setuptools", "pkg_resources"],
        "typing-extensions": ["typing_extensions"], "pytz-deprecation-shim": ["pytz_deprecation_shim"],
    ]

    /// What is needed without being imported, by the names whose use needs it.
    private static let features: [String: Set<String>] = [
        "python-multipart": ["Form", "File", "UploadFile", "form"], "email-validator": ["EmailStr", "NameEmail"],
        "jinja2": ["Jinja2Templates"], "itsdangerous": ["SessionMiddleware"], "tzdata": ["ZoneInfo"],
    ]

    func isUsed(by module: ModuleFacts) -> Bool {
        if let needs = Self.features[name] { return !needs.isDisjoint(with: module.features) || isImported(module) }
        return isImported(module)
    }

    private func isImported(_ module: ModuleFacts) -> Bool {
        if let modules = Self.modules[name] { return modules.contains { Self.imports($0, module) } }
        // `google-cloud-storage` is imported as `google.cloud.storage`, `some-tool` as `some_tool`, `python-x` as `x`.
        var candidates = [Self.underscored(name), name.split(separator: "-").joined(separator: ".")]
        for prefix in ["python-", "py"] where name.hasPrefix(prefix) {
            candidates.append(Self.underscored(name.dropFirst(prefix.count)))
        }
        if name.hasSuffix("-python") { candidates.append(Self.underscored(name.dropLast("-python".count))) }
        return candidates.contains { Self.imports($0, module) }
    }

    private static func underscored(_ name: some StringProtocol) -> String {
        name.split(separator: "-").joined(separator: "_")
    }

    private static func imports(_ name: String, _ module: ModuleFacts) -> Bool {
        let wanted = name.lowercased()
        return module.imports.contains { imported in
            let imported = imported.lowercased()
            return imported == wanted || imported.hasPrefix(wanted + ".")
        }
    }

    /// What is wrong with a list of requirements, and what to do.
    /// - Parameter judged: those of `all` that are not let pass.
    static func problems(
        _ judged: [Requirement], all: [Requirement], _ module: ModuleFacts
    ) -> [(problem: String, next: String)] {
        var problems: [(String, String)] = []
        var seen: Set<String> = []
        for requirement in judged {
            if !seen.insert(requirement.name).inserted {
                problems.append(("\(requirement.name) is required twice.", "Name each requirement once."))
            } else if !requirement.isUsed(by: module) {
                problems.append(("\(requirement.name) is required and not imported.", "Leave it out."))
            }
            if requirement.isPinned {
                problems.append(
                    (
                        "\(requirement.text) is pinned.",
                        "Leave the version out; where it is needed, allow \(requirement.name) in the rule's setting."
                    ))
            }
        }
        let usesSupabase = module.imports.contains { $0 == "supabase" || $0.hasPrefix("supabase.") }
        if usesSupabase, !all.contains(where: { $0.name == "supabase" }) {
            problems.append(("supabase is imported and not required.", "Add \"supabase\" to the requirements."))
        }
        return problems
    }
}
