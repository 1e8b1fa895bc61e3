import ArgumentParser

/// The steps of the canonical workflow, by their numbers.
enum DemoStep: Int, CaseIterable, Sendable, ExpressibleByArgument {
    case getProject = 1
    case identifySecrets
    case verifySecrets
    case stopIfMissing
    case implement
    case defineRequirements
    case deploy
    case test

    init?(argument: String) {
        guard let number = Int(argument) else { return nil }
        self.init(rawValue: number)
    }

    static var allValueStrings: [String] { allCases.map { "\($0.rawValue)" } }

    var title: String {
        switch self {
        case .getProject: "Get the project"
        case .identifySecrets: "Identify secrets"
        case .verifySecrets: "Verify and request secrets"
        case .stopIfMissing: "Stop if one is missing"
        case .implement: "Implement the service"
        case .defineRequirements: "Define requirements"
        case .deploy: "Deploy"
        case .test: "Test every endpoint"
        }
    }
}

/// Why a step did not hold.
struct StepFailure: Error, Sendable {
    var reason: String
}
