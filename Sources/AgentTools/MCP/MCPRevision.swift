/// A revision of the Model Context Protocol, by its date.
///
/// Up to November 2025 a client opens with `initialize` and the agreed revision holds from then on (legacy). Since July
/// 2026 every request says in `_meta` which revision it speaks (modern).
package enum MCPRevision: String, CaseIterable, Comparable, Sendable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    package static func < (one: MCPRevision, other: MCPRevision) -> Bool { one.rawValue < other.rawValue }

    var isModern: Bool { self >= .july2026 }
    /// The one revision that obliges servers to take several messages at once.
    var takesBatches: Bool { self == .march2025 }
    var hasAnnotations: Bool { self >= .march2025 }
    /// Whether the capability to complete arguments has a name.
    var namesCompletion: Bool { self >= .march2025 }
    var hasTitles: Bool { self >= .june2025 }
    var hasStructuredContent: Bool { self >= .june2025 }
    /// Whether structured content may be any JSON, not only an object.
    var takesAnyStructure: Bool { self >= .july2026 }

    /// What a handshake that asks for something unknown is offered.
    static let newestLegacy = MCPRevision.november2025
    static let modern = allCases.filter(\.isModern)
}
