package import AltanCloud
package import JSONText
import World

/// What `emulator.json` says. Every key is known; an unknown one stops the start with its name.
package struct EmulatorConfiguration: Sendable {
    package var projectID: String?
    package var projectName: String?
    package var cloudID: String?
    package var cloudName: String?
    package var accountID: String?
    /// PostgREST's options.
    package var postgrest: JSON = [:]
    package var rules = DeploymentRules()
    /// Whether reads are journaled too, and not only counted.
    package var journalsReads = false
    /// Patterns of hosts that services may reach over the network.
    package var allowedHosts: [String] = []
    /// Where events of third parties go, by host.
    package var webhookEndpoints: [String: [WebhookEndpoint]] = [:]
    package var authorization = AuthorizationSettings()
    package var accessTokens = AccessTokens.open

    package init() {}

    /// Reads a file. Without `isRequired` a missing one is an empty configuration.
    package init(file: String, isRequired: Bool) throws {
        self.init()
        guard let bytes = readWholeFile(file) else {
            if isRequired { throw StartFailure.missingConfiguration(file) }
            return
        }
        let document: JSON
        do {
            document = try JSON(parsing: bytes)
        } catch {
            throw StartFailure.badConfiguration(file: file, reason: "\(error)")
        }
        guard let members = document.objectValue else {
            throw StartFailure.badConfiguration(file: file, reason: "it must be one JSON object.")
        }
        for member in members { try take(member, file: file) }
        do {
            _ = try RestSettings([postgrest])
        } catch {
            throw StartFailure.badConfiguration(file: file, reason: "postgrest: \(error.message)")
        }
    }

    private mutating func take(_ member: JSON.Member, file: String) throws {
        let value = member.value
        switch member.key {
        case "project": (projectID, projectName) = (value["id"]?.stringValue, value["name"]?.stringValue)
        case "cloud": (cloudID, cloudName) = (value["id"]?.stringValue, value["name"]?.stringValue)
        case "account": accountID = value["id"]?.stringValue
        case "postgrest": postgrest = value
        case "rules": try takeRules(value, file: file)
        case "journal":
            guard let extent = value.stringValue, extent == "full" || extent == "writes" else {
                throw StartFailure.badConfiguration(file: file, reason: "journal takes writes or full.")
            }
            journalsReads = extent == "full"
        case "thirdparty": try takeThirdParty(value, file: file)
        case "authorization": try takeAuthorization(value, file: file)
        case "control_plane": try takeControlPlane(value, file: file)
        case "secrets": rules.strictSecrets = value["strict"]?.boolValue ?? false
        default:
            throw StartFailure.badConfiguration(
                file: file,
                reason: "unknown key \"\(member.key)\". Known are project, cloud, account, postgrest, rules, secrets, "
                    + "journal, thirdparty, authorization, control_plane.")
        }
    }

    private mutating func takeThirdParty(_ value: JSON, file: String) throws {
        func refuse(_ reason: String) -> StartFailure {
            .badConfiguration(file: file, reason: "thirdparty: \(reason)")
        }
        guard let members = value.objectValue else { throw refuse("it must be an object.") }
        for member in members {
            switch (member.key, member.value) {
            case ("allow", .array(let hosts)) where hosts.allSatisfy { $0.stringValue != nil }:
                allowedHosts = hosts.compactMap(\.stringValue)
            case ("allow", _): throw refuse("allow takes a list of hosts.")
            case ("stripe", .object(let settings)):
                for setting in settings {
                    guard setting.key == "endpoints" else {
                        throw refuse("stripe: \"\(setting.key)\" is not known. Known is endpoints.")
                    }
                    do {
                        webhookEndpoints["api.stripe.com"] = try WebhookEndpoint.list(
                            setting.value, secretName: "STRIPE_WEBHOOK_SECRET")
                    } catch {
                        throw refuse("stripe: endpoints: \(error.reason)")
                    }
                }
            case ("stripe", _): throw refuse("stripe takes an object with endpoints.")
            default: throw refuse("\"\(member.key)\" is not known. Known are allow and stripe.")
            }
        }
    }

    /// `{"store_on_complete": true, "answers": {KEY: {"env": …} | {"file": …}}, "reject": [KEY] | true}`.
    private mutating func takeAuthorization(_ value: JSON, file: String) throws {
        func refuse(_ reason: String) -> StartFailure {
            .badConfiguration(file: file, reason: "authorization: \(reason)")
        }
        for member in value.objectValue ?? [] {
            switch (member.key, member.value) {
            case ("store_on_complete", .bool(let flag)): authorization.storesOnComplete = flag
            case ("answers", .object(let answers)):
                for answer in answers {
                    if let name = answer.value["env"]?.stringValue {
                        authorization.answers[answer.key] = .environment(name)
                    } else if let path = answer.value["file"]?.stringValue {
                        authorization.answers[answer.key] = .file(path)
                    } else {
                        throw refuse("answers: \(answer.key) takes {\"env\": NAME} or {\"file\": PATH}.")
                    }
                }
            case ("reject", .bool(let flag)): authorization.rejectsEverything = flag
            case ("reject", .array(let keys)): authorization.rejectedKeys = Set(keys.compactMap(\.stringValue))
            case ("store_on_complete", _): throw refuse("store_on_complete takes true or false.")
            case ("answers", _): throw refuse("answers takes an object from key to {\"env\": …} or {\"file\": …}.")
            case ("reject", _): throw refuse("reject takes a list of keys, or true.")
            default: throw refuse("unknown key \"\(member.key)\". Known are store_on_complete, answers, reject.")
            }
        }
    }

    /// `{"tokens": [TOKEN, …] | "any"}`.
    private mutating func takeControlPlane(_ value: JSON, file: String) throws {
        for member in value.objectValue ?? [] {
            switch (member.key, member.value) {
            case ("tokens", "any"): accessTokens = .any
            case ("tokens", .array(let tokens)) where !tokens.isEmpty && tokens.allSatisfy { $0.stringValue != nil }:
                accessTokens = .listed(tokens.compactMap(\.stringValue))
            default:
                throw StartFailure.badConfiguration(
                    file: file, reason: "control_plane takes tokens, a list of texts or \"any\".")
            }
        }
    }

    private mutating func takeRules(_ value: JSON, file: String) throws {
        guard let members = value.objectValue else {
            throw StartFailure.badConfiguration(file: file, reason: "rules: it must be an object of rules.")
        }
        // Rules of the user's first: settings may name them.
        for member in members where member.key == "user" { try takeUserRules(member.value, file: file) }
        for member in members where member.key != "user" {
            do {
                try rules.book.configure(member.key, member.value)
            } catch {
                throw StartFailure.badConfiguration(file: file, reason: "rules: \(error.reason)")
            }
        }
    }

    /// Files of patterns (`.json`) and one with rules in Python (`.py`), seen from the configuration's folder.
    private mutating func takeUserRules(_ value: JSON, file: String) throws {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        let base = folder.isEmpty ? "" : (file.hasPrefix("/") ? "/" : "") + folder + "/"
        for name in (value.arrayValue ?? [value]).map({ $0.stringValue ?? "" }) {
            let path = name.hasPrefix("/") ? name : base + name
            guard let bytes = readWholeFile(path) else {
                throw StartFailure.badConfiguration(file: file, reason: "rules: user: \"\(name)\" cannot be read.")
            }
            do {
                if path.hasSuffix(".py") {
                    guard rules.book.script == nil else { throw RuleSettingError("one file of Python is enough.") }
                    rules.book.script = path
                } else {
                    rules.book.userRules += try Rule.patternRules(JSON(parsing: bytes))
                }
            } catch {
                let reason = (error as? RuleSettingError)?.reason ?? "\(error)"
                throw StartFailure.badConfiguration(file: path, reason: reason)
            }
        }
    }

    /// The default cloud's identity: what the file names, else the built-in constants.
    package func identity(keys: CloudKeys) -> Identity {
        var identity = Identity(keys: keys)
        if let projectID { identity.projectID = projectID }
        if let projectName { identity.projectName = projectName }
        if let cloudID { identity.cloudID = cloudID }
        if let cloudName { identity.cloudName = cloudName }
        if let accountID { identity.accountID = accountID }
        return identity
    }
}
