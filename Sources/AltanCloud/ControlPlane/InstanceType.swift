/// A size that a cloud can have. The emulator limits nothing by it: the figures are shown, not enforced.
package struct InstanceType: Hashable, Sendable {
    package enum Tier: String, Sendable {
        case development = "Development"
        case production = "Production"
    }

    package var id: String
    package var name: String
    package var displayName: String
    package var tier: Tier
    package var cores: Double
    package var memoryMegabytes: Int
    package var storageGigabytes: Int
    package var pricePerHour: Double

    /// Every size, smallest first. Names and figures are the emulator's own: the platform's are not published.
    package static let all = [
        InstanceType(
            id: "00000000-0000-4000-8000-000000000001", name: "dev-small", displayName: "Development S",
            tier: .development, cores: 0.5, memoryMegabytes: 512, storageGigabytes: 5, pricePerHour: 0),
        InstanceType(
            id: "00000000-0000-4000-8000-000000000002", name: "dev-medium", displayName: "Development M",
            tier: .development, cores: 1, memoryMegabytes: 1024, storageGigabytes: 10, pricePerHour: 0),
        InstanceType(
            id: "00000000-0000-4000-8000-000000000003", name: "prod-small", displayName: "Production S",
            tier: .production, cores: 2, memoryMegabytes: 4096, storageGigabytes: 50, pricePerHour: 0),
        InstanceType(
            id: "00000000-0000-4000-8000-000000000004", name: "prod-large", displayName: "Production L",
            tier: .production, cores: 4, memoryMegabytes: 16384, storageGigabytes: 200, pricePerHour: 0),
    ]

    /// What a new cloud gets.
    package static let standard = all[0]

    /// The size of that name or id.
    package static func named(_ name: String) -> InstanceType? { all.first { $0.name == name || $0.id == name } }
}
