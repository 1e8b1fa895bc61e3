package import JSONText

/// One OpenAPI document of all services of a cloud, as if they were one FastAPI application.
///
/// Components of equal name and equal meaning are one. Where they differ, each becomes `{service}__{Name}`; a component
/// that refers to such a one differs too.
/// - Parameters:
///   - services: each service's own document, by name.
///   - server: where the paths begin: `/services`.
package func mergedOpenAPI(title: String, server: String, services: [String: JSON]) -> JSON {
    let documents = services.filter { $0.value.objectValue != nil }.sorted { $0.key < $1.key }
    let conflicts = conflictingComponents(documents.map(\.value))
    var paths: [JSON.Member] = []
    var sections: [(name: String, members: [JSON.Member])] = []
    var tags: [JSON] = []
    var version = JSON.string("3.1.0")
    for (service, original) in documents {
        let document = renamed(original, ComponentRenaming(service: service, conflicts: conflicts))
        version = document["openapi"] ?? version
        paths += document["paths"]?.objectValue ?? []
        for tag in document["tags"]?.arrayValue ?? [] where !tags.contains(tag) { tags.append(tag) }
        for section in document["components"]?.objectValue ?? [] {
            let index =
                sections.firstIndex { $0.name == section.key }
                ?? {
                    sections.append((section.key, []))
                    return sections.count - 1
                }()
            for member in section.value.objectValue ?? []
            where !sections[index].members.contains(where: { $0.key == member.key }) {
                sections[index].members.append(member)
            }
        }
    }
    var merged: [JSON.Member] = [
        .init("openapi", version),
        .init("info", ["title": .string(title), "version": "1.0.0"]),
        .init("servers", [["url": .string(server)]]),
        .init("paths", .object(paths)),
    ]
    if !sections.isEmpty {
        let members = sections.map { section in
            JSON.Member(section.name, .object(section.members.sorted { $0.key < $1.key }))
        }
        merged.append(.init("components", .object(members)))
    }
    if !tags.isEmpty { merged.append(.init("tags", .array(tags))) }
    return .object(merged)
}

/// A component by its section and name: `schemas`, `Task`.
private struct Component: Hashable {
    var section: String
    var name: String

    /// From `#/components/schemas/Task`.
    init?(reference: String) {
        let parts = reference.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "#", parts[1] == "components" else { return nil }
        self.init(section: String(parts[2]), name: String(parts[3]))
    }

    init(section: String, name: String) {
        self.section = section
        self.name = name
    }
}

/// The names that the components of one service have in the merged document.
private struct ComponentRenaming {
    var service: String
    var conflicts: Set<Component>

    func name(_ component: Component) -> String {
        conflicts.contains(component) ? "\(service)__\(component.name)" : component.name
    }
}

/// Components that several documents define differently, by their text or by what they refer to.
private func conflictingComponents(_ documents: [JSON]) -> Set<Component> {
    var definitions: [Component: Set<JSON>] = [:]
    var owners: [Component: Int] = [:]
    for document in documents {
        for section in document["components"]?.objectValue ?? [] {
            for member in section.value.objectValue ?? [] {
                let component = Component(section: section.key, name: member.key)
                definitions[component, default: []].insert(member.value)
                owners[component, default: 0] += 1
            }
        }
    }
    let shared = definitions.filter { owners[$0.key, default: 0] > 1 }
    var conflicts = Set(shared.filter { $0.value.count > 1 }.keys)
    var grew = true
    while grew {
        grew = false
        for (component, texts) in shared where !conflicts.contains(component) {
            if texts.contains(where: { !references($0).isDisjoint(with: conflicts) }) {
                conflicts.insert(component)
                grew = true
            }
        }
    }
    return conflicts
}

private func references(_ json: JSON) -> Set<Component> {
    switch json {
    case .string(let text): Component(reference: text).map { [$0] } ?? []
    case .array(let items): items.reduce(into: []) { $0.formUnion(references($1)) }
    case .object(let members): members.reduce(into: []) { $0.formUnion(references($1.value)) }
    default: []
    }
}

/// The document with its components and everything that names them renamed.
private func renamed(_ document: JSON, _ renaming: ComponentRenaming) -> JSON {
    guard !renaming.conflicts.isEmpty else { return document }
    var result = rewritten(document, renaming)
    guard let components = result["components"]?.objectValue else { return result }
    let sections = components.map { section in
        JSON.Member(
            section.key,
            .object(
                (section.value.objectValue ?? []).map { member in
                    .init(renaming.name(Component(section: section.key, name: member.key)), member.value)
                }))
    }
    result.set("components", .object(sections))
    return result
}

private func rewritten(_ json: JSON, _ renaming: ComponentRenaming) -> JSON {
    switch json {
    case .string(let text):
        guard let component = Component(reference: text) else { return json }
        return .string("#/components/\(component.section)/\(renaming.name(component))")
    case .array(let items): return .array(items.map { rewritten($0, renaming) })
    case .object(let members):
        return .object(
            members.map { member in
                // `security` names its schemes by key, without a reference.
                if member.key == "security", let requirements = member.value.arrayValue {
                    return .init(member.key, .array(requirements.map { securityRequirement($0, renaming) }))
                }
                return .init(member.key, rewritten(member.value, renaming))
            })
    default: return json
    }
}

private func securityRequirement(_ json: JSON, _ renaming: ComponentRenaming) -> JSON {
    guard let members = json.objectValue else { return rewritten(json, renaming) }
    return .object(
        members.map { member in
            .init(renaming.name(Component(section: "securitySchemes", name: member.key)), member.value)
        })
}
