/// What has to be so before code is deployed.
package struct DeploymentRules: Hashable, Sendable {
    package enum Severity: String, Sendable { case block, warn, off }

    /// Every secret that the module cannot come up without exists. The first rule of deploying, so it blocks.
    package var secretsBeforeDeploy: Severity
    /// Whether services get only what is stored, without `SUPABASE_URL` and `SUPABASE_KEY` of the cloud.
    package var strictSecrets: Bool

    package init(secretsBeforeDeploy: Severity = .block, strictSecrets: Bool = false) {
        self.secretsBeforeDeploy = secretsBeforeDeploy
        self.strictSecrets = strictSecrets
    }

    /// Judges a module against what its worker would get. Returns warnings.
    /// - Throws: `missingSecrets` when the rule blocks.
    func judge(
        _ module: ModuleInspection, service: String, environment: WorkerEnvironment
    ) throws(CloudError) -> [String] {
        func absent(_ names: [String]) -> [String] { names.filter { environment.variables[$0] == nil } }
        var warnings: [String] = []
        let missing = absent(module.requiredSecrets)
        if !missing.isEmpty {
            switch secretsBeforeDeploy {
            case .block: throw .missingSecrets(missing, service: service)
            case .warn:
                warnings.append(
                    "Secrets that the module needs are missing: \(missing.joined(separator: ", ")). "
                        + "Add each with upsert_secret.")
            case .off: break
            }
        }
        let optional = absent(module.optionalSecrets)
        if !optional.isEmpty {
            warnings.append(
                "The code reads \(optional.joined(separator: ", ")), which this cloud does not have. It comes up without; "
                    + "add what it needs with upsert_secret and deploy again.")
        }
        return warnings
    }
}
