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
        case "secrets": rules.strictSecrets = value["strict"]?.boolValue ?? false
        default:
            throw StartFailure.badConfiguration(
                file: file,
                reason: "unknown key \"\(member.key)\". Known are project, cloud, account, postgrest, rules, secrets.")
        }
    }

    private mutating func takeRules(_ value: JSON, file: String) throws {
        for rule in value.objectValue ?? [] {
            guard rule.key == "secrets_before_deploy" else {
                throw StartFailure.badConfiguration(
                    file: file, reason: "rules: \"\(rule.key)\" is not enforced yet. Known is secrets_before_deploy.")
            }
            guard let severity = rule.value.stringValue.flatMap(DeploymentRules.Severity.init(rawValue:)) else {
                throw StartFailure.badConfiguration(file: file, reason: "rules: \(rule.key) takes off, warn or block.")
            }
            rules.secretsBeforeDeploy = severity
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
